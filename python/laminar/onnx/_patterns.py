# SPDX-License-Identifier: BSD-3-Clause
"""What is done to a graph before its nodes become layers: constants are moved, activations recognized."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._core import FormatError
from laminar.onnx._read import FLOATS, Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from laminar.onnx._read import GraphData

    Constants = dict[str, NDArray[Any]]

# What exporters write for a factor such as sqrt(1/2), in single precision or with few digits.
_CLOSE = 1e-4


def fold_constants(nodes: Iterable[Node], constants: Constants) -> list[Node]:
    """Move what is constant into `constants`; return the nodes that remain."""
    rest = []
    for node in nodes:
        value = _constant_value(node, constants)
        if value is None or len(node.outputs) != 1:
            rest.append(node)
        else:
            constants[node.outputs[0]] = value
    return rest


def _constant_value(node: Node, constants: Constants) -> NDArray[Any] | None:
    """Return what a node yields if that is known; arrays that share memory with their origin."""
    if node.domain:
        return None
    if node.operator == "Constant":
        return _literal(node)
    if len(node.inputs) != 1 or node.inputs[0] not in constants:
        return None
    array = constants[node.inputs[0]]
    if node.operator == "Identity" or (
        node.operator == "Cast" and array.dtype.kind == "f" and node.attributes.get("to") in FLOATS
    ):
        return array
    if node.operator == "Transpose":
        order = node.attributes.get("perm", list(range(array.ndim))[::-1])
        if not isinstance(order, list) or sorted(order) != list(range(array.ndim)):
            raise FormatError(f"{node.label}: perm: expected an order of {array.ndim} axes, got {order}")
        return array.transpose(order)
    return None


def _literal(node: Node) -> NDArray[Any] | None:
    """Return the value of a Constant."""
    for name, value in node.attributes.items():
        if name == "value" and isinstance(value, np.ndarray):
            return value
        if name in ("value_float", "value_floats") and value is not None:
            return np.array(value, np.float32)
        if name in ("value_int", "value_ints") and value is not None:
            return np.array(value, np.int64)
    raise FormatError(f"{node.label}: expected a value that is a tensor or numbers, got none")


def name_activations(nodes: list[Node], constants: Constants) -> list[Node]:
    """Put one node in the place of ``x sigmoid(x)`` and of ``x (1 + erf(x / sqrt 2)) / 2``."""
    makers = {output: node for node in nodes for output in node.outputs if not node.domain}
    return [_activation_of(node, makers, constants) or node for node in nodes]


def _activation_of(node: Node, makers: dict[str, Node], constants: Constants) -> Node | None:
    if node.domain or node.operator != "Mul" or len(node.inputs) != 2:
        return None
    by_hand = [factor for name in node.inputs for factor in _factors(name, makers)]
    for factors in (list(node.inputs), by_hand):
        numbers = [constants[name] for name in factors if name in constants]
        tensors = [name for name in factors if name not in constants]
        if len(tensors) != 2:
            continue
        scale = float(np.prod([number.item() for number in numbers])) if _single(numbers) else 0.0
        for x, gate in (tensors, tensors[::-1]):
            if scale == 1.0 and _is(makers.get(gate), "Sigmoid", x):
                return replace(node, operator="Swish", inputs=(x,), attributes={})
            if abs(scale - 0.5) < _CLOSE and _is_erf_gate(gate, x, makers, constants):
                return replace(node, operator="Gelu", inputs=(x,), attributes={})
    return None


def _factors(name: str, makers: dict[str, Node]) -> tuple[str, ...]:
    """Return the inputs of the product that yields a value, or the value."""
    maker = makers.get(name)
    return maker.inputs if maker is not None and maker.operator == "Mul" else (name,)


def _single(arrays: list[NDArray[Any]]) -> bool:
    return all(array.size == 1 for array in arrays)


def _is(node: Node | None, operator: str, x: str) -> bool:
    return node is not None and node.operator == operator and node.inputs == (x,)


def _is_erf_gate(name: str, x: str, makers: dict[str, Node], constants: Constants) -> bool:
    """Whether a value is 1 + erf(x / sqrt 2)."""
    total = makers.get(name)
    if total is None or total.operator != "Add":
        return False
    one, erf = _number_and_tensor(total, constants)
    maker = makers.get(erf)
    if one != 1.0 or maker is None or maker.operator != "Erf" or len(maker.inputs) != 1:
        return False
    scaled = makers.get(maker.inputs[0])
    if scaled is None or scaled.operator not in ("Div", "Mul") or scaled.inputs[0] in constants:
        return False
    number, origin = _number_and_tensor(scaled, constants)
    wanted = sqrt(2) if scaled.operator == "Div" else sqrt(0.5)
    return origin == x and number is not None and abs(number - wanted) < _CLOSE


def _number_and_tensor(node: Node, constants: Constants) -> tuple[float | None, str]:
    """Return the number and the tensor that a node joins; (None, "") if it joins others."""
    for number, tensor in (node.inputs, node.inputs[::-1]) if len(node.inputs) == 2 else ():
        array = constants.get(number)
        if array is not None and array.size == 1 and tensor not in constants:
            return float(array.item()), tensor
    return None, ""


def reachable(nodes: list[Node], outputs: Iterable[str]) -> list[Node]:
    """Return the nodes that outputs depend on, in the file's order."""
    makers = {output: node for node in nodes for output in node.outputs if output}
    seen: set[str] = set()
    open_ = list(outputs)
    while open_:
        name = open_.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in makers:
            open_.extend(makers[name].inputs)
    return [node for node in nodes if any(output in seen for output in node.outputs)]


def prepare(graph: GraphData) -> list[Node]:
    """Return the nodes that are left when constants are moved and activations recognized."""
    _check_names(graph)
    return name_activations(fold_constants(graph.nodes, graph.constants), graph.constants)


def _check_names(graph: GraphData) -> None:
    """Raise FormatError where a value has two origins."""
    seen = {entry.name for entry in graph.inputs} | graph.constants.keys()
    for node in graph.nodes:
        for output in node.outputs:
            if output and output in seen:
                raise FormatError(f"{node.label}: expected an output of a new name, got {output!r} again")
            seen.add(output)
