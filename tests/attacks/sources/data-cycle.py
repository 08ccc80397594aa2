# question: center
# says: nested deeper
def center(x):
    cycle = []
    cycle.append(cycle)
    return cycle
