# question: center
# says: inf
def center(x):
    return np.full_like(x, np.inf)
