"""Each kind of machine: this one for real, the others as recorded."""

import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from flowbook import hardware

T4 = "Tesla T4, 15360 MiB"
SPLIT = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
half = tf.config.LogicalDeviceConfiguration()
tf.config.set_logical_device_configuration(cpu, [half, half])
from flowbook import hardware
strategy = hardware.strategy()
print(type(strategy).__name__, strategy.num_replicas_in_sync)
"""


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Call it with what another machine has: its tools and its modules."""

    def have(kind=None, installed=(), smi=None):
        if kind:
            monkeypatch.setattr(hardware, "_kind", lambda: kind)
        monkeypatch.setattr(
            hardware.util, "find_spec", lambda name: name in installed
        )
        if smi is not None:
            tool = tmp_path / "nvidia-smi"
            tool.write_text(f"#!/bin/sh\n{smi}\n")
            tool.chmod(0o755)
            monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return have


@pytest.fixture
def tf(monkeypatch):
    """TensorFlow, whose lists of devices a test may replace."""
    import tensorflow

    def devices(kind, *names):
        def answer(asked=None, real=tensorflow.config.list_logical_devices):
            if asked != kind:
                return [] if asked in ("GPU", "TPU") else real(asked)
            return [SimpleNamespace(name=name) for name in names]

        for which in ("list_physical_devices", "list_logical_devices"):
            monkeypatch.setattr(tensorflow.config, which, answer)

    return SimpleNamespace(real=tensorflow, devices=devices)


def test_asking_for_the_device_imports_no_framework(capsys, monkeypatch):
    for name in ("tensorflow", "keras", "torch", "jax"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    hardware.describe()
    assert "tensorflow" not in sys.modules
    assert re.fullmatch(
        r"Running on \d+-core CPU · \d+ GB memory · "
        r"Python [\d.]+(, \w+ [\w.+]+)*\n",
        capsys.readouterr().out,
    )


def test_the_line_ends_in_the_precision_once_keras_is_there(capsys):
    import keras

    hardware.describe()
    line = capsys.readouterr().out
    assert f"Keras {keras.__version__}" in line
    assert line.endswith(" · float32\n")


def test_the_line_names_a_gpu_and_its_memory(machine, tf, capsys):
    machine(smi=f"echo '{T4}'")
    tf.devices("GPU", "/device:GPU:0")
    hardware.describe()
    assert capsys.readouterr().out.startswith(
        f"Running on 1 GPU · {T4} · Python"
    )


@pytest.mark.parametrize(
    ("kind", "installed", "expected"),
    [
        ("TPU", ("jax", "torch"), "jax"),  # Colab's TPU runtime
        ("TPU", ("tensorflow", "jax"), "jax"),
        ("TPU", ("tensorflow",), "tensorflow"),
        ("GPU", ("tensorflow", "jax", "torch"), "tensorflow"),
        ("GPU", ("jax", "torch"), "jax"),
        ("CPU", ("torch",), "torch"),
        ("CPU", ("tensorflow", "jax"), "tensorflow"),
    ],
)
def test_the_backend_is_one_that_can_use_the_accelerator(
    machine, kind, installed, expected
):
    machine(kind, installed)
    assert hardware.backend() == expected


def test_without_any_framework_the_backend_says_what_to_do(machine):
    machine("TPU")
    with pytest.raises(RuntimeError, match=r"found a TPU .* pip install jax"):
        hardware.backend()


def test_the_welcome_names_what_this_runtime_lacks(machine, capsys):
    machine("TPU", ["keras", "jax"])  # Colab's TPU runtime
    hardware.welcome("tensorflow")
    line, advice = capsys.readouterr().out.splitlines()
    assert line.startswith("Running on ")
    assert advice.startswith("This notebook needs tensorflow, which this")
    assert "Runtime → Change runtime type" in advice
    hardware.welcome("keras")
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_gpu_is_found_by_its_driver_and_a_broken_driver_is_none(machine):
    machine(smi=f"echo '{T4}'")
    assert hardware._graphics() == [T4]
    assert hardware._kind() == "GPU"
    machine(smi="echo no devices were found; exit 6")
    assert hardware._kind() == "CPU"


@pytest.mark.parametrize("name", ["accel0", "vfio/0"])
def test_a_tpu_is_found_by_its_device_and_library(monkeypatch, tmp_path, name):
    place = tmp_path / name
    place.parent.mkdir(exist_ok=True)
    place.touch()
    monkeypatch.setattr(hardware, "DEV", tmp_path)
    monkeypatch.setattr(hardware, "_graphics", list)
    monkeypatch.setattr(hardware.util, "find_spec", lambda name: None)
    assert hardware._kind() == "CPU"  # the file alone is not enough
    monkeypatch.setattr(hardware.util, "find_spec", lambda name: name)
    assert hardware._kind() == "TPU"


def test_jax_devices_are_counted_where_jax_alone_is_imported(monkeypatch):
    chips = [SimpleNamespace(platform="tpu")]
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    monkeypatch.setitem(
        sys.modules, "jax", SimpleNamespace(devices=lambda: chips)
    )
    assert hardware.device_name() == "1 TPU"
    chips[:] = [SimpleNamespace(platform="gpu")] * 2
    assert hardware.device_name() == "2 GPUs"


def test_the_strategy_of_a_machine_without_accelerator_is_the_default(tf):
    assert hardware.strategy() is tf.real.distribute.get_strategy()


def test_a_cpu_split_in_two_trains_as_two_devices():
    done = subprocess.run(
        [sys.executable, "-c", SPLIT], capture_output=True, text=True
    )
    assert done.stdout.split() == ["MirroredStrategy", "2"], done.stderr


def test_one_gpu_gets_the_default_and_takes_memory_as_needed(tf, monkeypatch):
    told = []
    monkeypatch.setattr(
        tf.real.config.experimental,
        "set_memory_growth",
        lambda gpu, on: told.append((gpu.name, on)),
    )
    tf.devices("GPU", "/device:GPU:0")
    assert hardware.strategy() is tf.real.distribute.get_strategy()
    assert told == [("/device:GPU:0", True)]


def test_several_gpus_are_mirrored_even_if_they_are_in_use(tf, monkeypatch):
    def refuse(gpu, on):
        raise RuntimeError("Physical devices cannot be modified")

    monkeypatch.setattr(
        tf.real.config.experimental, "set_memory_growth", refuse
    )
    monkeypatch.setattr(tf.real.distribute, "MirroredStrategy", list)
    names = ["/device:GPU:0", "/device:GPU:1"]
    tf.devices("GPU", *names)
    assert hardware.strategy() == names


def test_a_tpu_gets_its_strategy_from_the_recorded_calls(
    tf, machine, monkeypatch
):
    calls = []
    resolver = SimpleNamespace(
        get_tpu_system_metadata=lambda: SimpleNamespace(num_cores=1)
    )
    for owner, name, answer in (
        (
            tf.real.distribute.cluster_resolver,
            "TPUClusterResolver",
            resolver,
        ),
        (tf.real.tpu.experimental, "initialize_tpu_system", "topology"),
        (tf.real.tpu.experimental.DeviceAssignment, "build", "assignment"),
        (tf.real.distribute, "TPUStrategy", "strategy"),
    ):
        monkeypatch.setattr(
            owner,
            name,
            lambda *args, name=name, answer=answer, **options: (
                calls.append((name, args, options)) or answer
            ),
        )
    tf.devices("TPU", "/device:TPU:0")
    machine("CPU")  # its own TPU was prepared before TensorFlow came
    assert hardware.strategy() == "strategy"
    assert calls == [
        ("TPUClusterResolver", (), {"tpu": "local"}),
        ("initialize_tpu_system", (resolver,), {}),
        ("build", ("topology",), {"num_replicas": 1}),
        (
            "TPUStrategy",
            (resolver,),
            {"experimental_device_assignment": "assignment"},
        ),
    ]


def test_tensorflow_is_told_of_the_tpu_before_it_is_imported(
    machine, monkeypatch
):
    machine("TPU")
    library = SimpleNamespace(get_library_path=lambda: "libtpu.so")
    monkeypatch.setitem(sys.modules, "libtpu", library)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace())
    with pytest.raises(RuntimeError, match="Restart the session"):
        hardware.strategy()
    monkeypatch.setitem(sys.modules, "tensorflow", None)  # Colab's runtime
    with pytest.raises(RuntimeError, match=r"KERAS_BACKEND.* = 'jax'"):
        hardware.strategy()
    assert os.environ["PJRT_DEVICE"] == "TPU"
    assert os.environ["TF_PLUGGABLE_DEVICE_LIBRARY_PATH"] == "libtpu.so"


def test_without_tensorflow_the_strategy_says_what_to_do(machine, monkeypatch):
    machine("CPU")
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(RuntimeError, match="pip install tensorflow"):
        hardware.strategy()
