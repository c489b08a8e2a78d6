# SPDX-License-Identifier: BSD-3-Clause
"""A model in the making: the layers that stand for nodes, and who reads what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar import _core
from laminar._core import FormatError
from laminar._model import Model
from laminar._network import Network
from laminar._options import call_text
from laminar.layers import Activation, Input
from laminar.onnx._read import DOUBLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from laminar.layers import Layer
    from laminar.onnx._read import GraphData, InputInfo, Node

    Axes = tuple[int | None, ...]


@dataclass(frozen=True)
class Value:
    """A tensor of the model: the input or call it comes from, and its shape with the batch axis."""

    source: int
    shape: Axes


@dataclass(frozen=True)
class Product:
    """A fully connected layer as far as it is known: what follows may be its bias or its activation."""

    x: Value
    kernel: NDArray[Any]
    bias: NDArray[Any] | None
    shared: tuple[
        str, ...
    ]  # the names of the constants: nodes that have the same ones are calls of one layer


@dataclass(frozen=True)
class Affine:
    """``(x - mean) factor + shift`` with constants; None where there is nothing to do."""

    x: Value
    mean: NDArray[np.float64] | None = None
    factor: NDArray[np.float64] | None = None
    shift: NDArray[np.float64] | None = None


class Builder:
    """Layers and calls, made from nodes in their order."""

    def __init__(self, graph: GraphData, nodes: Sequence[Node], outputs: Sequence[str]) -> None:
        self.constants = graph.constants
        self.operator_set = graph.operator_set
        self.uses = Counter([*outputs, *(name for node in nodes for name in node.inputs)])
        self.batches = {entry.shape[0] for entry in graph.inputs}
        self.products: dict[int, Product] = {}  # by source
        self.affines: dict[int, Affine] = {}
        self.values: dict[str, Value] = {}
        self._outputs = list(outputs)
        self._inputs = graph.inputs
        self._layers: list[Layer] = []
        self._weights: list[tuple[NDArray[Any], ...]] = []
        self._shared: dict[tuple[Any, ...], int] = {}
        self._calls: list[tuple[int, list[int]]] = []
        self._taken = {entry.name for entry in graph.inputs}
        for position, entry in enumerate(graph.inputs):
            self.values[entry.name] = Value(position, _input(entry).shape)

    # What nodes read.

    def tensor(self, node: Node, position: int) -> Value:
        """Return a computed input of a node."""
        name = node.inputs[position]
        if name in self.constants:
            raise FormatError(
                f"{node.label}: expected a computed input {position}, got the constant {name!r}"
            )
        if name not in self.values:
            raise FormatError(
                f"{node.label}: expected the output of an earlier node, or an input, as input {position}, "
                f"got {name!r}"
            )
        return self.values[name]

    def constant(self, node: Node, position: int) -> NDArray[Any] | None:
        """Return a constant input of a node, None if it is left out."""
        if position >= len(node.inputs) or not node.inputs[position]:
            return None
        name = node.inputs[position]
        if name not in self.constants:
            raise FormatError(f"{node.label}: expected a constant as input {position}, got {name!r}")
        return self.constants[name]

    def used_once(self, node: Node, position: int) -> bool:
        """Whether no other node reads that input, and it is no output of the graph."""
        return self.uses[node.inputs[position]] == 1

    # What nodes become.

    def layer(
        self,
        node: Node,
        cls: type[Layer],
        options: dict[str, Any],
        inputs: Sequence[Value],
        weights: Sequence[NDArray[Any]] = (),
        shared: tuple[str, ...] = (),
        trainable: bool = True,
    ) -> Value:
        """Call a layer; nodes with the same options and constants of the same names share one."""
        key = (cls, call_text("", options), trainable, shared)
        try:
            if not shared or key not in self._shared:
                self._shared[key] = len(self._layers)
                layer = cls(**options, name=self._name(node))
                layer.trainable = trainable
                self._layers.append(layer)
                self._weights.append(tuple(weights))
            index = self._shared[key]
            # Inputs afresh: a chain of calls would live as long as its end.
            (output,) = self._layers[index].call([Input(value.shape[1:]) for value in inputs])
        except (ValueError, TypeError) as error:
            raise FormatError(f"{node.label}: {error}") from None
        self._calls.append((index, [value.source for value in inputs]))
        return Value(len(self._inputs) + len(self._calls) - 1, output.shape)

    def _name(self, node: Node) -> str | None:
        """Return the layer's name: the output's where it is one of the graph's, else the node's."""
        output = node.outputs[0]
        name = output if output in self._outputs else node.name or output
        if name in self._taken:
            return None
        self._taken.add(name)
        return name

    # The whole.

    def build(self, seed: int) -> Model:
        """Return the model of the calls that the outputs depend on."""
        outputs = self._distinct_outputs()
        position_of = {source: source for source in range(len(self._inputs))}
        layer_of: dict[int, int] = {}
        calls = []
        for source in self._needed(outputs):
            index, inputs = self._calls[source - len(self._inputs)]
            layer_of.setdefault(index, len(layer_of))
            calls.append({"layer": layer_of[index], "inputs": [[position_of[i], 0] for i in inputs]})
            position_of[source] = len(position_of)
        layers = [self._layers[index] for index in layer_of]
        architecture = {
            "dtype": self._dtype(),
            "seed": seed,
            "inputs": [
                {"name": entry.name, "shape": list(entry.shape[1:]), "integer": False}
                for entry in self._inputs
            ],
            "layers": [
                {
                    "type": layer.type,
                    "name": layer.name,
                    "trainable": layer.trainable,
                    "options": layer.options,
                }
                for layer in layers
            ],
            "calls": calls,
            "outputs": [[position_of[value.source], 0] for value in outputs],
            "added_losses": [],
        }
        return _assemble(architecture, layers, [self._weights[index] for index in layer_of])

    def _distinct_outputs(self) -> list[Value]:
        """Return the outputs; one that is an input, or another output, by a layer that does nothing."""
        outputs: list[Value] = []
        sources = set(range(len(self._inputs)))
        for name in self._outputs:
            if name not in self.values:
                raise FormatError(f"expected a node that computes the output {name!r}, got none")
            value = self.values[name]
            if value.source in sources:
                index = len(self._layers)
                free = name not in self._taken
                self._layers.append(Activation("linear", name=name if free else None))
                self._weights.append(())
                self._calls.append((index, [value.source]))
                value = Value(len(self._inputs) + len(self._calls) - 1, value.shape)
                self._taken.add(name)
            sources.add(value.source)
            outputs.append(value)
        return outputs

    def _needed(self, outputs: Sequence[Value]) -> list[int]:
        """Return the calls that outputs depend on; each stands after those that it reads."""
        n_inputs = len(self._inputs)
        needed: set[int] = set()
        waiting = [output.source for output in outputs]
        while waiting:
            source = waiting.pop()
            if source >= n_inputs and source not in needed:
                needed.add(source)
                waiting += self._calls[source - n_inputs][1]
        return sorted(needed)

    def _dtype(self) -> str:
        return "float64" if any(entry.kind == DOUBLE for entry in self._inputs) else "float32"


def _input(entry: InputInfo) -> _core.SymbolicTensor:
    try:
        return Input(entry.shape[1:], name=entry.name)
    except ValueError as error:
        raise FormatError(f"input {entry.name!r}: {error}") from None


def _assemble(
    architecture: dict[str, Any], layers: list[Layer], weights: list[tuple[NDArray[Any], ...]]
) -> Model:
    """Return the model from plain data: calls on symbolic tensors would be walked once a path."""
    blank = Model(x := Input((1,)), Activation("linear")(x), seed=architecture["seed"]).get_state()
    in_order = iter(layers)
    model = Model.__new__(Model)
    try:
        Network.__init__(
            model,
            blank | {"architecture": architecture, "weights": None},
            lambda type, options, name, trainable: next(in_order),
        )
        # The order of a model's layers is its own.
        weights_of = {id(layer): arrays for layer, arrays in zip(layers, weights, strict=True)}
        model.set_weights([array for layer in model.layers for array in weights_of[id(layer)]])
    except ValueError as error:
        raise FormatError(str(error)) from None
    return model
