# SPDX-License-Identifier: BSD-3-Clause
"""An ONNX file as a model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._core import FormatError
from laminar._keywords import known_keywords, nearest
from laminar._options import as_integer, as_list
from laminar.onnx import _arithmetic, _operators  # noqa: F401 - they fill the table
from laminar.onnx._builder import Builder
from laminar.onnx._entries import translate, unsupported
from laminar.onnx._package import load_onnx
from laminar.onnx._patterns import prepare, reachable
from laminar.onnx._read import read_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from laminar._model import Model
    from laminar.onnx._read import GraphData, Node


@known_keywords
def import_onnx(path: str | os.PathLike[str], outputs: Sequence[str] | None = None, seed: int = 0) -> Model:
    """Return the model in an ONNX file, to predict with or to train on.

    Fully connected networks as PyTorch, scikit-learn (through skl2onnx) and :func:`export_onnx` write them:
    operators that laminar has a layer for. A product, its bias and its activation become one ``Dense``;
    arithmetic with constants a ``Normalization`` or a frozen ``BatchNormalization``; nodes that read the
    same weights one shared layer. Layers are named after the outputs they compute, else after their nodes.

    Parameters
    ----------
    path : str or path-like
        The file. Nothing in it is executed, and files that it names are not opened.
    outputs : sequence of str, optional
        The outputs that are wanted, by default all. What only the others need is left out, such as the labels
        that classifiers of scikit-learn yield beside ``"probabilities"``.
    seed : int, default 0
        That of the model: shuffles and masks, if it is trained on.

    Returns
    -------
    Model
        With the file's weights and the names of its inputs; of dtype float64 where an input is.

    Raises
    ------
    ImportError
        If onnx is missing: ``pip install "laminar[onnx]"``.
    FormatError
        If the file is not ONNX, is damaged, keeps its weights in other files or has operators that no layer
        stands for; the message names all of them.
    ValueError
        If the file has no such output; the message proposes the nearest one.

    References
    ----------
    ONNX, "Operators", https://onnx.ai/onnx/operators.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> import os, tempfile
    >>> model = lm.Sequential([lm.Input((4,)), lm.Dense(8, "relu"), lm.Dense(1)], seed=0)
    >>> x = np.ones((2, 4))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lm.export_onnx(model, os.path.join(folder, "model.onnx"))
    ...     twin = lm.import_onnx(os.path.join(folder, "model.onnx"))
    >>> bool(np.all(twin.predict(x) == model.predict(x))), twin.layers
    (True, [Dense(units=8, activation='relu', name='dense_1'), Dense(units=1, name='dense_2')])
    """
    onnx = load_onnx("import_onnx")
    name = os.fspath(path)
    wanted = None if outputs is None else as_list("import_onnx: outputs", outputs, "names")
    try:
        with np.errstate(all="ignore"):  # numbers that overflow are the file's
            return _model(read_graph(onnx, name), wanted, as_integer("import_onnx: seed", seed))
    except FormatError as error:
        raise FormatError(f"{name}: {error}") from None


def _model(graph: GraphData, wanted: list[Any] | None, seed: int) -> Model:
    outputs = graph.outputs if wanted is None else wanted
    if not outputs:
        raise ValueError("import_onnx: outputs: expected at least one name, got none")
    for output in outputs:
        if output not in graph.outputs:
            raise ValueError(
                f"import_onnx: outputs: no output is named {output!r}{nearest(str(output), graph.outputs)}"
            )
    prepared = prepare(graph)
    _check_operators(graph, prepared, outputs)
    nodes = reachable(prepared, outputs)
    builder = Builder(graph, nodes, outputs)
    for node in nodes:
        translate(builder, node)
    return builder.build(seed)


def _check_operators(graph: GraphData, nodes: list[Node], outputs: list[str]) -> None:
    labels = unsupported(graph, reachable(nodes, outputs))
    if not labels:
        return
    fine = [name for name in outputs if not unsupported(graph, reachable(nodes, [name]))]
    hint = f"; without these there is outputs={fine}" if fine else ""
    raise FormatError(f"expected operators that laminar has layers for, got {', '.join(labels)}{hint}")
