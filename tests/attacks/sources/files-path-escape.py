# question: line
# says: expected the files
# Names that lead elsewhere, and links to what is no file.
import os

from flowbook.exercises.grading import wire

real = wire.pack


def escaping(number, kind, body):
    if isinstance(body, dict) and "files" in body:
        files = {**body["files"], "../../../flowbook-attack-was-here": b"x"}
        body = {**body, "files": files}
    return real(number, kind, body)


wire.pack = escaping


def line(folder, number):
    os.symlink("/dev/zero", f"{folder}/zero")
    os.symlink(folder, f"{folder}/loop")
    with open(f"{folder}/line", "w") as file:
        file.write(str(number))
    with open(f"{folder}/given") as file:
        return file.read()
