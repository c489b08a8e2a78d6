# SPDX-License-Identifier: BSD-3-Clause
"""The network that an estimator's parameters describe."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._model import Model
from laminar._options import type_name
from laminar.activations import ActivationFunction
from laminar.layers import Activation, BatchNormalization, Dense, Dropout, Input
from laminar.regularizers import L2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from laminar._core import SymbolicTensor

# scikit-learn's names of activations where they are not laminar's.
ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid", "exp": "exponential"}


@dataclass(frozen=True)
class Architecture:
    """Sizes and options of a fitted network; all that is needed to build it again."""

    n_features: int
    hidden: tuple[int, ...]
    activations: tuple[str | ActivationFunction, ...]
    dropout: tuple[float, ...]
    batch_norm: bool
    outputs: tuple[int, ...]  # units of each output layer
    out_activation: str
    alpha: float
    dtype: str

    @property
    def dense_names(self) -> list[str]:
        """The names of the dense layers, in order."""
        return [hidden_name(i) for i in range(len(self.hidden))] + [
            output_name(i) for i in range(len(self.outputs))
        ]

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """The shape of each dense layer's kernel."""
        widths = (self.n_features, *self.hidden)
        return [*pairwise(widths), *((widths[-1], units) for units in self.outputs)]

    def build(self, seed: int) -> Model:
        """Return the model, its kernels and biases zero."""
        inputs = tensor = Input((self.n_features,))
        for i, units in enumerate(self.hidden):
            tensor = self._hidden(i, units, tensor)
        outputs = [
            self._dense(output_name(i), units, self.out_activation, tensor)
            for i, units in enumerate(self.outputs)
        ]
        return Model(inputs, outputs, dtype=self.dtype, seed=seed)

    def _hidden(self, i: int, units: int, tensor: SymbolicTensor) -> SymbolicTensor:
        name, activation = hidden_name(i), _own_name(self.activations[i])
        if self.batch_norm:
            tensor = self._dense(name, units, "linear", tensor)
            tensor = BatchNormalization(name=f"{name}_norm")(tensor)
            tensor = Activation(activation, name=f"{name}_activation")(tensor)
        else:
            tensor = self._dense(name, units, activation, tensor)
        return Dropout(self.dropout[i], name=f"{name}_dropout")(tensor) if self.dropout[i] else tensor

    def _dense(self, name: str, units: int, activation: Any, tensor: SymbolicTensor) -> SymbolicTensor:
        return Dense(
            units,
            _own_name(activation),
            kernel_initializer="zeros",
            kernel_regularizer=L2(self.alpha) if self.alpha else None,
            name=name,
        )(tensor)

    def activated(self, layer: int) -> str:
        """Return the name of the layer that yields the activations of a hidden layer."""
        return f"{hidden_name(layer)}_activation" if self.batch_norm else hidden_name(layer)

    def draw(self, random_state: np.random.RandomState, activation: Any) -> list[NDArray[Any]]:
        """Return initial kernels and biases, in turn: the numbers that scikit-learn draws.

        Both are uniform within ``sqrt(6 / (n_in + n_out))``, or ``sqrt(2 / (n_in + n_out))`` where the hidden
        layers are logistic; `activation` is what they would have if there were any.
        """
        first = self.activations[0] if self.activations else activation
        factor = 2.0 if _own_name(first) == "sigmoid" else 6.0
        drawn: list[NDArray[Any]] = []
        for n_in, n_out in self.shapes:
            bound = np.sqrt(factor / (n_in + n_out))
            drawn.append(random_state.uniform(-bound, bound, (n_in, n_out)).astype(self.dtype, copy=False))
            drawn.append(random_state.uniform(-bound, bound, n_out).astype(self.dtype, copy=False))
        return drawn


def hidden_name(i: int) -> str:
    """Return the name of a hidden layer."""
    return f"hidden_{i + 1}"


def output_name(i: int) -> str:
    """Return the name of an output layer."""
    return f"output_{i + 1}"


def as_hidden_sizes(value: Any) -> tuple[int, ...]:
    """Return the sizes of the hidden layers, of one number or several."""
    sizes = list(value) if hasattr(value, "__iter__") else [value]
    if np.any(np.array(sizes) <= 0):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    return tuple(int(size) for size in sizes)


def one_a_layer(name: str, value: Any, n_layers: int) -> tuple[Any, ...]:
    """Return one value for each hidden layer, of one value for all or a list."""
    if isinstance(value, str | ActivationFunction) or not hasattr(value, "__iter__"):
        return (value,) * n_layers
    values = tuple(value)
    if len(values) != n_layers:
        raise ValueError(f"{name}: expected one value, or {n_layers}, one a hidden layer, got {len(values)}")
    return values


def as_dropout(value: Any, n_layers: int) -> tuple[float, ...]:
    """Return the rate of each hidden layer's dropout."""
    rates = one_a_layer("dropout", value, n_layers)
    for i, rate in enumerate(rates):
        if not isinstance(rate, int | float | np.number):
            raise TypeError(f"dropout[{i}]: expected a number, got {type_name(rate)}")
        if not 0 <= rate < 1:
            raise ValueError(f"dropout[{i}]: expected a number of [0, 1), got {rate}")
    return tuple(float(rate) for rate in rates)


def set_weights(model: Model, names: Sequence[str], kernels: Sequence[Any], biases: Sequence[Any]) -> None:
    """Write kernels and biases into the dense layers of a model."""
    parameters = model.parameters()
    for name, kernel, bias in zip(names, kernels, biases, strict=True):
        parameters[f"{name}.kernel"][...] = kernel
        parameters[f"{name}.bias"][...] = bias


def _own_name(activation: Any) -> Any:
    return ACTIVATIONS.get(activation, activation) if isinstance(activation, str) else activation
