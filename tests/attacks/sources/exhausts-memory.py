# question: center
# status: error
# says: center()
def center(x):
    held = []
    while True:
        held.append(np.ones(10**8))
