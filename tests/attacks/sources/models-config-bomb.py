# question: layer
# says: its configuration asks for
# A configuration whose weights would fill any memory.
from flowbook.exercises import models

real = models.parts


def bomb(namespace, name, args):
    config, weights = real(namespace, name, args)
    config["config"]["layers"][1]["config"]["units"] = 10**12
    return config, weights


models.parts = bomb


def layer(units):
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)])
