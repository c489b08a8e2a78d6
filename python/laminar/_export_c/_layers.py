# SPDX-License-Identifier: BSD-3-Clause
"""One function a layer: its call in a model as calls of C functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar import _core
from laminar._export_c._program import Op, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from laminar._export_c._program import Program


@dataclass(frozen=True)
class Call:
    """A layer and what it is called on."""

    label: str  # its name in C
    name: str
    options: Mapping[str, Any]
    weights: Mapping[str, NDArray[np.float64]]
    inputs: tuple[Value, ...]


@dataclass(frozen=True)
class LayerKind:
    """How a layer is translated, and its weights in order, each with the option that it depends on."""

    translate: Callable[[Program, Call], Value]
    weights: Mapping[str, str | None] = field(default_factory=dict)


def activate(program: Program, call: Call, z: Value) -> Value:
    """Return g(z) with the activation that the layer's options name."""
    spec = call.options["activation"]
    options = {"type": spec} if isinstance(spec, str) else spec
    kind = options["type"]
    if kind == "linear":
        return z
    if kind == "softmax":
        if not z.shape:
            raise _core.ShapeError(f"export_c: {call.name}: expected an axis beside the batch for softmax")
        return program.map(kind, z, z.rows, z.features)
    if kind == "leaky_relu":
        return program.map(kind, z, z.size, numbers=(options.get("slope", 0.01),))
    return program.map(kind, z, z.size)


def _activation(program: Program, call: Call) -> Value:
    return activate(program, call, call.inputs[0])


# y[rows, n] = x[rows, n_in] W^T[n, n_in] + b[n]: each unit's weights lie together, as they are read.
def _dense(program: Program, call: Call) -> Value:
    x, kernel = call.inputs[0], call.weights["kernel"]
    n_in, n = kernel.shape
    z = program.new((*x.shape[:-1], n))
    constants = (
        program.constant(f"{call.label}_kernel", kernel.T),
        program.constant(f"{call.label}_bias", call.weights.get("bias")),
    )
    program.ops.append(Op("dense", (x.rows, n_in, n), (x.buffer,), z.buffer, constants))
    return activate(program, call, z)


# y = (x - center) scale + shift. The center is not folded into the shift: far from 0 that would cost digits.
def _scale(
    program: Program,
    call: Call,
    center: NDArray[np.float64],
    scale: NDArray[np.float64],
    shift: NDArray[np.float64] | None,
) -> Value:
    x = call.inputs[0]
    constants = (
        program.constant(f"{call.label}_center", center),
        program.constant(f"{call.label}_scale", scale),
        program.constant(f"{call.label}_shift", shift),
    )
    return program.map("scale", x, x.rows, x.features, constants=constants)


def _batch_normalization(program: Program, call: Call) -> Value:
    weights = call.weights
    variance = weights["moving_variance"] + call.options["epsilon"]
    if np.any(variance <= 0):
        raise ValueError(
            f"export_c: {call.name}: moving_variance: expected numbers of at least 0, "
            f"got {weights['moving_variance'].min()}"
        )
    scale = weights.get("gamma", np.float64(1)) / np.sqrt(variance)
    return _scale(program, call, weights["moving_mean"], scale, weights.get("beta"))


def _normalization(program: Program, call: Call) -> Value:
    std = call.weights["std"]
    constant = std < np.finfo(program.dtype).tiny
    scale = np.where(constant, 0.0, 1 / np.where(constant, 1.0, std))
    return _scale(program, call, call.weights["mean"], scale, None)


def _layer_normalization(program: Program, call: Call) -> Value:
    x = call.inputs[0]
    constants = (
        program.constant(f"{call.label}_scale", call.weights.get("gamma")),
        program.constant(f"{call.label}_shift", call.weights.get("beta")),
    )
    numbers = (1 / x.features, call.options["epsilon"])
    return program.map("layer_norm", x, x.rows, x.features, constants=constants, numbers=numbers)


def _identity(program: Program, call: Call) -> Value:
    return call.inputs[0]


def _flatten(program: Program, call: Call) -> Value:
    x = call.inputs[0]
    return Value(x.buffer, (x.size,))


def _reshape(program: Program, call: Call) -> Value:
    x = call.inputs[0]
    target = call.options["target_shape"]
    known = prod(length for length in target if not _is_free(length))
    return Value(x.buffer, tuple(x.size // known if _is_free(length) else length for length in target))


def _is_free(length: int | None) -> bool:
    return length is None or length < 0


def _add(program: Program, call: Call) -> Value:
    total = call.inputs[0]
    for x in call.inputs[1:]:
        y = program.new(total.shape)
        program.ops.append(Op("add", (x.size,), (total.buffer, x.buffer), y.buffer, in_place=True))
        total = y
    return total


def _concatenate(program: Program, call: Call) -> Value:
    first = call.inputs[0].shape
    axis = call.options["axis"]
    axis = axis - 1 if axis > 0 else axis + len(first)  # options count the batch axis
    y = program.new((*first[:axis], sum(x.shape[axis] for x in call.inputs), *first[axis + 1 :]))
    rows = prod(first[:axis])
    offset = 0
    for x in call.inputs:
        part = x.size // rows
        sizes = (rows, part, y.size // rows)
        program.ops.append(Op("copy", sizes, (x.buffer,), y.buffer, offset=offset))
        offset += part
    return y


LAYERS = {
    "Activation": LayerKind(_activation),
    "Add": LayerKind(_add),
    "BatchNormalization": LayerKind(
        _batch_normalization,
        {"gamma": "scale", "beta": "center", "moving_mean": None, "moving_variance": None},
    ),
    "Concatenate": LayerKind(_concatenate),
    "Dense": LayerKind(_dense, {"kernel": None, "bias": "use_bias"}),
    "Dropout": LayerKind(_identity),
    "Flatten": LayerKind(_flatten),
    "GaussianNoise": LayerKind(_identity),
    "LayerNormalization": LayerKind(_layer_normalization, {"gamma": "scale", "beta": "center"}),
    "Normalization": LayerKind(_normalization, {"mean": None, "std": None}),
    "Reshape": LayerKind(_reshape),
}
