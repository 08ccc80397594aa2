"""Which device runs this notebook, and which tf.distribute strategy fits.

Nothing here imports a framework that the notebook has not imported: asking
what is there must not cost a TensorFlow start.
"""

import os
import platform
import sys
from importlib import metadata

__all__ = ["describe", "device_name", "strategy", "versions"]

FRAMEWORKS = (
    # name, module, packages that may hold it
    ("TensorFlow", "tensorflow", ("tensorflow", "tensorflow-cpu")),
    ("Keras", "keras", ("keras",)),
    ("JAX", "jax", ("jax",)),
    ("PyTorch", "torch", ("torch",)),
)


def describe():
    """Print the one line that opens a section: device and versions."""
    names = ", ".join(f"{k} {v}" for k, v in versions().items())
    print(f"Running on {device_name()} · {names}")


def device_name():
    """The accelerator TensorFlow sees: e.g. ``'2-core CPU'``, ``'1 GPU'``.

    Without TensorFlow imported, the CPU is all that is known.
    """
    tf = sys.modules.get("tensorflow")
    if tf is not None:
        for kind in ("TPU", "GPU"):
            found = tf.config.list_physical_devices(kind)
            if found:
                return f"{len(found)} {kind}{'s' * (len(found) > 1)}"
    return f"{os.cpu_count()}-core CPU"


def versions():
    """Versions of Python and of the frameworks imported so far, by name.

    Where none is imported, those that are installed: a notebook may run
    them in other processes.
    """
    found = {
        name: str(sys.modules[module].__version__)
        for name, module, _ in FRAMEWORKS
        if hasattr(sys.modules.get(module), "__version__")
    }
    if not found:
        found = {
            name: metadata.version(package)
            for name, _, packages in FRAMEWORKS
            for package in packages
            if _installed(package)
        }
    return {"Python": platform.python_version(), **found}


def _installed(package):
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def strategy():
    """The ``tf.distribute`` strategy that uses every device of this machine.

    A TPU gets ``TPUStrategy``, several GPUs get ``MirroredStrategy``, one
    device gets the default (no-op) strategy.

    Raises:
      RuntimeError: TensorFlow is not installed here.
    """
    try:
        import tensorflow as tf
    except ImportError as error:
        raise RuntimeError(
            "strategy() expected TensorFlow to be installed, and it is not. "
            "Install it (pip install tensorflow), or on Colab's TPU runtime "
            "use Keras on JAX."
        ) from error
    if tf.config.list_physical_devices("TPU"):
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(
            tpu="local"
        )
        tf.tpu.experimental.initialize_tpu_system(resolver)
        return tf.distribute.TPUStrategy(resolver)
    if len(tf.config.list_physical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()
