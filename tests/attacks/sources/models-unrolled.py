# question: layer
# says: the model of layer()
# A small configuration that takes hours to build: an unrolled loop.
from flowbook.exercises import models

real = models.parts


def bomb(namespace, name, args):
    config, weights = real(namespace, name, args)
    text = repr(config).replace("'unroll': False", "'unroll': True")
    return eval(text.replace("3,", "999983,")), weights


models.parts = bomb


def layer(units):
    return keras.Sequential([keras.Input((3, 4)), keras.layers.LSTM(2)])
