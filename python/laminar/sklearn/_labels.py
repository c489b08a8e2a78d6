# SPDX-License-Identifier: BSD-3-Clause
"""Class labels, and what a network is given and yields in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.utils.multiclass import check_classification_targets, type_of_target

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

Kind = Literal["binary", "multiclass", "multilabel", "multioutput"]


@dataclass(frozen=True)
class Labels:
    """The classes of each output."""

    kind: Kind
    classes: tuple[Array, ...]

    @staticmethod
    def of(y: Array) -> Labels:
        """Return the labels that targets hold."""
        check_classification_targets(y)
        target = type_of_target(y, input_name="y")
        if target == "multilabel-indicator":
            return Labels("multilabel", (np.arange(y.shape[1]),))
        if target == "multiclass-multioutput":
            return Labels("multioutput", tuple(np.unique(column) for column in y.T))
        return Labels.among(np.unique(y))

    @staticmethod
    def among(classes: Array) -> Labels:
        """Return the labels of one output with these classes."""
        return Labels("binary" if len(classes) <= 2 else "multiclass", (classes,))

    @property
    def outputs(self) -> tuple[int, ...]:
        """Units of each output layer."""
        if self.kind == "binary":
            return (1,)
        return tuple(len(classes) for classes in self.classes)

    @property
    def out_activation(self) -> str:
        """scikit-learn's name of the activation of the outputs."""
        return "logistic" if self.kind in ("binary", "multilabel") else "softmax"

    @property
    def public(self) -> Array | list[Array]:
        """What ``classes_`` holds."""
        return list(self.classes) if self.kind == "multioutput" else self.classes[0]

    def check_columns(self, y: Array) -> None:
        """Raise where targets of several outputs have other columns or other labels."""
        n_columns = len(self.classes[0]) if self.kind == "multilabel" else len(self.classes)
        if y.ndim != 2 or y.shape[1] != n_columns:
            raise ValueError(f"y: expected {n_columns} columns as in the first call, got shape {y.shape}")
        known = (np.arange(2),) * n_columns if self.kind == "multilabel" else self.classes
        for j, classes in enumerate(known):
            unknown = np.setdiff1d(y[:, j], classes)
            if len(unknown):
                raise ValueError(f"y: expected labels of column {j} among {classes}, got {unknown}")

    def encode(self, y: Array) -> Array:
        """Return the targets of the network, one row an example; labels are known to be among the classes."""
        if self.kind == "binary":
            return (
                np.asarray(y == self.classes[0][-1]) if len(self.classes[0]) == 2 else np.zeros(len(y), bool)
            )
        if self.kind == "multiclass":
            return np.searchsorted(self.classes[0], y)
        if self.kind == "multilabel":
            return np.asarray(y).astype(bool)
        columns = [
            np.searchsorted(classes, column) for classes, column in zip(self.classes, y.T, strict=True)
        ]
        return np.stack(columns, axis=1)

    def decide(self, outputs: Any) -> Array:
        """Return the labels that the outputs of a network make likeliest."""
        if self.kind == "binary":
            return self.classes[0][self._yes(outputs[:, 0])]
        if self.kind == "multiclass":
            return self.classes[0][outputs.argmax(axis=1)]
        if self.kind == "multilabel":
            return (outputs > 0.5).astype(int)
        heads = as_heads(outputs)
        columns = [classes[head.argmax(axis=1)] for classes, head in zip(self.classes, heads, strict=True)]
        return np.stack(columns, axis=1)

    def probabilities(self, outputs: Any) -> Any:
        """Return one column a class; of several outputs, a list with one array each."""
        if self.kind == "multioutput":
            return as_heads(outputs)
        if self.kind != "binary":
            return outputs
        result = np.empty((len(outputs), len(self.classes[0])), outputs.dtype)
        if result.shape[1] == 1:  # nothing else is possible
            result.fill(1)
            return result
        yes = outputs[:, 0]
        result[:, 1] = yes
        np.subtract(1, yes, out=result[:, 0])
        return result

    def one_hot(self, codes: Array, dtype: str) -> Any:
        """Return encoded targets as probabilities, for losses other than the log loss."""
        if self.kind in ("binary", "multilabel"):
            return codes.astype(dtype)
        columns = codes.reshape(len(codes), -1).T
        heads = [
            np.eye(len(classes), dtype=dtype)[column]
            for classes, column in zip(self.classes, columns, strict=True)
        ]
        return tuple(heads) if self.kind == "multioutput" else heads[0]

    def _yes(self, probability: Array) -> Array:
        if len(self.classes[0]) == 1:
            return np.zeros(len(probability), np.intp)
        return (probability > 0.5).astype(np.intp)


def balanced(y: Array, weights: Array) -> Array:
    """Return weights scaled so that all classes of a column that weigh anything weigh the same.

    scikit-learn's "balanced" counts examples, whatever their weight; then one of weight 0 would matter.
    """
    scaled = weights.copy()
    for column in y.reshape(len(y), -1).T:
        _, codes = np.unique(column, return_inverse=True)
        of_class = np.bincount(codes, weights)
        share = weights.sum() / (np.count_nonzero(of_class) * np.where(of_class, of_class, 1))
        scaled *= share[codes]
    return scaled


def as_heads(outputs: Any) -> list[Array]:
    """Return one array an output layer."""
    return list(outputs) if isinstance(outputs, tuple) else [outputs]
