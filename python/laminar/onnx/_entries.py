# SPDX-License-Identifier: BSD-3-Clause
"""The table of operators that become layers, and what its entries have in common."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._core import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from laminar.onnx._builder import Builder, Value
    from laminar.onnx._read import GraphData, Node

    Handler = Callable[["Builder", "Node", dict[str, Any]], "Value"]

# A file that says little may not ask for much: the most numbers that one constant is spread over.
MOST_SPREAD = 2**24
# The most inputs of an operator that takes any number.
MANY = 2**31


@dataclass(frozen=True)
class Operator:
    """How an operator becomes layers: what it reads, its attributes with their defaults."""

    handler: Handler
    inputs: tuple[int, int]  # at least, at most
    defaults: dict[str, Any]
    needs_constant: bool


OPERATORS: dict[tuple[str, str], Operator] = {}


def operator(
    name: str,
    inputs: tuple[int, int] = (1, 1),
    domain: str = "",
    needs_constant: bool = False,
    **defaults: Any,
) -> Callable[[Handler], Handler]:
    """Register what makes layers of an operator; a default's type is that of the attribute."""

    def register(handler: Handler) -> Handler:
        OPERATORS[domain, name] = Operator(handler, inputs, defaults, needs_constant)
        return handler

    return register


def unsupported(graph: GraphData, nodes: list[Node]) -> list[str]:
    """Return the labels of all nodes that no layer stands for."""
    labels = []
    for node in nodes:
        entry = OPERATORS.get((node.domain, node.operator))
        if entry is None:
            labels.append(node.label)
        elif (
            entry.needs_constant
            and len(node.inputs) > 1
            and not any(name in graph.constants for name in node.inputs)
        ):
            labels.append(f"{node.label} of two computed tensors")
    return labels


def translate(builder: Builder, node: Node) -> None:
    """Make layers of a node that is supported."""
    entry = OPERATORS[node.domain, node.operator]
    least, most = entry.inputs
    if not least <= len(node.inputs) <= most or not all(node.inputs[:least]) or not node.outputs:
        wanted = f"{least}" if least == most else f"{least} or more"
        raise FormatError(f"{node.label}: expected {wanted} inputs and an output, got {len(node.inputs)}")
    value = entry.handler(builder, node, _attributes(node, entry.defaults))
    if node.outputs[0]:
        builder.values[node.outputs[0]] = value


def _attributes(node: Node, defaults: dict[str, Any]) -> dict[str, Any]:
    """Return a node's attributes, those left out with their default."""
    result = dict(defaults)
    for name, value in node.attributes.items():
        if name not in defaults:
            known = ", ".join(defaults) or "none"
            raise FormatError(f"{node.label}: unknown attribute {name!r} (known: {known})")
        default = defaults[name]
        if type(value) is not type(default) or (isinstance(value, float) and not isfinite(value)):
            wanted = {"float": "finite float"}.get(type(default).__name__, type(default).__name__)
            raise FormatError(f"{node.label}: attribute {name!r}: expected a {wanted}, got {value!r}")
        result[name] = value
    return result


def expect_value(node: Node, what: str, got: Any, *allowed: Any) -> None:
    """FormatError unless an attribute has a value that laminar's layers have."""
    if not any(np.isclose(got, value, rtol=1e-6, atol=0) for value in allowed):
        wanted = " or ".join(f"{value:g}" for value in allowed)
        raise FormatError(f"{node.label}: {what}: expected {wanted}, got {got:g}")


def expect_axis(node: Node, axis: int, rank: int, wanted: int) -> None:
    """FormatError unless an axis, which may count from the end, is the one that is wanted."""
    if axis not in (wanted, wanted - rank):
        raise FormatError(f"{node.label}: axis: expected {wanted} or {wanted - rank}, got {axis}")


def spread(node: Node, constant: NDArray[Any], shape: tuple[int | None, ...]) -> NDArray[np.float64]:
    """Return a constant as one number for each place on the last axis of a tensor of that shape."""
    features = shape[-1]
    fits = len(shape) > 1 and features is not None and constant.ndim <= len(shape)
    if not fits or constant.size not in (1, features) or constant.shape[-1:] not in ((), (1,), (features,)):
        raise FormatError(
            f"{node.label}: expected a constant with one number, or one for each place on the last axis of "
            f"{shape}, got shape {constant.shape}"
        )
    return vector(node, "constant", constant, features or 0)


def vector(node: Node, what: str, constant: NDArray[Any], size: int) -> NDArray[np.float64]:
    """Return real numbers as a vector of that size, one number spread over it."""
    if constant.dtype.kind not in "fi" or not np.all(np.isfinite(constant)):
        raise FormatError(f"{node.label}: {what}: expected finite numbers, got {constant.dtype} or others")
    if constant.size == 1 and size > MOST_SPREAD:
        raise FormatError(f"{node.label}: {what}: expected at most {MOST_SPREAD} places, got {size}")
    if constant.size not in (1, size):
        raise FormatError(f"{node.label}: {what}: expected {size} numbers, got shape {constant.shape}")
    return np.broadcast_to(constant.reshape(-1).astype(np.float64), (size,))


def integers(node: Node, what: str, constant: NDArray[Any] | None) -> list[int]:
    """Return a constant vector of integers."""
    if constant is None or constant.dtype.kind != "i" or constant.ndim != 1:
        got = "none" if constant is None else f"{constant.dtype} of shape {constant.shape}"
        raise FormatError(f"{node.label}: {what}: expected a vector of integers, got {got}")
    if constant.size > 8:
        raise FormatError(f"{node.label}: {what}: expected at most 8 integers, got {constant.size}")
    return [int(n) for n in constant]
