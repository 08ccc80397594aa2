# question: center
# status: error
# says: NotImplementedError
# A library raises NotImplementedError: that is an error, no empty stub.
def center(x):
    return keras.losses.Loss().call(x, x)
