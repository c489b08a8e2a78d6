# SPDX-License-Identifier: BSD-3-Clause
"""How a classifier's labels become what its network is trained on and judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import column_or_1d
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import validate_data

from laminar import losses
from laminar.metrics import Accuracy
from laminar.sklearn._base import BaseMLP
from laminar.sklearn._labels import Labels, balanced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laminar.sklearn._data import Rows

    Array = NDArray[Any]

# What the loss of the classes' probabilities goes by.
_LOG_LOSS = ("log_loss", "cross_entropy", "binary_cross_entropy")


class ClassifyingMLP(BaseMLP):
    """Base of the classifier: all that goes by its labels."""

    loss: Any
    class_weight: Any
    classes_: Any
    _labels: Labels

    def _check_targets(self, X: Any, y: Any, first: bool, incremental: bool) -> tuple[Any, Array]:
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            dtype=(np.float64, np.float32),
            ensure_min_samples=self._least_rows(),
            reset=first,
        )
        y = self._one_axis(y)
        if not hasattr(self, "classes_") or (first and not incremental):
            self._labels = Labels.of(y)
            self.classes_ = self._labels.public
        else:
            self._check_known(y)
        return X, self._labels.encode(y)

    @staticmethod
    def _one_axis(y: Any) -> Array:
        y = y.toarray() if issparse(y) else y
        return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _check_known(self, y: Array) -> None:
        """Raise where targets hold labels that an earlier call didn't know."""
        if self._labels.kind in ("multilabel", "multioutput"):
            self._labels.check_columns(y)
            return
        classes = np.unique(y)
        if self.warm_start:
            if not np.array_equal(classes, self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the previous call "
                    f"to fit. Previously got {self.classes_}, `y` has {classes}"
                )
        elif len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {classes}."
            )

    def _encode_validation(self, y: Any, like: Array) -> Array:
        y = self._one_axis(np.asarray(y) if not issparse(y) else y)
        if self._labels.kind in ("multilabel", "multioutput"):
            self._labels.check_columns(y)
        elif len(unknown := np.setdiff1d(y, self.classes_)):
            raise ValueError(f"y_val: expected labels among {self.classes_}, got {unknown}")
        return self._labels.encode(y)

    def _weights(self, sample_weight: Any, X: Any, y: Any) -> Array | None:
        weights = super()._weights(sample_weight, X, y)
        if self.class_weight is None:
            return weights
        y = self._one_axis(y if issparse(y) else np.asarray(y))
        if weights is not None and isinstance(self.class_weight, str):
            return balanced(y, weights)
        by_class = compute_sample_weight(self.class_weight, y)
        return by_class if weights is None else weights * by_class

    def _outputs(self, y: Array) -> tuple[tuple[int, ...], str]:
        return self._labels.outputs, self._labels.out_activation

    def _plain_loss(self) -> bool:
        return isinstance(self.loss, str) and self.loss in _LOG_LOSS

    def _targets(self, y: Array) -> Any:
        if not self._plain_loss():
            return self._labels.one_hot(y, self._architecture.dtype)
        if self._labels.kind == "multioutput":
            return tuple(np.ascontiguousarray(column) for column in y.T)
        return y

    def _losses(self) -> tuple[list[Any], list[list[Any]], list[float] | None]:
        n_outputs = len(self._architecture.outputs)
        loss: Any = self.loss
        if self._plain_loss():
            several = self._architecture.out_activation == "softmax"
            loss = losses.CrossEntropy() if several else losses.BinaryCrossEntropy(reduce_outputs="sum")
        return [loss] * n_outputs, [[] for _ in range(n_outputs)], None

    def _reporter(self, y: Array, weights: Array | None) -> Any:
        return lambda logs, prefix: logs[f"{prefix}loss"]

    def _score_metrics(self) -> list[Any]:
        return [Accuracy()] if self._scored_by_core() else []

    def _scored_by_core(self) -> bool:
        """Return whether the core's accuracy is scikit-learn's, where all labels of a row must be right."""
        return self._labels.kind in ("binary", "multiclass")

    def _score_of(self, logs: dict[str, float], test: Rows) -> float:
        if self._scored_by_core():
            return logs["val_accuracy"]
        guess = self._labels.encode(self._labels.decide(test.predict(self._ready_model())))
        return float(np.average((guess == test.y).all(axis=1), weights=test.weights))

    def _stratified(self) -> bool:
        return self._labels.kind == "binary"
