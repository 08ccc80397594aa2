"""The Dense-stack counter: parameters, and the memory to train them."""

import itertools
import math

import traitlets

from flowbook.instruments.widget import Instrument

__all__ = [
    "ASKED_AT_MOST",
    "LAST_STEP",
    "LIMIT",
    "MOST",
    "OPTIMIZERS",
    "POLICIES",
    "DenseCounter",
    "ask_keras",
    "cost",
]

LIMIT = 4096  # of inputs, units and batch
MOST = 8  # layers
LAST_STEP = 6  # kernels, biases; weights, gradients, slots, activations
ASKED_AT_MOST = 20_000_000  # parameters, 240 MB with Adam's slots

# By name: the slots that it keeps for each parameter.
OPTIMIZERS = {"sgd": 0, "momentum": 1, "rmsprop": 1, "adam": 2, "adamw": 2}

# By name: the bytes of a variable and of a computed value, and the scalars
# that an optimizer keeps besides its slots, as (number, bytes): its step
# (int64) and rate (float32). Keras wraps it for float16 in a
# LossScaleOptimizer: a step and a rate of its own, a counter, the scale.
POLICIES = {
    "float32": (4, 4, (2, 12)),
    "mixed_bfloat16": (4, 2, (2, 12)),
    "bfloat16": (2, 2, (2, 12)),
    "mixed_float16": (4, 2, (6, 36)),
}


def cost(
    inputs,
    units,
    use_bias=True,
    optimizer="adam",
    policy="float32",
    batch=32,
):
    """What a stack of Dense layers holds, and takes while it is trained.

    Args:
      inputs: numbers in one example, an int of at least 1.
      units: the layers' units, a list of ints of at least 1.
      use_bias: whether the layers have biases.
      optimizer: a name of :data:`OPTIMIZERS`.
      policy: a name of :data:`POLICIES`, Keras' dtype policy.
      batch: examples in a batch, an int of at least 1.

    Returns:
      A dict. ``layers`` holds a dict for each layer: ``kernel``, ``bias``
      and ``parameters``, numbers of values. ``parameters`` is their sum,
      ``slots`` the values that the optimizer keeps for them, ``optimizer``
      these and its scalars (``optimizer_bytes``), ``activations`` an
      estimate: the input and each layer's output for one batch. ``bytes``
      has ``weights``, ``gradients``, ``slots`` and ``activations``, and
      ``total`` is their sum.

    Raises:
      ValueError: a size is no positive whole number, or a name not known.

    The slots are those of Keras 3's ``keras/src/optimizers``, with momentum
    0.9 for ``"momentum"`` and defaults otherwise.
    """
    sizes = [_size("inputs", inputs), *(_size("units", u) for u in units)]
    if len(sizes) == 1:
        raise ValueError("cost() expected units of at least one layer.")
    stored, computed, (scalars, scalar_bytes) = _known("policy", policy)
    layers = []
    for above, wide in itertools.pairwise(sizes):
        kernel, bias = above * wide, wide if use_bias else 0
        parameters = kernel + bias
        layers.append(
            {"kernel": kernel, "bias": bias, "parameters": parameters}
        )
    parameters = sum(layer["parameters"] for layer in layers)
    slots = _known("optimizer", optimizer) * parameters
    activations = _size("batch", batch) * sum(sizes)
    in_bytes = {
        "weights": parameters * stored,
        "gradients": parameters * stored,
        "slots": slots * stored,
        "activations": activations * computed,
    }
    return {
        "layers": layers,
        "parameters": parameters,
        "slots": slots,
        "activations": activations,
        "bytes": in_bytes,
        "optimizer": slots + scalars,
        "optimizer_bytes": in_bytes["slots"] + scalar_bytes,
        "total": sum(in_bytes.values()),
    }


def keras_model(inputs, units, use_bias, optimizer, policy):
    """The stack as a compiled Keras model whose optimizer is built.

    Args: as of :func:`cost`.

    Returns:
      A ``keras.Sequential``. Layers have Keras' usual names, but do not use
      up the numbers of these names; its kernels are zero.
    """
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        layers = [
            keras.layers.Dense(
                wide,
                use_bias=use_bias,
                kernel_initializer="zeros",
                name=f"dense_{index}" if index else "dense",
            )
            for index, wide in enumerate(units)
        ]
        image = keras.Input((inputs,), name="input_layer")
        model = keras.Sequential([image, *layers], name="sequential")
        model.compile(optimizer=_optimizer(keras, optimizer))
    finally:
        keras.config.set_dtype_policy(before)
    model.optimizer.build(model.trainable_variables)
    return model


def ask_keras(inputs, units, use_bias, optimizer, policy):
    """The same count by Keras: what a real model and optimizer hold.

    Args: as of :func:`cost`.

    Returns:
      A dict of ``keras`` (its version), ``parameters``, ``weight_bytes``,
      ``slots``, ``slot_bytes`` and ``optimizer`` (values of all variables of
      the optimizer).
    """
    import keras

    model = keras_model(inputs, units, use_bias, optimizer, policy)
    kept = model.optimizer.variables
    slots = [variable for variable in kept if variable.shape != ()]
    return {
        "keras": keras.__version__,
        "parameters": model.count_params(),
        "weight_bytes": _bytes(model.weights),
        "slots": _values(slots),
        "slot_bytes": _bytes(slots),
        "optimizer": _values(kept),
    }


class DenseCounter(Instrument):
    """Count a stack of Dense layers, and the bytes that training it takes.

    Args:
      inputs: numbers in one example, 1 to 4096 (default 784).
      units: units of one to eight layers, 1 to 4096 each (default 128, 10).
      use_bias: whether the layers have biases (default True).
      optimizer: ``"sgd"``, ``"momentum"``, ``"rmsprop"``, ``"adam"`` (the
        default) or ``"adamw"``.
      policy: Keras' dtype policy, ``"float32"`` (the default),
        ``"mixed_bfloat16"``, ``"bfloat16"`` or ``"mixed_float16"``.
      batch: examples in a batch, 1 to 4096 (default 32).
      step: 0 (nothing counted) to 6 (all of it, the default).

    Raises:
      traitlets.TraitError: a value is of another type or out of range.

    Its view asks Python to count with Keras by raising ``asked`` by one; the
    ``answer`` names the question, and holds :func:`ask_keras` or an
    ``error``, a sentence.
    """

    instrument = "dense"
    identity = ("inputs", "units")

    inputs = traitlets.Int(784).tag(sync=True, state=True)
    units = traitlets.List(traitlets.Int(), [128, 10]).tag(
        sync=True, state=True
    )
    use_bias = traitlets.Bool(True).tag(sync=True, state=True)
    optimizer = traitlets.Enum(list(OPTIMIZERS), "adam").tag(
        sync=True, state=True
    )
    policy = traitlets.Enum(list(POLICIES), "float32").tag(
        sync=True, state=True
    )
    batch = traitlets.Int(32).tag(sync=True, state=True)
    step = traitlets.Int(LAST_STEP).tag(sync=True, state=True)

    live = traitlets.Bool(True, read_only=True).tag(sync=True)
    asked = traitlets.Int(0).tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)

    @traitlets.validate("inputs", "batch")
    def _within_the_limit(self, proposal):
        return self._within(proposal, 1, LIMIT)

    @traitlets.validate("step")
    def _within_the_steps(self, proposal):
        return self._within(proposal, 0, LAST_STEP)

    @traitlets.validate("units")
    def _a_stack(self, proposal):
        units = proposal["value"]
        if not 1 <= len(units) <= MOST:
            raise traitlets.TraitError(
                f"DenseCounter expected units of one to {MOST} layers, got "
                f"{len(units)}."
            )
        for wide in units:
            self._within({**proposal, "value": wide}, 1, LIMIT)
        return units

    def _within(self, proposal, low, high):
        value, name = proposal["value"], proposal["trait"].name
        if low <= value <= high:
            return value
        raise traitlets.TraitError(
            f"DenseCounter expected {name} from {low} to {high}, got {value}."
        )

    @traitlets.observe("asked")
    def _answer(self, change):
        self.answer = {"asked": change["new"], **self._count_with_keras()}

    def _count_with_keras(self):
        stack = (self.inputs, self.units, self.use_bias)
        parameters = cost(*stack)["parameters"]
        if parameters > ASKED_AT_MOST:
            return {
                "error": f"This stack has {parameters:,} parameters. To spare "
                "your memory, Keras is asked to build at most "
                f"{ASKED_AT_MOST:,}."
            }
        try:
            return ask_keras(*stack, self.optimizer, self.policy)
        except Exception as error:  # shown in the view, where it was asked
            said = f"{type(error).__name__}, {error}".partition("\n")[0]
            return {"error": f"Keras did not build it: {said[:140]}"}


def _optimizer(keras, name):
    kinds = {
        "sgd": "SGD",
        "momentum": "SGD",
        "rmsprop": "RMSprop",
        "adam": "Adam",
        "adamw": "AdamW",
    }
    options = {"momentum": 0.9} if name == "momentum" else {}
    kind = getattr(keras.optimizers, kinds[name])
    return kind(name=kinds[name].lower(), **options)


def _values(variables):
    return sum(math.prod(variable.shape) for variable in variables)


def _bytes(variables):
    return sum(
        math.prod(variable.shape) * POLICIES[variable.dtype][0]
        for variable in variables
    )


def _size(name, value):
    if isinstance(value, int) and value >= 1:
        return value
    raise ValueError(
        f"cost() expected a whole number of at least 1 for {name}, got "
        f"{value!r}."
    )


def _known(what, name):
    known = {"policy": POLICIES, "optimizer": OPTIMIZERS}[what]
    if name in known:
        return known[name]
    raise ValueError(
        f"cost() expected {what} out of {', '.join(known)}, got {name!r}."
    )
