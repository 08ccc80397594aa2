# question: center
# status: error
# says: invalid non-printable character
def center(x):
    return x -​ np.mean(x)
