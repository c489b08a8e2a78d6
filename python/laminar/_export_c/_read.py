# SPDX-License-Identifier: BSD-3-Clause
"""A model taken apart: its graph, its weights, and what of it has no form in C."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar import _core
from laminar._export_c._layers import LAYERS, Call
from laminar._export_c._program import Op, Program, Value
from laminar.layers import CustomLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Weights = dict[str, NDArray[np.float64]]

_PART_OF_NAME = re.compile(r"[A-Za-z0-9_]+")


def read(model: _core.Model) -> Program:
    """Return what a model computes for one example."""
    if not model.built:
        raise RuntimeError("export_c: the model has no input shape yet; give it an Input or build it first")
    state = model.get_state()
    graph = state["architecture"]
    needed = _needed(graph)
    custom = {i for i, layer in enumerate(model.layers) if isinstance(layer, CustomLayer)}
    _expect_known(graph, needed, custom)
    weights = _weights_of_layers(model, state, custom)
    labels = _labels([layer["name"] for layer in graph["layers"]], "layer")

    program = Program(np.dtype(graph["dtype"]))
    program.input_names = _labels(model.input_names, "input")
    program.output_names = _labels(model.output_names, "output")
    values: dict[int, Value] = {}  # by source: inputs first, then calls
    for i, entry in enumerate(graph["inputs"]):
        values[i] = program.new(_input_shape(entry))
        program.inputs.append(values[i])
    for source in needed:
        call = graph["calls"][source - len(graph["inputs"])]
        index = call["layer"]
        layer = graph["layers"][index]
        arguments = tuple(values[producer] for producer, _ in call["inputs"])
        _expect_finite(layer["name"], weights[index])
        kind = LAYERS[layer["type"]]
        values[source] = kind.translate(
            program, Call(labels[index], layer["name"], layer["options"], weights[index], arguments)
        )
        program.layers.append(_describe(labels[index], layer, arguments, values[source]))
    for source, _ in graph["outputs"]:
        program.outputs.append(_own(program, values[source]))
    return program


def _needed(graph: dict[str, Any]) -> list[int]:
    """Return the calls that the outputs depend on, as sources in order; losses may have others."""
    first = len(graph["inputs"])
    needed: set[int] = set()
    waiting = [source for source, _ in graph["outputs"]]
    while waiting:
        source = waiting.pop()
        if source >= first and source not in needed:
            needed.add(source)
            waiting.extend(producer for producer, _ in graph["calls"][source - first]["inputs"])
    return sorted(needed)


def _expect_known(graph: dict[str, Any], needed: Sequence[int], custom: set[int]) -> None:
    first = len(graph["inputs"])
    used = dict.fromkeys(graph["calls"][source - first]["layer"] for source in needed)
    unknown = [
        f"{graph['layers'][i]['name']} ({graph['layers'][i]['type']})"
        for i in used
        if i in custom or graph["layers"][i]["type"] not in LAYERS
    ]
    if unknown:
        raise ValueError(
            f"export_c: model: expected layers of {', '.join(LAYERS)}, got {', '.join(unknown)}, "
            "which have no form in C"
        )


def _weights_of_layers(model: _core.Model, state: dict[str, Any], custom: set[int]) -> list[Weights]:
    """Return the weights of each layer by name; those of layers that are not exported have numbers."""
    arrays = iter(state["weights"])
    owners = [name.rpartition(".")[0] for name in model.parameters()] if custom else []
    result = []
    for i, layer in enumerate(state["architecture"]["layers"]):
        if i in custom or layer["type"] not in LAYERS:
            names = [str(k) for k in range(owners.count(layer["name"]))]
        else:
            table = LAYERS[layer["type"]].weights
            names = [name for name, option in table.items() if option is None or layer["options"][option]]
        result.append({name: next(arrays).astype(np.float64) for name in names})
    return result


def _expect_finite(layer: str, weights: Weights) -> None:
    for name, array in weights.items():
        bad = array[~np.isfinite(array)]
        if bad.size:
            hint = "; call its adapt first" if name in ("mean", "std") and np.isnan(array).all() else ""
            raise ValueError(f"export_c: {layer}: {name}: expected finite numbers, got {bad[0]}{hint}")


def _input_shape(entry: dict[str, Any]) -> tuple[int, ...]:
    shape = [None if axis is None or axis < 0 else axis for axis in entry["shape"]]
    if entry["integer"]:
        raise ValueError(f"export_c: {entry['name']}: expected an input of floats, got integers")
    if None in shape or 0 in shape:
        raise _core.ShapeError(
            f"export_c: {entry['name']}: expected axes of known length above 0 besides the batch, "
            f"got {(None, *shape)}"
        )
    return tuple(entry["shape"])


def _labels(names: Sequence[str], kind: str) -> list[str]:
    """Return names where C takes them, numbers otherwise."""
    labels: list[str] = []
    for i, name in enumerate(names):
        label = name if _PART_OF_NAME.fullmatch(name) else f"{kind}{i + 1}"
        while label != name and label in names:
            label += "x"
        labels.append(label)
    return labels


def _own(program: Program, value: Value) -> Value:
    """Return an output that is no input and no other output, so that it has an argument of its own."""
    if all(value.buffer != other.buffer for other in (*program.inputs, *program.outputs)):
        return value
    copy = program.new(value.shape)
    program.ops.append(Op("copy", (1, value.size, value.size), (value.buffer,), copy.buffer))
    return copy


def _describe(label: str, layer: dict[str, Any], inputs: Sequence[Value], output: Value) -> str:
    shapes = ", ".join(shape_text(value.shape) for value in inputs)
    spec = layer["options"].get("activation", "linear")
    activation = spec if isinstance(spec, str) else spec["type"]
    end = "" if activation == "linear" else f", {activation}"
    return f"{label}: {layer['type']} {shapes} -> {shape_text(output.shape)}{end}"


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as ``2 x 3``."""
    return " x ".join(str(length) for length in shape) or "1"
