# question: center
# says: took longer than
while True:
    pass
