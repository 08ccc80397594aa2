# question: line
# says: no plain data
# More files than a frame may hold.
def line(folder, number):
    for name in ["line", *range(1500)]:
        with open(f"{folder}/{name}", "w") as file:
            file.write(str(number))
    with open(f"{folder}/given") as file:
        return file.read()
