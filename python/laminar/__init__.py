# SPDX-License-Identifier: BSD-3-Clause
"""Neural networks on CPUs: small to install, quick to start, fast to train.

Examples
--------
>>> import laminar as lm
>>> import numpy as np
>>> rng = np.random.default_rng(0)
>>> x = rng.normal(size=(256, 2))
>>> y = x[:, 0] * x[:, 1] > 0
>>> model = lm.Sequential([lm.Dense(16, activation="tanh"), lm.Dense(1, activation="sigmoid")], seed=0)
>>> model.compile(lm.optim.Adam(0.03), "binary_cross_entropy", metrics=["accuracy"])
>>> history = model.fit(x, y, epochs=60, verbose=0)
>>> model.evaluate(x, y)["accuracy"] > 0.95
True
"""

from __future__ import annotations

try:
    from laminar import _core
except ModuleNotFoundError as error:
    if error.name != "laminar._core":
        raise
    raise ImportError(
        "laminar's compiled core is missing: this is a source tree that was not built. "
        "Install it with 'pip install .' and start Python elsewhere."
    ) from error

from typing import TYPE_CHECKING

from laminar import (
    activations,
    callbacks,
    initializers,
    layers,
    losses,
    metrics,
    optim,
    regularizers,
    schedules,
)
from laminar._check import GradientReport, check_gradients
from laminar._core import DivergedError, FormatError, ShapeError, SymbolicTensor
from laminar._export_c import CSource, export_c
from laminar._files import load_model
from laminar._history import History
from laminar._model import Model
from laminar._runtime import available_isas, get_num_threads, isa, set_num_threads, show_config
from laminar._sequential import Sequential
from laminar._split import split
from laminar.layers import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    CustomLayer,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    Input,
    Layer,
    LayerNormalization,
    Normalization,
    ParameterSpec,
    Reshape,
)

if TYPE_CHECKING:
    from typing import Any

    from laminar import plot
    from laminar.onnx import export_onnx, import_onnx

__version__ = _core.__version__

__all__ = [
    "Activation",
    "Add",
    "BatchNormalization",
    "CSource",
    "Concatenate",
    "CustomLayer",
    "Dense",
    "DivergedError",
    "Dropout",
    "Flatten",
    "FormatError",
    "GaussianNoise",
    "GradientReport",
    "History",
    "Input",
    "Layer",
    "LayerNormalization",
    "Model",
    "Normalization",
    "ParameterSpec",
    "Reshape",
    "Sequential",
    "ShapeError",
    "SymbolicTensor",
    "__version__",
    "activations",
    "available_isas",
    "callbacks",
    "check_gradients",
    "export_c",
    "export_onnx",
    "get_num_threads",
    "import_onnx",
    "initializers",
    "isa",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "optim",
    "plot",
    "regularizers",
    "schedules",
    "set_num_threads",
    "show_config",
    "split",
]


def __getattr__(name: str) -> Any:
    """Import what most programs never use when it is first asked for."""
    from importlib import import_module

    if name == "plot":
        return import_module("laminar.plot")
    if name in ("export_onnx", "import_onnx"):
        return getattr(import_module("laminar.onnx"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
