# question: center
# says: Too many open files
def center(x):
    return [open("/dev/zero") for _ in range(10**6)]
