# question: line
# says: no plain data
# One file that is larger than a frame.
def line(folder, number):
    with open(f"{folder}/line", "wb") as file:
        file.truncate(100 * 2**20)
    with open(f"{folder}/given") as file:
        return file.read()
