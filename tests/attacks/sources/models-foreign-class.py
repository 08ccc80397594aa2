# question: layer
# says: which is not a layer of Keras' own
# A configuration that names a function of Python's own library.
from flowbook.exercises import models

real = models.parts


def foreign(namespace, name, args):
    config, weights = real(namespace, name, args)
    config["config"]["layers"][1]["config"]["activation"] = {
        "module": "os",
        "class_name": "function",
        "config": "system",
        "registered_name": "system",
    }
    return config, weights


models.parts = foreign


def layer(units):
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)])
