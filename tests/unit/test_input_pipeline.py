"""The pipeline timeline: its simulator in Python and in JavaScript, held to
EQ F2.3, to one table of cases and to how far a real tf.data runs ahead."""

import json
import math
import random
import re
import statistics
import subprocess
import sys
import time
from dataclasses import asdict

import pytest
import tensorflow as tf
import traitlets

from flowbook.instruments import PipelineTimeline, bundle
from flowbook.instruments.pipeline import CACHES, EPOCH, STEPS, simulate
from flowbook.instruments.pipeline_widget import LIMITS, SHOWN

CASES = json.loads(
    (bundle.FOLDER / "pipeline.cases.json").read_text(encoding="utf-8")
)
SIMULATE = CASES["simulate"]
by_name = pytest.mark.parametrize("case", SIMULATE, ids=lambda c: c["name"])
SEED, SETTINGS = 23, 200
MINE = {"read": 4, "map": 12, "train": 8}  # the pipeline of the text, ms
NEAR = 1e-9  # of sums of a few thousand times


def drawn_settings():
    """Random settings, small corners such as no input at all included."""
    draw = random.Random(SEED)
    for _ in range(SETTINGS):
        yield {
            "read": draw.choice([0, draw.randint(0, 50), draw.uniform(0, 50)]),
            "map": draw.choice([0, draw.randint(0, 50), draw.uniform(0, 50)]),
            "train": draw.choice([draw.randint(1, 50), draw.uniform(1, 50)]),
            "prefetch": draw.choice([0, 1, 2, draw.randint(0, 16)]),
            "workers": draw.choice([1, draw.randint(1, 8)]),
            "jitter": draw.choice([0, draw.random(), 1]),
            "cache": draw.choice(CACHES),
            "seed": draw.randint(0, 999),
        }


DRAWN = list(drawn_settings())
RUNS = [simulate(**settings, steps=200) for settings in DRAWN]


def javascript(calls):
    """What the JavaScript says of each (settings, steps)."""
    return bundle.run_js(
        "pipeline",
        f"{json.dumps(calls)}.map((call) => instrument.simulate(...call))",
    )


def plain(run):
    """A run as JSON holds it."""
    return json.loads(json.dumps(asdict(run)))


def assert_matches(run, short, case):
    """Long and short run, as dicts, against a row of the table."""
    relative = case.get("tolerance")
    for key, wanted in case["expected"].items():
        got = (short if key == "makespan" else run)[key]
        if not isinstance(wanted, str):
            wanted = pytest.approx(wanted, rel=relative, abs=5e-5)
        assert got == wanted, key
    known = case.get("events", [])
    for moments, event in zip(known, short["events"], strict=False):
        read, mapped, train = event["read"], event["map"], event["train"]
        assert read[1] == mapped[0]
        assert [*read, mapped[1], *train, event["worker"]] == moments


# ---- the truth of the text --------------------------------------------------


def rate_and_share(**own):
    run = simulate(**{**MINE, **own})
    return round(run.steps_per_second, 1), round(100 * run.utilization)


def test_serial_then_prefetch_then_two_workers():
    assert rate_and_share(prefetch=0) == (41.7, 33)
    assert rate_and_share(prefetch=1) == (62.5, 50)
    assert rate_and_share(prefetch=1, workers=2) == (125.0, 100)


@pytest.mark.parametrize("seed", range(5))
def test_depth_cannot_mend_a_slow_producer_but_can_absorb_jitter(seed):
    def at(depth, **own):
        return simulate(
            **{**MINE, **own}, prefetch=depth, jitter=0.6, seed=seed
        )

    slow = [at(depth).steps_per_second for depth in (1, 16)]
    assert 1 <= slow[1] / slow[0] < 1.01
    assert slow == pytest.approx([62.3, 62.7], abs=1.5)
    even = [at(depth, map=4).utilization for depth in (1, 4, 16)]
    assert even == pytest.approx([0.85, 0.97, 0.99], abs=0.02)
    assert even[0] + 0.08 < even[1] < even[2]


def test_a_cache_counts_after_the_first_epoch():
    kept = simulate(**MINE, cache="map", steps=3 * EPOCH)
    plain_run = simulate(**MINE, steps=3 * EPOCH)
    assert kept.events[:EPOCH] == plain_run.events[:EPOCH]
    for event in kept.events[EPOCH:]:
        assert event.read[0] == event.read[1] == event.map[1]
        assert event.idle == 0
    assert simulate(**MINE, cache="map").utilization == 1


def test_a_cache_after_a_random_map_freezes_its_views():
    def views(cache):
        run = simulate(**MINE, cache=cache, steps=5 * EPOCH)
        return len({(event.batch, event.view) for event in run.events})

    assert views("none") == views("read") == 5 * EPOCH
    assert views("map") == EPOCH


@pytest.mark.parametrize(("t_in", "t_comp"), [(12, 20), (20, 8), (16, 16)])
@pytest.mark.parametrize("steps", [1, 2, 500])
def test_the_makespan_has_a_first_and_a_last_step(t_in, t_comp, steps):
    times = {"read": 0.25 * t_in, "map": 0.75 * t_in, "train": t_comp}
    overlapped = simulate(**times, steps=steps).makespan
    assert overlapped == t_in + (steps - 1) * max(t_in, t_comp) + t_comp
    serial = simulate(**times, prefetch=0, steps=steps).makespan
    assert serial == steps * (t_in + t_comp)


def test_the_seed_s_idle_share_is_that_of_overlap():
    idle = [
        1 - simulate(read=20, map=0, train=8, prefetch=k).utilization
        for k in (0, 1)
    ]
    assert idle == pytest.approx([20 / 28, 0.6])


# ---- the table, in both languages -------------------------------------------


@by_name
def test_python_matches_the_table(case):
    run, short = (
        plain(simulate(**case["settings"], steps=steps))
        for steps in (STEPS, SHOWN)
    )
    assert_matches(run, short, case)


def test_javascript_matches_the_table():
    calls = [
        [case["settings"], steps] for case in SIMULATE for steps in (STEPS, 8)
    ]
    runs = javascript(calls)
    for case, run, short in zip(SIMULATE, runs[::2], runs[1::2], strict=True):
        assert_matches(run, short, case)


def test_both_languages_agree_to_the_last_bit():
    calls = [[settings, 200] for settings in DRAWN]
    for settings, run, other in zip(
        DRAWN, RUNS, javascript(calls), strict=True
    ):
        assert {key: other[key] for key in plain(run)} == plain(run), settings


def test_the_table_holds_the_presets():
    tabled = [case["settings"] for case in SIMULATE]
    for title, settings in bundle.run_js("pipeline", "instrument.presets"):
        augment = settings.pop("augment")
        assert augment == ("random" in title)
        assert {**settings, "seed": 1} in tabled, title


# ---- what holds for any settings --------------------------------------------


def test_no_accelerator_is_busier_than_always():
    for run in RUNS:
        assert 0 < run.utilization <= 1
        assert run.steps_per_second == pytest.approx(1000 / run.step_time)


def test_no_run_beats_its_slowest_part_nor_loses_to_the_sum():
    for settings, run in zip(DRAWN, RUNS, strict=True):
        read, mapped, train = (
            [end - start for start, end in (getattr(e, s) for e in run.events)]
            for s in ("read", "map", "train")
        )
        work = sum(read) + sum(mapped)
        bounds = [
            read[0] + mapped[0] + sum(train),
            sum(read) + mapped[-1] + train[-1],
            work / settings["workers"] + train[-1],
        ]
        assert run.makespan >= max(bounds) * (1 - NEAR), settings
        assert run.makespan <= (work + sum(train)) * (1 + NEAR), settings


def test_without_jitter_it_is_exactly_the_equation():
    for settings in DRAWN:
        run = simulate(**{**settings, "jitter": 0})
        assert run.step_time == pytest.approx(run.predicted, rel=NEAR)


@pytest.mark.parametrize("knob", ["prefetch", "workers"])
def test_more_room_or_workers_never_slow_a_run(knob):
    for settings in DRAWN[:60]:
        spans = [
            simulate(**{**settings, knob: value}, steps=100).makespan
            for value in range(LIMITS[knob][0], 9)
        ]
        assert spans == sorted(spans, reverse=True), settings


def test_a_later_cache_never_slows_a_run():
    for settings in DRAWN[:60]:
        spans = [
            simulate(**{**settings, "cache": cache}, steps=100).makespan
            for cache in CACHES
        ]
        assert spans == sorted(spans, reverse=True), settings


def test_every_stage_does_one_thing_at_a_time_and_in_order():
    for settings, run in zip(DRAWN, RUNS, strict=True):
        free = [0.0] * settings["workers"]
        read_until = trained = 0.0
        for event in run.events:
            assert read_until <= event.read[0] <= event.read[1]
            assert free[event.worker - 1] <= event.read[0]
            assert event.read[1] == event.map[0] <= event.map[1]
            assert event.map[1] <= event.train[0]
            assert event.idle == event.train[0] - trained >= 0
            read_until, trained = event.read[1], event.train[1]
            free[event.worker - 1] = event.map[1]


def test_no_more_batches_wait_than_there_is_room_for():
    for settings, run in zip(DRAWN, RUNS, strict=True):
        workers = settings["workers"]
        room = settings["prefetch"] + (workers if workers > 1 else 0)
        waits = [
            (event.map[1], event.train[0])
            for event in run.events
            if event.map[1] < event.train[0]
        ]
        for ready, _ in waits:
            waiting = sum(start <= ready < end for start, end in waits)
            assert waiting <= room, settings


def test_a_seed_fixes_the_jitter_and_nothing_else_does():
    own = {"jitter": 0.6, "steps": 40}
    times = [
        [event.map[1] - event.map[0] for event in simulate(**MINE, **k).events]
        for k in (
            own,
            {**own, "prefetch": 9, "workers": 3},
            {**own, "seed": 2},
        )
    ]
    assert times[0] == pytest.approx(times[1])
    assert times[0] != pytest.approx(times[2])


@pytest.mark.parametrize("jitter", [0.2, 0.6, 1])
def test_jitter_is_the_coefficient_of_variation(jitter):
    run = simulate(**MINE, jitter=jitter, seed=5, steps=20_000)
    for stage, mean in (("read", 4), ("map", 12)):
        times = [
            getattr(event, stage)[1] - getattr(event, stage)[0]
            for event in run.events
        ]
        assert statistics.mean(times) == pytest.approx(mean, rel=0.03)
        spread = statistics.pstdev(times) / statistics.mean(times)
        assert spread == pytest.approx(jitter, rel=0.05)
        assert min(times) >= mean * (1 - jitter) - NEAR


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"read": -1}, "read to be a time of 0 ms"),
        ({"map": math.nan}, "map to be a time of 0 ms"),
        ({"train": 0}, "train to be more than 0"),
        ({"train": math.inf}, "train to be a time"),
        ({"jitter": 1.5}, "jitter from 0 to 1"),
        ({"prefetch": -1}, "prefetch to be an integer of at least 0"),
        ({"prefetch": 1.5}, "prefetch to be an integer"),
        ({"workers": 0}, "workers to be an integer of at least 1"),
        ({"steps": 0}, "steps to be an integer of at least 1"),
        ({"epoch": 0}, "epoch to be an integer of at least 1"),
        ({"cache": "disk"}, "a cache out of none, read, map"),
    ],
)
def test_simulate_names_what_it_cannot_use(bad, words):
    with pytest.raises(ValueError, match=words):
        simulate(**{**MINE, **bad})


def test_the_simulator_needs_only_the_standard_library():
    program = (
        "import sys; from flowbook.instruments.pipeline import simulate; "
        "simulate(4, 12, 8); heavy = {'numpy', 'traitlets', 'anywidget'}; "
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == 0


# ---- TensorFlow's own pipeline ----------------------------------------------


def counted(function_calls):
    """A map function that notes each of its calls in a list."""

    def note(element):
        function_calls.append(int(element))
        return element

    def function(element):
        element = tf.numpy_function(note, [element], tf.int64)
        element.set_shape([])
        return element

    return function


def only_what_is_written(dataset):
    """The dataset without what TensorFlow adds, ``prefetch`` above all."""
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    options.experimental_optimization.inject_prefetch = False
    return dataset.with_options(options)


@pytest.mark.parametrize(
    ("prefetch", "workers"), [(0, 1), (1, 1), (5, 1), (0, 2), (3, 2), (2, 4)]
)
def test_tensorflow_runs_as_far_ahead_as_the_simulation(prefetch, workers):
    reads, taken = [], 2
    calls = {"num_parallel_calls": workers} if workers > 1 else {}
    dataset = tf.data.Dataset.range(100).map(counted(reads))
    dataset = dataset.map(lambda element: element, **calls)
    if prefetch:
        dataset = dataset.prefetch(prefetch)
    iterator = iter(only_what_is_written(dataset))
    for _ in range(taken):
        next(iterator)
    # one long step: how many batches are read while it computes?
    times = {"read": 1, "map": 1, "train": 1e6}
    run = simulate(**times, prefetch=prefetch, workers=workers, steps=30)
    second = run.events[taken - 1].train[1]
    ahead = sum(event.read[0] < second for event in run.events)
    deadline = time.monotonic() + 20
    while len(reads) < ahead and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)  # would it read on?
    assert len(reads) == ahead


@pytest.mark.parametrize("cache", CACHES)
def test_tensorflow_reads_and_maps_as_often_as_the_simulation(cache):
    reads, maps, epochs = [], [], 3
    dataset = tf.data.Dataset.range(EPOCH).map(counted(reads))
    dataset = dataset.cache() if cache == "read" else dataset
    dataset = dataset.map(counted(maps))
    dataset = dataset.cache() if cache == "map" else dataset
    for _ in only_what_is_written(dataset.repeat(epochs)):
        pass
    run = simulate(**MINE, cache=cache, steps=epochs * EPOCH)
    for calls, stage in ((reads, "read"), (maps, "map")):
        times = [getattr(event, stage) for event in run.events]
        assert len(calls) == sum(start < end for start, end in times), stage


# ---- words and picture ------------------------------------------------------


def test_bad_input_clamps_with_a_sentence():
    raws = json.dumps([case["raw"] for case in CASES["normalize"]])
    results = bundle.run_js("pipeline", f"{raws}.map(instrument.normalize)")
    for case, mended in zip(CASES["normalize"], results, strict=True):
        assert mended["state"] == case["state"], case["raw"]
        assert mended["notes"] == case["notes"], case["raw"]


def test_no_state_draws_or_says_nan_or_undefined():
    seen = bundle.run_js(
        "pipeline",
        """(() => {
          const seen = [];
          const { defaults, presets } = instrument;
          const settings = presets.map(([, own]) => own);
          for (const read of [0, 33.3])
          for (const map of [0, 49.9])
          for (const train of [1, 33.3])
          for (const prefetch of [0, 5, 16])
          for (const workers of [1, 3, 8])
          for (const jitter of [0, 1])
            settings.push({ read, map, train, prefetch, workers, jitter });
          for (const own of settings)
          for (const cache of own.cache ? [own.cache] : ["none", "map"])
          for (const step of [0, 4, 8]) {
            const augment = step === 4;
            const s = { ...defaults, augment, ...own, cache, step };
            seen.push([instrument.sentence(s), instrument.verdict(s),
              instrument.frame(s), JSON.stringify(instrument.table(s)),
              JSON.stringify(instrument.listing(s))]);
          }
          return seen;
        })()""",
    )
    assert len(seen) > 800
    for sentence, verdict, *drawn in seen:
        for text in (sentence, verdict, *drawn):
            wrong = r"NaN|undefined|null|\[object|Infinity|−0\b(?!\.)"
            assert not re.search(wrong, text), text
        for text in (sentence, verdict):
            assert re.fullmatch(r"[^\n]{20,200}\.", text), text


def test_steps_stay_hidden_until_they_are_reached():
    rows = bundle.run_js(
        "pipeline",
        "[...Array(9).keys()].map((step) =>"
        " instrument.table({ ...instrument.defaults, step }).rows)",
    )
    for step, row in enumerate(rows):
        hidden = [cells[2:] == ["not yet"] * 4 for cells in row]
        assert hidden == [False] * step + [True] * (SHOWN - step)


def test_each_bottleneck_gets_its_own_advice():
    verdicts = dict(
        bundle.run_js(
            "pipeline",
            "instrument.presets.map(([title, own]) => [title,"
            " instrument.verdict({ ...instrument.defaults, ...own })])",
        )
    )
    assert "prefetch(1) would make it 16" in verdicts["Nothing overlaps"]
    slow = verdicts["Slow map, jitter, prefetch(1)"]
    assert "a deeper prefetch does not help" in slow
    even = verdicts["Balanced, jitter, prefetch(1)"]
    assert "Only jitter makes it wait; prefetch(16) would mean 99.5" in even
    deep = verdicts["Balanced, jitter, prefetch(16)"]
    assert "Input and accelerator are even: it hardly waits." in deep
    reading = verdicts["Slow reading, four workers"]
    assert "Reading is the bottleneck" in reading
    assert verdicts["Cache after map"].endswith("it never waits.")
    assert "first random views" in verdicts["Cache after a random map"]
    assert "random" not in verdicts["Cache before a random map"]
    frozen = bundle.run_js(
        "pipeline",
        "instrument.sentence({ ...instrument.defaults, cache: 'map',"
        " augment: true, step: 5 })",
    )
    assert "first random view, frozen" in frozen


def test_the_still_teaches_on_its_own():
    page = bundle.static_html("pipeline", PipelineTimeline().state())
    caption = re.search(r"<figcaption>(.*?)</figcaption>", page, re.S)[1]
    run, alone = (simulate(**MINE, prefetch=k, steps=SHOWN) for k in (1, 0))
    for text in (
        "read in 4 ms, mapped in 12 and trained on in 8",
        f"max(16, 8) = {run.predicted:.0f} ms",
        f"sum of {alone.predicted}",
        f"{run.steps_per_second} steps/s",
        f"{alone.makespan - run.makespan:.0f} ms saved",
        f"{100 * run.utilization:.0f} % busy",
    ):
        assert text in caption
    assert run.bottleneck == "map"
    for limit in ("in order", "compete for a core", "cached batch is free"):
        assert limit in caption
    svg = page.split("</svg>")[0]
    for text in (">62.5 steps/s<", ">50\u00a0% busy<", ">accelerator<"):
        assert text in svg
    table = re.search(r"<table>.*</table>", page, re.S)[0]
    for text in ("20–32", "32–40", "<td>8</td>"):
        assert text in table


# ---- the widget -------------------------------------------------------------


def test_both_languages_have_the_same_limits():
    limits = bundle.run_js("pipeline", "instrument.limits")
    for name, (low, high) in LIMITS.items():
        if name == "step":
            assert bundle.run_js("pipeline", "instrument.steps") == high
        else:
            assert (limits[name]["min"], limits[name]["max"]) == (low, high)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("read", -0.1),
        ("read", "4"),
        ("map", 51),
        ("map", math.nan),
        ("train", 0),
        ("train", None),
        ("prefetch", 17),
        ("prefetch", 1.5),
        ("workers", 0),
        ("workers", 9),
        ("jitter", 1.1),
        ("cache", "disk"),
        ("cache", False),
        ("augment", "yes"),
        ("seed", 1000),
        ("step", -1),
        ("step", 9),
    ],
)
def test_a_bad_trait_raises_and_names_itself(name, bad):
    timeline = PipelineTimeline()
    before = timeline.state()
    with pytest.raises(traitlets.TraitError, match=rf"\b{name}\b"):
        setattr(timeline, name, bad)
    assert timeline.state() == before
    with pytest.raises(traitlets.TraitError):
        PipelineTimeline(**{name: bad})
