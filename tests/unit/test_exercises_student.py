"""What a check gets of a student's work, and what it says if that fails."""

import logging

import numpy as np
import pytest

from flowbook.exercises import harness, models
from flowbook.exercises.checking import (
    Incorrect,
    NotAttempted,
    StudentError,
)
from flowbook.exercises.student import Local

CELL = '''\
import enum
import sys

import keras
import numpy as np
import tensorflow as tf


def double(x):
    return 2 * x

def spoil(values):
    values[0] = 99
    return values

def give(kind):
    return {
        "tensor": tf.constant([1.0, 2.0]),
        "variable": tf.Variable(3.0),
        "slices": tf.IndexedSlices(
            tf.ones([1, 2]), tf.constant([1]), dense_shape=[2, 2]),
        "shape": tf.TensorShape([None, 3]),
        "dtype": tf.float32,
        "scalar": np.float32(1.5),
        "masked": np.ma.array([1.0, 2.0], mask=[True, False]),
        "enum": enum.IntEnum("E", "A").A,
        "nested": {"a": [1, (2.0, None)], "b": True},
    }[kind]

def bad(kind):
    loop = []
    loop.append(loop)
    return {
        "set": {1, 2},
        "function": double,
        "object": object(),
        "text": tf.constant("x"),
        "objects": np.array([None]),
        "keys": {1: 2},
        "loop": loop,
        "symbolic": keras.Input((2,)),
    }[kind]

def divide(x):
    return x / 0

def library(x):
    return keras.layers.Layer().compute_output_shape((1, 2))

@tf.function
def staged(x):
    if x > 0:
        x = x + tf.ones([2])
        x = x @ x
    return x

def leave():
    sys.exit(0)

class Mute(Exception):
    def __str__(self):
        raise self

def mute():
    raise Mute

def stub(x):
    """Later."""
    raise NotImplementedError

@tf.function
def staged_stub(x):
    raise NotImplementedError

def uses_a_stub(x):
    return stub(x) + 1

number = 3
later = ...

W = tf.constant([2.0, 3.0])
V = tf.Variable(2.0)

@tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
def sine(x):
    if tf.reduce_sum(x) > 0:
        return tf.sin(x) * W[0]
    return x

@tf.function
def pair(x, y):
    return {"a": x + y, "b": x - y}

def traced():
    return pair.get_concrete_function(tf.TensorSpec([2]), tf.TensorSpec([2]))

@tf.function
def with_variable(x):
    return x * V

def export(path, factor):
    module = tf.Module()
    module.scale = tf.Variable(float(factor))
    module.serve = tf.function(
        lambda y, x: {"r": x * module.scale - y},
        input_signature=[tf.TensorSpec([None]), tf.TensorSpec([None])])
    tf.saved_model.save(module, path, signatures=module.serve)

def export_nothing(path):
    pass

def network(units):
    inputs = keras.Input((4,))
    x = keras.layers.Dense(units, activation="relu")(inputs)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dropout(0.1)(x)
    model = keras.Model(inputs, keras.ops.sin(x * 2 + inputs[:, :units]))
    model.compile(loss="mse")
    return model

def unbuilt():
    return keras.Sequential([keras.layers.Dense(2)])

def own_layer():
    class Mine(keras.layers.Layer):
        def call(self, x):
            return x
    return keras.Sequential([keras.Input((3,)), Mine()])

def lying():
    class Liar(keras.Sequential):
        def count_params(self):
            return 42
    return Liar([keras.Input((3,)), keras.layers.Dense(2)])

def any_function():
    return keras.Sequential(
        [keras.Input((3,)), keras.layers.Lambda(lambda x: x)])

def no_model():
    return 3

def rewrite(folder, ending):
    from pathlib import Path
    text = (Path(folder) / "a" / "given").read_text()
    (Path(folder) / "b").write_text(text + ending)
    return len(list(Path(folder).iterdir()))

def quick(x):
    return x + 1

def odd(x):
    return x + 2
'''
GIVEN = """
import time

def quick(x):
    time.sleep(0.02)
    return x + 1

def odd(x):
    return x / 0
"""


@pytest.fixture(scope="module")
def student():
    namespace = {"__name__": "__main__"}
    harness.run_cell(CELL, namespace, "cell [7]")
    return Local(namespace)


# ---- Plain data -----------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        ("tensor", np.array([1, 2], np.float32)),
        ("variable", np.array(3, np.float32)),
        ("slices", np.array([[0, 0], [1, 1]], np.float32)),
        ("shape", [None, 3]),
        ("dtype", "float32"),
        ("scalar", np.array(1.5, np.float32)),
        ("masked", np.array([1.0, 2.0])),
        ("enum", 1),
        ("nested", {"a": [1, (2.0, None)], "b": True}),
    ],
)
def test_what_is_data_arrives_as_plain_data(student, kind, plain):
    got = student.call("give", kind)
    assert type(got) is type(plain)
    if isinstance(plain, np.ndarray):
        assert (got.dtype, got.shape) == (plain.dtype, plain.shape)
    assert np.array_equal(got, plain)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("set", "sorted(…)"),
        ("function", "call it"),
        ("object", "got an object of type object"),
        ("text", "got an object of type bytes"),
        ("objects", "got dtype object"),
        ("keys", "the key 1 of type int"),
        ("loop", "deeper than 32"),
        ("symbolic", "no value yet"),
    ],
)
def test_what_is_no_data_is_told_what_to_return(student, kind, says):
    with pytest.raises(Incorrect) as caught:
        student.call("bad", kind)
    assert str(caught.value).startswith("bad()")
    assert says in str(caught.value)


def test_a_check_keeps_its_own_arguments(student):
    values = np.zeros(2)
    assert student.call("spoil", values)[0] == 99
    assert values[0] == 0


def test_a_check_may_pass_plain_data_only(student):
    with pytest.raises(TypeError, match="an argument: got an object"):
        student.call("double", object())


# ---- Errors ---------------------------------------------------------------


def error(student, name, *args):
    with pytest.raises(StudentError) as caught:
        student.call(name, *args)
    return caught.value


def test_an_error_is_told_with_cell_line_and_source(student):
    found = error(student, "divide", 1)
    line = CELL.split("\n").index("    return x / 0") + 1
    assert (found.kind, found.message) == (
        "ZeroDivisionError",
        "division by zero",
    )
    assert found.where == f"line {line} of cell [7]: return x / 0"


def test_an_error_inside_a_library_is_told_with_the_students_line(student):
    assert ".Layer()" in error(student, "library", 1).source


class Everything:
    """Has whatever attribute it is asked for."""

    def __getattr__(self, name):
        return self


def test_an_error_under_tf_function_is_told_with_the_students_line(student):
    student._namespace["everything"] = Everything()
    found = error(student, "staged", 1.0)
    assert (found.cell, found.source) == ("cell [7]", "x = x @ x")
    assert "rank 2" in found.message and "File" not in found.message


def test_leaving_python_is_an_error_like_others(student):
    assert error(student, "leave").kind == "SystemExit"


def test_an_error_that_cannot_be_shown_is_an_error_like_others(student):
    assert error(student, "mute").kind == "Mute"


def test_a_cell_that_is_no_python_is_told_with_its_line():
    with pytest.raises(StudentError) as caught:
        harness.run_cell("x = 1\ny = (\n", {}, "cell [2]")
    assert (caught.value.kind, caught.value.line) == ("SyntaxError", 2)


@pytest.mark.parametrize("name", ["stub", "staged_stub", "uses_a_stub"])
def test_a_stub_is_not_attempted(student, name):
    with pytest.raises(NotAttempted, match="stub"):
        student.call(name, 1.0)


def test_the_same_error_raised_by_a_library_is_an_error(student):
    assert error(student, "library", 1).kind == "NotImplementedError"


def test_values_and_names(student):
    assert student.value("number") == 3
    with pytest.raises(NotAttempted):
        student.value("later")
    with pytest.raises(Incorrect, match="not defined"):
        student.value("nothing")
    with pytest.raises(Incorrect, match="expected a function, got int"):
        student.call("number")


# ---- Stubs ----------------------------------------------------------------

CLASS = """\
class Layer:
    \"\"\"To mend.\"\"\"

    def build(self, shape):
        self.shape = shape

    @staticmethod
    def call(x):
        return x
"""


def untouched(code, stub=CLASS):
    namespace = {"__name__": "__main__"}
    harness.run_cell(code, namespace, "cell [9]")
    return harness.is_untouched(namespace, stub)


def test_a_class_as_it_was_handed_out_is_untouched():
    assert untouched(CLASS)
    assert untouched(CLASS.replace("return x", "return  x  # later"))
    valued = CLASS + "\n    size = 3\n"
    assert untouched(f"import math\n\n\n{valued}", valued)


@pytest.mark.parametrize(
    "code",
    [
        CLASS.replace("return x", "return 2 * x"),
        CLASS.replace("call", "run"),
        CLASS.replace("class Layer:", "class Layer(dict):"),
        CLASS.replace("    @staticmethod\n", ""),
        CLASS + "\n    def more(self):\n        pass\n",
        CLASS + "\n    size = 3\n",
        f"def same(layer):\n    return layer\n\n@same\n{CLASS}",
        "Layer = 3",
        "pass",
        "class Layer:\n    call = build = len",
    ],
)
def test_a_class_that_was_changed_is_touched(code):
    assert not untouched(code)


# ---- Graphs and SavedModels -----------------------------------------------


def test_one_graph_takes_what_its_open_axis_promises(student):
    graph = student.graph("sine")
    assert graph.inputs == [("float32", (None,))]
    assert "Sin" in graph.ops  # inside of the branch that tf.cond calls
    for size in (1, 5):
        (y,) = graph.run(np.ones(size))
        assert np.allclose(y, 2 * np.sin(np.ones(size)))
    assert np.allclose(graph.run([-1.0])[0], [-1.0])


def test_a_graph_of_one_length_refuses_another(student):
    graph = student.graph("pair", ("float32", [2]), ("float32", [2]))
    with pytest.raises(Incorrect, match=r"shape \(2,\), not \(3,\)"):
        graph.run([1, 2, 3], [1, 2, 3])
    with pytest.raises(Incorrect, match="takes 2 inputs, not 1"):
        graph.run([1, 2])


@pytest.mark.parametrize("name", ["pair", "traced"])
def test_outputs_are_a_tuple_whatever_the_function_returns(student, name):
    specs = [("float32", [None])] * 2 if name == "pair" else []
    total, difference = student.graph(name, *specs).run([1, 2], [3, 5])
    assert total.tolist() == [4, 7]
    assert difference.tolist() == [-2, -3]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("with_variable", "uses a tf.Variable"),
        ("double", "Decorate it with @tf.function"),
        ("number", "Decorate it with @tf.function"),
        ("no_model", "Decorate it with @tf.function"),
    ],
)
def test_what_has_no_graph_of_its_own_is_refused(student, name, says):
    with pytest.raises(Incorrect, match=says):
        student.graph(name, ("float32", []))


def test_a_saved_model_is_run_from_its_files(student):
    artifact = student.saved_model("export", 2)
    assert "saved_model.pb" in artifact.files
    assert artifact.signatures["serving_default"]["inputs"] == {
        "x": ("float32", (None,)),
        "y": ("float32", (None,)),
    }
    (r,) = artifact.run([1, 2], [3, 4])  # x, then y
    assert r.tolist() == [-1, 0]
    with pytest.raises(Incorrect, match=r"only \['serving_default'\]"):
        artifact.run([1], signature="none")
    with pytest.raises(Incorrect, match=r"no saved_model\.pb"):
        student.saved_model("export_nothing")


def test_saving_logs_nothing_and_leaves_the_logger_as_it_was(student, caplog):
    import tensorflow as tf

    logger = tf.get_logger()
    level = logger.level
    try:
        logger.setLevel("INFO")
        logger.addHandler(caplog.handler)
        student.saved_model("export", 2)
        assert caplog.messages == [] and logger.level == logging.INFO
    finally:
        logger.removeHandler(caplog.handler)
        logger.setLevel(level)


# ---- Files ----------------------------------------------------------------


def test_a_function_gets_files_and_leaves_others(student):
    given = {"a/given": b"text"}
    for _ in range(2):  # the folder is fresh
        count, left = student.in_folder("rewrite", given, "!")
        assert count == 2 and left == {**given, "b": b"text!"}
    assert given == {"a/given": b"text"}


def test_a_file_that_is_missing_is_an_error_like_others(student):
    with pytest.raises(StudentError) as caught:
        student.in_folder("rewrite", {}, "!")
    assert caught.value.kind == "FileNotFoundError"
    assert "read_text()" in caught.value.source


# ---- Races ----------------------------------------------------------------


def test_a_race_tells_the_ratio_and_what_both_returned(student):
    numbers = iter(range(100))
    race = student.race("quick", GIVEN, lambda: (next(numbers),), 3)
    assert race.ratio > 3
    assert race.rounds == [((n,), n + 1, n + 1) for n in range(3)]


@pytest.mark.parametrize(
    ("ratios", "median"),
    [([4, 5], 4.5), ([1, 2], 1.5), ([4, 2, 100], 4), ([4, 1, 2], 2)],
)
def test_a_race_ends_when_its_median_is_decided(
    student, monkeypatch, ratios, median
):
    seconds = [9, 1]  # untimed
    for ratio in ratios:
        seconds += [2, 2 * ratio]
    times = iter(seconds)
    call = Local.call

    def timed(self, name, args):
        return call(self, name, *args), next(times)

    monkeypatch.setattr(Local, "_timed", timed)
    assert student.race("quick", GIVEN, lambda: (1,), 3).ratio == median
    assert list(times) == []


def test_a_given_function_that_fails_is_the_checks_fault(student):
    with pytest.raises(RuntimeError, match=r"given odd\(\) failed: ZeroDiv"):
        student.race("odd", GIVEN, lambda: (1,), 3)


def test_a_race_of_a_stub_is_not_attempted(student):
    with pytest.raises(NotAttempted):
        student.race("stub", GIVEN, lambda: (1,), 3)


# ---- Models ---------------------------------------------------------------


def test_a_model_is_rebuilt_and_answers_alike(student):
    model = student.model("network", 3)
    assert model.count_params() == 27
    again = models.rebuild(*models.parts(student._namespace, "network", (3,)))
    again.set_weights(model.get_weights())
    x = np.ones((2, 4), np.float32)
    assert np.allclose(model(x), again(x))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("unbuilt", "Begin it with keras.Input"),
        ("own_layer", "'Mine', which is not a layer of Keras' own"),
        ("lying", "'Liar', which is not a layer of Keras' own"),
        ("any_function", "'Lambda', which is not a layer of Keras' own"),
        ("no_model", "expected a Keras model, got int"),
    ],
)
def test_a_model_with_code_of_its_own_is_refused(student, name, says):
    with pytest.raises(Incorrect, match=says):
        student.model(name)


def test_a_huge_model_is_refused_before_it_is_allocated(student):
    def layer(name, **config):
        return {
            "module": "keras.layers",
            "class_name": name,
            "config": {"name": name.lower(), **config},
        }

    size = 10**6  # 4 TB of weights
    layers = [
        layer("InputLayer", batch_shape=[None, size]),
        layer("Dense", units=size),
    ]
    config = {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "huge", "layers": layers},
    }
    with pytest.raises(Incorrect, match=r"asks for \[\(1000000, 1000000\)"):
        models.rebuild(config, [])
    assert student.model("network", 3).built  # nothing of it is left behind
