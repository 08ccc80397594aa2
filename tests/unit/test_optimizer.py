"""The optimizer explorer: its training in Python and in JavaScript, held to
Keras' own optimizers and fit, to one table of cases and to the eigenvalues."""

import itertools
import json
import math
import random
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
import traitlets

from flowbook.instruments import OptimizerExplorer, bundle
from flowbook.instruments.optimizer import (
    DATA,
    EPOCHS,
    FAR,
    NEAR,
    OPTIMIZERS,
    START,
    draw_points,
    points,
    problem,
    simulate,
)
from flowbook.instruments.optimizer_widget import LIMITS

CASES = json.loads(
    (bundle.FOLDER / "optimizer.cases.json").read_text(encoding="utf-8")
)
SIMULATE = CASES["simulate"]
by_name = pytest.mark.parametrize("case", SIMULATE, ids=lambda c: c["name"])
SAME = 1e-6
SEED, SETTINGS = 31, 60


def exactly(settings):
    """Settings at the rate that Keras makes of theirs: it keeps float32."""
    rate = float(np.float32(settings["learning_rate"]))
    return {**settings, "learning_rate": rate}


def keras_optimizer(optimizer="sgd", learning_rate=0.1, **_):
    if optimizer == "adam":
        return keras.optimizers.Adam(learning_rate)
    momentum = 0.9 if optimizer == "momentum" else 0.0
    return keras.optimizers.SGD(learning_rate, momentum=momentum)


def keras_path(settings, run, dtype="float64"):
    """(w, b) after each step of ``run``, by Keras and a gradient tape."""
    w, b = (keras.Variable(v, dtype=dtype) for v in run.problem.start)
    optimizer = keras_optimizer(**settings)
    optimizer.build([w, b])
    kind = tf.TensorSpec([None], dtype)

    @tf.function(input_signature=[kind, kind])
    def train(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(w * x + b - y))
        gradients = tape.gradient(loss, [w.value, b.value])
        optimizer.apply(gradients, [w, b])
        return tf.stack([w.value, b.value])

    x, y = (np.array(values) for values in (run.problem.x, run.problem.y))
    path = []
    for step in run.steps:
        batch = list(step.batch)
        path.append(train(x[batch], y[batch]).numpy())
    return np.array(path)


def assert_near(got, wanted, tolerance=SAME):
    """Equal within ``tolerance`` of the larger of 1 and the number."""
    np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)


def steps(optimizer, rate, **own):
    run = simulate(optimizer, rate, **own)
    return len(run.steps) if run.outcome == "arrived" else run.outcome


# ---- the truth of the text --------------------------------------------------


def test_the_steps_to_within_five_percent_are_those_of_the_text():
    for case in SIMULATE:
        if "text" in case:
            near = case["steps"] == pytest.approx(case["text"], rel=0.05)
            assert near, case["name"]


def test_a_tenth_of_the_rate_takes_ten_times_as_long():
    assert steps("sgd", 0.01) / steps("sgd", 0.1) == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_sgd_diverges_above_two_over_the_largest_curvature(seed):
    limit = problem().limit
    assert limit == pytest.approx(0.27, abs=0.005)
    for size in (16, 64):
        own = {"batch_size": size, "seed": seed}
        assert steps("sgd", 0.25, **own) < 60
        assert steps("sgd", 0.3, **own) == "stopped"
    own["batch_size"] = 64
    assert isinstance(steps("sgd", 0.99 * limit, **own), int)
    assert steps("sgd", 1.01 * limit, **own) != "arrived"


def test_momentum_bears_a_rate_1_9_times_as_high():
    limit = 1.9 * problem().limit
    assert isinstance(steps("momentum", 0.98 * limit, batch_size=64), int)
    assert steps("momentum", 1.02 * limit, batch_size=64) == "stopped"


@pytest.mark.parametrize("seed", range(3))
def test_adam_at_its_default_rate_is_late_and_at_0_3_is_not(seed):
    late = simulate("adam", 0.001, seed=seed)
    assert late.outcome == "late"
    assert late.steps[-1].epoch == EPOCHS
    assert steps("adam", 0.3, seed=seed) < 60


def test_standardizing_makes_the_condition_number_one():
    plain, even = problem(), problem(standardize=True)
    assert plain.condition == pytest.approx(18.9, abs=0.05)
    assert even.condition == pytest.approx(1)
    assert steps("sgd", 0.1, standardize=True) < steps("sgd", 0.1) / 4
    one = {"batch_size": 64, "standardize": True}
    assert steps("sgd", 0.5, **one) == 1


def test_a_run_stops_where_theta_is_far():
    run = simulate("sgd", 0.3)
    assert math.hypot(*run.steps[-1].after) > FAR
    assert all(math.hypot(*step.before) <= FAR for step in run.steps)


# ---- the problem ------------------------------------------------------------


def test_the_committed_points_are_numpy_s():
    assert json.loads(DATA.read_text(encoding="utf-8")) == draw_points()
    x, y = points()
    assert len(x) == len(y) == 64
    assert min(x) >= 0 and max(x) <= 3


@pytest.mark.parametrize("standardize", [False, True])
def test_the_problem_is_that_of_least_squares(standardize):
    task = problem(standardize)
    x, y = np.array(task.x), np.array(task.y)
    design = np.stack([x, np.ones(64)], axis=1)
    best, *_ = np.linalg.lstsq(design, y, rcond=None)
    assert task.best == pytest.approx(best)
    assert task.lowest == pytest.approx(np.mean((design @ best - y) ** 2))
    hessian = 2 * design.T @ design / 64
    assert task.curvatures == pytest.approx(np.linalg.eigvalsh(hessian))
    assert task.condition == pytest.approx(np.linalg.cond(hessian))
    for w, b in (task.start, (3.0, -7.0)):
        misses = w * x + b - y
        assert task.loss(w, b) == pytest.approx(np.mean(misses**2))
        slopes = 2 * design.T @ misses / 64
        assert task.gradient(w, b) == pytest.approx(slopes)
    if standardize:
        assert (x.mean(), x.std()) == pytest.approx((0, 1))


def test_standardized_runs_start_from_the_same_line():
    plain, even = problem(), problem(standardize=True)
    assert plain.start == START
    assert even.loss(*even.start) == pytest.approx(plain.loss(*plain.start))
    assert even.lowest == pytest.approx(plain.lowest)


# ---- Keras ------------------------------------------------------------------


@by_name
def test_every_update_is_that_of_keras(case):
    settings = exactly(case["settings"])
    run = simulate(**settings)
    ours = np.array([step.after for step in run.steps])
    assert_near(ours, keras_path(settings, run))
    assert (run.outcome, len(run.steps)) == (case["outcome"], case["steps"])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_float32_leads_to_the_same_place(optimizer):
    settings = {"optimizer": optimizer, "learning_rate": 0.05}
    run = simulate(**settings)
    ours = np.array([step.after for step in run.steps])
    assert len(run.steps) > 30
    assert_near(ours, keras_path(settings, run, "float32"), 2e-5)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("size", [16, 24])
def test_fit_does_the_same_with_a_dense_layer(optimizer, size):
    settings = {"optimizer": optimizer, "learning_rate": 0.0625}
    run = simulate(**settings, batch_size=size, seed=3)
    x, y = np.array(run.problem.x), np.array(run.problem.y)
    model = keras.Sequential(
        [keras.Input([1]), keras.layers.Dense(1, dtype="float64")]
    )
    model.compile(keras_optimizer(**settings), loss="mse")
    model.set_weights([np.array([[START[0]]]), np.array([START[1]])])
    per = math.ceil(64 / size)
    for epoch in range(6):
        trained = run.steps[epoch * per : (epoch + 1) * per]
        order = [index for step in trained for index in step.batch]
        assert sorted(order) == list(range(64))
        history = model.fit(
            x[order, None],
            y[order, None],
            batch_size=size,
            shuffle=False,
            verbose=0,
        )
        kernel, bias = model.get_weights()
        assert_near((kernel[0, 0], bias[0]), trained[-1].after)
        sums = [step.batch_loss * len(step.batch) for step in trained]
        reported = history.history["loss"][0]
        assert reported == pytest.approx(sum(sums) / 64, rel=1e-5)


# ---- both languages ---------------------------------------------------------


def drawn_settings():
    draw = random.Random(SEED)
    for _ in range(SETTINGS):
        yield {
            "optimizer": draw.choice(OPTIMIZERS),
            "learning_rate": round(10 ** draw.uniform(-3, 0), 4),
            "batch_size": draw.choice([1, 16, 64, draw.randint(1, 64)]),
            "standardize": draw.random() < 0.5,
            "seed": draw.randint(0, 999),
        }


def javascript(calls):
    """Outcome, number of steps and some steps of each run."""
    return bundle.run_js(
        "optimizer",
        f"{json.dumps(calls)}.map((settings) => {{"
        " const s = simulate(settings);"
        " const { outcome, last, best, lowest, start, condition, limit } = s;"
        " const some = [...Array(last).keys()].map((i) => i + 1)"
        ".filter((n) => n < 9 || n % 97 === 0 || n === last);"
        " return { outcome, last, best, lowest, start, condition, limit,"
        " steps: some.map((n) => stepOf(s, settings.batch_size, n)) };"
        "})",
    )


def test_both_languages_agree_to_the_last_bit():
    settings = list(drawn_settings())
    outcomes = set()
    for own, other in zip(settings, javascript(settings), strict=True):
        run = simulate(**own)
        outcomes.add(run.outcome)
        assert (other["outcome"], other["last"]) == (
            run.outcome,
            len(run.steps),
        ), own
        for name in ("best", "lowest", "start", "condition", "limit"):
            value = getattr(run.problem, name)
            assert other[name] == json.loads(json.dumps(value)), (own, name)
        for theirs in other["steps"]:
            ours = run.steps[theirs["step"] - 1]
            for name in (
                "epoch",
                "batch",
                "before",
                "gradient",
                "full",
                "momentum",
                "velocity",
                "after",
                "batch_loss",
                "loss",
            ):
                value = getattr(ours, name)
                value = list(value) if isinstance(value, tuple) else value
                assert theirs[name] == value, (own, ours.step, name)
            if own["optimizer"] == "adam":
                assert theirs["alpha"] == ours.alpha
    assert outcomes == {"arrived", "stopped", "late"}


def test_javascript_matches_the_table():
    calls = [
        {
            "batch_size": 16,
            "standardize": False,
            "seed": 1,
            **case["settings"],
        }
        for case in SIMULATE
    ]
    for case, run in zip(SIMULATE, javascript(calls), strict=True):
        got = run["outcome"], run["last"]
        assert got == (case["outcome"], case["steps"]), case["name"]


def test_the_presets_keep_what_their_titles_say():
    found = {
        title: simulate(**settings)
        for title, settings in bundle.run_js("optimizer", "PRESETS")
    }
    assert len(found) == 10
    lengths = {title: len(run.steps) for title, run in found.items()}
    assert lengths["A tenth of the rate"] > 9 * lengths["SGD at 0.1"]
    assert found["Near SGD’s limit"].outcome == "arrived"
    assert found["Above SGD’s limit"].outcome == "stopped"
    assert lengths["Momentum at 0.05"] < lengths["SGD at 0.1"]
    assert found["Adam at 0.001"].outcome == "late"
    assert lengths["Standardized, one step"] == 1


# ---- what holds for any settings --------------------------------------------


def test_every_epoch_sees_each_point_once_in_a_new_order():
    run = simulate("sgd", 0.01, batch_size=24)
    orders = [
        [i for s in run.steps[at : at + 3] for i in s.batch]
        for at in range(0, 30, 3)
    ]
    assert all(sorted(order) == list(range(64)) for order in orders)
    assert len({tuple(order) for order in orders}) == 10
    assert [len(step.batch) for step in run.steps[:3]] == [24, 24, 16]


def test_a_batch_of_all_points_has_the_full_gradient():
    for step in simulate("sgd", 0.1, batch_size=64).steps:
        assert step.gradient == pytest.approx(step.full, abs=1e-12)


def test_the_batches_of_an_epoch_average_to_the_full_gradient():
    # at one place, that is: with a rate that hardly moves
    run = simulate("sgd", 1e-12)
    means = np.mean([step.gradient for step in run.steps[:4]], axis=0)
    assert means == pytest.approx(run.steps[0].full, rel=1e-6)


def test_a_run_ends_where_it_says():
    for own in list(drawn_settings())[:20]:
        run = simulate(**own)
        goal = NEAR * run.problem.lowest
        assert all(step.loss > goal for step in run.steps[:-1])
        assert (run.steps[-1].loss <= goal) == (run.outcome == "arrived")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"optimizer": "rmsprop"}, "an optimizer out of sgd, momentum, adam"),
        ({"learning_rate": 0}, "a learning_rate of more than 0"),
        ({"learning_rate": math.nan}, "a learning_rate"),
        ({"learning_rate": math.inf}, "a learning_rate"),
        ({"batch_size": 0}, "batch_size to be an integer from 1"),
        ({"batch_size": 65}, "batch_size to be an integer from 1 to 64"),
        ({"batch_size": 2.5}, "batch_size to be an integer"),
    ],
)
def test_simulate_names_what_it_cannot_use(bad, words):
    with pytest.raises(ValueError, match=words):
        simulate(**bad)


def test_the_simulator_needs_only_the_standard_library():
    program = (
        "import sys; from flowbook.instruments.optimizer import simulate; "
        "simulate(); heavy = {'numpy', 'traitlets', 'anywidget'}; "
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == 0


# ---- words and picture ------------------------------------------------------


def test_bad_input_clamps_with_a_sentence():
    raws = json.dumps([case["raw"] for case in CASES["normalize"]])
    results = bundle.run_js("optimizer", f"{raws}.map(instrument.normalize)")
    defaults = bundle.run_js("optimizer", "instrument.defaults")
    for case, mended in zip(CASES["normalize"], results, strict=True):
        assert mended["state"] == {**defaults, **case["state"]}, case["raw"]
        assert mended["notes"] == case["notes"], case["raw"]


def test_no_state_draws_or_says_nan_or_undefined():
    seen = bundle.run_js(
        "optimizer",
        """(() => {
          const seen = [];
          for (const optimizer of Object.keys(OPTIMIZERS))
          for (const learning_rate of [0.001, 0.1, 0.3, 1])
          for (const batch_size of [1, 7, 16, 64])
          for (const standardize of [false, true]) {
            const own = { ...DEFAULTS, optimizer, learning_rate, batch_size,
              standardize };
            const { last } = study(own);
            for (const at of [0, 1, Math.floor(last / 2), last]) {
              const s = { ...own, step: at };
              seen.push([sentence(s), verdict(s), frame(s),
                JSON.stringify(table(s)), JSON.stringify(listing(s))]);
            }
          }
          return seen;
        })()""",
    )
    assert len(seen) == 3 * 4 * 4 * 2 * 4
    for said, judged, *drawn in seen:
        for text in (said, judged, *drawn):
            wrong = r"NaN|undefined|null|\[object|Infinity|−0\b(?!\.)"
            assert not re.search(wrong, text), text
        for text in (said, judged):
            assert re.fullmatch(r"[^\n]{20,190}\.", text), text


def test_a_picture_stays_small():
    sizes = bundle.run_js(
        "optimizer",
        "[[1, 16], [64, 64], [64, 1]].map(([n]) => frame({ ...DEFAULTS,"
        " optimizer: 'adam', learning_rate: 0.001, batch_size: n,"
        " step: study({ ...DEFAULTS, optimizer: 'adam',"
        " learning_rate: 0.001, batch_size: n }).last }).length)",
    )
    assert max(sizes) < 60_000, sizes


def test_the_verdict_names_the_limit_that_counts():
    def verdict(**own):
        state = json.dumps(own)
        return bundle.run_js(
            "optimizer", f"verdict({{ ...DEFAULTS, ...{state} }})"
        )

    assert verdict(learning_rate=0.3) == (
        "Stopped after step 87: |θ| is above 1,000,000. SGD at 0.3 is not "
        "below 2/λmax = 0.27: each step overshoots."
    )
    heavy = verdict(optimizer="momentum", learning_rate=0.6)
    assert "not below 3.8/λmax = 0.513" in heavy
    batches = verdict(optimizer="momentum", learning_rate=0.5)
    assert "is below 3.8/λmax = 0.513, but some batches" in batches
    late = verdict(optimizer="adam", learning_rate=0.001)
    assert "not within 5 % of the lowest loss after 1000 epochs" in late
    assert "about 0.001 a step" in late


def test_the_slider_holds_the_rates_of_the_text():
    rates = bundle.run_js(
        "optimizer",
        "[...Array(31).keys()].map((k) => rateAt(k / 10 - 3))",
    )
    assert rates == sorted(set(rates)) and len(rates) == 31
    assert (rates[0], rates[-1]) == (0.001, 1)
    assert {0.01, 0.05, 0.1, 0.25, 0.3} <= set(rates)
    ratios = [b / a for a, b in itertools.pairwise(rates)]
    assert min(ratios) > 1.15 and max(ratios) < 1.35


def test_the_still_teaches_on_its_own():
    page = bundle.static_html("optimizer", OptimizerExplorer().state())
    caption = re.search(r"<figcaption>(.*?)</figcaption>", page, re.S)[1]
    run, slow = simulate(), simulate(learning_rate=0.01)
    task = run.problem
    for text in (
        f"κ = λmax/λmin = {task.condition:.1f}",
        f"After {len(run.steps)} steps it is {run.steps[-1].loss:.3f}",
        f"the lowest, {task.lowest:.3f}",
        f"takes {len(slow.steps)} steps",
        f"2/λmax = {task.limit:.2f}, diverges",
    ):
        assert text in caption
    svg = page.rpartition("</svg>")[0]
    for text in (">loss 0.133<", ">lowest 0.127<", "within 5 % at step 83"):
        assert text in svg
    rows = re.findall(r'<th scope="row">(\d+)</th>', page)
    assert rows == ["0", "1", "2", "5", "10", "20", "50", "83"]


# ---- the widget -------------------------------------------------------------


def test_both_languages_have_the_same_limits():
    limits = bundle.run_js("optimizer", "LIMITS")
    for name, (low, high) in LIMITS.items():
        if name == "step":
            assert high == 64 * bundle.run_js("optimizer", "EPOCHS")
        else:
            assert (limits[name]["min"], limits[name]["max"]) == (low, high)


def test_without_a_step_the_widget_shows_the_whole_run():
    assert OptimizerExplorer().step == 83
    assert OptimizerExplorer(learning_rate=0.25).step == 32
    assert OptimizerExplorer(learning_rate=0.25, step=5).step == 5


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("optimizer", "rmsprop"),
        ("learning_rate", 0),
        ("learning_rate", 1.1),
        ("learning_rate", math.nan),
        ("learning_rate", "0.1"),
        ("batch_size", 0),
        ("batch_size", 65),
        ("batch_size", 2.5),
        ("standardize", "yes"),
        ("seed", 1000),
        ("step", -1),
        ("step", 64_001),
    ],
)
def test_a_bad_trait_raises_and_names_itself(name, bad):
    explorer = OptimizerExplorer()
    before = explorer.state()
    with pytest.raises(traitlets.TraitError, match=rf"\b{name}\b"):
        setattr(explorer, name, bad)
    assert explorer.state() == before
    with pytest.raises(traitlets.TraitError):
        OptimizerExplorer(**{name: bad})
