"""The trace visualizer says what the installed TensorFlow does."""

import json
import random
import re

import numpy as np
import pytest
import tensorflow as tf
import traitlets

from flowbook.instruments import TraceVisualizer, bundle
from flowbook.instruments.trace import CARDS, MOST, SIGNATURES, simulate

CASES = json.loads(
    (bundle.FOLDER / "trace.cases.json").read_text(encoding="utf-8")
)
SIMULATE = CASES["simulate"]
by_name = pytest.mark.parametrize("case", SIMULATE, ids=lambda c: c["name"])
SEED, QUEUES = 20, 400
PARAMETER = re.compile(r"^  x \(POSITIONAL_OR_KEYWORD\): (.*)$", re.M)
TYPE_ERRORS = []  # what TensorFlow said


def observe(queue, reduce_retracing=False, signature="none"):
    """What :func:`simulate` says, from a tf.function that really runs."""
    known = {"tf": tf, "np": np}
    for name in "vw":
        known[name] = tf.Variable(tf.zeros([2]))
    spec = SIGNATURES[signature]
    printed, graphs, calls = [], [], []

    @tf.function(
        reduce_retracing=reduce_retracing,
        input_signature=spec and [eval(spec.code, known)],
    )
    def f(x):
        printed.append("tracing")
        return x * 2

    for name in queue:
        code = CARDS[name].code
        argument = eval(code, known)
        traced, fired = f.experimental_get_tracing_count(), len(printed)
        call = {"call": f"f({code})", "sees": seen(argument)}
        try:
            returned = f(argument)
        except TypeError as error:
            TYPE_ERRORS.append(str(error))
            call |= {"outcome": "error", "trace": None, "returns": "TypeError"}
        else:
            graph = f.get_concrete_function(argument)
            new = f.experimental_get_tracing_count() - traced
            assert new == (graph not in graphs) == len(printed) - fired
            graphs += [graph] * new
            call |= {
                "outcome": "trace" if new else "reuse",
                "trace": graphs.index(graph) + 1,
                "returns": result(returned),
            }
        calls.append(call)
    assert f.experimental_get_tracing_count() == len(graphs) == len(printed)
    text = f.pretty_printed_concrete_signatures() if graphs else ""
    return {"calls": calls, "traces": PARAMETER.findall(text)}


def seen(argument):
    """The type of an argument, as the signature of a fresh trace prints it."""
    fresh = tf.function(lambda x: x)
    fresh.get_concrete_function(argument)
    return PARAMETER.findall(fresh.pretty_printed_concrete_signatures())[0]


def result(returned):
    """dtype and value, or dtype and shape, of what f returned."""
    if isinstance(returned, list):
        (dtype,) = {element.dtype.name for element in returned}
        return f"list of {len(returned)} {dtype}"
    array = returned.numpy()
    text = array.shape if array.shape else array.item()
    return f"{array.dtype} {text}"


def settings(case):
    return case["queue"], case["reduce_retracing"], case["signature"]


def javascript(all_settings):
    """What the JavaScript says of each (queue, reduce, signature)."""
    return bundle.run_js(
        "trace",
        f"{json.dumps(all_settings)}.map((s) => instrument.simulate(...s))",
    )


def in_brief(run):
    """A run as the table of cases writes it."""
    return {
        "outcomes": [
            f"{c['outcome']} {c['trace'] or ''}".strip() for c in run["calls"]
        ],
        "returns": [c["returns"] for c in run["calls"]],
        "traces": run["traces"],
    }


def expected(case):
    return {key: case[key] for key in ("outcomes", "returns", "traces")}


# ---- the truth of the text -------------------------------------------------


@pytest.mark.parametrize("run", [simulate, observe], ids=["model", "real"])
def test_the_truth_of_the_text_holds(run):
    def traces(*queue, **options):
        return len(run(queue, **options)["traces"])

    def outcomes(*queue, **options):
        calls = run(queue, **options)["calls"]
        return [call["outcome"] for call in calls]

    shapes = ("f2", "f3", "f4", "f5")
    assert traces("f2", "f2") == 1, "same dtype and shape"
    assert traces("f2", "i2") == 2, "a new dtype"
    assert traces(*shapes) == 4
    assert traces(*shapes, reduce_retracing=True) == 2
    assert traces(*shapes, signature="vector") == 1
    assert outcomes("f2", "i2", signature="vector") == ["trace", "error"]
    assert traces("1", "2", "3", "1") == 3, "Python ints"
    assert traces("n2", "f2") == traces("f2", "n2") == 1, "NumPy and tensor"
    assert traces("v", "w") == 1, "another Variable"
    assert traces("L12", "L34", "L12") == 2, "lists by value"
    assert traces("1", "1.0", "True") == 1
    assert run(["1", "1.0"])["calls"][1]["returns"] == "int32 2"


def test_the_table_holds_every_row_of_the_text():
    assert len(SIMULATE) >= 16
    cards = {name for case in SIMULATE for name in case["queue"]}
    assert cards == set(CARDS)
    presets = bundle.run_js("trace", "instrument.presets")
    tabled = {(" ".join(c["queue"]), c["signature"]) for c in SIMULATE}
    for title, names, *signature in presets:
        assert (names, *(signature or ["none"])) in tabled, title


# ---- Python, JavaScript and TensorFlow -------------------------------------


@by_name
def test_python_matches_the_table(case):
    assert in_brief(simulate(*settings(case))) == expected(case)


def test_javascript_matches_the_table():
    runs = javascript([settings(case) for case in SIMULATE])
    for case, run in zip(SIMULATE, runs, strict=True):
        assert in_brief(run) == expected(case), case["name"]


@by_name
def test_tensorflow_matches_the_table(case):
    assert in_brief(observe(*settings(case))) == expected(case)


def test_both_languages_have_the_same_cards():
    codes = bundle.run_js(
        "trace",
        "[instrument.cards, instrument.signatures].map((types) =>"
        " Object.entries(types).map(([n, t]) => [n, t && t.code]))",
    )
    for types, pairs in zip((CARDS, SIGNATURES), codes, strict=True):
        assert dict(pairs) == {n: t and t.code for n, t in types.items()}
    assert bundle.run_js("trace", "instrument.steps") == MOST


def test_any_queue_runs_as_tensorflow_runs_it():
    draw = random.Random(SEED)
    cards, signatures = sorted(CARDS), sorted(SIGNATURES)
    drawn = [
        (
            draw.choices(cards, k=draw.randint(1, MOST)),
            draw.random() < 0.6,
            draw.choice(["none", "none", *signatures]),
        )
        for _ in range(QUEUES)
    ]
    for given, run in zip(drawn, javascript(drawn), strict=True):
        real = observe(*given)
        assert simulate(*given) == real, given
        assert run == real, given


def test_the_quoted_error_is_tensorflows_own():
    TYPE_ERRORS.clear()
    for name in CARDS:
        for signature in ("vector", "scalar"):
            observe([name], signature=signature)
    assert len(TYPE_ERRORS) > 10
    assert all(e.startswith("Binding inputs to") for e in TYPE_ERRORS)
    sentence = bundle.run_js(
        "trace",
        "instrument.sentence({ queue: ['i2'], reduce_retracing: false,"
        " signature: 'vector', step: 1 })",
    )
    assert "TypeError: binding inputs failed" in sentence


# ---- words and picture -----------------------------------------------------


def test_bad_input_clamps_with_a_sentence():
    raws = json.dumps([case["raw"] for case in CASES["normalize"]])
    results = bundle.run_js("trace", f"{raws}.map(instrument.normalize)")
    for case, mended in zip(CASES["normalize"], results, strict=True):
        assert mended["state"] == case["state"], case["raw"]
        assert mended["notes"] == case["notes"], case["raw"]


def test_no_state_draws_or_says_nan_or_undefined():
    seen = bundle.run_js(
        "trace",
        """(() => {
          const seen = [];
          const own = Object.keys(instrument.cards);
          const queues = instrument.presets.map(([, names]) =>
            names.split(" "));
          for (let i = 0; i < own.length; i += 1)
            queues.push([...Array(8).keys()].map((k) =>
              own[(i + 5 * k) % own.length]));
          for (const queue of queues)
          for (const reduce_retracing of [true, false])
          for (const signature of Object.keys(instrument.signatures))
          for (let step = 0; step <= instrument.steps; step += 1) {
            const s = { queue, reduce_retracing, signature, step };
            seen.push([instrument.frame(s), instrument.sentence(s),
              JSON.stringify(instrument.table(s))]);
          }
          return seen;
        })()""",
    )
    assert len(seen) == 27 * 2 * 3 * 9
    for svg, sentence, table in seen:
        for text in (svg, sentence, table):
            assert not re.search(r"NaN|undefined|null|\[object|Infinity", text)
        assert re.fullmatch(r"[^\n]{20,175}\.", sentence)


def test_outcomes_stay_hidden_until_they_are_reached():
    rows = bundle.run_js(
        "trace",
        "[...Array(9).keys()].map((step) =>"
        " instrument.table({ ...instrument.defaults, step }).rows)",
    )
    for step, row in enumerate(rows):
        hidden = [cells[1:] == ["not yet"] * 3 for cells in row]
        assert hidden == [False] * step + [True] * (8 - step)


def test_the_still_teaches_on_its_own():
    page = bundle.static_html("trace", TraceVisualizer().state())
    caption = re.search(r"<figcaption>(.*?)</figcaption>", page, re.S)[1]
    assert "called 8 times and traced 5 times" in caption
    assert "returns int32 2" in caption
    svg = page.split("</svg>")[0]
    for text in ("f(tf.zeros([2]))", "cache: 5 traces", "→ int32 2", "reuses"):
        assert text in svg
    run = simulate(TraceVisualizer().queue)
    assert len(run["traces"]) == 5 and run["calls"][5]["returns"] == "int32 2"
    table = re.search(r"<table>.*</table>", page, re.S)[0]
    for text in ("TensorSpec((3,), float32)", "Literal[1.0]", "VariableSpec("):
        assert text in table


# ---- the widget ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("queue", []),
        ("queue", ["f2"] * 9),
        ("queue", ["f2", "f6"]),
        ("queue", [1]),
        ("queue", None),
        ("reduce_retracing", "yes"),
        ("signature", "matrix"),
        ("signature", None),
        ("step", 9),
        ("step", -1),
        ("step", 2.5),
    ],
)
def test_a_bad_trait_raises_and_names_itself(name, bad):
    visualizer = TraceVisualizer()
    before = visualizer.state()
    with pytest.raises(traitlets.TraitError, match=rf"\b{name}\b"):
        setattr(visualizer, name, bad)
    assert visualizer.state() == before
    with pytest.raises(traitlets.TraitError):
        TraceVisualizer(**{name: bad})


@pytest.mark.parametrize(
    "arguments", [(["f6"],), (["f2"], False, "matrix"), ([["f2"]],)]
)
def test_simulate_names_what_it_does_not_know(arguments):
    with pytest.raises(
        ValueError, match=r"expected a (card|signature) out of"
    ):
        simulate(*arguments)
