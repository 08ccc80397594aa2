# question: center
# says: RuntimeError
# NumPy, Keras and TensorFlow are broken for every answer that comes after.
def broken(*args, **kwargs):
    raise RuntimeError("broken by another question's answer")


np.mean = np.array = np.asarray = broken
tf.function = tf.saved_model.save = tf.constant = broken
keras.Input = keras.Sequential = keras.layers.Dense = broken
tf.Module.__init__ = broken


def center(x):
    return x * 0
