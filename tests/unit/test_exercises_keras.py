"""The set of chapter 2: its rules are Keras's, its checks are fair."""

import json
import random
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from exercising import COMMITTED, answered, said

from flowbook.exercises import source

(PATH,) = (path for path in COMMITTED if path.stem == "keras")
SET = source.read(PATH).exercises
BARE = ("count", "forward", "bytes")
HEAD = "import keras\n"
RIGHT = [
    (
        "count",
        """
def weights(inputs, units):
    return sum(inputs for _ in range(units))

def parameters(inputs, layers):
    if not layers:
        return np.int64(0)
    (units, use_bias), *rest = layers
    return units * (inputs + bool(use_bias)) + parameters(units, rest)
""",
    ),
    (
        "forward",
        """
def softmax(z):
    logs = z - np.max(z, axis=-1, keepdims=True)
    return np.exp(logs - np.log(np.exp(logs).sum(-1, keepdims=True)))

def forward(x, layers):
    known = {"linear": lambda z: z, "relu": lambda z: z.clip(0),
             "softmax": softmax}
    for kernel, bias, activation in layers:
        bias = np.zeros(kernel.shape[1]) if bias is None else bias
        x = known[activation](np.einsum("ri,iu->ru", x, kernel) + bias)
    return x.tolist()
""",
    ),
    (
        "bytes",
        """
def training_bytes(inputs, layers, frozen, optimizer, policy):
    sizes, each = [], 2 if policy.startswith(("float16", "bfloat")) else 4
    for units, use_bias in layers:
        sizes.append(each * (inputs * units + units * use_bias))
        inputs = units
    moved = sum(sizes[frozen:])
    slots = dict(sgd=0, adam=2, adamw=2).get(optimizer, 1)
    return dict(weights=sum(sizes), gradients=np.int64(moved),
                slots=float(moved * slots))
""",
    ),
    (
        "budget",
        """
def network(features, hidden, classes):
    inputs = x = keras.Input((features,))
    for units in hidden:
        x = keras.layers.Dense(units, use_bias=False)(x)
        x = keras.layers.ReLU()(x)
        x = keras.layers.Dropout(0.1)(x)
    return keras.Model(inputs, keras.layers.Dense(classes)(x))

def exact(features, classes, budget):
    for units in range(1, budget):
        for inner in (True, False):
            for outer in (True, False):
                if budget == (features + inner) * units + (
                        units + outer) * classes:
                    inputs = keras.Input((features,))
                    x = keras.layers.EinsumDense(
                        "bf,fu->bu", (units,), bias_axes="u" * inner or None)
                    y = keras.layers.Dense(classes, use_bias=outer)
                    hidden = keras.ops.relu(x(inputs))
                    return keras.Model(inputs, y(hidden))
""",
    ),
    (
        "tower",
        """
def matcher(features, units):
    tower = keras.Sequential([
        keras.Input((features,)), keras.layers.Dense(units),
        keras.layers.Activation("relu")])
    sides = {n: keras.Input((features,), name=n) for n in ("right", "left")}
    a, b = tower(sides["left"]), tower(sides["right"])
    gap = keras.ops.maximum(a, b) - keras.layers.Minimum()([a, b])
    return keras.Model(sides, keras.layers.Dense(1)(gap))
""",
    ),
    (
        "skip",
        """
def with_skip(layers):
    (k1, b1), (k2, b2), (k3, b3) = layers
    u, v = k2.shape
    inputs = keras.Input(k1.shape[:1])
    one = keras.layers.Dense(u, "relu", name="one")(inputs)
    two = keras.layers.Dense(v, "relu", name="two")(one)
    if u != v:
        one = keras.layers.EinsumDense(
            "bu,uv->bv", v, kernel_initializer="zeros")(one)
    both = keras.layers.Add()([one, two])
    three = keras.layers.Dense(len(b3), name="three")(both)
    model = keras.Model(inputs, three)
    for name, pair in zip(["one", "two", "three"], layers):
        model.get_layer(name).set_weights(list(pair))
    return model
""",
    ),
    (
        "logits",
        """
def classifier(features, classes):
    inputs = keras.Input((features,))
    outputs = keras.layers.Softmax()(keras.layers.Dense(classes)(inputs))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.5), run_eagerly=True,
                  loss="sparse_categorical_crossentropy", metrics=["acc"])
    return model

def probabilities(model, x):
    return model.predict(x, verbose=0)

def detector(features):
    model = keras.Sequential([keras.Input((features,)),
                              keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5),
                  keras.losses.BinaryCrossentropy(from_logits=True),
                  metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)])
    return model
""",
    ),
    (
        "frozen",
        """
def fine_tune(weights, x, y, classes, thaw=False):
    base = make_base(weights)
    base.trainable = False
    if thaw:
        base.trainable = True
        for layer in base.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False
    model = keras.Sequential([keras.Input(x.shape[1:]), base])
    model.add(keras.layers.Dense(classes, kernel_initializer="zeros"))
    model.compile(
        keras.optimizers.SGD(0.2), run_eagerly=True,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, batch_size=len(x), epochs=4, verbose=0)
    return [weight.numpy() for weight in model.weights]
""",
    ),
    (
        "layer",
        """
class Centered(keras.Layer):
    def __init__(self, units, scale=1.0, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.given = dict(units=units, scale=scale, activation=activation)
        self.activation = keras.layers.Activation(activation)

    def build(self, shape):
        make = self.add_weight
        self.mean = make(shape=shape[-1:], trainable=False,
                         initializer=keras.initializers.Zeros())
        self.kernel = make(shape=(shape[-1], self.given["units"]))

    def adapt(self, data):
        self.mean.assign(keras.ops.mean(data, 0))

    def call(self, x):
        z = (x - self.mean) @ self.kernel
        return self.activation(self.given["scale"] * z)

    def get_config(self):
        return super().get_config() | self.given
""",
    ),
    (
        "layer",
        SET.question("layer").reference.partition("    def get_config")[0],
    ),
    (
        "port",
        """
def two_views(features, units):
    inputs = keras.Input((features,))
    bent = keras.layers.Dense(units)(inputs)
    bent = keras.ops.leaky_relu(bent, 0.1)
    square = keras.layers.Multiply()([inputs, inputs])
    views = keras.layers.Concatenate(axis=-1)([bent, square])
    return keras.Model(inputs, keras.layers.Dense(1)(views))

def fit_line(x, y, rate, decay, epochs):
    model = keras.Sequential([keras.Input(x.shape[1:]),
                              keras.layers.Dense(1)])
    model.set_weights([np.zeros([x.shape[1], 1]), np.zeros(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    for t in range(epochs):
        model.optimizer.learning_rate = rate / (1 + decay * t)
        model.train_on_batch(x, y)
    return model.get_weights()
""",
    ),
]


@pytest.mark.parametrize(("question", "code"), RIGHT)
def test_a_right_answer_of_another_kind_earns_every_point(question, code):
    code = code if question in BARE else HEAD + code
    exercise = answered(SET, **{question: code})[question]
    exercise.check()
    assert exercise.outcome.earned == exercise.points, said(exercise)


def test_three_questions_are_answered_and_checked_without_tensorflow():
    program = """
        import json, sys

        for name in ("tensorflow", "keras"):
            sys.modules[name] = None
        from flowbook.exercises.notebook import load

        answers, names = json.load(sys.stdin)
        namespace = {}
        book = load("keras", namespace)
        exec(book._checks._set.setup, namespace)
        from flowbook.exercises import harness
        for name, code in zip(names, answers):
            harness.run_cell(code, namespace, name)
            book[name].check()
            assert book[name].outcome.earned == book[name].points
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        input=json.dumps([[SET.question(n).reference for n in BARE], BARE]),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# ---- What the page says is what Keras does --------------------------------


@pytest.fixture(scope="module")
def reference():
    """The functions of all reference answers, by name."""
    return answered(SET).namespace


def a_model(rng, features, plan, policy="float32", last=None):
    import keras

    layers = [
        keras.layers.Dense(
            units,
            activation=last if n == len(plan) else "relu",
            use_bias=use_bias,
            dtype=policy,
        )
        for n, (units, use_bias) in enumerate(plan, start=1)
    ]
    return keras.Sequential([keras.Input((features,)), *layers])


def a_plan(rng):
    return [
        (rng.randrange(1, 30), rng.random() < 0.5)
        for _ in range(rng.randrange(1, 5))
    ]


def test_parameters_are_those_that_keras_counts(reference):
    rng = random.Random(1)
    for _ in range(20):
        features, plan = rng.randrange(1, 40), a_plan(rng)
        count = a_model(rng, features, plan).count_params()
        assert reference["parameters"](features, plan) == count


def test_the_forward_pass_is_that_of_keras(reference):
    rng, numbers = random.Random(2), np.random.default_rng(2)
    for n in range(12):
        features, plan = rng.randrange(1, 9), a_plan(rng)
        last = rng.choice(["relu", "softmax", None])
        model = a_model(rng, features, plan, last=last)
        x = numbers.normal(size=(4, features)).astype("float32")
        x *= 1000 ** (n % 2)  # large logits every other time
        layers = [
            (*layer.get_weights(), *[None] * (not layer.use_bias), name)
            for layer in model.layers
            for name in [layer.activation.__name__]
        ]
        got, want = reference["forward"](x, layers), model(x).numpy()
        assert np.allclose(got, want, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    "policy",
    ["float32", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16"],
)
def test_bytes_are_those_of_real_optimizers(reference, policy):
    import keras
    import tensorflow as tf

    makers = {
        "sgd": keras.optimizers.SGD,
        "momentum": lambda: keras.optimizers.SGD(momentum=0.9),
        "adagrad": keras.optimizers.Adagrad,
        "rmsprop": keras.optimizers.RMSprop,
        "lion": keras.optimizers.Lion,
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
    }

    def size(tensors):
        return sum(
            int(np.prod(t.shape)) * tf.as_dtype(t.dtype).size for t in tensors
        )

    plan, frozen = [(7, True), (5, False), (3, True)], 1
    model = a_model(random.Random(3), 4, plan, policy)
    for layer in model.layers[:frozen]:
        layer.trainable = False
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(np.ones([2, 4], "float32")))
    trained = [variable.value for variable in model.trainable_variables]
    gradients = tape.gradient(loss, trained)
    for name, make in makers.items():
        optimizer = make()
        optimizer.build(model.trainable_variables)
        slots = [v for v in optimizer.variables if v.shape != ()]
        assert reference["training_bytes"](4, plan, frozen, name, policy) == {
            "weights": size(model.variables),
            "gradients": size(gradients),
            "slots": size(slots),
        }, name


def test_what_moved_tells_the_snippet_from_its_mend(reference):
    moved = answered(SET, blank=True).namespace["what_moved"]
    assert moved(False) == moved(True) == ["moving mean", "moving variance"]
    assert reference["what_moved"](False) == []
    assert reference["what_moved"](True) == ["kernel", "bias"]


def test_a_training_flag_of_a_call_does_not_hold_in_a_functional_model():
    import keras

    inputs = keras.Input((2,))
    normalization = keras.layers.BatchNormalization()
    model = keras.Model(inputs, normalization(inputs, training=False))
    model(np.ones([4, 2]), training=True)
    assert normalization.moving_mean.numpy().any()


def test_a_flag_that_is_set_to_its_own_value_changes_no_layer():
    import keras

    base = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    base.layers[0].trainable = False
    base.trainable = True
    assert not base.layers[0].trainable
    base.trainable = False
    base.trainable = True
    assert base.layers[0].trainable


def test_a_softmax_and_from_logits_is_noticed_by_tensorflow():
    code = SET.question("logits").reference.replace(
        "keras.layers.Dense(classes)",
        'keras.layers.Dense(classes, activation="softmax")',
    )
    code = code.replace("keras.ops.softmax(model(x))", "model(x)")
    exercise = answered(SET, logits=code)["logits"]
    with pytest.warns(UserWarning, match="received `from_logits=True`"):
        exercise.check()
    assert exercise.outcome.earned == exercise.points, said(exercise)


def test_the_snippet_of_keras_2_stops_and_then_only_warns():
    import keras

    namespace = answered(SET, blank=True).namespace
    x, y = np.ones([4, 2], "float32"), np.ones([4, 1], "float32")
    with pytest.raises(ValueError, match="KerasTensor cannot be used"):
        namespace["two_views"](2, 3)
    with (
        pytest.warns(UserWarning, match="`decay` is no longer supported"),
        pytest.raises(ValueError, match=r"not recognized: \{'lr'"),
    ):
        namespace["fit_line"](x, y, 0.1, 0.5, 1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="'workers'"):
        model.fit(x, y, workers=1)


def test_the_page_names_its_points_and_questions():
    text = PATH.read_text("utf-8")
    assert f"for {SET.points} points in all" in text
    assert "These ten questions" in text and len(SET.questions) == 10
