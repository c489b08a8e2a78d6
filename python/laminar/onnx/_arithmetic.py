# SPDX-License-Identifier: BSD-3-Clause
"""Sums, and arithmetic with constants: standardization, a bias, ``1 - x``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._core import FormatError
from laminar.layers import Add, BatchNormalization, Normalization
from laminar.onnx._builder import Affine
from laminar.onnx._entries import MANY, operator, spread
from laminar.onnx._operators import call_product

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laminar.onnx._builder import Builder, Value
    from laminar.onnx._read import Node

    Attributes = dict[str, Any]

# A variance of 1 to which nothing is added, in float32 as in float64.
_NO_EPSILON = 1e-30


@operator("Add", (2, 2))
def _add(builder: Builder, node: Node, attributes: Attributes) -> Value:
    position = _computed(builder, node)
    if position is None:
        return builder.layer(node, Add, {}, [builder.tensor(node, 0), builder.tensor(node, 1)])
    x, number = _with_constant(builder, node, position)
    product = builder.products.get(x.source)
    if product is not None and product.bias is None and builder.used_once(node, position):
        shared = (*product.shared, node.inputs[1 - position])
        return call_product(builder, node, replace(product, bias=number, shared=shared))
    return _affine(builder, node, x, position, shift=number)


@operator("Sum", (1, MANY))
def _sum(builder: Builder, node: Node, attributes: Attributes) -> Value:
    values = [builder.tensor(node, i) for i in range(len(node.inputs))]
    return values[0] if len(values) == 1 else builder.layer(node, Add, {}, values)


@operator("Sub", (2, 2), needs_constant=True)
def _sub(builder: Builder, node: Node, attributes: Attributes) -> Value:
    position = 0 if _computed(builder, node) == 0 else 1
    x, number = _with_constant(builder, node, position)
    if position == 1:
        return _affine(builder, node, x, position, factor=np.full_like(number, -1.0), shift=number)
    return _affine(builder, node, x, position, mean=number)


@operator("Mul", (2, 2), needs_constant=True)
def _mul(builder: Builder, node: Node, attributes: Attributes) -> Value:
    position = 0 if _computed(builder, node) == 0 else 1
    x, number = _with_constant(builder, node, position)
    return _affine(builder, node, x, position, factor=number)


@operator("Div", (2, 2), needs_constant=True)
def _div(builder: Builder, node: Node, attributes: Attributes) -> Value:
    x, number = _with_constant(builder, node, 0)
    if not np.all(number):
        raise FormatError(f"{node.label}: expected a divisor other than 0, got 0")
    return _affine(builder, node, x, 0, factor=1 / number)


@operator("Scaler", domain="ai.onnx.ml", offset=[0.0], scale=[1.0])
def _scaler(builder: Builder, node: Node, attributes: Attributes) -> Value:
    x = builder.tensor(node, 0)
    mean, factor = (spread(node, np.array(attributes[name]), x.shape) for name in ("offset", "scale"))
    return _affine(builder, node, x, 0, mean=mean, factor=factor)


def _computed(builder: Builder, node: Node) -> int | None:
    """Return which of two inputs is computed, None if both are."""
    constants = [name in builder.constants for name in node.inputs]
    return None if not any(constants) else int(constants[0])


def _with_constant(builder: Builder, node: Node, position: int) -> tuple[Value, NDArray[np.float64]]:
    """Return the computed input, at `position`, and the other one."""
    x, number = builder.tensor(node, position), builder.constant(node, 1 - position)
    assert number is not None  # both inputs are there
    return x, spread(node, number, x.shape)


def _affine(
    builder: Builder,
    node: Node,
    x: Value,
    position: int,
    mean: NDArray[np.float64] | None = None,
    factor: NDArray[np.float64] | None = None,
    shift: NDArray[np.float64] | None = None,
) -> Value:
    """Call a layer that computes ``(x - mean) factor + shift``, of what came before in one."""
    before = builder.affines.get(x.source)
    step = Affine(x, mean, factor, shift)
    if before is not None and builder.used_once(node, position):
        step = _joined(before, step)
    value = _affine_layer(builder, node, step)
    builder.affines[value.source] = step
    return value


def _joined(a: Affine, b: Affine) -> Affine:
    """Return what two steps do, one after the other."""
    if b.mean is not None and a.factor is None and a.shift is None:
        return replace(b, x=a.x, mean=b.mean if a.mean is None else a.mean + b.mean)
    factor = b.factor if a.factor is None else a.factor if b.factor is None else a.factor * b.factor
    shift = np.zeros(a.x.shape[-1] or 0) if a.shift is None else a.shift
    shift = shift if b.mean is None else shift - b.mean
    shift = shift if b.factor is None else shift * b.factor
    shift = shift if b.shift is None else shift + b.shift
    return Affine(a.x, a.mean, factor, shift if np.any(shift) else None)


def _affine_layer(builder: Builder, node: Node, step: Affine) -> Value:
    """Call a Normalization where that does, else a frozen BatchNormalization."""
    size = step.x.shape[-1] or 0
    mean = np.zeros(size) if step.mean is None else step.mean
    factor = np.ones(size) if step.factor is None else step.factor
    if step.factor is None and step.mean is None and step.shift is not None:
        mean, step = -step.shift, replace(step, shift=None)
    with np.errstate(divide="ignore", over="ignore"):
        std = np.where(factor == 0, 0.0, 1 / factor)
    if step.shift is None and np.all(std >= 0) and np.all(np.isfinite(std)):
        return builder.layer(node, Normalization, {}, [step.x], [mean, std])
    shift = np.zeros(size) if step.shift is None else step.shift
    weights = [factor, shift, mean, np.ones(size)]
    return builder.layer(
        node, BatchNormalization, {"epsilon": _NO_EPSILON}, [step.x], weights, trainable=False
    )
