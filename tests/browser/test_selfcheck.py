"""Self-checks answer back by keyboard, remember, and work without script."""

import pytest

NUMERIC = '.fb-selfcheck[data-kind="numeric"]'
TRUTH = '.fb-selfcheck[data-kind="truefalse"]'
CHOICE = '.fb-selfcheck[data-kind="choice"]'
PAGE = "chapters/graph-heritage/describe-then-run.html"


@pytest.fixture
def page(site, visit):
    return visit(site + PAGE)


def verdict(page, selector):
    return page.locator(f"{selector} output").first.inner_text()


def test_a_number_is_typed_judged_and_remembered_by_keyboard(page):
    form = page.locator(NUMERIC).first
    right = form.get_attribute("data-answer")
    form.locator("input").focus()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    assert verdict(page, NUMERIC).startswith("Not yet")
    page.keyboard.press("Control+a")
    page.keyboard.type(right)
    page.keyboard.press("Enter")
    assert verdict(page, NUMERIC) == "Right, after 2 tries."
    assert form.locator("details").get_attribute("open") is not None
    page.reload()
    assert verdict(page, NUMERIC) == "Right, after 2 tries."
    assert page.locator(f"{NUMERIC} input").first.input_value() == right


@pytest.mark.parametrize("typed", ["", "many", "1e999"])
def test_what_is_no_number_is_asked_for_again_and_costs_nothing(page, typed):
    box = page.locator(f"{NUMERIC} input").first
    box.fill(typed)
    box.press("Enter")
    assert verdict(page, NUMERIC).startswith("Write a number")
    assert page.evaluate("Object.keys(localStorage).length") == 0 or (
        "tries" not in page.evaluate("JSON.stringify(localStorage)")
    )


def test_thousands_and_minus_signs_are_read_as_people_type_them(page):
    form = page.locator(NUMERIC).first
    form.evaluate("f => { f.dataset.answer = '-2048' }")
    for typed in ("-2,048", "\u22122 048", "-2048.0", "-4096/2"):
        form.locator("input").fill(typed)
        form.locator("input").press("Enter")
        assert verdict(page, NUMERIC).startswith("Right"), typed


def test_a_truth_is_chosen_with_the_arrow_keys(page):
    form = page.locator(TRUTH).first
    form.locator("button").focus()
    page.keyboard.press("Enter")
    assert verdict(page, TRUTH) == "Choose an answer first."
    right = form.get_attribute("data-answer")
    page.keyboard.press("Space")
    if right == "false":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert verdict(page, TRUTH) == "Right, at the first try."


def test_a_choice_is_judged(page):
    form = page.locator(CHOICE).first
    right = form.get_attribute("data-answer")
    wrong = "0" if right != "0" else "1"
    form.locator(f'input[value="{wrong}"]').check()
    form.locator("button").click()
    assert verdict(page, CHOICE).startswith("Not yet")
    form.locator(f'input[value="{right}"]').check()
    form.locator("button").click()
    assert verdict(page, CHOICE) == "Right, after 2 tries."


def test_the_verdict_is_announced_politely(page):
    output = page.locator(f"{NUMERIC} output").first
    assert output.get_attribute("aria-live") == "polite"


def test_without_script_question_and_explanation_are_there(site, visit):
    page = visit(site + PAGE, java_script_enabled=False)
    form = page.locator(CHOICE).first
    assert form.locator("label").first.is_visible()
    assert not form.locator("button").is_visible()
    form.locator("summary").click()
    assert form.locator("details p").first.is_visible()
