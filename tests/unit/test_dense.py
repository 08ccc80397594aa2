"""The Dense-stack counter counts what the installed Keras counts."""

import json
import math
import random
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
import traitlets

from flowbook.instruments import DenseCounter, bundle, dense
from flowbook.instruments.dense import OPTIMIZERS, POLICIES, cost

CASES = json.loads(
    (bundle.FOLDER / "dense.cases.json").read_text(encoding="utf-8")
)
COST = CASES["cost"]
SEED, STACKS, SUMMARIES = 6, 200, 40
by_name = pytest.mark.parametrize("case", COST, ids=lambda c: c["name"])


def described(*stack):
    """The same model and optimizer, in a graph that nobody runs.

    Keras makes every variable, and none of them takes memory: a stack of any
    size is built in milliseconds.
    """
    with tf.Graph().as_default():
        return dense.keras_model(*stack)


def by_keras(inputs, units, use_bias, optimizer, policy, batch):
    """What :func:`cost` says, from Keras' own variables and tensors."""
    model = described(inputs, units, use_bias, optimizer, policy)
    layers = [
        {
            "kernel": math.prod(layer.kernel.shape),
            "bias": math.prod(layer.bias.shape) if use_bias else 0,
            "parameters": layer.count_params(),
        }
        for layer in model.layers
    ]
    kept = model.optimizer.variables
    slots = [variable for variable in kept if variable.shape != ()]
    outputs = [layer.output for layer in model.layers]
    tensors = [model.inputs[0], *outputs]
    values = [batch * math.prod(tensor.shape[1:]) for tensor in tensors]
    # a layer casts its input to the dtype that it computes in
    dtypes = [model.layers[0].compute_dtype, *(t.dtype for t in outputs)]
    in_bytes = {
        "weights": held(model.weights),
        "gradients": held(model.trainable_weights),
        "slots": held(slots),
        "activations": sum(
            number * tf.as_dtype(dtype).size
            for number, dtype in zip(values, dtypes, strict=True)
        ),
    }
    return {
        "layers": layers,
        "parameters": model.count_params(),
        "slots": sum(math.prod(slot.shape) for slot in slots),
        "activations": sum(values),
        "bytes": in_bytes,
        "optimizer": sum(math.prod(variable.shape) for variable in kept),
        "optimizer_bytes": held(kept),
        "total": sum(in_bytes.values()),
    }


def held(variables):
    """Bytes of variables, by TensorFlow's sizes of their dtypes."""
    return sum(
        math.prod(variable.shape) * tf.as_dtype(variable.dtype).size
        for variable in variables
    )


def javascript(stacks):
    """What the JavaScript says of each list of arguments of cost()."""
    return bundle.run_js(
        "dense", f"{json.dumps(stacks)}.map((s) => instrument.cost(...s))"
    )


def arguments(case):
    return list(case["given"].values())


def expected(case):
    parts = ("kernel", "bias", "parameters")
    whole = {k: v for k, v in case.items() if k not in ("name", "given")}
    layers = [dict(zip(parts, row, strict=True)) for row in case["layers"]]
    return {**whole, "layers": layers}


def random_stacks():
    """Arguments of cost(): sizes of every magnitude, drawn with a seed."""
    draw = random.Random(SEED)

    def size():
        return round(2 ** draw.uniform(0, math.log2(dense.LIMIT)))

    return [
        [
            size(),
            [size() for _ in range(draw.randint(1, dense.MOST))],
            draw.random() < 0.7,
            draw.choice(list(OPTIMIZERS)),
            draw.choice(list(POLICIES)),
            size(),
        ]
        for _ in range(STACKS)
    ]


# ---- the truth of the text -------------------------------------------------


@pytest.mark.parametrize("run", [cost, by_keras], ids=["model", "keras"])
def test_the_truth_of_the_text_holds(run):
    def count(inputs, units, optimizer="adam", policy="float32", bias=True):
        return run(inputs, units, bias, optimizer, policy, 1)

    digits = count(784, [128, 10])
    assert digits["parameters"] == 101_770
    assert digits["bytes"]["weights"] == 407_080
    assert digits["slots"] == 203_540
    assert digits["optimizer"] == 203_542, "with step and rate"
    assert digits["bytes"]["slots"] == 814_160
    before = digits["total"] - digits["bytes"]["activations"]
    assert before == 16 * digits["parameters"]
    three = count(32, [64, 64, 10])
    assert [layer["parameters"] for layer in three["layers"]] == [
        2112,
        4160,
        650,
    ]
    assert three["parameters"] == 6922
    assert count(32, [64], bias=False)["parameters"] == 2048
    for optimizer, slots in [
        ("sgd", 0),
        ("momentum", 1),
        ("rmsprop", 1),
        ("adam", 2),
        ("adamw", 2),
    ]:
        assert count(784, [128, 10], optimizer)["slots"] == slots * 101_770
    mixed = count(784, [128, 10], policy="mixed_bfloat16")["bytes"]
    assert (mixed["weights"], mixed["slots"]) == (407_080, 814_160)
    pure = count(784, [128, 10], policy="bfloat16")["bytes"]
    assert (pure["weights"], pure["slots"]) == (203_540, 407_080)


# ---- Python, JavaScript and Keras ------------------------------------------


@by_name
def test_python_matches_the_table(case):
    assert cost(*arguments(case)) == expected(case)


def test_javascript_matches_the_table():
    results = javascript([arguments(case) for case in COST])
    for case, result in zip(COST, results, strict=True):
        assert result == expected(case), case["name"]


@by_name
def test_keras_matches_the_table(case):
    assert by_keras(*arguments(case)) == expected(case)


def test_200_random_stacks_are_counted_as_keras_counts_them():
    stacks = random_stacks()
    for stack, counted in zip(stacks, javascript(stacks), strict=True):
        by_python = cost(*stack)
        assert by_python == by_keras(*stack), stack
        assert counted == by_python, stack
    largest = max(cost(*stack)["parameters"] for stack in stacks)
    assert largest > 10_000_000, "the draw has large stacks too"


@pytest.mark.parametrize("policy", POLICIES)
def test_gradients_have_the_dtype_of_their_weights(policy):
    model = dense.keras_model(6, [5, 4], True, "adam", policy)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.cast(model(tf.ones([2, 6])), "float32"))
    gradients = tape.gradient(loss, model.trainable_variables)
    counted = cost(6, [5, 4], True, "adam", policy)["bytes"]["gradients"]
    assert sum(g.numpy().nbytes for g in gradients) == counted
    weights = sum(w.numpy().nbytes for w in model.variables)
    assert weights == counted


@pytest.mark.parametrize("built", [False, True], ids=["new", "after fit"])
def test_the_summary_is_keras_own(built):
    stacks = [[*s[:5], 32] for s in random_stacks()[:SUMMARIES]]
    stacks += [arguments(case) for case in COST]
    names = list(bundle.run_js("dense", "instrument.defaults"))
    states = [
        dict(zip(names, [*stack, 6 if built else 4], strict=True))
        for stack in stacks
    ]
    told = bundle.run_js(
        "dense", f"{json.dumps(states)}.map((s) => instrument.summary(s))"
    )
    for stack, said in zip(stacks, told, strict=True):
        model = described(*stack[:5])
        model.optimizer.built = built  # as before its first step
        lines = []
        model.summary(line_length=76, print_fn=lines.append)
        text = "\n".join(lines)
        rows = re.findall(
            r"^│ (\S+ \(Dense\)) +│ (.*?) +│ +(\S+) │$", text, re.M
        )
        assert [list(row) for row in rows] == said["rows"], stack
        assert re.findall(r"^ (\S.* params: .*)$", text, re.M) == said["lines"]


def test_both_languages_know_the_same():
    known = bundle.run_js(
        "dense",
        "{ optimizers: Object.entries(instrument.optimizers)"
        ".map(([name, [, slots]]) => [name, slots]),"
        " policies: Object.keys(instrument.policies),"
        " limits: [instrument.limit, instrument.most, instrument.steps] }",
    )
    assert dict(known["optimizers"]) == OPTIMIZERS
    assert known["policies"] == list(POLICIES)
    assert known["limits"] == [dense.LIMIT, dense.MOST, dense.LAST_STEP]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"inputs": 0}, "inputs"),
        ({"inputs": 2.0}, "inputs"),
        ({"units": []}, "units"),
        ({"units": [3, "4"]}, "units"),
        ({"batch": -1}, "batch"),
        ({"optimizer": "Adam"}, "optimizer"),
        ({"policy": "float64"}, "policy"),
    ],
)
def test_cost_names_the_argument_that_it_cannot_use(given, name):
    with pytest.raises(ValueError, match=rf"expected .*\b{name}\b"):
        cost(**{"inputs": 3, "units": [2], **given})


# ---- words and picture -----------------------------------------------------


def test_bad_input_clamps_with_a_sentence():
    raws = json.dumps([case["raw"] for case in CASES["normalize"]])
    results = bundle.run_js("dense", f"{raws}.map(instrument.normalize)")
    for case, mended in zip(CASES["normalize"], results, strict=True):
        assert mended["state"] == case["state"], case["raw"]
        assert mended["notes"] == case["notes"], case["raw"]


def test_no_state_draws_or_says_nan_or_undefined():
    names = list(bundle.run_js("dense", "instrument.defaults"))
    states = [
        dict(zip(names, [*stack, step], strict=True))
        for stack in [
            *random_stacks()[:40],
            *(arguments(case) for case in COST),
        ]
        for step in range(dense.LAST_STEP + 1)
    ]
    seen = bundle.run_js(
        "dense",
        f"{json.dumps(states)}.map((s) => [instrument.frame(s),"
        " instrument.sentence(s), JSON.stringify(instrument.table(s))])",
    )
    for svg, sentence, table in seen:
        for text in (svg, sentence, table):
            assert not re.search(r"NaN|undefined|null|\[object|Infinity", text)
        assert re.fullmatch(r"[^\n]{20,190}\.", sentence), sentence


def test_numbers_stay_hidden_until_they_are_counted():
    rows = bundle.run_js(
        "dense",
        "[...Array(7).keys()].map((step) =>"
        " instrument.table({ ...instrument.defaults, step }).rows)",
    )
    assert rows[0][0][1] == "784·128 = ?"
    assert rows[1][0][1] == "784·128 = 100,352"
    assert rows[2][0][1] == "784·128 + 128 = 100,480"
    parts = ["weights", "gradients", "slots", "activations (estimate)"]
    for step, row in enumerate(rows):
        known = [r[0] for r in row[2:-1] if "not yet" not in r]
        assert known == parts[: max(0, step - 2)]
    assert rows[6][-1] == ["together", "1.75 MB = 1.67 MiB", "1,746,336"]


def test_the_still_teaches_on_its_own():
    page = bundle.static_html("dense", DenseCounter().state())
    caption = re.search(r"<figcaption>(.*?)</figcaption>", page, re.S)[1]
    for text in ("101,770", "407,080 B", "814,160 B", "16 B", "estimate"):
        assert text in caption
    svg = page.split("</svg>")[0]
    for text in ("784·128 + 128", "100,480", "1.75 MB = 1.67 MiB"):
        assert text in svg
    assert cost(784, [128, 10])["total"] == 1_746_336


# ---- Keras, asked from the view --------------------------------------------


def test_a_question_is_answered_by_a_real_model():
    counter = DenseCounter(
        inputs=32, units=[64, 64, 10], policy="mixed_float16"
    )
    assert counter.answer == {}
    counter.asked = 1
    assert counter.answer == {
        "asked": 1,
        "keras": keras.__version__,
        "parameters": 6922,
        "weight_bytes": 27688,
        "slots": 13844,
        "slot_bytes": 55376,
        "optimizer": 13850,
    }
    assert "answer" not in counter.state() and "live" not in counter.state()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_model_that_is_built_trains_and_holds_those_numbers(optimizer):
    model = dense.keras_model(3, [4, 2], True, optimizer, "float32")
    model.compile(optimizer=model.optimizer, loss="mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    kept = sum(v.numpy().size for v in model.optimizer.variables)
    assert kept == cost(3, [4, 2], True, optimizer)["optimizer"]


def test_asking_leaves_the_reader_s_keras_as_it_was():
    keras.utils.clear_session()  # its names count from the start again
    dense.ask_keras(3, [2, 2], True, "adam", "mixed_bfloat16")
    assert keras.layers.Dense(1).name == "dense"
    assert keras.Sequential().name == "sequential"
    assert keras.optimizers.Adam().name == "adam"
    assert keras.config.dtype_policy().name == "float32"


def test_what_keras_cannot_build_is_said_in_a_sentence(monkeypatch):
    counter = DenseCounter(units=[4096] * 8)
    counter.asked = 1
    assert counter.answer["error"].startswith(
        "This stack has 120,684,544 parameters."
    )

    def fail(*_stack):
        raise RuntimeError("no memory\nand much more")

    monkeypatch.setattr(dense, "ask_keras", fail)
    counter.units = [4]
    counter.asked = 2
    assert counter.answer == {
        "asked": 2,
        "error": "Keras did not build it: RuntimeError, no memory",
    }


def test_the_verdict_names_every_difference():
    counter = DenseCounter()
    counter.asked = 1
    wrong = {**counter.answer, "slots": 5, "optimizer": 7}
    state = json.dumps(counter.state())
    same, other, error = bundle.run_js(
        "dense",
        f"{json.dumps([counter.answer, wrong, {'error': 'No.'}])}"
        f".map((answer) => instrument.verdict({state}, answer))",
    )
    assert same == (
        f"Keras {keras.__version__} built this model and counts the same: "
        "101,770 parameters in 407,080 B; 203,542 optimizer values, 203,540 "
        "of them slots in 814,160 B."
    )
    assert other == (
        f"Keras {keras.__version__} counts 5 slot values, not 203,540; 7 "
        "optimizer values, not 203,542."
    )
    assert error == "No."


# ---- the widget ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("inputs", 0),
        ("inputs", 4097),
        ("inputs", 2.5),
        ("units", []),
        ("units", [1] * 9),
        ("units", [0]),
        ("units", [3, 4097]),
        ("units", "128"),
        ("use_bias", "yes"),
        ("optimizer", "Adagrad"),
        ("policy", "float64"),
        ("batch", 0),
        ("batch", None),
        ("step", 7),
        ("step", -1),
    ],
)
def test_a_bad_trait_raises_and_names_itself(name, bad):
    counter = DenseCounter()
    before = counter.state()
    with pytest.raises(traitlets.TraitError, match=rf"\b{name}\b"):
        setattr(counter, name, bad)
    assert counter.state() == before
    with pytest.raises(traitlets.TraitError):
        DenseCounter(**{name: bad})
