"""The set of chapter 4: its rules are Keras's, its checks are fair."""

import itertools
import random

import numpy as np
import pytest
from exercising import COMMITTED, answered, lost, said

from flowbook.exercises import checking, source
from flowbook.exercises.student import Local

(PATH,) = (path for path in COMMITTED if path.stem == "training")
SET = source.read(PATH).exercises
RIGHT = [
    (
        "rate",
        """
def total_steps(examples, size, epochs, drop_remainder=False):
    starts = range(0, examples, size)
    whole = [at for at in starts if at + size <= examples]
    return sum(len(whole if drop_remainder else starts)
               for _ in range(epochs))

def rate_at(step, peak, warmup, total, floor):
    falling = keras.optimizers.schedules.CosineDecay(
        0.0, total - warmup, floor / peak, warmup_target=peak,
        warmup_steps=warmup)
    return float(falling(step))
""",
    ),
    (
        "step",
        """
def momentum_step(weights, gradient, velocity, rate, momentum):
    steps = momentum * velocity + np.multiply(gradient, -rate)
    return [(weights + steps).tolist(), steps.tolist()]

def adam_step(weights, gradient, m, v, t, rate, beta_1, beta_2, epsilon):
    m = m + (gradient - m) * (1 - beta_1)
    v = v + (np.square(gradient) - v) * (1 - beta_2)
    bias = np.sqrt(1 - beta_2**t)
    v_hat = v / (1 - beta_2**t)
    step = m / (1 - beta_1**t) / (np.sqrt(v_hat) + epsilon / bias)
    return weights - rate * step, m, v
""",
    ),
    (
        "average",
        """
def epoch_loss(means, sizes):
    mean = keras.metrics.Mean()
    for value, size in zip(means, sizes):
        mean.update_state(value, sample_weight=size)
    return mean.result()

def balanced(labels, classes):
    return np.size(labels) / (classes * np.bincount(labels))

def weighted_loss(probabilities, labels, weights):
    loss = keras.losses.SparseCategoricalCrossentropy()
    each = tf.gather(tf.constant(weights), labels)
    return loss(tf.constant(labels), probabilities, sample_weight=each)
""",
    ),
    (
        "replicas",
        """
def replica_loss(losses, global_size, replicas, penalty):
    return tf.nn.compute_average_loss(
        losses, global_batch_size=global_size) + penalty / replicas

def global_gradient(gradients, sizes):
    shares = np.array(sizes) / sum(sizes)
    return sum(share * g for share, g in zip(shares, gradients)).tolist()
""",
    ),
    (
        "callback",
        """
class StopOverfitting(keras.callbacks.EarlyStopping):
    def __init__(self, gap, patience):
        super().__init__(patience=10**6, restore_best_weights=True)
        self.gap, self.allowed = gap, patience

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.gaps = []

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        self.gaps.append(logs["val_loss"] - logs["loss"])
        last = self.gaps[-self.allowed:]
        if len(last) == self.allowed and min(last) > self.gap:
            self.model.stop_training = True
""",
    ),
    (
        "train-step",
        """
class Contrast(keras.Model):
    def __init__(self, features, units, temperature):
        super().__init__()
        self.encoder = keras.layers.Dense(units, use_bias=False)
        self.encoder.build((None, features))
        self.temperature = temperature

    def call(self, x):
        return keras.ops.normalize(self.encoder(x))

    def compile(self, *args, **kwargs):
        super().compile(*args, loss=self.contrast, **kwargs)

    def contrast(self, a, b):
        likeness = keras.ops.matmul(self(a), keras.ops.transpose(self(b)))
        logs = keras.ops.log_softmax(likeness / self.temperature)
        return -keras.ops.mean(keras.ops.diagonal(logs))

    def train_step(self, data):
        a, b = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(a, a, b)
        self._loss_tracker.update_state(loss)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(
            zip(gradients, self.trainable_weights))
        return self.get_metrics_result()

    def test_step(self, data):
        self._loss_tracker.update_state(
            self.compute_loss(data[0], data[0], data[1]))
        return self.get_metrics_result()
""",
    ),
    (
        "reset",
        """
class Curve(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.curve = []

    def on_epoch_end(self, epoch, logs):
        self.curve.append((logs["loss"], logs["val_right"]))

def learning_curve(kernel, x, y, x_val, y_val, size, epochs, rate):
    inputs = keras.Input(x.shape[1:])
    dense = keras.layers.Dense(1, use_bias=False)
    model = keras.Model(inputs, dense(inputs))
    model.set_weights([kernel])
    model.compile(
        keras.optimizers.SGD(rate), run_eagerly=True,
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy("right", threshold=0.0)])
    seen = Curve()
    model.fit(x, y, batch_size=size, epochs=epochs, shuffle=False,
              validation_data=(x_val, y_val), verbose=0, callbacks=[seen])
    return seen.curve
""",
    ),
    (
        "training",
        """
def fitted(weights, x, y, size, epochs, rate):
    model = normalized(weights)
    model.compile(keras.optimizers.SGD(rate), "mse")
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(size)
    model.fit(batches, epochs=epochs, shuffle=False, verbose=0)
    return [variable.numpy() for variable in model.weights]

def predicted(weights, x):
    gamma, beta, mean, variance, kernel = weights
    return ((x - mean) / np.sqrt(variance + 1e-3) * gamma + beta) @ kernel
""",
    ),
    (
        "retracing",
        """
FLOAT = tf.float32

@tf.function(input_signature=[
    tf.TensorSpec(None, FLOAT), tf.TensorSpec(None, FLOAT),
    tf.TensorSpec(None, FLOAT), tf.TensorSpec((), FLOAT, name="rate")])
def step(weights, x, y, rate):
    error = tf.tensordot(x, weights, 1) - y
    count = tf.cast(tf.size(y), FLOAT)
    slope = 2 * tf.tensordot(error, x, 1) / count
    return [weights - rate * slope, tf.reduce_sum(error**2) / count]

def descend(x, y, size, epochs, rate):
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(size)
    weights, losses = np.zeros(x.shape[1], "float32"), []
    for t, (some, want) in batches.repeat(epochs).enumerate():
        weights, loss = step(weights, some, want,
                             rate / (1 + tf.cast(t, FLOAT)))
        losses.append(loss)
    return weights, tf.stack(losses)
""",
    ),
    (
        "scaling",
        """
def train_scaled(kernel, x, y, importance, steps, rate):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = keras.Sequential([
            keras.Input(x.shape[1:]), keras.layers.Dense(1, use_bias=False)])
    finally:
        keras.config.set_dtype_policy("float32")
    model.set_weights([kernel])

    def error(y, output):
        return (tf.cast(output, tf.float32) - y) ** 2

    model.compile(keras.optimizers.SGD(rate), error, run_eagerly=True,
                  auto_scale_loss=True)
    losses = []
    for _ in range(steps):
        losses.append(model.train_on_batch(x, y, importance[:, 0]))
    return model.get_weights()[0], losses
""",
    ),
    (
        "resume",
        """
import json

def train(folder, start, x, y, size, epochs, after_step):
    model = regression(start)
    model.optimizer.build(model.trainable_variables)
    variables = model.variables + model.optimizer.variables
    path, done = Path(folder) / "state.json", 0
    if path.exists():
        done, *arrays = json.loads(path.read_text())
        for variable, array in zip(variables, arrays):
            variable.assign(array)
    for epoch in range(done, epochs):
        for at in range(0, len(x), size):
            some, want = x[at:at + size], y[at:at + size]
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((model(some) - want) ** 2)
            model.optimizer.apply(
                tape.gradient(loss, model.trainable_variables))
            after_step()
        arrays = [variable.numpy().tolist() for variable in variables]
        path.write_text(json.dumps([epoch + 1, *arrays]))
    return model.get_weights()
""",
    ),
    (
        "resume",
        """
def train(folder, start, x, y, size, epochs, after_step):
    path = Path(folder) / "model.keras"
    done = len(list(Path(folder).glob("*.done")))
    model = keras.models.load_model(path) if done else regression(start)
    model.run_eagerly = True
    for epoch in range(done, epochs):
        for at in range(0, len(x), size):
            model.train_on_batch(x[at:at + size], y[at:at + size])
            after_step()
        model.save(path)
        (Path(folder) / f"{epoch}.done").touch()
    return model.get_weights()
""",
    ),
    (
        "budget",
        """
def spiral_model(x, y, budget):
    inputs = keras.Input((2,))
    units = int(-3.5 + np.sqrt(3.5**2 - 3 + budget))
    one = keras.layers.Dense(units, activation="gelu")(inputs)
    two = keras.layers.Dense(units, activation="gelu")(one)
    outputs = keras.layers.Dense(3, activation="softmax")(two)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.AdamW(0.02),
                  "sparse_categorical_crossentropy")
    slower = keras.callbacks.LearningRateScheduler(
        lambda epoch, rate: 0.02 * 0.9**epoch)
    model.fit(x, y, batch_size=16, epochs=25, verbose=0, callbacks=[slower])
    return model
""",
    ),
]
TRIFLES = {  # changes to what was handed out that help nothing
    "callback": ("raise NotImplementedError", "super().__init__()"),
    "reset": ("range(epochs)", "range(0, epochs)"),
    "training": ("error**2", "error * error"),
    "retracing": ("taken += 1", "taken = taken + 1"),
    "scaling": ("range(steps)", "range(0, steps)"),
}


@pytest.mark.parametrize(("question", "code"), RIGHT)
def test_a_right_answer_of_another_kind_earns_every_point(question, code):
    instead = {question.replace("-", "_"): code}
    exercise = answered(SET, **instead)[question]
    exercise.check()
    assert exercise.outcome.earned == exercise.points, said(exercise)


@pytest.mark.parametrize("question", TRIFLES)
def test_what_was_handed_out_earns_nothing_by_a_trifle(question):
    stub = SET.question(question).stub
    old, new = TRIFLES[question]
    assert old in stub
    exercise = answered(SET, **{question: stub.replace(old, new)})[question]
    exercise.check()
    assert exercise.outcome.earned == 0, said(exercise)


# ---- Nothing is believed that a student's process says of itself -----------


GIVEN = {  # the set's own helpers, and the points that do not need them
    "callback": ("rehearse", 0),
    "train-step": ("fit_pairs", 1),
    "resume": ("train_until", 0),
}


@pytest.mark.parametrize("question", GIVEN)
def test_a_helper_that_replays_the_visible_answers_earns_nothing(question):
    """It knows what is right for the notebook's inputs, and no others."""
    exercises = answered(SET)
    namespace, (helper, others) = exercises.namespace, GIVEN[question]
    helps, kept = namespace[helper], []

    def records(*args):
        kept.append(helps(*args))
        return kept[-1]

    namespace[helper] = records
    exercises[question].check()
    assert lost(exercises[question]) == 0 and kept
    replay = itertools.cycle(kept)
    namespace[helper] = lambda *args: next(replay)
    earned = sum(
        checking.judge(
            check, points, Local(namespace), random.Random(1)
        ).earned
        for points, check in exercises.checks_of(question)
    )
    assert earned == others


def test_a_training_that_only_knows_how_it_should_end_is_found_out():
    """It starts over and pretends: the data of old epochs are gone."""
    code = """
def train(folder, start, x, y, size, epochs, after_step):
    model = regression(start)
    each = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: after_step())
    model.fit(x, y, batch_size=size, epochs=epochs, shuffle=False, verbose=0,
              callbacks=[each])
    return model.get_weights()
"""
    exercise = answered(SET, resume=code)["resume"]
    exercise.check()
    assert exercise.outcome.earned == 1, said(exercise)
    assert "a training from the beginning" in said(exercise)


def test_what_is_written_after_a_power_cut_is_taken_back(tmp_path):
    namespace = answered(SET).namespace

    def train(folder, start, x, y, size, epochs, after_step):
        (tmp_path / "before").write_text("kept")
        (tmp_path / "changed").write_text("old")
        try:
            after_step()
        except Exception:
            return "survived"
        finally:
            (tmp_path / "changed").write_text("new")
            (tmp_path / "after").write_text("lost")

    namespace["train"] = train
    said = namespace["train_until"](tmp_path, 1, [], [], [], 1, 1)
    assert said == "cut after step 1"
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {
        "before": "kept",
        "changed": "old",
    }


def test_new_points_decide_and_not_those_of_the_training():
    code = """
def spiral_model(x, y, budget):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.count_params = lambda: 1
    return model
"""
    exercise = answered(SET, budget=code)["budget"]
    exercise.check()
    assert exercise.outcome.earned == 0
    assert "with 9 parameters" in said(exercise)


# ---- What the page says is what Keras does --------------------------------


@pytest.fixture(scope="module")
def reference():
    """The functions of all reference answers, by name."""
    return answered(SET).namespace


def test_rates_are_those_of_keras(reference):
    import keras

    rng = random.Random(1)
    for _ in range(10):
        peak, floor = rng.uniform(0.01, 1), rng.uniform(0.001, 0.01)
        warmup, total = rng.randint(1, 20), rng.randint(30, 90)
        falling = keras.optimizers.schedules.CosineDecay(
            0.0,
            total - warmup,
            floor / peak,
            warmup_target=peak,
            warmup_steps=warmup,
        )
        for step in (0, warmup - 1, warmup, warmup + 7, total, total + 9):
            got = reference["rate_at"](step, peak, warmup, total, floor)
            assert got == pytest.approx(float(falling(step)), abs=1e-6)


def test_steps_are_those_of_keras(reference):
    import keras

    numbers = np.random.default_rng(2)
    start = numbers.normal(size=(3, 2)).astype("float32")
    for make, state, name in (
        (lambda: keras.optimizers.SGD(0.1, 0.9), 1, "momentum_step"),
        (lambda: keras.optimizers.Adam(0.1, 0.8, 0.9, 0.3), 2, "adam_step"),
    ):
        variable, optimizer = keras.Variable(start), make()
        weights, slots = start, [np.zeros_like(start)] * state
        given = (0.1, 0.9) if state == 1 else (0.1, 0.8, 0.9, 0.3)
        for t in range(1, 7):
            gradient = numbers.normal(size=(3, 2)).astype("float32")
            optimizer.apply([gradient], [variable])
            counted = () if state == 1 else (t,)
            weights, *slots = reference[name](
                weights, gradient, *slots, *counted, *given
            )
            assert np.allclose(weights, variable.numpy(), atol=1e-5)


def test_losses_of_an_epoch_are_those_that_fit_reports(reference):
    import keras

    numbers = np.random.default_rng(3)
    x = numbers.normal(size=(11, 4)).astype("float32")
    y = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2])[numbers.permutation(11)]
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, activation="softmax")]
    )
    model.compile(
        keras.optimizers.SGD(0.0),
        "sparse_categorical_crossentropy",
        run_eagerly=True,
    )
    weights = reference["balanced"](list(y), 3)
    assert np.mean([weights[label] for label in y]) == pytest.approx(1)
    run = model.fit(
        x,
        y,
        batch_size=4,
        shuffle=False,
        verbose=0,
        class_weight=dict(enumerate(weights)),
    )
    p = model.predict(x, verbose=0)
    batches = [slice(0, 4), slice(4, 8), slice(8, 11)]
    means = [
        reference["weighted_loss"](p[part], y[part], weights)
        for part in batches
    ]
    mean = reference["epoch_loss"](means, [4, 4, 3])
    assert run.history["loss"] == [pytest.approx(mean, rel=1e-5)]


def test_losses_of_replicas_add_up_to_that_of_one_device(reference):
    losses = np.arange(1.0, 6.0)
    parts = [losses[:3], losses[3:], losses[:0]]
    total = sum(reference["replica_loss"](part, 5, 3, 0.6) for part in parts)
    assert total == pytest.approx(losses.mean() + 0.6)


def test_the_loop_handed_out_traces_in_every_step():
    namespace = answered(SET, blank=True).namespace
    x, y = np.ones([4, 2], "float32"), np.ones(4, "float32")
    namespace["descend"](x, y, 2, 3, 0.5)
    assert namespace["step"].experimental_get_tracing_count() == 6
    mended = answered(SET).namespace
    mended["descend"](x, y, 2, 3, 0.5)
    assert mended["step"].experimental_get_tracing_count() == 1


def test_the_page_names_its_points_and_questions():
    text = PATH.read_text("utf-8")
    assert f"for {SET.points} points in all" in text
    assert "These twelve questions" in text and len(SET.questions) == 12
