# question: faster
# says: expected
# The fastest answer is none.
def faster(x):
    return 0 * x
