# question: center
# status: error
# says: SyntaxError
def center(x:
    return x - np.mean(x)
