"""Which device runs this notebook, and which tf.distribute strategy fits.

Nothing here imports a framework that the notebook has not imported, except
``strategy()``, which needs TensorFlow: asking what is there must not cost a
TensorFlow start.
"""

import contextlib
import os
import platform
import shutil
import subprocess
import sys
from importlib import metadata, util
from pathlib import Path

__all__ = ["backend", "describe", "device_name", "strategy", "versions"]

FRAMEWORKS = (
    # name, module, packages that may hold it
    ("TensorFlow", "tensorflow", ("tensorflow", "tensorflow-cpu")),
    ("Keras", "keras", ("keras",)),
    ("JAX", "jax", ("jax",)),
    ("PyTorch", "torch", ("torch",)),
)
BACKENDS = {  # kind of device: Keras' backends that use it, best first
    "TPU": ("jax", "tensorflow", "torch"),
    "GPU": ("tensorflow", "jax", "torch"),
    "CPU": ("tensorflow", "jax", "torch"),
}
DEV = Path("/dev")
TPU_FILES = ("accel*", "vfio/[0-9]*")  # as libtpu opens them
TPU_FLAGS = (
    "--tf_mlir_enable_mlir_bridge=true "
    "--tf_mlir_enable_convert_control_to_data_outputs_pass=true "
    "--tf_mlir_enable_merge_control_flow_pass=true"
)


def describe():
    """Print one line: device, memory, versions and precision."""
    names = ", ".join(f"{k} {v}" for k, v in versions().items())
    parts = [f"Running on {device_name()}", _memory(), names, _precision()]
    print(" · ".join(part for part in parts if part))


def welcome(*needs):
    """:func:`describe`, and what a learner must do if a package is missing.

    Args:
      needs: names of modules without which the notebook cannot run.
    """
    describe()
    for name in needs:
        if not util.find_spec(name):
            print(
                f"This notebook needs {name}, which this runtime does not "
                "have. In Colab choose Runtime → Change runtime type → CPU "
                "or T4 GPU, then run this cell again."
            )


def device_name():
    """What the imported framework computes on: ``'2-core CPU'``, ``'1 GPU'``.

    Where none is imported, the CPU is all that is known.
    """
    for kind in ("TPU", "GPU"):
        if found := _count(kind):
            return f"{found} {kind}{'s' * (found > 1)}"
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


def backend():
    """The Keras backend that can use this machine's accelerator.

    Set it before the first ``import keras``, which reads it once:
    ``os.environ["KERAS_BACKEND"] = hardware.backend()``.

    Returns:
      ``"tensorflow"``, ``"jax"`` or ``"torch"``: on a TPU JAX comes first,
      since Colab's TPU runtime has no TensorFlow; else TensorFlow does.

    Raises:
      RuntimeError: none of the three is installed.
    """
    kind = _kind()
    for name in BACKENDS[kind]:
        if util.find_spec(name):
            return name
    raise RuntimeError(
        f"backend() found a {kind} and expected TensorFlow, JAX or PyTorch "
        "to be installed; none is. Install one: pip install jax."
    )


def strategy():
    """The ``tf.distribute`` strategy that uses every device of this machine.

    A TPU comes before several GPUs, those before one GPU, that before the
    CPU. A TPU gets ``TPUStrategy``; several GPUs, or a CPU split into
    logical devices, get ``MirroredStrategy``; one device gets the default
    (no-op) strategy. GPUs take memory as they need it, not all at once,
    unless TensorFlow has used them already.

    TensorFlow on a TPU is an experiment: ``tensorflow-tpu`` ended with 2.20,
    and Keras on JAX (see :func:`backend`) is the way that is kept up. For
    it, call this before anything else imports TensorFlow.

    Raises:
      RuntimeError: TensorFlow is not installed here, or it was imported
        before it could be told of the TPU.
    """
    if _kind() == "TPU":
        _prepare_tpu()
    try:
        import tensorflow as tf
    except ImportError as error:
        raise RuntimeError(
            "strategy() expected TensorFlow to be installed, and it is not. "
            "Install it (pip install tensorflow), or on Colab's TPU runtime "
            "use Keras on JAX: set os.environ['KERAS_BACKEND'] = 'jax' "
            "before importing keras."
        ) from error
    if tf.config.list_physical_devices("TPU"):
        return _tpu_strategy(tf)
    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):  # it is in use already
            tf.config.experimental.set_memory_growth(gpu, True)
    devices = tf.config.list_logical_devices
    parts = devices("GPU") or devices("CPU")
    if len(parts) > 1:
        return tf.distribute.MirroredStrategy([part.name for part in parts])
    return tf.distribute.get_strategy()


def _installed(package):
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _kind():
    """The machine's best device, asked of the system: TPU, GPU or CPU."""
    files = (path for name in TPU_FILES for path in DEV.glob(name))
    if util.find_spec("libtpu") and any(files):
        return "TPU"
    return "GPU" if _graphics() else "CPU"


def _count(kind):
    """How many devices of a kind the imported frameworks see."""
    if tf := sys.modules.get("tensorflow"):
        return len(tf.config.list_physical_devices(kind))
    if jax := sys.modules.get("jax"):  # before PyTorch: Keras imports both
        return sum(kind == _jax_kind(device) for device in jax.devices())
    if (torch := sys.modules.get("torch")) and kind == "GPU":
        return torch.cuda.device_count()
    return 0


def _jax_kind(device):
    return {"tpu": "TPU", "gpu": "GPU", "cuda": "GPU", "rocm": "GPU"}.get(
        device.platform, "CPU"
    )


def _graphics():
    """``['Tesla T4, 15360 MiB', …]``: each GPU of NVIDIA's driver."""
    if not (tool := shutil.which("nvidia-smi")):
        return []
    ask = ["--query-gpu=name,memory.total", "--format=csv,noheader"]
    done = subprocess.run([tool, *ask], capture_output=True, text=True)
    return done.stdout.strip().splitlines() if done.returncode == 0 else []


def _memory():
    """The memory of what is computed on: ``'Tesla T4, 15360 MiB'``."""
    if _count("GPU"):
        return "; ".join(_graphics())
    if _count("TPU"):
        return ""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError):  # not a POSIX system
        return ""
    return f"{size / 1e9:.0f} GB memory"


def _precision():
    """Keras' dtype policy, where Keras is imported: ``'float32'``."""
    keras = sys.modules.get("keras")
    return keras.config.dtype_policy().name if keras else ""


def _prepare_tpu():
    """Tell TensorFlow of the TPU, before it is imported.

    Source: the newest official example that trains on TensorFlow and TPU,
    in keras-rs (2025-09-02). Not run for this book: no such machine was at
    hand.
    """
    if sys.modules.get("tensorflow"):
        raise RuntimeError(
            "strategy() found a TPU and expected to come before TensorFlow, "
            "and it is imported already. Restart the session and call "
            "hardware.strategy() before `import tensorflow`."
        )
    import libtpu

    os.environ.update(
        PJRT_DEVICE="TPU",
        NEXT_PLUGGABLE_DEVICE_USE_C_API="true",
        TF_PLUGGABLE_DEVICE_LIBRARY_PATH=libtpu.get_library_path(),
        TF_XLA_FLAGS=TPU_FLAGS,
    )


def _tpu_strategy(tf):
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu="local")
    topology = tf.tpu.experimental.initialize_tpu_system(resolver)
    cores = resolver.get_tpu_system_metadata().num_cores
    assignment = tf.tpu.experimental.DeviceAssignment.build(
        topology, num_replicas=cores
    )
    return tf.distribute.TPUStrategy(
        resolver, experimental_device_assignment=assignment
    )
