# question: center
# status: incorrect
# says: no plain data
# An error whose type and text are as long as they can be.
def center(x):
    raise type("E" * 10_000_000, (Exception,), {})("m" * 10_000_000)
