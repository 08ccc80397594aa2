"""Interactive instruments: live in a notebook, live in a page without one.

    from flowbook.instruments import AutodiffStepper, DenseCounter
    from flowbook.instruments import FrameworkChooser, OptimizerExplorer
    from flowbook.instruments import PipelineTimeline, TraceVisualizer
    AutodiffStepper(x=2.0, y=3.0)
    DenseCounter(inputs=784, units=[128, 10], optimizer="adamw")
    FrameworkChooser(needs=["phone", "tpu"])
    OptimizerExplorer(optimizer="adam", learning_rate=0.3)
    PipelineTimeline(read=4, map=12, train=8, prefetch=0)
    TraceVisualizer(queue=["f2", "f3", "f4", "f5"], reduce_retracing=True)

Each widget class is imported on first use, so that
:mod:`flowbook.instruments.bundle`, which builds the page, needs nothing but
the standard library.
"""

import importlib

_MODULES = {
    "AutodiffStepper": "flowbook.instruments.autodiff",
    "DenseCounter": "flowbook.instruments.dense",
    "FrameworkChooser": "flowbook.instruments.chooser_widget",
    "OptimizerExplorer": "flowbook.instruments.optimizer_widget",
    "PipelineTimeline": "flowbook.instruments.pipeline_widget",
    "TraceVisualizer": "flowbook.instruments.trace",
}

__all__ = [
    "AutodiffStepper",
    "DenseCounter",
    "FrameworkChooser",
    "OptimizerExplorer",
    "PipelineTimeline",
    "TraceVisualizer",
]


def __getattr__(name):
    if name in _MODULES:
        return getattr(importlib.import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_MODULES])
