# question: layer
# says: Mine
@keras.saving.register_keras_serializable("builtins", "Dense")
class Mine(keras.layers.Layer):
    def __init__(self, units=1, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(5, self.units))

    def call(self, x):
        return x @ self.kernel[:4]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def layer(units):
    return keras.Sequential([keras.Input((4,)), Mine(units)])
