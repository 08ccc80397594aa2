"""Every set of exercises grades as it says: right, blank and wrong answers."""

from dataclasses import replace

import pytest
from exercising import answered, lost, read_all, said
from following import reached

from flowbook.exercises.checking import CORRECT, NOT_ATTEMPTED

SETS = {name: read.exercises for name, read in read_all().items()}
WRONGS = [
    pytest.param(exercise_set, question, wrong, id=f"{name}-{question.id}-{n}")
    for name, exercise_set in SETS.items()
    for question in exercise_set.questions
    for n, wrong in enumerate(question.wrongs, start=1)
]
each_set = pytest.mark.parametrize("exercise_set", SETS.values(), ids=SETS)
caught = {}  # (set, question, wrong) to whether it lost what it should


@each_set
def test_the_reference_earns_every_point(exercise_set):
    exercises = answered(exercise_set)
    for exercise in exercises:
        exercise.check()
        assert exercise.outcome.status == CORRECT, said(exercise)
    assert exercises.earned == exercise_set.points > 0


@each_set
def test_the_blank_notebook_earns_nothing_and_is_not_attempted(exercise_set):
    exercises = answered(exercise_set, blank=True)
    for exercise in exercises:
        exercise.check()
        assert exercise.outcome.status == NOT_ATTEMPTED, said(exercise)
    assert exercises.earned == 0


@pytest.mark.parametrize(("exercise_set", "question", "wrong"), WRONGS)
def test_a_wrong_answer_loses_its_points_and_is_told_why(
    exercise_set, question, wrong
):
    key = exercise_set.name, question.id, wrong.code
    caught[key] = False
    instead = {question.id.replace("-", "_"): wrong.code}
    exercise = answered(exercise_set, **instead)[question.id]
    exercise.check()
    assert not exercise.outcome.broken_check, said(exercise)
    assert lost(exercise) == wrong.loses, said(exercise)
    assert wrong.says in said(exercise)
    caught[key] = True


@each_set
def test_later_questions_are_judged_on_the_students_own_results(exercise_set):
    """Those that a wrong answer cannot reach are judged as without it."""
    for question in exercise_set.questions:
        wrong = question.wrongs[0].code
        others = reached(exercise_set, question, wrong)
        instead = {question.id.replace("-", "_"): wrong}
        exercises = answered(exercise_set, **instead) if others else {}
        for other in others:
            exercise = exercises[other.id]
            exercise.check()
            assert lost(exercise) == 0, (
                f"a wrong {question.id} costs {other.id}: {said(exercise)}"
            )


@pytest.mark.parametrize(
    ("question", "code", "others"),
    [
        ("trace", "", ""),
        ("weights", "def weights(inputs, units): pass", "total"),
        ("trace", "def _deviation(x): pass", "scores"),
        ("trace", "import numpy as np", ""),  # as in the setup
        ("trace", "import tensorflow as np", "scores"),
        ("trace", "def far(): pass", "weights total"),  # through sizes()
        ("trace", "print()", "weights total scores"),
    ],
)
def test_what_an_answer_can_reach(question, code, others):
    setup = "def sizes(): return near\n\ndef near(): return far"
    setup += f"\n\n{SETS['small'].setup}"
    exercise_set = replace(SETS["small"], setup=setup)
    found = reached(exercise_set, exercise_set.question(question), code)
    assert [other.id for other in found] == others.split()


@each_set
def test_other_seeds_grade_the_reference_alike(exercise_set):
    """The grader draws other inputs than the notebook does."""
    import random

    from flowbook.exercises import checking
    from flowbook.exercises.student import Local

    exercises = answered(exercise_set)
    student = Local(exercises.namespace)
    for exercise in exercises:
        for points, check in exercises.checks_of(exercise.id):
            for seed in range(1, 4):
                outcome = checking.judge(
                    check, points, student, random.Random(seed)
                )
                assert outcome.status == CORRECT, outcome.message


def test_the_share_of_wrong_answers_caught_is_printed(capsys):
    if not caught:
        pytest.skip("no wrong answer was graded in this run")
    share = sum(caught.values()) / len(caught)
    with capsys.disabled():
        print(
            f"\nmutation score: {sum(caught.values())} of {len(caught)} "
            f"wrong answers caught ({share:.0%})"
        )
    assert share == 1
