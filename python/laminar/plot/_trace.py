# SPDX-License-Identifier: BSD-3-Clause
"""A model's graph, read back: what is called, in which order, on what."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from laminar.layers import Input

if TYPE_CHECKING:
    from laminar._core import Layer, SymbolicTensor
    from laminar._network import Network


class Node(NamedTuple):
    """An input, or one call of a layer."""

    name: str  # unique: the second call of a layer is "dense_1 (2)"
    layer: Layer | None  # None for an input
    tensors: tuple[SymbolicTensor, ...]
    sources: tuple[int, ...]  # nodes whose tensors it reads
    is_output: bool
    is_first_call: bool


def trace(where: str, model: Network) -> list[Node]:
    """Return the nodes of a model's graph, each after those that it reads.

    The tensors are made by calling the model's own layers again, so a model of them shares its parameters.

    Raises
    ------
    ValueError
        If the model is not built: its shapes are not known.

    Examples
    --------
    >>> import laminar as lm
    >>> x = lm.Input((4,))
    >>> layer = lm.Dense(4)
    >>> for node in trace("example", lm.Model(x, layer(layer(x)))):
    ...     print(node.name, node.sources, node.is_output)
    input_1 () False
    dense_1 (0,) False
    dense_1 (2) (1,) True
    """
    if not model.built:
        raise ValueError(f"{where}: model: its shapes are not known yet; build or fit it first")
    architecture = model.get_state()["architecture"]
    layers = model.layers
    outputs = {node for node, _ in architecture["outputs"]}
    nodes: list[Node] = []
    for entry in architecture["inputs"]:
        tensor = Input(entry["shape"], "int32" if entry["integer"] else None, entry["name"])
        nodes.append(Node(entry["name"], None, (tensor,), (), len(nodes) in outputs, True))
    calls: dict[int, int] = {}
    for call in architecture["calls"]:
        which = call["layer"]
        calls[which] = calls.get(which, 0) + 1
        layer = layers[which]
        inputs = [nodes[node].tensors[slot] for node, slot in call["inputs"]]
        nodes.append(
            Node(
                layer.name if calls[which] == 1 else f"{layer.name} ({calls[which]})",
                layer,
                tuple(layer.call(inputs)),
                tuple(node for node, _ in call["inputs"]),
                len(nodes) in outputs,
                calls[which] == 1,
            )
        )
    return nodes
