"""Keras models as plain data: taken apart by the student's side, rebuilt by
the judge's, from Keras' own layers alone.
"""

from flowbook.exercises import harness
from flowbook.exercises.checking import Incorrect, NotAttempted

__all__ = ["parts", "rebuild"]

# Keras' own layers of which none runs code of the student's choice.
NAMES = """
Activation ActivityRegularization Add AdditiveAttention AlphaDropout
Attention Average AveragePooling1D AveragePooling2D AveragePooling3D
BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate
Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose
ConvLSTM1D ConvLSTM2D ConvLSTM3D Cropping1D Cropping2D Cropping3D Dense
DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU EinsumDense
Embedding Flatten GRU GRUCell GaussianDropout GaussianNoise
GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization
GroupQueryAttention Identity InputLayer LSTM LSTMCell LayerNormalization
LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum
MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization RNN
RandomBrightness RandomContrast RandomCrop RandomFlip RandomRotation
RandomTranslation RandomZoom ReLU RepeatVector Rescaling Reshape Resizing
SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell Softmax
SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization
StackedRNNCells Subtract TimeDistributed UnitNormalization UpSampling1D
UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
"""
LAYERS = frozenset(NAMES.split())
MODELS = ("Functional", "Model", "Sequential")
# Classes of these modules only compute: none calls a function it is given.
MODULES = (
    "keras.constraints",
    "keras.initializers",
    "keras.regularizers",
    "keras.src.ops.math",
    "keras.src.ops.nn",
    "keras.src.ops.numpy",
)
SPECIAL = ("__keras_tensor__", "__slice__", "__ellipsis__", "DTypePolicy")


def parts(namespace, name, args):
    """``(configuration, [weights])`` of the model that a function returns.

    Raises:
      Incorrect: it returns no Keras model, or one with layers of its own.
    """
    import keras

    function = harness.thing(namespace, name)
    model = harness.run(namespace, function, *harness.arguments(args))
    if model is ...:
        raise NotAttempted(name)
    if not isinstance(model, keras.Model):
        raise Incorrect(
            f"{name}(): expected a Keras model, got {type(model).__name__}."
        )
    config = harness.run(namespace, keras.saving.serialize_keras_object, model)
    config.pop("compile_config", None)
    _refuse_foreign(config)
    return config, [
        harness.plain(array, f"{name}()") for array in model.get_weights()
    ]


def rebuild(config, weights):
    """A Keras model made of plain data.

    Nothing is allocated before the weights' shapes are known to fit.

    Args:
      config: what ``keras.saving.serialize_keras_object`` gives.
      weights: list of arrays, as of ``model.get_weights()``.

    Raises:
      Incorrect: a part is not Keras' own, or the weights do not fit.
    """
    import keras

    _refuse_foreign(config)
    scope = keras.StatelessScope(initialize_variables=False)
    try:
        with scope:
            model = keras.saving.deserialize_keras_object(
                config, safe_mode=True
            )
        want = [tuple(variable.shape) for variable in model.weights]
        have = [array.shape for array in weights]
        if want == have:
            with keras.StatelessScope():
                pass  # leaving it allocates what was put off
            model.set_weights(weights)
    except Exception as error:
        raise Incorrect(
            "the model could not be rebuilt from its configuration: "
            f"{type(error).__name__}: {str(error)[: harness.LONGEST]}"
        ) from None
    finally:
        _forget_unallocated()
    if want != have:
        raise Incorrect(
            f"the model's weights have the shapes {have}, and its "
            f"configuration asks for {want}."
        )
    if not model.built:
        raise Incorrect(
            "the model has no weights yet. Begin it with keras.Input(…), so "
            "that it is built before you return it."
        )
    return model


def _forget_unallocated():
    """Keras keeps a list of variables to allocate at the next occasion."""
    from keras.src.backend.common import global_state

    global_state.set_global_attribute("uninitialized_variables", [])


def _refuse_foreign(config):
    """Walk a configuration; refuse all but Keras' own classes."""
    if isinstance(config, dict):
        if "class_name" in config and not _is_keras(config):
            raise Incorrect(
                f"the model holds {config['class_name']!r:.80}, which is not "
                "a layer of Keras' own. Use built-in layers; name functions "
                'by text, such as activation="relu".'
            )
        for entry in config.values():
            _refuse_foreign(entry)
    elif isinstance(config, list | tuple):
        for entry in config:
            _refuse_foreign(entry)


def _is_keras(config):
    name, module = config["class_name"], config.get("module")
    if not isinstance(name, str) or not isinstance(module, str | None):
        return False
    if module is None:
        return name in SPECIAL
    if module == "keras":
        return name in SPECIAL or name in MODELS
    if module.startswith("keras.src.models."):
        return name in MODELS
    if module == "keras.layers":
        return name in LAYERS
    return module in MODULES and name.isidentifier() and name[0].isupper()
