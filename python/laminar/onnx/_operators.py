# SPDX-License-Identifier: BSD-3-Clause
"""Operators as layers, one entry each; importing this module fills the table, save for arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._core import FormatError
from laminar.activations import LeakyReLU
from laminar.layers import (
    Activation,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    LayerNormalization,
    Reshape,
)
from laminar.onnx._builder import Product
from laminar.onnx._entries import MANY, expect_axis, expect_value, integers, operator, spread, vector
from laminar.onnx._read import FLOATS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laminar.onnx._builder import Builder, Value
    from laminar.onnx._read import Node

    Attributes = dict[str, Any]


# Activations.


def _activate(builder: Builder, node: Node, activation: Any) -> Value:
    """Call an activation, as part of the layer before it if nothing else reads that layer."""
    x = builder.tensor(node, 0)
    product = builder.products.get(x.source)
    if product is not None and builder.used_once(node, 0):
        return _dense(builder, node, product, activation)
    return builder.layer(node, Activation, {"activation": activation}, [x])


def _plain(name: str, activation: str) -> None:
    """Register an activation without attributes."""
    operator(name)(lambda builder, node, attributes: _activate(builder, node, activation))


for _name, _activation in {
    "Exp": "exponential",
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Softplus": "softplus",
    "Tanh": "tanh",
}.items():
    _plain(_name, _activation)


@operator("LeakyRelu", alpha=0.01)
def _leaky_relu(builder: Builder, node: Node, attributes: Attributes) -> Value:
    return _activate(builder, node, LeakyReLU(_decimal(attributes["alpha"])))


@operator("PRelu", (2, 2))
def _prelu(builder: Builder, node: Node, attributes: Attributes) -> Value:
    slope = builder.constant(node, 1)
    if slope is None or slope.size == 0 or slope.dtype.kind != "f" or np.ptp(slope) != 0:
        raise FormatError(f"{node.label}: slope: expected one number for all, got several")
    return _activate(builder, node, LeakyReLU(float(slope.flat[0])))


@operator("Elu", alpha=1.0)
def _elu(builder: Builder, node: Node, attributes: Attributes) -> Value:
    expect_value(node, "alpha", attributes["alpha"], 1.0)
    return _activate(builder, node, "elu")


@operator("Selu", alpha=1.67326319217681884765625, gamma=1.05070102214813232421875)
def _selu(builder: Builder, node: Node, attributes: Attributes) -> Value:
    expect_value(node, "alpha", attributes["alpha"], 1.67326319217681884765625)
    expect_value(node, "gamma", attributes["gamma"], 1.05070102214813232421875)
    return _activate(builder, node, "selu")


@operator("Gelu", approximate="none")
def _gelu(builder: Builder, node: Node, attributes: Attributes) -> Value:
    kinds = {"none": "gelu", "tanh": "gelu_tanh"}
    if attributes["approximate"] not in kinds:
        raise FormatError(
            f"{node.label}: approximate: expected none or tanh, got {attributes['approximate']!r}"
        )
    return _activate(builder, node, kinds[attributes["approximate"]])


@operator("Swish", alpha=1.0)
def _swish(builder: Builder, node: Node, attributes: Attributes) -> Value:
    expect_value(node, "alpha", attributes["alpha"], 1.0)
    return _activate(builder, node, "silu")


@operator("Softmax", axis=-1)
def _softmax(builder: Builder, node: Node, attributes: Attributes) -> Value:
    rank = len(builder.tensor(node, 0).shape)
    # Before operator set 13 all axes from this one on were one.
    default = -1 if builder.operator_set >= 13 else 1
    expect_axis(node, node.attributes.get("axis", default), rank, rank - 1)
    return _activate(builder, node, "softmax")


# Products.


def _dense(builder: Builder, node: Node, product: Product, activation: Any) -> Value:
    weights = [product.kernel] if product.bias is None else [product.kernel, product.bias]
    options = {"units": product.kernel.shape[1], "activation": activation, "use_bias": len(weights) == 2}
    return builder.layer(node, Dense, options, [product.x], weights, product.shared)


def call_product(builder: Builder, node: Node, product: Product) -> Value:
    """Call a Dense, and remember it for what may follow."""
    if product.kernel.dtype.kind != "f" or product.kernel.ndim != 2:
        raise FormatError(
            f"{node.label}: expected a matrix of floats, got {product.kernel.dtype} of shape "
            f"{product.kernel.shape}"
        )
    if product.x.shape[-1] != product.kernel.shape[0]:
        raise FormatError(
            f"{node.label}: expected an input with {product.kernel.shape[0]} features, "
            f"got shape {product.x.shape}"
        )
    value = _dense(builder, node, product, "linear")
    builder.products[value.source] = product
    return value


@operator("MatMul", (2, 2), needs_constant=True)
def _matmul(builder: Builder, node: Node, attributes: Attributes) -> Value:
    x, kernel = builder.tensor(node, 0), builder.constant(node, 1)
    assert kernel is not None  # both inputs are there
    return call_product(builder, node, Product(x, kernel, None, node.inputs[1:]))


@operator("Gemm", (2, 3), needs_constant=True, alpha=1.0, beta=1.0, transA=0, transB=0)
def _gemm(builder: Builder, node: Node, attributes: Attributes) -> Value:
    x, kernel, bias = builder.tensor(node, 0), builder.constant(node, 1), builder.constant(node, 2)
    expect_value(node, "transA", attributes["transA"], 0)
    expect_value(node, "transB", attributes["transB"], 0, 1)
    if len(x.shape) != 2 or kernel is None or kernel.ndim != 2:
        raise FormatError(f"{node.label}: expected matrices, got an input of shape {x.shape}")
    kernel = kernel.T if attributes["transB"] else kernel
    if attributes["alpha"] != 1:
        kernel = kernel * attributes["alpha"]
    if bias is not None:
        bias = spread(node, bias, (None, kernel.shape[1])) * attributes["beta"]
    shared = (*node.inputs[1:], repr(sorted(attributes.items())))
    return call_product(builder, node, Product(x, kernel, bias, shared))


# Normalization.


# Operator sets before 9 have `spatial`.
@operator("BatchNormalization", (5, 5), epsilon=1e-5, momentum=0.9, training_mode=0, spatial=1)
def _batch_normalization(builder: Builder, node: Node, attributes: Attributes) -> Value:
    x = builder.tensor(node, 0)
    expect_value(node, "training_mode", attributes["training_mode"], 0)
    expect_value(node, "spatial", attributes["spatial"], 1)
    if len(x.shape) != 2 or x.shape[1] is None:
        raise FormatError(f"{node.label}: expected an input of shape (m, n), got {x.shape}")
    names = ("scale", "bias", "mean", "variance")
    weights = [_numbers(builder, node, i, name, x.shape[1]) for i, name in enumerate(names, 1)]
    if np.any(weights[3] < 0):
        raise FormatError(f"{node.label}: variance: expected numbers of at least 0, got {weights[3].min():g}")
    options = {name: _decimal(attributes[name]) for name in ("momentum", "epsilon")}
    return builder.layer(node, BatchNormalization, options, [x], weights, node.inputs[1:])


@operator("LayerNormalization", (2, 3), axis=-1, epsilon=1e-5, stash_type=1)
def _layer_normalization(builder: Builder, node: Node, attributes: Attributes) -> Value:
    x = builder.tensor(node, 0)
    rank, features = len(x.shape), x.shape[-1]
    expect_axis(node, attributes["axis"], rank, rank - 1)
    if rank < 2 or features is None:
        raise FormatError(f"{node.label}: expected a last axis of known length, got shape {x.shape}")
    weights = [_numbers(builder, node, 1, "scale", features)]
    has_bias = builder.constant(node, 2) is not None
    if has_bias:
        weights.append(_numbers(builder, node, 2, "bias", features))
    options = {"epsilon": _decimal(attributes["epsilon"]), "center": has_bias}
    return builder.layer(node, LayerNormalization, options, [x], weights, node.inputs[1:])


def _numbers(builder: Builder, node: Node, position: int, what: str, size: int) -> NDArray[np.float64]:
    constant = builder.constant(node, position)
    if constant is None or constant.ndim != 1:
        raise FormatError(f"{node.label}: {what}: expected a constant vector, got another shape or none")
    return vector(node, what, constant, size)


def _decimal(value: float) -> float:
    """Return the shortest decimal number that is the float32: 1e-5 rather than 9.999999747e-06."""
    return float(str(np.float32(value)))


# What changes shapes, joins or does nothing.


@operator("Flatten", axis=1)
def _flatten(builder: Builder, node: Node, attributes: Attributes) -> Value:
    x = builder.tensor(node, 0)
    expect_axis(node, attributes["axis"], len(x.shape), 1)
    return builder.layer(node, Flatten, {}, [x])


@operator("Reshape", (2, 2), allowzero=0)
def _reshape(builder: Builder, node: Node, attributes: Attributes) -> Value:
    x, target = builder.tensor(node, 0), integers(node, "shape", builder.constant(node, 1))
    lengths: list[int | None] = [
        x.shape[i] if n == 0 and i < len(x.shape) else n for i, n in enumerate(target)
    ]
    if attributes["allowzero"] and 0 in target:
        raise FormatError(
            f"{node.label}: shape: expected lengths above 0 where allowzero is set, got {target}"
        )
    keeps_batch = target[:1] in ([0], [-1]) or (
        len(builder.batches) == 1 and target[:1] == [*builder.batches]
    )
    if not keeps_batch or None in lengths[1:] or any(n is not None and n < -1 for n in lengths):
        raise FormatError(
            f"{node.label}: shape: expected the batch axis (0 or -1), then known lengths, got {target} "
            f"for an input of shape {x.shape}"
        )
    return builder.layer(node, Reshape, {"target_shape": lengths[1:]}, [x])


@operator("Squeeze", (1, 2), axes=[])
def _squeeze(builder: Builder, node: Node, attributes: Attributes) -> Value:
    x = builder.tensor(node, 0)
    axes = _axes(node, _given_axes(builder, node, attributes), len(x.shape))
    if any(x.shape[axis] != 1 for axis in axes):
        raise FormatError(f"{node.label}: axes: expected axes of length 1, got {axes} of {x.shape}")
    lengths = [n for axis, n in enumerate(x.shape) if axis > 0 and axis not in axes]
    return builder.layer(node, Reshape, {"target_shape": [-1 if n is None else n for n in lengths]}, [x])


@operator("Unsqueeze", (1, 2), axes=[])
def _unsqueeze(builder: Builder, node: Node, attributes: Attributes) -> Value:
    x = builder.tensor(node, 0)
    given = _given_axes(builder, node, attributes)
    axes = _axes(node, given, len(x.shape) + len(given))
    lengths = list(x.shape)
    for axis in sorted(axes):
        lengths.insert(axis, 1)
    target = [-1 if n is None else n for n in lengths[1:]]
    return builder.layer(node, Reshape, {"target_shape": target}, [x])


def _given_axes(builder: Builder, node: Node, attributes: Attributes) -> list[int]:
    """Return the axes as the node has them: an input, before operator set 13 an attribute."""
    attribute = attributes["axes"]
    return integers(node, "axes", np.array(attribute) if attribute else builder.constant(node, 1))


def _axes(node: Node, given: list[int], rank: int) -> list[int]:
    """Return the axes counted from the front; the batch is none of them."""
    axes = [axis + rank if axis < 0 else axis for axis in given]
    if len(set(axes)) != len(axes) or not all(1 <= axis < rank for axis in axes):
        raise FormatError(f"{node.label}: axes: expected different axes of 1 to {rank - 1}, got {given}")
    return axes


@operator("Concat", (1, MANY), axis=1)
def _concat(builder: Builder, node: Node, attributes: Attributes) -> Value:
    values = [builder.tensor(node, i) for i in range(len(node.inputs))]
    rank = len(values[0].shape)
    if attributes["axis"] in (0, -rank):
        raise FormatError(
            f"{node.label}: axis: expected one other than 0, the batch, got {attributes['axis']}"
        )
    if len(values) == 1:
        return values[0]
    return builder.layer(node, Concatenate, {"axis": attributes["axis"]}, values)


@operator("Dropout", (1, 3), ratio=0.5, seed=0)
def _dropout(builder: Builder, node: Node, attributes: Attributes) -> Value:
    ratio, training = builder.constant(node, 1), builder.constant(node, 2)
    if training is not None and training.any():
        raise FormatError(
            f"{node.label}: training_mode: expected false, got true: it drops at prediction, too"
        )
    if ratio is not None and (ratio.size != 1 or ratio.dtype.kind != "f"):
        raise FormatError(f"{node.label}: ratio: expected one number, got shape {ratio.shape}")
    rate = attributes["ratio"] if ratio is None else float(ratio.item())
    return builder.layer(node, Dropout, {"rate": _decimal(rate)}, [builder.tensor(node, 0)])


@operator("Identity")
def _identity(builder: Builder, node: Node, attributes: Attributes) -> Value:
    return builder.tensor(node, 0)


@operator("Cast", to=0, saturate=1, round_mode="up")
def _cast(builder: Builder, node: Node, attributes: Attributes) -> Value:
    if attributes["to"] not in FLOATS:
        raise FormatError(f"{node.label}: to: expected a float type, got ONNX's type {attributes['to']}")
    return builder.tensor(node, 0)
