"""The form that builds a Keras model: operated by its traits, no browser."""

import html
import random
import re

import ipywidgets
import keras
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from flowbook import model_builder
from flowbook.model_builder import KINDS, MOST, ModelBuilder, StackError, build

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
IMAGE = (28, 28, 1)


def choose(builder, *stack):
    """Set the rows to these layers and leave the others empty."""
    for index, (kind, setting) in enumerate(builder.rows):
        name, value = stack[index] if index < len(stack) else ("none", 0)
        kind.value = name
        if name in KINDS and KINDS[name].setting:
            setting.value = value


def plain(markup):
    """The text of HTML."""
    return html.unescape(re.sub(r"<[^>]+>", "\n", markup)).strip()


def refusal(shape, *stack):
    with pytest.raises(StackError) as caught:
        build(shape, stack)
    return str(caught.value), caught.value.said


# ---- the model -------------------------------------------------------------


def test_a_chosen_stack_is_a_real_model():
    stack = [
        ("Conv2D", 4),
        ("BatchNormalization", 0),
        ("MaxPooling2D", 3),
        ("Flatten", 0),
        ("Dropout", 40),
        ("Dense", 7),
    ]
    model = build((8, 8, 1), stack)
    assert [type(layer).__name__ for layer in model.layers] == [
        kind for kind, _ in stack
    ]
    assert model.output_shape == (None, 7)
    assert model.count_params() == (9 * 4 + 4) + 4 * 4 + (2 * 2 * 4 * 7 + 7)
    assert model.layers[4].rate == 0.4
    assert [layer.name for layer in model.layers] == [
        "conv2d",
        "batch_normalization",
        "max_pooling2d",
        "flatten",
        "dropout",
        "dense",
    ]


def test_equal_kinds_are_numbered_as_keras_numbers_them():
    keras.utils.clear_session()
    ours = build((20,), [("Dense", 3), ("Dropout", 10), ("Dense", 3)])
    theirs = keras.Sequential(
        [
            keras.layers.Dense(3),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(3),
        ]
    )
    assert [layer.name for layer in ours.layers] == [
        layer.name for layer in theirs.layers
    ]


@pytest.mark.parametrize(
    ("shape", "stack"),
    [
        (IMAGE, model_builder.STACK),
        ((20,), [("Dense", 64), ("BatchNormalization", 0), ("Dense", 3)]),
        ((8, 8, 1), [("Conv2D", 2), ("Dropout", 25), ("Flatten", 0)]),
        ((32, 32, 3), [("MaxPooling2D", 8), ("Dense", 5), ("Dense", 4)]),
    ],
)
def test_the_code_that_is_shown_builds_the_same(shape, stack):
    shown = eval(model_builder.code(shape, stack), {"keras": keras})
    model = build(shape, stack)
    assert shown.output_shape == model.output_shape
    assert shown.count_params() == model.count_params()

    def settings(layer):
        config = layer.get_config()
        keys = ("units", "filters", "kernel_size", "activation", "pool_size")
        return {key: config.get(key) for key in (*keys, "rate")}

    assert list(map(settings, shown.layers)) == list(
        map(settings, model.layers)
    )


def test_a_pass_is_real_timed_and_repeatable():
    model = build(IMAGE, model_builder.STACK)
    inputs, outputs, ms = model_builder.run(model)
    assert inputs.shape == (32, *IMAGE) and inputs.dtype == np.float32
    assert outputs.shape == (32, 10)
    assert 0 < ms < 10_000
    np.testing.assert_allclose(
        outputs, model.predict(inputs, verbose=0), atol=1e-5
    )
    again = model_builder.run(build(IMAGE, model_builder.STACK))[1]
    np.testing.assert_array_equal(outputs, again)


def test_the_reader_s_names_and_random_numbers_stay_untouched():
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    before = random.getstate(), np.random.get_state()[1].tolist()
    stack = [("Dense", 4), ("Dropout", 10), ("Dense", 2)]
    model_builder.run(build((20,), stack))
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    assert keras.layers.Dense(1).name == "dense"
    assert keras.layers.Dropout(0.1).name == "dropout"
    assert keras.Sequential().name == "sequential"


# ---- what cannot be built --------------------------------------------------


@pytest.mark.parametrize("kind", ["Conv2D", "MaxPooling2D"])
@pytest.mark.parametrize(
    ("shape", "before", "came"),
    [
        ((784,), [], "784 numbers, (784,)"),
        (IMAGE, [("Flatten", 0)], "784 numbers, (784,)"),
        ((20,), [("Dense", 1024)], "1,024 numbers, (1024,)"),
    ],
)
def test_numbers_are_no_image(kind, shape, before, came):
    sentence, said = refusal(shape, *before, (kind, 2))
    assert sentence == (
        f"Layer {len(before) + 1}, {kind}, expected images, of shape (height, "
        f"width, channels). It got {came}. Put it before Flatten, or choose "
        "an image as input."
    )
    assert "found ndim=2" in said and "\n" not in said


@pytest.mark.parametrize(
    ("last", "size"), [(("Conv2D", 3), 3), (("MaxPooling2D", 5), 5)]
)
def test_an_image_can_get_too_small(last, size):
    sentence, said = refusal((8, 8, 1), ("MaxPooling2D", 4), last)
    assert sentence == (
        f"Layer 2, {last[0]}, expected an image of at least {size}×{size}. It "
        "got 2×2, for the layers before it shrink the image. Remove one of "
        "them, or choose a larger image."
    )
    assert said.startswith("Computed output size would be zero or negative.")


def test_a_stack_without_layers_is_refused():
    sentence, said = refusal(IMAGE)
    assert sentence.startswith("A model needs at least one layer")
    assert said == ""


def test_a_layer_too_large_to_try_is_refused_before_it_is_built():
    sentence, _ = refusal(
        (32, 32, 3), ("Conv2D", 64), ("Flatten", 0), ("Dense", 1024)
    )
    assert "57,600·1,024 weights, 236 MB; at most 80 MB" in sentence


def test_any_choice_ends_in_a_model_or_in_a_sentence():
    draw = random.Random(7)
    outcomes = set()
    for _ in range(150):
        shape = draw.choice(list(model_builder.SHAPES.values()))
        stack = [
            (kind, draw.randint(KINDS[kind].low, min(KINDS[kind].high, 40)))
            for kind in draw.choices(list(KINDS), k=draw.randint(0, MOST))
        ]
        try:
            build(shape, stack)
        except StackError as error:
            assert re.fullmatch(r"[^\n\x1b]{60,260}\.", str(error))
            assert not stack or re.match(r"Layer \d, \w+, ", str(error))
            assert "cannot take" not in str(error), stack
            outcomes.add("sentence")
        else:
            outcomes.add("model")
    assert outcomes == {"sentence", "model"}


# ---- the form --------------------------------------------------------------


def test_the_form_opens_with_a_model_that_was_built():
    builder = ModelBuilder()
    assert builder.stack() == list(model_builder.STACK)
    assert re.fullmatch(
        r"Built: 13,610 parameters\. A forward pass of 32 examples takes "
        r"\d+\.\d ms, the median of 11\.",
        plain(builder.status.value),
    )
    report = plain(builder.report.value)
    for text in (
        'keras.layers.Conv2D(8, 3, activation="relu"),',
        'Model: "sequential"',
        "│ dense (Dense)         │ (None, 10)  │ 13,530 │",
        "Total params: 13,610 (53.16 KB)",
        "inputs.shape   (32, 28, 28, 1)",
        "outputs.shape  (32, 10)",
    ):
        assert text in report


def test_build_shows_what_was_chosen():
    builder = ModelBuilder()
    builder.shape.value = (20,)
    choose(builder, ("Dense", 64), ("Dropout", 50), ("Dense", 3))
    assert "Conv2D" in builder.report.value, "nothing happens before Build"
    builder.button.click()
    report = plain(builder.report.value)
    assert "keras.layers.Dropout(0.5)," in report
    assert "Total params: 1,539" in report
    assert "outputs.shape  (32, 3)" in report
    assert "Built: 1,539 parameters." in builder.status.value


def test_a_bad_stack_is_a_sentence_and_is_mended_by_another_click():
    builder = ModelBuilder()
    choose(builder, ("Flatten", 0), ("Conv2D", 8))
    builder.button.click()
    assert "Layer 2, Conv2D, expected images" in builder.status.value
    assert "Keras says: Input 0" in plain(builder.status.value)
    assert builder.report.value == ""
    choose(builder, ("Conv2D", 8), ("Flatten", 0))
    builder.button.click()
    assert "Built: 80 parameters." in builder.status.value
    assert "conv2d (Conv2D)" in builder.report.value


def test_rows_may_be_left_out():
    builder = ModelBuilder()
    choose(builder, ("Flatten", 0), ("none", 0), ("Dense", 2))
    builder.button.click()
    assert builder.stack() == [("Flatten", 0), ("Dense", 2)]
    assert "Built: 1,570 parameters." in builder.status.value


def test_an_image_as_output_is_pointed_out():
    builder = ModelBuilder((8, 8, 1), [("Dense", 4)])
    assert "outputs.shape  (32, 8, 8, 4)" in plain(builder.report.value)
    assert "The output is an image still" in builder.status.value
    assert plain(builder.report.value).endswith("…")


def test_whatever_else_goes_wrong_is_a_sentence_too(monkeypatch):
    builder = ModelBuilder()

    def fail(_model):
        raise MemoryError("no room <here>\nand more")

    monkeypatch.setattr(model_builder, "run", fail)
    builder.button.click()
    assert plain(builder.status.value).split("\n") == [
        "MemoryError stopped this model. Choose smaller layers, and press "
        "Build again.",
        "",
        "It says: no room <here>",
    ]


def test_settings_keep_within_their_bounds_and_go_with_their_kind():
    builder = ModelBuilder()
    kind, setting = builder.rows[0]
    for name, offered in KINDS.items():
        kind.value = name
        assert setting.description == offered.setting
        assert setting.disabled == (not offered.setting)
        assert setting.layout.display == (
            "flex" if offered.setting else "none"
        )
        assert setting.value == offered.default
        setting.value = 10**6
        assert setting.value == offered.high
        setting.value = -5
        assert setting.value == offered.low
    kind.value = "none"
    assert setting.layout.display == "none"


def test_every_control_has_a_label():
    builder = ModelBuilder()
    assert builder.shape.description == "Input"
    labels = [kind.description for kind, _ in builder.rows]
    assert labels == [f"Layer {number}" for number in range(1, MOST + 1)]
    assert builder.button.description == "Build"


@pytest.mark.parametrize(
    ("shape", "stack", "error"),
    [
        ((3, 3), model_builder.STACK, r"got \(3, 3\)"),
        (IMAGE, [("Flatten", 0)] * 7, "at most 6 layers"),
        (IMAGE, [("Lambda", 1)], "got 'Lambda'"),
    ],
)
def test_a_wrong_first_model_raises(shape, stack, error):
    with pytest.raises(ValueError, match=error):
        ModelBuilder(shape, stack)


# ---- the still -------------------------------------------------------------


def test_the_still_is_the_same_every_time_and_says_where_it_is_live():
    first, second = ModelBuilder(), ModelBuilder()
    data = first._repr_mimebundle_()
    assert data["text/html"] == first.still() == second.still()
    assert data["text/plain"] == (
        "ModelBuilder((28, 28, 1), [('Conv2D', 8), ('MaxPooling2D', 2), "
        "('Flatten', 0), ('Dense', 10)])"
    )
    still = plain(data["text/html"])
    assert not re.search(r"\d ms\b", still), "a time differs between runs"
    assert "In Colab or JupyterLab this is a form" in still
    assert "Total params: 13,610 (53.16 KB)" in still
    if not ipywidgets.__version__.startswith("7."):
        assert data[WIDGET_VIEW]["model_id"] == first.model_id


def test_the_numbers_of_the_still_are_far_from_rounding_edges():
    _, outputs, _ = model_builder.run(build(IMAGE, model_builder.STACK))
    hundredths = 100 * np.abs(outputs[0].astype("float64"))
    from_edge = np.abs(hundredths % 1 - 0.5)
    assert from_edge.min() > 1e-3, "another processor may round differently"


def test_the_still_fits_a_phone_and_takes_the_page_s_colors():
    still = ModelBuilder().still()
    boxes = re.findall(r"<pre[^>]*>(.*?)</pre>", still, re.S)
    lines = [line for box in boxes for line in plain(box).split("\n")]
    assert max(map(len, lines)) <= 50
    assert not re.search(r"color:(?!inherit)|#[0-9a-f]{3}|rgb", still)
    assert still.count("<pre") == still.count('tabindex="0"') == 3


def test_jupyter_shows_the_form_and_no_empty_box_beside_it():
    """Whoever prints a summary in a kernel may get a box of rich's too."""
    cell = nbformat.v4.new_code_cell(
        "from flowbook.model_builder import ModelBuilder\nModelBuilder()"
    )
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    shown = [o for o in cell.outputs if o.output_type != "stream"]
    assert [o.output_type for o in shown] == ["execute_result"]
    assert shown[0].data["text/html"] == ModelBuilder().still()
