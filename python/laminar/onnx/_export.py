# SPDX-License-Identifier: BSD-3-Clause
"""A model as an ONNX file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from laminar import _core
from laminar._keywords import known_keywords
from laminar._network import Network
from laminar._options import type_name
from laminar.layers import CustomLayer, Input
from laminar.onnx._layers import LAYERS
from laminar.onnx._package import MOST_BYTES, load_onnx
from laminar.onnx._writer import Call, Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from laminar._core import SymbolicTensor

# The first with Gelu; every program that runs ONNX files of 2023 or later reads it.
_OPERATOR_SET = 20
_IR_VERSION = 9


@known_keywords
def export_onnx(model: Network, path: str | os.PathLike[str]) -> None:
    """Write what a model computes at prediction into an ONNX file, for ONNX Runtime and others to run.

    Inputs and outputs have the names of ``model.input_names`` and ``model.output_names``, and a batch of any
    size. Dropout and noise do nothing, batch normalization uses its moving averages. The optimizer, losses
    and metrics are not written.

    Parameters
    ----------
    model : Model or Sequential
        A built model, of dtype float32 or float64, without layers of the user's own.
    path : str or path-like
        The file, written all or nothing; one that is there is replaced.

    Raises
    ------
    ImportError
        If onnx is missing: ``pip install "laminar[onnx]"``.
    OSError
        If `path` cannot be written; what was there stays.
    RuntimeError
        If the model has no input shape yet.
    ValueError
        If ONNX has no operators for some layers (the message names all of them), a ``Normalization`` has no
        numbers yet, or the weights are more than the 2 GiB that a file can hold.

    Notes
    -----
    Operator set 20. Attributes of ONNX's operators (epsilon, the constants of selu) have single precision in
    models of float64, too. ONNX Runtime 1.32 has no kernels in double precision for elu, gelu, leaky_relu,
    selu and softplus; ONNX's reference implementation has.

    References
    ----------
    ONNX, "Operators", https://onnx.ai/onnx/operators.

    Examples
    --------
    >>> import laminar as lm
    >>> import os, tempfile
    >>> model = lm.Sequential([lm.Input((4,)), lm.Dense(8, "relu"), lm.Dense(3, "softmax", name="p")])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lm.export_onnx(model, os.path.join(folder, "model.onnx"))
    ...     lm.import_onnx(os.path.join(folder, "model.onnx")).output_names
    ['p']
    """
    onnx = load_onnx("export_onnx")
    target = os.fspath(path)
    if not isinstance(model, Network):
        raise TypeError(f"export_onnx: model: expected a Model or Sequential, got {type_name(model)}")
    if not model.built:
        raise RuntimeError(
            "export_onnx: model: expected one with an input shape, got one that is not built; "
            "give it an Input, call build or fit it first"
        )
    _check_layers(model)
    _core.write_file(target, _Export(model).make(onnx).SerializeToString())


def _check_layers(model: Network) -> None:
    unknown = [
        f"{layer.name} ({type_name(layer)})"
        for layer in model.layers
        if isinstance(layer, CustomLayer) or layer.type not in LAYERS
    ]
    if unknown:
        raise ValueError(
            f"export_onnx: expected layers that ONNX has operators for, got {', '.join(unknown)} "
            f"(known: {', '.join(LAYERS)})"
        )
    size = sum(array.nbytes for array in model.get_weights())
    if size > MOST_BYTES:
        raise ValueError(f"export_onnx: expected at most {MOST_BYTES} bytes of weights, got {size}")


class _Export:
    """The walk over a model's calls, in their order."""

    def __init__(self, model: Network) -> None:
        self._model = model
        self._layers = model.layers
        self._architecture = model.get_state()["architecture"]
        self._graph = Writer(model.dtype)
        self._weights = _by_layer(model)
        self._inputs = [
            Input(entry["shape"], "int32" if entry["integer"] else None, entry["name"])
            for entry in self._architecture["inputs"]
        ]
        # Of each source, the inputs first, then the calls: a tensor for its shape, and its name.
        self._tensors: list[SymbolicTensor] = list(self._inputs)
        self._names = [self._graph.name(name) for name in model.input_names]
        self._output_names: list[str] = []

    def make(self, onnx: Any) -> Any:
        """Return the whole, checked."""
        self._name_calls()
        for position, call in enumerate(self._architecture["calls"], len(self._inputs)):
            self._write(call, position)
        for name, source in zip(self._output_names, self._output_sources(), strict=True):
            if self._names[source] != name:
                self._graph.node("Identity", [self._names[source]], name)
        return self._as_proto(onnx)

    def _output_sources(self) -> list[int]:
        return [source for source, _ in self._architecture["outputs"]]

    def _name_calls(self) -> None:
        """Give outputs their names, then the other calls those of their layers."""
        calls, layers = self._architecture["calls"], self._architecture["layers"]
        given = dict(enumerate(self._names))
        for wanted, source in zip(self._model.output_names, self._output_sources(), strict=True):
            self._output_names.append(self._graph.name(wanted))
            given.setdefault(source, self._output_names[-1])
        for position, call in enumerate(calls, len(self._inputs)):
            name = given.get(position) or self._graph.name(layers[call["layer"]]["name"])
            self._names.append(name)

    def _write(self, call: dict[str, Any], position: int) -> None:
        layer = self._layers[call["layer"]]
        sources = [source for source, _ in call["inputs"]]
        tensors = [self._tensors[source] for source in sources]
        # Inputs afresh: only their shapes matter, and a chain of calls would live as long as its end.
        (tensor,) = layer.call([Input(tensor.shape[1:], _integer(tensor)) for tensor in tensors])
        self._tensors.append(tensor)
        LAYERS[layer.type].write(
            self._graph,
            Call(
                layer.name,
                layer.options,
                self._weights[layer.name],
                tuple(self._names[source] for source in sources),
                tuple(tensor.shape for tensor in tensors),
                self._names[position],
                tensor.shape,
            ),
        )

    def _as_proto(self, onnx: Any) -> Any:
        helper, graph = onnx.helper, self._graph
        outputs = [self._tensors[source] for source in self._output_sources()]
        proto = helper.make_graph(
            [
                helper.make_node(operator, inputs, [output], name=output, **attributes)
                for operator, inputs, output, attributes in graph.nodes
            ],
            "laminar",
            self._value_infos(onnx, self._names, self._inputs),
            self._value_infos(onnx, self._output_names, outputs),
            [onnx.numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
        )
        model = helper.make_model(
            proto,
            producer_name="laminar",
            producer_version=_core.__version__,
            ir_version=_IR_VERSION,
            opset_imports=[helper.make_operatorsetid("", _OPERATOR_SET)],
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    def _value_infos(self, onnx: Any, names: Sequence[str], tensors: Sequence[SymbolicTensor]) -> list[Any]:
        kinds = onnx.TensorProto
        float_kind = kinds.FLOAT if self._model.dtype == "float32" else kinds.DOUBLE
        return [
            onnx.helper.make_tensor_value_info(
                name,
                kinds.INT32 if _integer(tensor) else float_kind,
                ["batch", *(f"{name}_{i}" if n is None else n for i, n in enumerate(tensor.shape[1:], 1))],
            )
            for name, tensor in zip(names, tensors, strict=False)  # of the names, inputs come first
        ]


def _integer(tensor: SymbolicTensor) -> str | None:
    return "int32" if tensor.dtype == "int32" else None


def _by_layer(model: Network) -> dict[str, dict[str, NDArray[Any]]]:
    """Return each layer's weights by name."""
    weights = iter(model.get_weights())
    return {
        layer.name: {name: next(weights) for name in LAYERS[layer.type].weights(layer.options)}
        for layer in model.layers
    }
