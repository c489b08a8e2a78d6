# SPDX-License-Identifier: BSD-3-Clause
"""An ONNX file as plain data. Nothing in it is executed, and no path in it is opened."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._core import FormatError
from laminar.onnx._package import MOST_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Axes = tuple[int | None, ...]

# ONNX's numbers of element types: NumPy's type, and the field that holds elements that are not raw bytes.
FLOAT, DOUBLE = 1, 11
FLOATS = (FLOAT, 10, DOUBLE)
INTEGERS = (2, 3, 4, 5, 6, 7, 9, 12, 13)
_ELEMENTS = {
    FLOAT: ("<f4", "float_data"),
    6: ("<i4", "int32_data"),
    7: ("<i8", "int64_data"),
    9: ("?", "int32_data"),
    10: ("<f2", "int32_data"),
    DOUBLE: ("<f8", "double_data"),
}
_EXTERNAL = 1
_MOST_AXES = 8
_MOST_ELEMENTS = 2**40
# Everything below operator set 7 broadcasts in another way.
_FIRST_OPERATOR_SET = 7
# Deeper than any network of these operators, and few enough to be read in seconds.
_MOST_NODES = 10_000


@dataclass(frozen=True)
class Node:
    """An operator and the names of what it reads and yields."""

    operator: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """How errors name the node."""
        operator = f"{self.domain}.{self.operator}" if self.domain else self.operator
        return f"{operator} {(self.name or ', '.join(self.outputs))!r}"


@dataclass(frozen=True)
class InputInfo:
    """An input of a graph: its name, its element type and its axes, None for a free one."""

    name: str
    kind: int
    shape: Axes


@dataclass(frozen=True)
class GraphData:
    """What a file holds."""

    nodes: list[Node]
    constants: dict[str, NDArray[Any]]
    inputs: list[InputInfo]
    outputs: list[str]
    operator_set: int


def read_graph(onnx: Any, path: str) -> GraphData:
    """Return what the file at `path` holds."""
    if os.path.getsize(path) > MOST_BYTES:
        raise FormatError(f"expected at most {MOST_BYTES} bytes, got {os.path.getsize(path)}")
    with open(path, "rb") as file:
        content = file.read(MOST_BYTES + 1)
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except Exception as error:  # protobuf's own class, which depends on its implementation
        raise FormatError(f"expected an ONNX model, got something else or one cut short ({error})") from None
    graph = model.graph
    if not graph.output:
        raise FormatError("expected an ONNX model with a graph that has outputs, got none")
    if len(graph.node) > _MOST_NODES:
        raise FormatError(f"expected at most {_MOST_NODES} nodes, got {len(graph.node)}")
    if graph.sparse_initializer:
        raise FormatError("expected dense initializers, got sparse ones")
    if any(_domain(function.domain) == "" for function in model.functions):
        raise FormatError("expected ONNX's own operators, got a function that replaces one of them")
    _check_text(graph)
    constants = {
        tensor.name: read_tensor(tensor, f"initializer {tensor.name!r}") for tensor in graph.initializer
    }
    return GraphData(
        [_read_node(node) for node in graph.node],
        constants,
        [_read_input(value) for value in graph.input if value.name not in constants],
        [value.name for value in graph.output],
        _operator_set(onnx, model),
    )


def _check_text(graph: Any) -> None:
    """Raise FormatError for names that are no UTF-8, which protobuf lets pass."""
    names = [entry.name for entry in (*graph.input, *graph.output, *graph.initializer, *graph.node)]
    for node in graph.node:
        names += [node.op_type, node.domain, *node.input, *node.output]
        names += [attribute.name for attribute in node.attribute]
    for name in names:
        try:
            name.encode("utf-8")
        except (UnicodeError, AttributeError):
            raise FormatError(f"expected names in UTF-8, got {name!r}") from None


def _operator_set(onnx: Any, model: Any) -> int:
    newest = onnx.defs.onnx_opset_version()
    versions = [entry.version for entry in model.opset_import if _domain(entry.domain) == ""]
    version = int(versions[0]) if versions else 1
    if not _FIRST_OPERATOR_SET <= version <= newest:
        raise FormatError(f"expected operator set {_FIRST_OPERATOR_SET} to {newest}, got {version}")
    return version


def _domain(name: str) -> str:
    """Return a domain's one name: that of ONNX's own operators has two."""
    return "" if name == "ai.onnx" else name


def _read_input(value: Any) -> InputInfo:
    where = f"input {value.name!r}"
    kind = value.type.tensor_type
    if value.type.WhichOneof("value") != "tensor_type" or kind.elem_type not in (*FLOATS, *INTEGERS):
        raise FormatError(f"{where}: expected a tensor of numbers, got another type")
    if not 1 <= len(kind.shape.dim) <= _MOST_AXES:
        got = f"{len(kind.shape.dim)} axes" if kind.HasField("shape") else "no shape"
        raise FormatError(f"{where}: expected a shape of 1 to {_MOST_AXES} axes, the batch first, got {got}")
    axes = [int(dim.dim_value) if dim.HasField("dim_value") else None for dim in kind.shape.dim]
    # Some programs write a free axis as 0 or -1.
    shape = tuple(None if n is None or n < 1 else n for n in axes)
    if prod(n or 1 for n in shape[1:]) > _MOST_ELEMENTS:
        raise FormatError(f"{where}: expected at most {_MOST_ELEMENTS} numbers an example, got shape {shape}")
    return InputInfo(value.name, kind.elem_type, shape)


def _read_node(node: Any) -> Node:
    plain = Node(node.op_type, _domain(node.domain), node.name, tuple(node.input), tuple(node.output))
    for attribute in node.attribute:
        plain.attributes[attribute.name] = _read_attribute(attribute, plain.label)
    return plain


def _read_attribute(attribute: Any, label: str) -> Any:
    """Return its value as plain data, None for kinds that no known operator has."""
    kinds = attribute.AttributeType
    if attribute.type == kinds.TENSOR:
        return read_tensor(attribute.t, f"{label}: attribute {attribute.name!r}")
    if attribute.type == kinds.STRING:
        return attribute.s.decode("utf-8", "replace")
    readers = {kinds.FLOAT: attribute.f, kinds.INT: attribute.i}
    lists = {kinds.FLOATS: attribute.floats, kinds.INTS: attribute.ints}
    if attribute.type in lists:
        return list(lists[attribute.type])
    return readers.get(attribute.type)


def read_tensor(tensor: Any, where: str) -> NDArray[Any]:
    """Return a tensor's elements, as many as its shape says."""
    if tensor.data_location == _EXTERNAL or len(tensor.external_data):
        raise FormatError(
            f"{where}: expected its numbers in the file itself, got external data, which is never opened"
        )
    if tensor.data_type not in _ELEMENTS:
        raise FormatError(
            f"{where}: expected elements of float16, float32, float64, int32, int64 or bool, "
            f"got ONNX's type {tensor.data_type}"
        )
    shape = tuple(tensor.dims)
    if len(shape) > _MOST_AXES or any(not 0 <= length < 2**31 for length in shape):
        raise FormatError(f"{where}: expected at most {_MOST_AXES} axes below 2^31, got shape {shape}")
    dtype, elements = np.dtype(_ELEMENTS[tensor.data_type][0]), _ELEMENTS[tensor.data_type][1]
    if tensor.HasField("raw_data"):
        wanted, got, unit = prod(shape) * dtype.itemsize, len(tensor.raw_data), "bytes"
    else:
        wanted, got, unit = prod(shape), len(getattr(tensor, elements)), "elements"
    if wanted != got:
        raise FormatError(f"{where}: expected {wanted} {unit} for shape {shape}, got {got}")
    if tensor.HasField("raw_data"):
        return (
            np.frombuffer(tensor.raw_data, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)
        )
    numbers = np.array(getattr(tensor, elements), np.int64 if elements == "int32_data" else dtype)
    if dtype.kind == "f" and elements == "int32_data":
        return numbers.astype(np.uint16).view(np.float16).reshape(shape)
    return numbers.astype(dtype.newbyteorder("=")).reshape(shape)
