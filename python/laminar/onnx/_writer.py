# SPDX-License-Identifier: BSD-3-Clause
"""A graph of ONNX nodes in the making."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Axes = tuple[int | None, ...]


class Writer:
    """Nodes and constants of a graph, each under a name that is its own."""

    def __init__(self, dtype: str) -> None:
        self.dtype = np.dtype(dtype)
        self.nodes: list[tuple[str, tuple[str, ...], str, dict[str, Any]]] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self._names: set[str] = set()
        self._known: dict[tuple[str, str], str] = {}

    def name(self, wanted: str) -> str:
        """Return a name that nothing has yet: the one that is wanted, or with a number."""
        name, number = wanted, 1
        while name in self._names:
            number += 1
            name = f"{wanted}_{number}"
        self._names.add(name)
        return name

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        self.nodes.append((operator, tuple(inputs), output, attributes))
        return output

    def step(self, operator: str, inputs: Sequence[str], wanted: str, **attributes: Any) -> str:
        """Add a node whose output is read within the layer alone."""
        return self.node(operator, inputs, self.name(wanted), **attributes)

    def constant(self, layer: str, field: str, values: Any, dtype: Any = None) -> str:
        """Return the name of a layer's constant, the same for each of its calls."""
        if (layer, field) not in self._known:
            name = self._known[layer, field] = self.name(f"{layer}.{field}")
            self.constants[name] = np.ascontiguousarray(values, dtype or self.dtype)
        return self._known[layer, field]


@dataclass(frozen=True)
class Call:
    """One call of a layer."""

    layer: str
    options: dict[str, Any]
    weights: dict[str, NDArray[Any]]
    inputs: tuple[str, ...]
    shapes: tuple[Axes, ...]
    output: str
    output_shape: Axes
