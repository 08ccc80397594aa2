# question: center
# says: `center` is not defined
# The name's letters are Cyrillic.
def сеntеr(x):
    return x - np.mean(x)
