"""Other Pythons: what runs there, throw-away environments, their kernels."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from nbclient import NotebookClient

from flowbook.publish import kernel
from flowbook.publish.book import BookError

__all__ = [
    "Machine",
    "add_kernel",
    "client",
    "find_python",
    "inherited",
    "install",
    "make",
    "probe",
]

KERNEL = {
    "argv": [
        "-m",
        "ipykernel_launcher",
        "-f",
        "{connection_file}",
        "--IPKernelApp.log_level=ERROR",
    ],
    "language": "python",
}
OWN = ("FLOWBOOK", "TF_", "KERAS", "PYTHONPATH", "VIRTUAL_ENV")
PROBE = """\
import json
from flowbook import hardware
versions = hardware.versions()  # nothing is imported: all that is installed
import keras  # by its own word: it may be a nightly build
import tensorflow as tf
versions |= hardware.versions()
names = {
    tf.config.experimental.get_device_details(gpu).get("device_name", "")
    for gpu in tf.config.list_physical_devices("GPU")
}
device = hardware.device_name()
if any(names):
    device += f" ({', '.join(sorted(filter(None, names)))})"
print(json.dumps({"device": device, "versions": versions}))
"""


@dataclass(frozen=True)
class Machine:
    """What a Python computes on and with."""

    device: str  # e.g. "2-core CPU" or "1 GPU (Tesla T4)"
    versions: dict  # of Python and the frameworks, by name


def probe(python=sys.executable):
    """The :class:`Machine` that TensorFlow meets under ``python``.

    Raises:
      BookError: TensorFlow cannot be imported there.
    """
    library = Path(__file__).parents[2]
    done = subprocess.run(
        [python, "-c", PROBE],
        env=os.environ
        | {
            "PYTHONPATH": str(library),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        },
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BookError(
            f"expected {python} to import TensorFlow, and it does not: "
            f"{_last_line(done.stderr)}"
        )
    return Machine(**json.loads(done.stdout.splitlines()[-1]))


def find_python(version):
    """A Python of a version such as "3.13", from the PATH or from pyenv.

    Raises:
      BookError: there is none.
    """
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = sorted(kept.glob(f"versions/{version}*/bin/python{version}"))
    for path in (f"python{version}", "python3", *found):
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        try:
            done = subprocess.run([path, "-c", code], capture_output=True)
        except OSError:
            continue
        if done.stdout.decode().strip() == version:
            return path
    raise BookError(
        f"expected Python {version} for this run, and found none. Install "
        f"it so that `python{version}` starts, then try again."
    )


def make(base, place):
    """A fresh environment in ``place/env``; the path of its Python."""
    subprocess.run([base, "-m", "venv", place / "env"], check=True)
    return place / "env" / "bin" / "python"


def install(python, *arguments, what):
    """Install with pip; ``what`` names it in the error.

    Raises:
      BookError: pip failed; the end of what it said follows.
    """
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    done = subprocess.run([*pip, *arguments], capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise BookError(
            f"expected to install {what}, and pip failed:\n"
            + "\n".join(said[-12:])
        )


def add_kernel(place, python, name):
    """Add a kernel of ``python`` to the Jupyter folder ``place``."""
    spec = place / "kernels" / name
    spec.mkdir(parents=True)
    command = [str(python), *KERNEL["argv"]]
    described = KERNEL | {"argv": command, "display_name": name}
    (spec / "kernel.json").write_text(json.dumps(described))


def inherited():
    """This process' variables, without what the book itself sets."""
    return {k: v for k, v in os.environ.items() if not k.startswith(OWN)}


@contextmanager
def client(nb, settings, name, **options):
    """A client that runs ``nb`` on the kernel ``name``, under ``settings``."""
    with mock.patch.dict(os.environ, settings, clear=True):
        yield NotebookClient(
            nb, timeout=kernel.CELL_TIMEOUT, kernel_name=name, **options
        )


def _last_line(text):
    return (text.strip().splitlines() or ["it said nothing"])[-1]
