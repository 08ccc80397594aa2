# question: center
# says: no plain data
def center(x):
    return "x" * 50_000_000
