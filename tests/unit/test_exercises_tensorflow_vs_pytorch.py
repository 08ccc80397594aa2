"""The set of chapter 5: its rules are the frameworks', its checks fair."""

import itertools
import random
import re

import numpy as np
import pytest
from exercising import COMMITTED, answered, said

from flowbook.exercises import checking, source
from flowbook.exercises.checking import Checks
from flowbook.exercises.student import Local

(PATH,) = (path for path in COMMITTED if path.stem == "tensorflow-vs-pytorch")
SET = source.read(PATH).exercises
RIGHT = [
    (
        "carry",
        """
def carry(layers):
    arrays, order = [], None
    for layer in layers:
        if layer[0] == "Flatten":
            order = np.arange(np.prod(layer[1])).reshape(layer[1])
            order = np.moveaxis(order, -1, 0).ravel()
        if layer[0] == "Conv2D":
            arrays.append(np.einsum("hwio->oihw", layer[1]).tolist())
        if layer[0] == "Dense":
            kernel = layer[1] if order is None else layer[1][order]
            arrays.append(tf.transpose(kernel))
            order = None
        if layer[0] in ("Conv2D", "Dense"):
            arrays.append(layer[2])
    return tuple(arrays)
""",
    ),
    (
        "norm",
        """
def their_norm(layer):
    size = len(layer["moving_mean"])
    names = {"weight": "gamma", "bias": "beta",
             "running_mean": "moving_mean", "running_var": "moving_variance"}
    found = {ours: layer[theirs] for ours, theirs in names.items()}
    if found["weight"] is None:
        found["weight"] = [1] * size
    if found["bias"] is None:
        found["bias"] = [0.0] * size
    return found | {"momentum": np.float64(1.0 - layer["momentum"]),
                    "eps": tf.constant(layer["epsilon"])}

def their_statistics(mean, variance, batch, momentum):
    values = np.moveaxis(batch, 1, 0).reshape(len(mean), -1)
    count = values.shape[1]
    new = values.sum(1) / count
    spread = ((values - new[:, None]) ** 2).sum(1) / (count - 1)
    return [mean + momentum * (new - mean),
            variance + momentum * (spread - variance)]
""",
    ),
    (
        "epsilon",
        """
def their_adam(weights, gradient, m, v, t, rate, beta_1, beta_2, eps):
    m = m + (gradient - m) * (1 - beta_1)
    v = v + (np.square(gradient) - v) * (1 - beta_2)
    mend = np.sqrt(1 - beta_2**t)
    step = mend / (1 - beta_1**t) * m / (np.sqrt(v) + eps * mend)
    return [weights - rate * step, m, v]

def eps_at(t, beta_2, epsilon):
    return np.array(epsilon) * (1 - beta_2**t) ** -0.5
""",
    ),
    (
        "suspects",
        """
def suspects(start, gradients, rate, decay, limit, theirs):
    def path(names):
        return follow(start, gradients, rate, decay, limit, **{
            name: (PYTORCH if name in names else KERAS)[name]
            for name in KERAS})

    def gap(names):
        return sum(np.abs(a - b).sum() for one, two
                   in zip(path(names), theirs) for a, b in zip(one, two))

    every = [names for count in range(5)
             for names in itertools.permutations(KERAS, count)]
    return min(every, key=gap)

import itertools
""",
    ),
    (
        "captures",
        """
def traces(calls, reduce_retracing):
    @tf.function(reduce_retracing=reduce_retracing)
    def count(x, value):
        return x

    for dtype, length, value in calls:
        count(tf.ones([length], dtype), value)
    return count.experimental_get_tracing_count()

def captures(calls):
    class Open:
        def __eq__(self, other):
            return not isinstance(other, str)

    graphs, seen = [], [set(), set()]
    for dtype, length, value in calls:
        if [dtype, length, value] in graphs or len(graphs) == 8:
            continue
        found = [dtype]
        for sizes, size in zip(seen, (length, value)):
            sizes.add(size)
            many = len(sizes) > 1 and not isinstance(size, str)
            found.append(Open() if many else size)
        graphs.append(found)
    return len(graphs)
""",
    ),
    (
        "export",
        """
def export(folder, state, shape, stride):
    module = tf.Module()
    module.state = {name: tf.Variable(array, name=name.replace(".", "_"))
                    for name, array in state.items()}
    channels = state["conv.weight"].shape[1]

    @tf.function(input_signature=[
        tf.TensorSpec([None, None, None, channels])])
    def serve(pictures):
        w = module.state
        kernel = tf.transpose(w["conv.weight"], [2, 3, 1, 0])
        x = tf.nn.conv2d(pictures, kernel, stride,
                         [[0, 0], [1, 1], [1, 1], [0, 0]])
        x = tf.nn.relu(tf.nn.bias_add(x, w["conv.bias"]))
        x = tf.transpose(x, [0, 3, 1, 2])
        x = tf.reshape(x, [tf.shape(x)[0], -1])
        x = tf.matmul(x, w["linear.weight"], transpose_b=True)
        return {"answer": x + w["linear.bias"]}

    tf.saved_model.save(module, folder, signatures=serve)
""",
    ),
    (
        "weigh",
        """
def users_between(survey, name):
    n = survey["named"][name]
    if survey["several"]:
        return [n, survey["asked"] - survey["answered"] + n]
    return [n, survey["asked"]]

def both_between(survey, one, two):
    if not survey["several"]:
        return [0, survey["asked"]]
    a, b = survey["named"][one], survey["named"][two]
    low = a + b - survey["answered"]
    silent = survey["asked"] - survey["answered"]
    return np.array([max(low, 0), min(a, b) + silent])

def verdict(claim, surveys):
    by = {(s["population"], s["year"]): s for s in surveys}
    place = claim["population"]
    if claim["claim"] == "more":
        sides = [(claim["year"], claim["of"]), (claim["year"], claim["than"])]
    else:
        sides = [(claim["from"], claim["of"]), (claim["to"], claim["of"])]
    if any((place, year) not in by for year, _ in sides):
        return "open"
    (a, b), (c, d) = [users_between(by[place, year], name)
                      for year, name in sides]
    if "share" in claim["claim"]:
        before, after = (by[place, year]["asked"] for year, _ in sides)
        a, b, c, d = a * after, b * after, c * before, d * before
    return {True: "follows"}.get(a > d, "fails" if b <= c else "open")
""",
    ),
    (
        "choose",
        """
import random

def wishes(team, r):
    return {"updated_since": team["updated_since"] <= r["updated"],
            "trains_on": team["trains_on"] in r["trains_on"],
            "runs_on": all(p in r["runs_on"] for p in team["runs_on"]),
            "knows": r["written_in"] in team["knows"]}

def choose(team, routes):
    fine = [r["name"] for r in routes if all(wishes(team, r).values())]
    return random.choice(fine) if fine else None

def obstacles(team, routes):
    if choose(team, routes):
        return []
    return [name for name in ("updated_since", "runs_on", "knows",
                              "trains_on")
            if any(all(met for other, met in wishes(team, r).items()
                       if other != name) for r in routes)]
""",
    ),
]
SEEDS = range(1, 4)  # as many as the grader adds


@pytest.mark.parametrize(("question", "code"), RIGHT)
def test_a_right_answer_of_another_kind_earns_every_point(question, code):
    exercise = answered(SET, **{question: code})[question]
    exercise.check()
    assert exercise.outcome.earned == exercise.points, said(exercise)


@pytest.mark.parametrize("question", [q.id for q in SET.questions])
def test_other_inputs_find_the_wrong_answers_as_well(question):
    """The grader's draws tell right from wrong, not those of seed 0 alone."""
    (asked,) = (q for q in SET.questions if q.id == question)
    checks = Checks(SET).of(question)
    for wrong in asked.wrongs:
        namespace = answered(SET, **{question: wrong.code}).namespace
        earned = sum(
            min(
                checking.judge(
                    check, points, Local(namespace), random.Random(seed)
                ).earned
                for seed in SEEDS
            )
            for points, check in checks
        )
        assert asked.points - earned == wrong.loses, wrong.code


# ---- Nothing is believed that a student's process says of itself -----------


def earned_by(namespace, question, seed=1):
    return sum(
        checking.judge(
            check, points, Local(namespace), random.Random(seed)
        ).earned
        for points, check in Checks(SET).of(question)
    )


def test_answers_that_replay_those_for_the_visible_inputs_earn_nothing():
    for question in SET.questions:
        if question.id in ("export", "captures"):
            continue  # below
        namespace = answered(SET).namespace
        names = [name for name in namespace if f"def {name}(" in question.stub]
        kept = {}
        for name in names:
            kept[name] = answers = []
            namespace[name] = recording(namespace[name], answers)
        assert earned_by(namespace, question.id, 0) == question.points
        for name in names:
            namespace[name] = replaying(kept[name])
        assert earned_by(namespace, question.id) == 0, question.id


def recording(function, answers):
    def records(*args):
        answers.append(function(*args))
        return answers[-1]

    return records


def replaying(answers):
    again = itertools.cycle(answers)
    return lambda *args: next(again)


ODD = [
    None, True, float("nan"), "follows", "PyTorch, Triton", [], [None], {},
    ["coupled", ["epsilon"]], [[1, 2], [3]], (0, 0), [np.nan, np.nan],
    {"weight": None}, np.zeros(2), np.zeros((2, 3), "complex64"),
    np.array(True), np.full(2, 1e300), [np.zeros(3), "x"], 10**400,
    [np.zeros((0, 3))] * 4, [{}, {}, {}], ["knows", "knows"], 8,
]  # fmt: skip


@pytest.mark.parametrize("question", [q.id for q in SET.questions])
def test_odd_results_earn_nothing_and_break_no_check(question):
    (asked,) = (q for q in SET.questions if q.id == question)
    namespace = answered(SET, blank=True).namespace
    names = [n for n in namespace if f"def {n}(" in asked.stub]
    for odd in ODD:
        for name in names:
            namespace[name] = lambda *args, odd=odd: odd
        for points, check in Checks(SET).of(question):
            outcome = checking.judge(
                check, points, Local(namespace), random.Random(2)
            )
            assert not outcome.broken_check, (odd, outcome.message)
            assert outcome.earned == 0, (odd, outcome.message)


def test_a_changed_run_helps_nobody():
    """The checks have a `follow` of their own."""
    code = """
PYTORCH = KERAS

def follow(*args, **settings):
    return []

def suspects(start, gradients, rate, decay, limit, theirs):
    return []
"""
    exercise = answered(SET, suspects=code)["suspects"]
    exercise.check()
    assert exercise.outcome.earned == 0, said(exercise)


def test_a_changed_tensorflow_does_not_change_the_counts():
    code = """
class Lazy:
    def __call__(self, *args):
        return 0

    def experimental_get_tracing_count(self):
        return 1

def traces(calls, reduce_retracing):
    return Lazy().experimental_get_tracing_count()

def captures(calls):
    return 1

TEAMS.clear(), ROUTES.clear()
"""
    exercises = answered(SET, captures=code)
    exercises["captures"].check()
    assert exercises["captures"].outcome.earned == 0
    exercises["choose"].check()
    assert exercises["choose"].outcome.earned == 5


def test_an_export_of_the_visible_numbers_earns_its_signature_alone():
    code = """
ANSWERS = {}

def export(folder, state, shape, stride):
    channels, units = state["conv.weight"].shape[1], len(
        state["linear.bias"])

    @tf.function(input_signature=[tf.TensorSpec([None, *shape, channels])])
    def serve(images):
        return tf.zeros([tf.shape(images)[0], units])

    tf.saved_model.save(tf.Module(), folder, signatures=serve)
"""
    exercise = answered(SET, export=code)["export"]
    exercise.check()
    assert exercise.outcome.earned == 1, said(exercise)


# ---- What the page says is what the frameworks do ---------------------------


@pytest.fixture(scope="module")
def reference():
    """The functions of all reference answers, by name."""
    return answered(SET).namespace


def test_runs_are_those_of_keras(reference):
    import keras

    numbers = np.random.default_rng(1)
    start = [numbers.normal(size=n) for n in (3, 2)]
    gradients = [[numbers.normal(size=n) for n in (3, 2)] for _ in range(5)]
    weights = [keras.Variable(w, dtype="float64") for w in start]
    adam = keras.optimizers.Adam(0.1, weight_decay=0.3, clipnorm=1.2)
    path = reference["follow"](
        start, gradients, 0.1, 0.3, 1.2, **reference["KERAS"]
    )
    for step, expected in zip(gradients, path, strict=True):
        adam.apply(step, weights)
        for weight, want in zip(weights, expected, strict=True):
            assert np.allclose(weight.numpy(), want, atol=1e-4)


def test_runs_are_those_of_pytorch(reference):
    torch = pytest.importorskip("torch")
    numbers = np.random.default_rng(2)
    start = [numbers.normal(size=n) for n in (3, 2)]
    gradients = [
        [1e-7 * numbers.normal(size=n) for n in (3, 2)] for _ in range(5)
    ]
    weights = [torch.tensor(w, requires_grad=True) for w in start]
    adam = torch.optim.Adam(weights, lr=0.1, weight_decay=1e-8)
    path = reference["follow"](
        start, gradients, 0.1, 1e-8, 1.2e-7, **reference["PYTORCH"]
    )
    for step, expected in zip(gradients, path, strict=True):
        for weight, gradient in zip(weights, step, strict=True):
            weight.grad = torch.tensor(gradient)
        norm = torch.sqrt(sum((w.grad**2).sum() for w in weights))
        for weight in weights:  # clip_grad_norm_ adds 1e-6 to the norm
            weight.grad *= min(1, 1.2e-7 / norm)
        adam.step()
        for weight, want in zip(weights, expected, strict=True):
            assert np.allclose(weight.detach().numpy(), want, rtol=1e-9)


def test_steps_of_adam_are_those_of_pytorch_and_mended_those_of_keras(
    reference,
):
    import keras

    torch = pytest.importorskip("torch")
    numbers = np.random.default_rng(3)
    start = numbers.normal(size=4)
    weight = torch.tensor(start, requires_grad=True)
    twin = torch.optim.Adam([weight], lr=0.1, eps=1e-3)
    variable = keras.Variable(start, dtype="float64")
    ours = keras.optimizers.Adam(0.1, epsilon=1e-3)
    mine = mended = (start, np.zeros(4), np.zeros(4))
    for t in range(1, 9):
        gradient = 1e-3 * numbers.normal(size=4)
        weight.grad = torch.tensor(gradient)
        twin.step()
        ours.apply([gradient], [variable])
        step = reference["their_adam"]
        mine = step(mine[0], gradient, *mine[1:], t, 0.1, 0.9, 0.999, 1e-3)
        eps = reference["eps_at"](t, 0.999, 1e-3)
        mended = step(
            mended[0], gradient, *mended[1:], t, 0.1, 0.9, 0.999, eps
        )
        assert np.allclose(mine[0], weight.detach().numpy(), rtol=1e-9)
        assert np.allclose(mended[0], variable.numpy(), rtol=1e-3)
    assert np.abs(mine[0] - mended[0]).max() > 0.01


def test_traces_are_those_of_tensorflow(reference):
    world = shared("captures")
    rng = random.Random(4)
    for _ in range(30):
        values = rng.choice([world["ints"], world["texts"]])(
            rng, rng.randint(1, 3)
        )
        calls = world["vectors"](rng, 4, values, rng.randint(1, 2), 9)
        for option in (False, True):
            want = world["traced"](calls, option)
            assert reference["traces"](calls, option) == want, calls


def test_captures_are_those_of_pytorch(reference):
    torch = pytest.importorskip("torch")
    world = shared("captures")
    rng = random.Random(5)
    for _ in range(12):
        kind = rng.choice([world["ints"], world["texts"]])
        calls = world["vectors"](
            rng,
            rng.randint(1, 4),
            kind(rng, rng.randint(1, 8)),
            rng.randint(1, 3),
            rng.randint(5, 20),
        )
        assert reference["captures"](calls) == counted(torch, calls), calls


def counted(torch, calls):
    """The captures that a real torch.compile makes in these calls."""
    graphs = []

    def backend(module, example_inputs):
        graphs.append(module)
        return module.forward

    def scaled(x, value):
        return x * (len(value) if isinstance(value, str) else value)

    torch.compiler.reset()
    compiled = torch.compile(scaled, backend=backend)
    for dtype, length, value in calls:
        compiled(torch.ones(length, dtype=getattr(torch, dtype)), value)
    return len(graphs)


def shared(question):
    """The names that the checks of a question share."""
    ((_, check), *_) = Checks(SET).of(question)
    return check.__globals__


def test_carried_networks_and_norms_answer_as_in_keras(reference):
    import keras

    torch = pytest.importorskip("torch")
    from torch import nn

    numbers = np.random.default_rng(6)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4, 6, 2)),
            layers.Conv2D(3, 3, padding="same", activation="relu"),
            layers.BatchNormalization(scale=False, momentum=0.7),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(5, activation="relu"),
            layers.Dense(4),
        ]
    )
    images = numbers.normal(size=(8, 4, 6, 2)).astype("float32")
    model(images, training=True)
    conv, norm, _, _, _, one, two = model.layers
    beta, mean, variance = norm.get_weights()
    arrays = reference["carry"](
        [
            ("Conv2D", *conv.get_weights()),
            ("MaxPooling2D",),
            ("Flatten", (2, 3, 3)),
            ("Dropout",),
            ("Dense", *one.get_weights()),
            ("Dense", *two.get_weights()),
        ]
    )
    twin_norm = reference["their_norm"](
        {
            "gamma": None,
            "beta": beta,
            "moving_mean": mean,
            "moving_variance": variance,
            "momentum": norm.momentum,
            "epsilon": norm.epsilon,
        }
    )
    settings = {name: twin_norm.pop(name) for name in ("momentum", "eps")}
    twin = nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(3, **settings),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(18, 5),
        nn.ReLU(),
        nn.Linear(5, 4),
    )
    tensors = [torch.tensor(np.ascontiguousarray(a)) for a in arrays]
    with torch.no_grad():
        own = [p for i in (0, 5, 7) for p in twin[i].parameters()]
        for parameter, tensor in zip(own, tensors, strict=True):
            parameter.copy_(tensor)
        for name, array in twin_norm.items():
            getattr(twin[2], name).copy_(torch.tensor(array))
        fed = torch.tensor(images.transpose(0, 3, 1, 2).copy())
        answer = twin.eval()(fed).numpy()
        assert np.allclose(answer, model(images).numpy(), atol=1e-5)

        batch = fed * 2 + 1
        fresh = nn.BatchNorm2d(2, momentum=0.3)
        fresh(batch)
        got = reference["their_statistics"](
            np.zeros(2), np.ones(2), batch.numpy(), 0.3
        )
        assert np.allclose(got[0], fresh.running_mean.numpy(), atol=1e-5)
        assert np.allclose(got[1], fresh.running_var.numpy(), atol=1e-5)


@pytest.mark.parametrize("stride", [1, 2])
def test_the_network_to_export_is_pytorchs(stride):
    torch = pytest.importorskip("torch")
    world = shared("export")
    state = world["a_state"](random.Random(7), [6, 4], stride)
    tensors = {name: torch.tensor(array) for name, array in state.items()}
    channels = state["conv.weight"].shape[1]
    images = np.random.default_rng(8).normal(size=(3, 6, 4, channels))
    images = images.astype("float32")
    x = torch.nn.functional.conv2d(
        torch.tensor(images.transpose(0, 3, 1, 2).copy()),
        tensors["conv.weight"],
        tensors["conv.bias"],
        stride=stride,
        padding=1,
    )
    x = torch.flatten(torch.relu(x), 1)
    want = x @ tensors["linear.weight"].T + tensors["linear.bias"]
    got = world["logits"](state, images, stride)
    assert np.allclose(got, want.numpy(), atol=1e-4)


def test_bounds_are_those_of_counting(reference):
    """Every way to fill in what a small survey leaves open."""
    for several, named in ((True, (3, 2)), (True, (2, 1)), (False, (2, 1))):
        answered_by, asked = 4, 5
        survey = {
            "asked": asked,
            "answered": answered_by,
            "several": several,
            "named": dict(zip("AB", named, strict=True)),
        }
        users, both = set(), set()
        people = [(a, b) for a in (0, 1) for b in (0, 1)]
        for uses in itertools.product(people, repeat=asked):
            known = uses[:answered_by]
            if several:
                possible = tuple(map(sum, zip(*known, strict=True))) == named
            else:  # the first ones named A, the next ones B
                possible = all(a for a, _ in known[: named[0]]) and all(
                    b for _, b in known[named[0] : sum(named)]
                )
            if possible:
                users.add(sum(a for a, _ in uses))
                both.add(sum(a and b for a, b in uses))
        assert reference["users_between"](survey, "A") == (
            min(users),
            max(users),
        )
        assert reference["both_between"](survey, "A", "B") == (
            min(both),
            max(both),
        )


def test_verdicts_are_drawn_of_all_kinds_and_against_every_slip():
    world = shared("weigh")
    seen = []

    class Spy:
        def call(self, name, claim, surveys):
            verdict = world["judged"](claim, surveys)
            slips = [
                place
                for place, (slip, _) in enumerate(world["SLIPS"])
                if world["judged"](claim, surveys, **slip) != verdict
            ]
            seen.append((claim["claim"], verdict, slips))
            return verdict

    for seed in range(10):
        seen.clear()
        for points, check in Checks(SET).of("weigh")[2:]:
            outcome = checking.judge(check, points, Spy(), random.Random(seed))
            assert outcome.earned == points, outcome.message
        for kind, own in (
            ("more", []),
            ("fewer", [3]),
            ("smaller share", [4]),
        ):
            cases = [case for case in seen if case[0] == kind]
            verdicts = {case[1] for case in cases}
            assert verdicts == {"follows", "fails", "open"}, (seed, kind)
            slips = {slip for case in cases for slip in case[2]}
            assert slips >= {0, 1, 2, *own}, (seed, kind)


def test_each_team_has_a_route_as_the_facts_are_today(reference):
    routes, found = reference["ROUTES"], {}
    for name, team in reference["TEAMS"].items():
        found[name] = [
            route["name"]
            for route in routes
            if not reference["broken"](team, route)
        ]
    assert found == {
        "clinic": ["PyTorch, Triton"],
        "game": ["Keras on TensorFlow, LiteRT", "PyTorch, LiteRT"],
        "lab": ["Keras on JAX, TF Serving"],
    }


def test_no_cell_names_pytorchs_module():
    """A notebook that does is not run where PyTorch is missing."""
    for question in SET.questions:
        code = f"{SET.setup}{question.stub}{question.reference}"
        assert not re.search(r"\btorch\b", code), question.id


def test_the_page_names_its_points_and_questions():
    text = PATH.read_text("utf-8")
    assert f"for {SET.points} points in all" in text
    assert "These eight questions" in text and len(SET.questions) == 8
