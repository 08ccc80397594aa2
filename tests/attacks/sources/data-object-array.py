# question: center
# says: center
def center(x):
    return np.array([object()], dtype=object)
