# question: layer
# says: Lambda
def layer(units):
    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(units),
            keras.layers.Lambda(lambda x: x),
        ]
    )
