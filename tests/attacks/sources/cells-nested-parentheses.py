# question: center
# status: error
# says: Error
def center(x):
    return eval("(" * 100_000 + "x" + ")" * 100_000)
