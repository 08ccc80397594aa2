# question: center
# says: took longer than
def center(x):
    while True:
        pass
