"""What a learner types: load(…), q1.check(), q1.hint(), q1.solution()."""


def load(name):
    """The set of this name (being written)."""
    raise NotImplementedError(name)
