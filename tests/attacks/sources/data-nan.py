# question: center
# says: nan
def center(x):
    return np.full_like(x, np.nan)
