# question: center
# status: error
# says: Fatal
class Fatal(BaseException):
    def __str__(self):
        raise self


def center(x):
    raise Fatal
