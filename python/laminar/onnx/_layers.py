# SPDX-License-Identifier: BSD-3-Clause
"""Each layer and each activation as ONNX nodes, one entry of a table each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from laminar.onnx._writer import Call, Writer

    ActivationWriter = Callable[["Writer", str, str, Mapping[str, Any]], None]


# Activations: x is read, y is written.


def _operator(operator: str, **attributes: Any) -> ActivationWriter:
    def write(graph: Writer, x: str, y: str, options: Mapping[str, Any]) -> None:
        graph.node(operator, [x], y, **attributes)

    return write


def _leaky_relu(graph: Writer, x: str, y: str, options: Mapping[str, Any]) -> None:
    slope = options.get("slope", 0.01)
    if graph.dtype == np.float32:
        graph.node("LeakyRelu", [x], y, alpha=slope)
    else:  # an attribute has single precision, a constant the graph's
        graph.node("PRelu", [x, graph.constant(y, "slope", [slope])], y)


def _silu(graph: Writer, x: str, y: str, options: Mapping[str, Any]) -> None:
    graph.node("Mul", [x, graph.step("Sigmoid", [x], f"{y}.sigmoid")], y)


ACTIVATIONS: dict[str, ActivationWriter] = {
    "linear": _operator("Identity"),
    "sigmoid": _operator("Sigmoid"),
    "tanh": _operator("Tanh"),
    "relu": _operator("Relu"),
    "leaky_relu": _leaky_relu,
    "elu": _operator("Elu", alpha=1.0),
    "selu": _operator("Selu"),
    "gelu": _operator("Gelu", approximate="none"),
    "gelu_tanh": _operator("Gelu", approximate="tanh"),
    "silu": _silu,
    "softplus": _operator("Softplus"),
    "exponential": _operator("Exp"),
    "softmax": _operator("Softmax", axis=-1),
}


def _activate(graph: Writer, call: Call, x: str) -> None:
    """Write g(x) into the call's output."""
    activation = call.options["activation"]
    options = {"type": activation} if isinstance(activation, str) else activation
    ACTIVATIONS[options["type"]](graph, x, call.output, options)


# Layers.


def _same(graph: Writer, call: Call) -> None:
    """Layers that do nothing at prediction."""
    graph.node("Identity", call.inputs, call.output)


def _activation(graph: Writer, call: Call) -> None:
    _activate(graph, call, call.inputs[0])


def _add(graph: Writer, call: Call) -> None:
    """Sum two at a time, as laminar does: all of Sum's inputs at once round otherwise."""
    total, *others = call.inputs
    for other in others[:-1]:
        total = graph.step("Add", [total, other], f"{call.output}.sum")
    graph.node("Add", [total, others[-1]], call.output)


def _concatenate(graph: Writer, call: Call) -> None:
    graph.node("Concat", call.inputs, call.output, axis=call.options["axis"])


def _dense(graph: Writer, call: Call) -> None:
    linear = call.options["activation"] == "linear"
    product = call.output if linear else graph.name(f"{call.output}.linear")
    weights = [graph.constant(call.layer, *item) for item in call.weights.items()]
    if len(weights) == 1:
        graph.node("MatMul", [*call.inputs, weights[0]], product)
    elif len(call.shapes[0]) == 2:
        graph.node("Gemm", [*call.inputs, *weights], product)
    else:
        rows = graph.step("MatMul", [*call.inputs, weights[0]], f"{call.output}.product")
        graph.node("Add", [rows, weights[1]], product)
    if not linear:
        _activate(graph, call, product)


def _batch_normalization(graph: Writer, call: Call) -> None:
    mean, variance = call.weights["moving_mean"], call.weights["moving_variance"]
    gamma = call.weights.get("gamma", np.ones_like(mean))
    beta = call.weights.get("beta", np.zeros_like(mean))
    constant = partial(graph.constant, call.layer)
    shift, center = constant("beta", beta), constant("moving_mean", mean)
    if len(call.shapes[0]) == 2:
        inputs = [
            *call.inputs,
            constant("gamma", gamma),
            shift,
            center,
            constant("moving_variance", variance),
        ]
        options = {key: call.options[key] for key in ("epsilon", "momentum")}
        graph.node("BatchNormalization", inputs, call.output, **options)
        return
    # ONNX has the features on axis 1, laminar on the last one.
    factor = gamma / np.sqrt(variance.astype(np.float64) + call.options["epsilon"])
    centered = graph.step("Sub", [*call.inputs, center], f"{call.output}.centered")
    scaled = graph.step("Mul", [centered, constant("factor", factor)], f"{call.output}.scaled")
    graph.node("Add", [scaled, shift], call.output)


def _layer_normalization(graph: Writer, call: Call) -> None:
    weights = {"gamma": np.ones(call.shapes[0][-1] or 0)} | call.weights  # ONNX has a scale always
    inputs = [*call.inputs, *(graph.constant(call.layer, *item) for item in weights.items())]
    graph.node("LayerNormalization", inputs, call.output, axis=-1, epsilon=call.options["epsilon"])


def _normalization(graph: Writer, call: Call) -> None:
    mean, std = call.weights["mean"], call.weights["std"]
    if np.isnan(std).any():
        raise ValueError(
            f"export_onnx: {call.layer}: expected its mean and std to be known, got none yet; "
            "call its adapt(x) with training data first"
        )
    zero = std < np.finfo(std.dtype).tiny
    factor = np.where(zero, 0, 1 / np.where(zero, 1, std))
    center = graph.constant(call.layer, "mean", mean)
    centered = graph.step("Sub", [*call.inputs, center], f"{call.output}.centered")
    graph.node("Mul", [centered, graph.constant(call.layer, "factor", factor)], call.output)


def _flatten(graph: Writer, call: Call) -> None:
    graph.node("Flatten", call.inputs, call.output, axis=1)


def _reshape(graph: Writer, call: Call) -> None:
    # Lengths that are known are told: what remains cannot be computed of a batch of no examples.
    lengths = [-1 if length is None else length for length in call.output_shape[1:]]
    if 0 in lengths:
        raise ValueError(
            f"export_onnx: {call.layer}: expected axes of at least 1, got the target shape {tuple(lengths)}"
        )
    shape = graph.constant(call.output, "shape", [0, *lengths], np.int64)  # 0: that of the input
    graph.node("Reshape", [*call.inputs, shape], call.output)


def _present(**weights: str | None) -> Callable[[Mapping[str, Any]], list[str]]:
    """Return a function of a layer's options: the weights it has, of each the option that says so."""
    return lambda options: [name for name, option in weights.items() if option is None or options[option]]


@dataclass(frozen=True)
class Entry:
    """How a layer is written, and what its weights are called, in the order of get_weights()."""

    write: Callable[[Writer, Call], None]
    weights: Callable[[Mapping[str, Any]], list[str]] = lambda options: []


LAYERS: dict[str, Entry] = {
    "Activation": Entry(_activation),
    "Add": Entry(_add),
    "BatchNormalization": Entry(
        _batch_normalization, _present(gamma="scale", beta="center", moving_mean=None, moving_variance=None)
    ),
    "Concatenate": Entry(_concatenate),
    "Dense": Entry(_dense, _present(kernel=None, bias="use_bias")),
    "Dropout": Entry(_same),
    "Flatten": Entry(_flatten),
    "GaussianNoise": Entry(_same),
    "LayerNormalization": Entry(_layer_normalization, _present(gamma="scale", beta="center")),
    "Normalization": Entry(_normalization, _present(mean=None, std=None)),
    "Reshape": Entry(_reshape),
}
