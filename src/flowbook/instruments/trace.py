"""The trace visualizer: which calls of a tf.function trace, which reuse."""

from dataclasses import dataclass, replace

import traitlets

from flowbook.instruments.widget import Instrument

__all__ = ["CARDS", "MOST", "SIGNATURES", "TraceVisualizer", "simulate"]

MOST = 8  # calls in a queue


@dataclass(frozen=True)
class Type:
    """What TensorFlow sees of an argument, or what a trace takes."""

    kind: str  # "tensor", "variable", "literal" or "list"
    code: str  # the Python expression of the argument
    dtype: str
    shape: tuple | None  # sizes, None where any; None itself: of any rank
    values: tuple | None = None  # what a Python number or list is matched by
    value: int | None = None  # the element of a scalar tensor
    numpy: bool = False  # seen as a tensor, yet its dtype may be cast

    def __str__(self):
        """As TensorFlow prints it."""
        spec = f"shape={_shape_text(self.shape)}, dtype=tf.{self.dtype}"
        if self.kind == "tensor":
            return f"TensorSpec({spec}, name=None)"
        if self.kind == "variable":
            return f"VariableSpec({spec}, trainable=True, alias_id=0)"
        if self.kind == "literal":
            return f"Literal[{self.code}]"
        return f"List[{', '.join(f'Literal[{v}]' for v in self.values)}]"

    def takes(self, given):
        """Whether a trace for this type takes an argument of type given."""
        if self.kind != given.kind:
            return False
        if self.values:
            return self.values == given.values
        if self.dtype != given.dtype:
            return False
        if self.shape is None or given.shape is None:
            return self.shape is None
        return len(self.shape) == len(given.shape) and all(
            size in (None, other)
            for size, other in zip(self.shape, given.shape, strict=True)
        )

    def widened(self, other):
        """The narrowest type that takes both; this one if there is none."""
        alike = self.kind == other.kind and self.dtype == other.dtype
        if not alike or self.values or self.shape is None:
            return self
        if other.shape is None or len(other.shape) != len(self.shape):
            return replace(self, shape=None)
        pairs = zip(self.shape, other.shape, strict=True)
        return replace(
            self, shape=tuple(a if a == b else None for a, b in pairs)
        )

    def casts_to(self, spec):
        """Whether an argument of this type fits an input_signature.

        A tensor and a Variable keep their dtype; NumPy arrays and Python
        integers take on the signature's.
        """
        flexible = self.numpy or (self.values and self.dtype == "int32")
        return bool(self.dtype == spec.dtype or flexible) and spec.takes(
            replace(spec, shape=self.shape)
        )

    def returned(self, argument):
        """What f returns for an argument when it runs the trace of this type,
        whose dtype it has."""
        if self.kind == "list":
            return f"list of {2 * len(self.values)} int32"
        if argument.shape:
            return f"{self.dtype} {_shape_text(argument.shape)}"
        value = (argument.values or (argument.value,))[0]
        double = 2 * (value if self.dtype == "int32" else float(value))
        return f"{self.dtype} {double}"


def _tensor(code, dtype, *shape, **more):
    return Type("tensor", code, dtype, shape, **more)


def _python(code, *values):
    dtype = "float32" if "." in code else "int32"
    if code.startswith("["):
        return Type("list", code, dtype, (len(values),), values)
    return Type("literal", code, dtype, (), values)


CARDS = {
    "f2": _tensor("tf.zeros([2])", "float32", 2),
    "f3": _tensor("tf.zeros([3])", "float32", 3),
    "f4": _tensor("tf.zeros([4])", "float32", 4),
    "f5": _tensor("tf.zeros([5])", "float32", 5),
    "f0": _tensor("tf.constant(1.0)", "float32", value=1),
    "i2": _tensor("tf.constant([1, 2])", "int32", 2),
    "i0": _tensor("tf.constant(1)", "int32", value=1),
    "n2": _tensor("np.float32([0, 0])", "float32", 2, numpy=True),
    "d2": _tensor("np.zeros(2)", "float64", 2, numpy=True),
    "v": Type("variable", "v", "float32", (2,)),
    "w": Type("variable", "w", "float32", (2,)),
    "1": _python("1", 1),
    "2": _python("2", 2),
    "3": _python("3", 3),
    "1.0": _python("1.0", 1),
    "True": _python("True", 1),
    "L12": _python("[1, 2]", 1, 2),
    "L34": _python("[3, 4]", 3, 4),
}

SIGNATURES = {
    "none": None,
    "vector": _tensor("tf.TensorSpec([None], tf.float32)", "float32", None),
    "scalar": _tensor("tf.TensorSpec([], tf.int32)", "int32"),
}


def simulate(queue, reduce_retracing=False, signature="none"):
    """What a tf.function that returns ``x * 2`` does in a row of calls.

    Args:
      queue: names of :data:`CARDS`, the arguments of the calls in order.
      reduce_retracing: the option of ``tf.function``.
      signature: a name of :data:`SIGNATURES`, its ``input_signature``.

    Returns:
      A dict. ``calls`` holds a dict for each call: ``call`` (such as
      ``"f(1)"``), ``sees`` (the argument's type as TensorFlow prints it),
      ``outcome`` (``"trace"``, ``"reuse"`` or ``"error"``), ``trace`` (the
      number of the trace that runs, from 1, or None) and ``returns`` (dtype
      and value or shape, such as ``"int32 2"``). ``traces`` holds the types
      that the cached traces take, oldest first, as TensorFlow prints them.

    Raises:
      ValueError: a card or the signature is not known.

    The rules are those of ``tensorflow/core/function/polymorphism`` and
    ``trace_type`` in TensorFlow 2.21.
    """
    cards = [_known("card", name, CARDS) for name in queue]
    spec = _known("signature", signature, SIGNATURES)
    calls, traces = [], []
    for card in cards:
        call = {"call": f"f({card.code})", "sees": str(card)}
        calls.append(call)
        if spec and not card.casts_to(spec):
            call.update(outcome="error", trace=None, returns="TypeError")
            continue
        given = spec or card
        # TensorFlow takes the narrowest that fits; that is the first one,
        # for a trace is only added where none fits
        found = next((trace for trace in traces if trace.takes(given)), None)
        call["outcome"] = "reuse" if found else "trace"
        if found is None:
            found = given
            for other in traces if reduce_retracing else ():
                found = found.widened(other)
            traces.append(found)
        call["trace"] = traces.index(found) + 1
        call["returns"] = found.returned(card)
    return {"calls": calls, "traces": [str(found) for found in traces]}


class TraceVisualizer(Instrument):
    """Step through calls of a tf.function: which trace, and which reuse.

    Args:
      queue: one to eight names of :data:`CARDS`, the calls in order.
      reduce_retracing: the option of ``tf.function`` (default False).
      signature: its ``input_signature``: ``"none"`` (the default),
        ``"vector"`` for float32 of shape [None], ``"scalar"`` for int32 of
        shape [].
      step: how many calls are shown, 0 to 8; more than the queue holds, such
        as the default 8, means all.

    Raises:
      traitlets.TraitError: a value is of another type or out of range.
    """

    instrument = "trace"
    identity = ("queue",)

    queue = traitlets.List(
        traitlets.Unicode(), ["f2", "f3", "n2", "1", "2", "1.0", "v", "w"]
    ).tag(sync=True, state=True)
    reduce_retracing = traitlets.Bool(False).tag(sync=True, state=True)
    signature = traitlets.Enum(list(SIGNATURES), "none").tag(
        sync=True, state=True
    )
    step = traitlets.Int(MOST).tag(sync=True, state=True)

    @traitlets.validate("queue")
    def _of_known_cards(self, proposal):
        queue = proposal["value"]
        unknown = [name for name in queue if name not in CARDS]
        if unknown:
            raise traitlets.TraitError(
                f"TraceVisualizer expected cards in queue out of "
                f"{', '.join(CARDS)}, got {unknown[0]!r}."
            )
        if not 1 <= len(queue) <= MOST:
            raise traitlets.TraitError(
                f"TraceVisualizer expected one to {MOST} cards in queue, got "
                f"{len(queue)}."
            )
        return queue

    @traitlets.validate("step")
    def _within_the_steps(self, proposal):
        if 0 <= proposal["value"] <= MOST:
            return proposal["value"]
        raise traitlets.TraitError(
            f"TraceVisualizer expected step from 0 to {MOST}, got "
            f"{proposal['value']}."
        )


def _shape_text(shape):
    return "<unknown>" if shape is None else str(shape)


def _known(what, name, known):
    try:
        return known[name]
    except (KeyError, TypeError):
        raise ValueError(
            f"simulate() expected a {what} out of {', '.join(known)}, got "
            f"{name!r}."
        ) from None
