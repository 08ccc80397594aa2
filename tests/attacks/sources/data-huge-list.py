# question: center
# status: error
# says: cannot be read as data
def center(x):
    return [0] * 1_000_000
