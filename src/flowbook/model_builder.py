"""Choose layers, press Build: Keras builds the model, runs it and times it.

    from flowbook.model_builder import ModelBuilder
    ModelBuilder()

Here Python has to do the work, so this is an ipywidgets form: live in Colab
and JupyterLab, a still of its first model in a page. What it does stands in
plain functions (:func:`build`, :func:`run`), the form around them in
:class:`ModelBuilder`. Of ipywidgets it uses what version 7 has.
"""

import html
import re
import statistics
import time
from dataclasses import dataclass

import ipywidgets as widgets
import numpy as np
from IPython.utils.capture import capture_output

__all__ = ["KINDS", "MOST", "SHAPES", "ModelBuilder", "StackError", "build"]

MOST = 6  # layers
BATCH = 32  # examples in the pass
PASSES = 11  # of which the median is the time
LARGEST = 20_000_000  # weights of one layer: 80 MB in float32
SUMMARY = {"line_length": 48, "positions": [0.5, 0.82, 1.0]}  # a phone's width
NONE = "none"

# Shapes of one example, and what has them.
SHAPES = {
    "an image, (28, 28, 1)": (28, 28, 1),
    "a color image, (32, 32, 3)": (32, 32, 3),
    "a small image, (8, 8, 1)": (8, 8, 1),
    "784 numbers, (784,)": (784,),
    "20 numbers, (20,)": (20,),
}


@dataclass(frozen=True)
class Kind:
    """A kind of layer, and the one setting that the form offers for it."""

    setting: str = ""
    default: int = 0
    low: int = 0
    high: int = 0
    images: bool = False  # it takes (height, width, channels) only


KINDS = {
    "Dense": Kind("units", 10, 1, 1024),
    "Conv2D": Kind("filters", 8, 1, 64, images=True),
    "MaxPooling2D": Kind("pool size", 2, 2, 8, images=True),
    "Flatten": Kind(),
    "BatchNormalization": Kind(),
    "Dropout": Kind("rate in %", 25, 0, 90),
}

SHAPE = (28, 28, 1)
STACK = (("Conv2D", 8), ("MaxPooling2D", 2), ("Flatten", 0), ("Dense", 10))


class StackError(ValueError):
    """Layers that make no model: what was expected, what came, what to do.

    ``said`` is Keras' own first sentence about it, or empty.
    """

    def __init__(self, sentence, said=""):
        super().__init__(sentence)
        self.said = said


# ---- the model -------------------------------------------------------------


def build(shape, stack):
    """A Keras model of the layers that the form offers.

    Args:
      shape: of one example, a tuple of ints, (height, width, channels) for an
        image.
      stack: pairs of a name of :data:`KINDS` and its setting, an int; the
        setting of a kind that has none is ignored. Dense and Conv2D apply
        ReLU, a Dense at the end does not.

    Returns:
      A built ``keras.Sequential``. Its names are those of a first model, its
      weights are drawn with fixed seeds, and neither Keras' counters of
      names nor any global random state is changed.

    Raises:
      StackError: the stack is empty, a layer cannot take what the layer
        before it gives, or it would be too large to try out.
    """
    import keras

    if not stack:
        raise StackError(
            "A model needs at least one layer, and every layer is "
            f"“{NONE}”. Choose a kind for layer 1."
        )
    model = keras.Sequential(
        [keras.Input(shape, name="input_layer")], name="sequential"
    )
    names = _names([kind for kind, _ in stack])
    for index, (kind, setting) in enumerate(stack):
        came = model.output_shape[1:] if index else tuple(shape)
        number = f"Layer {index + 1}, {kind}"
        last = index == len(stack) - 1
        if kind == "Dense" and came[-1] * setting > LARGEST:
            raise StackError(
                f"{number}, would have {came[-1]:,}·{setting:,} weights, "
                f"{came[-1] * setting * 4 / 1e6:,.0f} MB; at most "
                f"{LARGEST * 4 / 1e6:,.0f} MB were expected here. Choose "
                "fewer units, or put MaxPooling2D before Flatten."
            )
        layer = _layer(keras, kind, setting, names[index], index, last)
        try:
            model.add(layer)
        except (ValueError, TypeError) as error:
            raise _explained(number, kind, setting, came, error) from error
    return model


def code(shape, stack):
    """The Python that builds the same layers, as text."""
    lines = [f"    keras.Input({shape}),"]
    for index, (kind, setting) in enumerate(stack):
        last = index == len(stack) - 1
        given = ", ".join(_arguments(kind, setting, last))
        lines.append(f"    keras.layers.{kind}({given}),")
    return "\n".join(["keras.Sequential([", *lines, "])"])


def run(model):
    """One forward pass of a batch, several times.

    Args:
      model: as of :func:`build`.

    Returns:
      ``(inputs, outputs, ms)``: two NumPy arrays, float32, whose first axis
      is the batch, and the median of the passes' times in milliseconds. The
      inputs are drawn with a fixed seed.
    """
    from keras import ops

    draw = np.random.default_rng(0)
    shape = (BATCH, *model.input_shape[1:])
    inputs = draw.standard_normal(shape).astype("float32")
    given = ops.convert_to_tensor(inputs)
    ops.convert_to_numpy(model(given, training=False))  # not timed: the first
    times = []
    for _ in range(PASSES):
        start = time.perf_counter()
        outputs = ops.convert_to_numpy(model(given, training=False))
        times.append(1000 * (time.perf_counter() - start))
    return inputs, outputs, statistics.median(times)


def summary(model):
    """What ``model.summary()`` prints, narrow enough for a phone."""
    lines = []
    with capture_output():  # in Jupyter, rich shows an empty box beside it
        model.summary(print_fn=lines.append, **SUMMARY)
    return "\n".join(lines).rstrip()


def _names(kinds):
    """The names that Keras gives to the layers of a first model."""
    usual = {"Conv2D": "conv2d", "MaxPooling2D": "max_pooling2d"}
    snake = [
        usual.get(kind) or re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()
        for kind in kinds
    ]
    seen = [snake[:index].count(name) for index, name in enumerate(snake)]
    return [
        f"{name}_{times}" if times else name
        for name, times in zip(snake, seen, strict=True)
    ]


def _arguments(kind, setting, last):
    """What stands between a layer's parentheses in Python, as texts."""
    relu = [] if last and kind == "Dense" else ['activation="relu"']
    return {
        "Dense": [f"{setting}", *relu],
        "Conv2D": [f"{setting}", "3", *relu],
        "MaxPooling2D": [f"{setting}"],
        "Dropout": [f"{setting / 100:g}"],
    }.get(kind, [])


def _layer(keras, kind, setting, name, seed, last):
    weights = {"kernel_initializer": keras.initializers.GlorotUniform(seed)}
    relu = {"activation": None if last and kind == "Dense" else "relu"}
    given = {
        "Dense": ([setting], {**relu, **weights}),
        "Conv2D": ([setting, 3], {**relu, **weights}),
        "MaxPooling2D": ([setting], {}),
        "Dropout": ([setting / 100], {"seed": seed}),
    }
    places, named = given.get(kind, ([], {}))
    return getattr(keras.layers, kind)(*places, name=name, **named)


def _explained(number, kind, setting, came, error):
    """Keras' error as expected, came, what to do: a StackError."""
    said = re.sub(r"\x1b\[\d+m", "", str(error))
    said = re.sub(r"^Exception encountered.*\n+", "", said)
    said = said.partition("\n")[0]
    if KINDS[kind].images and len(came) != 3:
        return StackError(
            f"{number}, expected images, of shape (height, width, channels). "
            f"It got {_numbers(came)}. Put it before Flatten, or choose an "
            "image as input.",
            said,
        )
    size = 3 if kind == "Conv2D" else setting
    if KINDS[kind].images and min(came[:2]) < size:
        return StackError(
            f"{number}, expected an image of at least {size}×{size}. It got "
            f"{came[0]}×{came[1]}, for the layers before it shrink the image. "
            "Remove one of them, or choose a larger image.",
            said,
        )
    return StackError(
        f"{number}, cannot take {came}. Choose another kind of layer.", said
    )


def _numbers(shape):
    return f"{shape[0]:,} numbers, {shape}" if len(shape) == 1 else str(shape)


# ---- what is shown ---------------------------------------------------------

HEAD = "margin:1rem 0 0;font:.8125rem/1.4 system-ui,sans-serif;opacity:.78"
PRE = (
    "overflow-x:auto;margin:.2rem 0 0;padding:0;background:none;"
    "color:inherit;line-height:1.3;font-size:min(.8125rem,2.75vw)"
)
LIVE = (
    "In Colab or JupyterLab this is a form: choose an input and up to six "
    "layers, press Build, and Keras builds that model, runs it and times the "
    "pass."
)


def _report(shape, stack, model, inputs, outputs):
    """Code, summary and forward pass as HTML, the same in every run."""
    first = outputs[0].ravel()
    values = [_number(value) for value in first[:10]]
    lines = ["".join(values[at : at + 5]) for at in range(0, len(values), 5)]
    begins = f"\n{' ' * 14}".join(lines)
    rest = " …" if first.size > len(values) else ""
    return (
        _part("The model", code(shape, stack))
        + _part("model.summary()", summary(model))
        + _part(
            f"One forward pass: {BATCH} random examples, weights untrained",
            f"inputs.shape   {inputs.shape}\n"
            f"outputs.shape  {outputs.shape}\n"
            f"outputs[0]    {begins}{rest}",
        )
    )


def _number(value):
    return f"{value:6.2f}".replace("-", "−")


def _part(title, text):
    label = html.escape(title)
    return (
        f'<p style="{HEAD}">{label}</p>'
        f'<pre style="{PRE}" tabindex="0" role="region" '
        f'aria-label="{label}">{html.escape(text)}</pre>'
    )


def _said(sentence, more=""):
    return f'<div role="status">{html.escape(sentence)}{more}</div>'


# ---- the form --------------------------------------------------------------


class ModelBuilder(widgets.VBox):
    """A form that builds a Keras model from chosen layers and runs it.

    Args:
      shape: one of :data:`SHAPES`, of an example, as in :func:`build`.
      stack: at most six pairs of a kind and its setting, as in
        :func:`build`.

    Raises:
      ValueError: the form does not offer that shape or layer, or not so many.

    Attributes:
      shape: the list of inputs; its ``value`` is a shape.
      rows: a ``(kind, setting)`` pair of controls for each layer.
      button: builds what is chosen when it is clicked.
      status: one sentence about it, HTML.
      report: code, summary and forward pass of what was built last, HTML.

    In a page without a kernel its place is taken by a still: the report of
    the model that was built last, without times.
    """

    def __init__(self, shape=SHAPE, stack=STACK):
        _check(shape, stack)
        self.shape = widgets.Dropdown(
            options=list(SHAPES.items()),
            value=tuple(shape),
            description="Input",
            layout=widgets.Layout(width="20rem", max_width="100%"),
        )
        self.rows = [self._row(index) for index in range(MOST)]
        self.button = widgets.Button(
            description="Build", button_style="primary"
        )
        self.button.on_click(self._clicked)
        self.status = widgets.HTML()
        self.report = widgets.HTML()
        self._fill(stack)
        lines = [
            widgets.HBox(
                row, layout=widgets.Layout(flex_flow="row wrap", width="100%")
            )
            for row in self.rows
        ]
        super().__init__(
            [self.shape, *lines, self.button, self.status, self.report]
        )
        self._build()

    def stack(self):
        """The layers that are chosen: pairs as :func:`build` takes them."""
        return [
            (kind.value, setting.value)
            for kind, setting in self.rows
            if kind.value != NONE
        ]

    def __repr__(self):
        return f"ModelBuilder({self.shape.value}, {self.stack()})"

    def _repr_mimebundle_(self, **kwargs):
        # ipywidgets 7 displays the view by other means, and alone
        bundled = super()._repr_mimebundle_(**kwargs) or {}
        return {**bundled, "text/plain": repr(self), "text/html": self.still()}

    def still(self):
        """What a page shows that has no kernel: HTML, the same every time."""
        return (
            '<figure class="fb-figure" style="text-align:left">'
            f"{self.report.value or self.status.value}"
            f'<figcaption style="margin-left:0">{LIVE}</figcaption></figure>'
        )

    def _row(self, index):
        kind = widgets.Dropdown(
            options=[NONE, *KINDS],
            description=f"Layer {index + 1}",
            layout=widgets.Layout(width="20rem", max_width="100%"),
        )
        setting = widgets.BoundedIntText(
            layout=widgets.Layout(width="12rem", display="none")
        )
        kind.observe(lambda change: _offer(setting, change["new"]), "value")
        return kind, setting

    def _fill(self, stack):
        for (kind, setting), (name, value) in zip(
            self.rows, stack, strict=False
        ):
            kind.value = name
            if KINDS[name].setting:
                setting.value = value

    def _clicked(self, _button):
        try:
            self._build()
        except Exception as error:  # a learner reads a sentence, no traceback
            first = str(error).partition("\n")[0]
            self.status.value = _said(
                f"{type(error).__name__} stopped this model. Choose smaller "
                "layers, and press Build again.",
                f"<br><small>It says: {html.escape(first)}</small>",
            )
            self.report.value = ""

    def _build(self):
        """Build and run what is chosen, and say what became of it."""
        shape, stack = self.shape.value, self.stack()
        self.status.value = _said("Keras is building this model …")
        try:
            model = build(shape, stack)
            inputs, outputs, ms = run(model)
        except StackError as error:
            quoted = html.escape(error.said)
            more = f"<br><small>Keras says: {quoted}</small>" if quoted else ""
            self.status.value = _said(str(error), more)
            self.report.value = ""
            return
        self.report.value = _report(shape, stack, model, inputs, outputs)
        hint = ""
        if outputs.ndim > 2:
            hint = (
                " The output is an image still; Flatten before Dense gives "
                "one row for each example."
            )
        self.status.value = _said(
            f"Built: {model.count_params():,} parameters. A forward pass of "
            f"{BATCH} examples takes {ms:.1f} ms, the median of {PASSES}."
            f"{hint}"
        )


def _check(shape, stack):
    """Raise a ValueError for a model that the form cannot show."""
    if tuple(shape) not in SHAPES.values():
        raise ValueError(
            "ModelBuilder expected a shape out of "
            f"{list(SHAPES.values())}, got {shape}."
        )
    if len(stack) > MOST:
        raise ValueError(
            f"ModelBuilder expected at most {MOST} layers, got {len(stack)}."
        )
    for kind, _ in stack:
        if kind not in KINDS:
            raise ValueError(
                f"ModelBuilder expected layers out of {', '.join(KINDS)}, "
                f"got {kind!r}."
            )


def _offer(setting, name):
    """Make a number field the one for the setting of this kind of layer."""
    kind = KINDS.get(name, Kind())
    setting.layout.display = "flex" if kind.setting else "none"
    setting.disabled = not kind.setting
    setting.description = kind.setting
    setting.min, setting.max = 0, max(setting.max, kind.high)
    setting.value = kind.default
    setting.max = max(kind.high, kind.default)
    setting.min = kind.low
