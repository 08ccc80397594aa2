# question: center
# says: nested deeper
def center(x):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    return nested
