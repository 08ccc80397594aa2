"""Every instrument: its bundle, its still, its widget; and the autodiff one,
which a table of cases holds in Python, JavaScript and TensorFlow."""

import gzip
import importlib
import itertools
import json
import math
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
import tensorflow as tf
import traitlets

import flowbook.instruments as package
from flowbook.instruments import (
    AutodiffStepper,
    DenseCounter,
    FrameworkChooser,
    OptimizerExplorer,
    PipelineTimeline,
    TraceVisualizer,
    bundle,
)
from flowbook.instruments.autodiff import LAST_STEP, LIMIT, evaluate

CASES = json.loads(
    (bundle.FOLDER / "autodiff.cases.json").read_text(encoding="utf-8")
)
EVALUATE = CASES["evaluate"]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGETS = {
    kind.instrument: kind
    for kind in (getattr(package, name) for name in package.__all__)
}
by_instrument = pytest.mark.parametrize("name", bundle.names())
by_drawn = pytest.mark.parametrize("name", bundle.drawn())
by_name = pytest.mark.parametrize("case", EVALUATE, ids=lambda c: c["name"])


def approximately(expected, tolerance):
    """``expected`` with its numbers approximate and its Nones exact."""
    if isinstance(expected, dict):
        return {k: approximately(v, tolerance) for k, v in expected.items()}
    if expected is None:
        return None
    return pytest.approx(expected, abs=tolerance)


def assert_matches(result, case):
    for part, expected in case["expected"].items():
        wanted = approximately(expected, case["tolerance"])
        assert result[part].keys() == wanted.keys()
        for key in wanted:
            assert result[part][key] == wanted[key], f"{part}.{key}"


@pytest.fixture(scope="module")
def from_javascript():
    calls = [list(case["inputs"].values()) for case in EVALUATE]
    results = bundle.run_js(
        "autodiff",
        f"{json.dumps(calls)}.map((call) => instrument.evaluate(...call))",
    )
    return {c["name"]: r for c, r in zip(EVALUATE, results, strict=True)}


# ---- the function ----------------------------------------------------------


def test_the_table_holds_the_numbers_of_the_text():
    default = EVALUATE[0]["expected"]
    assert default["values"] == {
        "x": 2,
        "y": 3,
        "a": 6,
        "b": 0.9093,
        "z": 6.9093,
    }
    assert default["gradients"]["x"] == 2.5839
    assert default["gradients"]["y"] == 2
    assert default["paths"] == {
        "x_product": 3,
        "x_sine": -0.4161,
        "y_product": 2,
    }
    assert len(EVALUATE) >= 12


@by_name
def test_python_matches_the_table(case):
    assert_matches(evaluate(**case["inputs"]), case)


@by_name
def test_javascript_matches_the_table(case, from_javascript):
    assert_matches(from_javascript[case["name"]], case)


@by_name
def test_gradient_tape_matches_the_table(case):
    inputs = case["inputs"]
    x = tf.constant(inputs["x"], tf.float64)
    y = tf.constant(inputs["y"], tf.float64)
    with tf.GradientTape(
        persistent=True, watch_accessed_variables=False
    ) as tape:
        for tensor, name in ((x, "watch_x"), (y, "watch_y")):
            if inputs[name]:
                tape.watch(tensor)
        a = x * y
        b = tf.sin(x)
        z = a + b
    tensors = {"x": x, "y": y, "a": a, "b": b, "z": z}
    expected = case["expected"]
    for name, tensor in tensors.items():
        value = expected["values"][name]
        assert float(tensor) == approximately(value, case["tolerance"]), name
    for name, gradient in tape.gradient(z, tensors).items():
        got = None if gradient is None else float(gradient)
        wanted = expected["gradients"][name]
        assert got == approximately(wanted, case["tolerance"]), name


def test_the_quoted_error_is_tensorflows_own():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = tf.sin(x)
    tape.gradient(z, x)
    with pytest.raises(RuntimeError) as caught:
        tape.gradient(z, x)
    quoted = " ".join(re.findall(r'"([^"\n]+)"', bundle.esm("autodiff")))
    assert str(caught.value) in re.sub(r"\s+", " ", quoted)


def test_python_and_javascript_agree_on_a_grid():
    ticks = [-6.0, -3.7, -0.1, 0.0, 0.3, math.pi / 2, 5.9]
    flags = [True, False]
    calls = list(itertools.product(ticks, ticks, flags, flags))
    results = bundle.run_js(
        "autodiff",
        f"{json.dumps(calls)}.map((call) => instrument.evaluate(...call))",
    )
    for call, result in zip(calls, results, strict=True):
        for part, numbers in evaluate(*call).items():
            assert result[part] == approximately(numbers, 1e-12), call


@pytest.mark.parametrize("bad", [math.nan, math.inf, "three", None])
def test_evaluate_names_the_argument_that_is_no_number(bad):
    with pytest.raises(ValueError, match="finite number for y"):
        evaluate(2.0, bad)


def test_bad_input_clamps_with_a_sentence():
    raws = json.dumps([case["raw"] for case in CASES["normalize"]])
    results = bundle.run_js("autodiff", f"{raws}.map(instrument.normalize)")
    for case, result in zip(CASES["normalize"], results, strict=True):
        assert result["state"] == case["state"], case["raw"]
        assert result["notes"] == case["notes"], case["raw"]


def test_no_state_draws_or_says_nan_or_undefined():
    seen = bundle.run_js(
        "autodiff",
        """(() => {
          const seen = [];
          for (const x of [-6, 0, Math.PI / 2, 6])
          for (const y of [-6, 0, 3])
          for (let step = 0; step <= instrument.steps; step += 1)
          for (const watch_x of [true, false])
          for (const watch_y of [true, false]) {
            const s = { x, y, step, watch_x, watch_y, persistent: false };
            seen.push([instrument.frame(s), instrument.sentence(s)]);
          }
          return seen;
        })()""",
    )
    assert len(seen) == 4 * 3 * 10 * 4
    for svg, sentence in seen:
        assert not re.search(r"NaN|undefined|null|Infinity|−0\b(?!\.)", svg)
        assert re.fullmatch(r"[^\n]{20,260}[.…]", sentence)
        assert not re.search(r"NaN|undefined|null|Infinity", sentence)


def test_gradients_stay_blank_until_they_are_reached():
    state = {"x": 2, "y": 3, "watch_x": True, "watch_y": True}
    rows = bundle.run_js(
        "autodiff",
        f"[...Array(10).keys()].map((step) => instrument.table({{"
        f"...{json.dumps(state)}, step }}).rows)",
    )
    reached = [{r[0] for r in row if r[2] != "not yet"} for row in rows]
    assert reached[3] == set()
    assert reached[4] == {"z"}
    assert reached[6] == {"z", "a", "b", "∂z/∂a", "∂z/∂b"}
    assert "y" in reached[7] and "x" not in reached[8]
    assert "x" in reached[9]


# ---- the bundle ----------------------------------------------------------


@by_drawn
def test_the_committed_still_is_current(name):
    committed = (bundle.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert committed == bundle.still(name), (
        "run: python -m flowbook.instruments.bundle"
    )
    ElementTree.fromstring(committed)


@by_instrument
def test_a_page_script_weighs_at_most_12_kilobytes(name):
    assert len(gzip.compress(bundle.page_script(name).encode())) <= 12 * 1024


@by_instrument
def test_a_page_script_is_its_sources_without_comments(name):
    def code(text):
        return re.sub(r"^\s*//.*|(?<=\S) +// .*$|\s", "", text, flags=re.M)

    script = bundle.page_script(name)
    assert not re.search(r"(?<![:\"])//", script)
    source = bundle.esm(name).replace("export default", "const instrument =")
    assert code(source) in code(script)


@by_instrument
def test_nothing_is_fetched_from_elsewhere(name):
    everything = bundle.page_script(name) + bundle.css() + bundle.esm(name)
    addresses = set(re.findall(r"https?://[^\s\"')]+", everything))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"@import|\bimport\s*\(|\bfetch\(", everything)


@by_instrument
def test_the_page_script_is_classic_and_the_module_is_not(name):
    assert "export " not in bundle.page_script(name)
    assert bundle.esm(name).count("\nexport default {") == 1


@by_drawn
def test_the_style_sheet_keeps_room_for_it(name):
    rule = re.search(
        rf'\[data-instrument="{name}"\] \{{(.*?)\}}', bundle.css(), re.S
    )
    assert {"--fb-tall", "--fb-wide"} <= set(re.findall(r"--[\w-]+", rule[1]))


def test_static_html_teaches_on_its_own():
    page = bundle.static_html("autodiff", {"x": 1.5, "note": "it's <&>"})
    state = re.search(r"data-state='([^']*)'", page)[1]
    unescaped = importlib.import_module("html").unescape(state)
    assert json.loads(unescaped) == {"x": 1.5, "note": "it's <&>"}
    caption = re.search(r"<figcaption>(.*?)</figcaption>", page, re.S)[1]
    for number in ("6", "0.9093", "6.9093", "2.5839", "−0.4161"):
        assert number in caption
        assert number in re.search(r"<table>.*</table>", page, re.S)[0]
    assert 'role="img"' in page and "2.5839" in page.split("</svg>")[0]
    assert "<metadata>" not in page and " id=" not in page


def test_an_unknown_name_lists_the_known_ones():
    for call in (bundle.esm, bundle.page_script, bundle.still):
        with pytest.raises(ValueError, match="autodiff"):
            call("nothing")
    with pytest.raises(ValueError, match="autodiff"):
        bundle.static_html("../autodiff", {})


def test_an_error_in_javascript_is_reported():
    with pytest.raises(RuntimeError, match="no such thing"):
        bundle.run_js("autodiff", "(() => { throw 'no such thing'; })()")


def test_the_bundle_needs_only_the_standard_library():
    program = (
        "import sys; from flowbook.instruments import bundle; "
        "bundle.page_script('autodiff'); bundle.static_html('autodiff', {}); "
        "heavy = {'anywidget', 'ipywidgets', 'traitlets', 'numpy', "
        "'matplotlib'} & set(sys.modules); sys.exit(bool(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == 0


def test_the_package_names_what_it_offers():
    assert set(package.__all__) <= set(dir(package))
    assert sorted(WIDGETS) == bundle.names()
    with pytest.raises(AttributeError, match="nothing"):
        _ = package.nothing


# ---- the widget ------------------------------------------------------------


@by_instrument
def test_widget_and_javascript_share_their_defaults(name):
    defaults = bundle.run_js(name, "instrument.defaults")
    assert WIDGETS[name]().state() == defaults
    params = bundle.run_js(name, "instrument.params")
    assert set(params.values()) == set(defaults), "all of it in the address"


def test_both_languages_have_the_same_limits():
    assert bundle.run_js("autodiff", "instrument.steps") == LAST_STEP
    far = f"instrument.normalize({{ x: {LIMIT + 1} }}).state.x"
    assert bundle.run_js("autodiff", far) == LIMIT


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("x", 6.01),
        ("x", 1e9),
        ("x", math.nan),
        ("x", "2"),
        ("y", None),
        ("y", -math.inf),
        ("step", 10),
        ("step", -1),
        ("step", 2.5),
        ("watch_x", "yes"),
        ("watch_y", None),
        ("persistent", 3),
    ],
)
def test_a_bad_trait_raises_and_names_itself(name, bad):
    stepper = AutodiffStepper()
    before = stepper.state()
    with pytest.raises(traitlets.TraitError, match=rf"\b{name}\b"):
        setattr(stepper, name, bad)
    assert stepper.state() == before
    with pytest.raises(traitlets.TraitError):
        AutodiffStepper(**{name: bad})


@pytest.mark.parametrize(
    ("kind", "state", "text"),
    [
        (
            AutodiffStepper,
            {"x": -1.0, "y": 2.5, "step": 4, "watch_y": False},
            "AutodiffStepper(x=-1.0, y=2.5)",
        ),
        (
            DenseCounter,
            {"inputs": 32, "units": [64, 10], "policy": "bfloat16"},
            "DenseCounter(inputs=32, units=[64, 10])",
        ),
        (
            TraceVisualizer,
            {"queue": ["f2", "v"], "signature": "vector", "step": 0},
            "TraceVisualizer(queue=['f2', 'v'])",
        ),
        (
            PipelineTimeline,
            {"prefetch": 0, "workers": 2, "cache": "map", "step": 3},
            "PipelineTimeline(read=4.0, map=12.0, train=8.0, prefetch=0, "
            "workers=2)",
        ),
        (
            FrameworkChooser,
            {"needs": ["phone", "tpu"]},
            "FrameworkChooser(needs=['phone', 'tpu'])",
        ),
        (
            OptimizerExplorer,
            {"optimizer": "adam", "learning_rate": 0.3, "step": 9},
            "OptimizerExplorer(optimizer='adam', learning_rate=0.3, "
            "batch_size=16)",
        ),
    ],
)
def test_the_widget_carries_view_still_and_text(kind, state, text):
    widget = kind(**state)
    data, _ = widget._repr_mimebundle_()
    assert data["text/plain"].split("\n")[0] == text
    assert data[WIDGET_VIEW]["model_id"] == widget.model_id
    page = data["text/html"]
    assert page == bundle.static_html(kind.instrument, widget.state())
    kept = json.loads(re.search("data-state='([^']*)'", page)[1])
    assert kept.items() >= state.items()
    again, _ = kind(**state)._repr_mimebundle_()
    assert again["text/html"] == page


@by_instrument
def test_the_widget_ships_its_own_module_and_style(name):
    widget = WIDGETS[name]()
    assert widget._esm == bundle.esm(name)
    assert widget._css == bundle.css()
    assert widget.state().keys() <= widget.get_state().keys()
