# question: layer
# says: the model of layer()
# Few weights, and terabytes of numbers in between.
def layer(units):
    inputs = keras.Input((4,))
    wide = keras.layers.RepeatVector(10**11)(inputs)
    pooled = keras.layers.GlobalAveragePooling1D()(wide)
    return keras.Model(inputs, keras.layers.Dense(units)(pooled))
