"""A question may ask for NumPy alone: the text of the answer is held to it."""

import pytest

from flowbook.exercises import harness
from flowbook.exercises.checking import Incorrect
from flowbook.exercises.static import uses_only
from flowbook.exercises.student import Local

FINE = [
    "def f(x):\n    return np.mean(x) + sum(abs(v) for v in x)",
    "import numpy as n\nfrom math import e\n\ndef f(x):\n    return n.exp(e)",
    "class A:\n    def g(self, *rest, k=1):\n        return self.y, rest, k",
    "def f(x):\n    try:\n        y = [i for i in x]\n"
    "    except ValueError as error:\n        raise error\n    return y",
    "f = lambda x: (z := x) + z",
]
FOREIGN = {
    "import tensorflow as tf": "`import tensorflow`",
    "from keras import ops": "`from keras import`",
    "from . import x": "`from . import`",
    "def f(x):\n    return tf.sin(x)": "line 2 of the answer uses `tf`",
    "def f(x):\n    return helper(x)": "`helper`",
    "def f(x):\n    return eval('tf')": "`eval`",
    "def f(x):\n    return getattr(np, 'x')": "`getattr`",
    "def f(x):\n    return __import__('keras')": "`__import__`",
    "def f(x):\n    return f.__globals__['tf']": "`__globals__`",
    "import importlib": "`import importlib`",
    "import sys": "`import sys`",
    "tf = 1\n\ndef f(x):\n    return open('x')": "`open`",
    "def f(x": "cannot be read",
    "x = " + "(" * 5_000: "cannot be read",
    "x = " + "-" * 200_000 + "1": "cannot be read",
}


@pytest.mark.parametrize("text", FINE)
def test_what_keeps_to_the_rule_passes(text):
    uses_only(text, ["numpy", "math"])


@pytest.mark.parametrize("text", FOREIGN, ids=lambda text: text[:40])
def test_what_comes_from_elsewhere_is_named(text):
    with pytest.raises(Incorrect) as caught:
        uses_only(text, ["numpy", "math"])
    assert FOREIGN[text] in str(caught.value)


def test_names_that_the_question_gives_are_allowed():
    uses_only("def f(x):\n    return helper(x)", ["numpy"], ["helper"])


def test_the_notebook_knows_the_cell_of_a_function():
    namespace = {}
    code = "import keras\n\n\ndef f(x):\n    return keras.ops.sin(x)\n"
    harness.run_cell(code, namespace, "cell 1")
    assert Local(namespace).source("f") == code
    with pytest.raises(Incorrect, match="expected a function"):
        Local({"f": 1}).source("f")
