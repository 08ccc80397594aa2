"""The set of chapter 1: its rules are TensorFlow's, its checks are fair."""

import random

import numpy as np
import pytest
from exercising import COMMITTED, answered, said

from flowbook.exercises import source

(PATH,) = (path for path in COMMITTED if path.stem == "graph-heritage")
SET = source.read(PATH).exercises
RIGHT = [
    (
        "reverse",
        """
def gradient(x, y):
    return [np.exp(-x) * (y - x * y), np.float64(x / np.exp(x) + y + y)]
""",
    ),
    (
        "missing-gradient",
        """
def slopes(w, b, xs, ys):
    w = tf.Variable(w, dtype=tf.float64)
    b = tf.Variable(b, dtype=tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.add_n([(w * x + b - y)**2 for x, y in zip(xs, ys)])
        loss = loss / len(xs) + w * w / 10
    return float(tape.gradient(loss, w)), tape.gradient(loss, b).numpy()
""",
    ),
    (
        "one-trace",
        """
@tf.function(input_signature=[tf.TensorSpec([None]), tf.TensorSpec([])])
def centered(readings, gain):
    length = tf.cast(tf.shape(readings)[0], tf.float32)
    return gain * readings - gain * tf.reduce_sum(readings) / length
""",
    ),
    (
        "one-trace",
        """
centered = tf.function(
    lambda readings, gain: gain * (readings - tf.reduce_mean(readings)),
    input_signature=[tf.TensorSpec(None), tf.TensorSpec([])])
""",
    ),
    (
        "tape",
        """
def divide(u, v):
    return multiply(u, record(1 / v.value, (v, lambda g: -g / v.value**2)))

def softmax(u):
    s = np.exp(u.value) / np.exp(u.value).sum()
    return record(s, (u, lambda g: (np.diag(s) - np.outer(s, s)) @ g))
""",
    ),
    (
        "prune",
        """
def prune(nodes, fetches):
    kept, more = {}, {fetch.split(":")[0] for fetch in fetches}
    while more:
        kept |= {name: [nodes[name][0], nodes[name][1]] for name in more}
        more = {r.strip("^").split(":")[0] for n in more for r in nodes[n][1]}
        more -= set(kept)
    return kept

def proof(nodes, fetches, name):
    for fetch in fetches:
        path = (fetch.split(":")[0],)
        if path == (name,):
            return path
        reads = [read.strip("^") for read in nodes[path[0]][1]]
        rest = proof(nodes, reads, name)
        if rest:
            return path + rest
""",
    ),
    (
        "loop",
        """
@tf.function(input_signature=[tf.TensorSpec([], tf.int64)] * 3)
def modular_power(base, exponent, modulus):
    result = tf.ones_like(base)
    for _ in tf.range(exponent):
        result = result * base % modulus
    return result
""",
    ),
    (
        "loop",
        """
@tf.function
def modular_power(base, exponent, modulus):
    def passes(base, exponent, result):
        times = tf.where(exponent % 2 == 1, base, 1)
        return base**2 % modulus, exponent // 2, result * times % modulus

    one = tf.constant(1, tf.int64)
    return tf.while_loop(
        lambda _, exponent, __: exponent > 0, passes, (base, exponent, one)
    )[2]
""",
    ),
    (
        "stable",
        """
def log_add(a, b):
    return tf.reduce_logsumexp(tf.stack([a, b]), axis=0)
""",
    ),
    (
        "stable",
        """
@tf.custom_gradient
def log_add(a, b):
    high, low = tf.maximum(a, b), tf.minimum(a, b)
    result = high + tf.nn.softplus(low - high)
    return result, lambda g: [g * tf.exp(v - result) for v in (a, b)]
""",
    ),
    (
        "export",
        """
class Scores(tf.Module):
    def __init__(self, weight, bias):
        super().__init__()
        self.weight, self.bias = tf.constant(weight), tf.Variable(bias)

    @tf.function
    def __call__(self, inputs):
        return {"scores": tf.matmul(inputs, self.weight) + self.bias}

def export(folder, weight, bias):
    module = Scores(weight, bias)
    batch = tf.TensorSpec([None, len(weight)], tf.float32, "inputs")
    signature = module.__call__.get_concrete_function(batch)
    tf.saved_model.save(module, folder, {"serving_default": signature})

def export_power(folder):
    number = tf.TensorSpec([], tf.int64)

    @tf.function(input_signature=[number] * 3)
    def power(base, exponent, modulus):
        return {"power": modular_power(base, exponent, modulus)}

    tf.saved_model.save(tf.Module(), folder, signatures=power)
""",
    ),
]


@pytest.mark.parametrize(("question", "code"), RIGHT)
def test_a_right_answer_of_another_kind_earns_every_point(question, code):
    code = f"import tensorflow as tf\n{code}"
    instead = {question.replace("-", "_"): code}
    exercise = answered(SET, **instead)[question]
    exercise.check()
    assert exercise.outcome.earned == exercise.points, said(exercise)


@pytest.mark.parametrize("reduce_retracing", [False, True])
def test_trace_counts_follow_the_rules_of_tensorflow(reduce_retracing):
    import tensorflow as tf

    def argument(kind, *rest):
        if kind == "python":
            return rest[0]
        values = np.ones(rest[1], rest[0])
        as_kind = {"tensor": tf.constant, "variable": tf.Variable}
        return as_kind.get(kind, np.asarray)(values)

    trace_count = answered(SET).namespace["trace_count"]
    rng = random.Random(1)
    shapes = [(), (2,), (3,), (2, 2), (2, 3), (4, 3), (4, 2, 2)]
    for _ in range(30):
        calls = [
            rng.choice(
                [
                    ("python", rng.choice([0, 1, 2, 1.0, 0.5, True, False])),
                    (
                        rng.choice(["tensor", "array", "variable"]),
                        rng.choice(["float32", "int32"]),
                        rng.choice(shapes),
                    ),
                ]
            )
            for _ in range(8)
        ]
        traced = tf.function(
            lambda x: x, reduce_retracing=reduce_retracing, autograph=False
        )
        arguments = [argument(*call) for call in calls]
        for value in arguments:
            traced(value)
        count = traced.experimental_get_tracing_count()
        assert trace_count(calls, reduce_retracing) == count, calls


def test_the_page_names_its_points_and_questions():
    text = PATH.read_text("utf-8")
    assert f"for {SET.points} points in all" in text
    assert "These nine questions" in text and len(SET.questions) == 9
