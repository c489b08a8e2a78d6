# SPDX-License-Identifier: BSD-3-Clause
"""scikit-learn's MLP: one batch, or many, in one call of partial_fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

from harness.workloads import FIT, FIT_SHUFFLED, PREDICT_BATCH, PREDICT_ONE, TRAIN, Workload
from peers.base import Prepared, Task

# Beyond it an epoch takes half a minute, several times the next peer's.
LARGEST = 5e9  # multiply-adds a step


class ScikitLearn:
    """One process's scikit-learn. Its predictions are probabilities, whatever the others' are."""

    def __init__(self) -> None:
        sklearn.set_config(assume_finite=True)
        self.about = {"scikit-learn": sklearn.__version__, "numpy": np.__version__}

    def prepare(self, workload: Workload, kinds: Sequence[str]) -> Prepared:
        """Build the classifiers of a workload; there are none for products and squared errors."""
        has_none = workload.loss == "mean_squared_error" or not workload.bias
        if has_none or workload.multiply_adds(TRAIN) > LARGEST:
            return Prepared()
        x, y = _rows(workload, 1)
        one = x[:1].copy()
        model = classifier(workload)
        predictor = classifier(workload)
        ready = Prepared(
            {
                TRAIN: Task(lambda: model.partial_fit(x, y)),
                PREDICT_ONE: Task(lambda: predictor.predict_proba(one)),
                PREDICT_BATCH: Task(lambda: predictor.predict_proba(x)),
            },
            weights=lambda: _parameters(model),
        )
        rows, labels = _rows(workload, workload.fit_batches)
        for kind in {FIT, FIT_SHUFFLED}.intersection(kinds):
            fitted = classifier(workload, shuffle=kind == FIT_SHUFFLED)
            # One call of partial_fit is one epoch.
            call = lambda fitted=fitted: fitted.partial_fit(rows, labels)  # noqa: E731
            ready.tasks[kind] = Task(call, workload.fit_batches)
        return ready

    def release(self) -> None:
        """Nothing stays behind."""


def classifier(workload: Workload, shuffle: bool = False) -> MLPClassifier:
    """Make an MLPClassifier with the workload's initial parameters."""
    model = MLPClassifier(
        workload.sizes[1:-1],
        solver=workload.optimizer,
        alpha=0.0,
        batch_size=workload.batch,
        learning_rate_init=workload.learning_rate,
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=shuffle,
        random_state=0,
    )
    x, y = _rows(workload, 1)
    model.partial_fit(x, y, classes=np.arange(max(2, workload.sizes[-1])))  # makes the arrays
    parameters = workload.parameters()
    for layer, (kernel, bias) in enumerate(parameters):
        model.coefs_[layer][...] = kernel
        model.intercepts_[layer][...] = bias
    rule = model._optimizer
    if workload.optimizer == "adam":
        rule.t = 0
        for moment in (*rule.ms, *rule.vs):
            moment[...] = 0
    return model


def _rows(workload: Workload, batches: int) -> tuple[Any, Any]:
    x, y = workload.data(batches)
    return x, y.ravel().astype(np.int64)


def _parameters(model: MLPClassifier) -> list[Any]:
    return [array for layer in zip(model.coefs_, model.intercepts_, strict=True) for array in layer]


def create(variant: str, settings: dict[str, Any]) -> ScikitLearn:
    del variant, settings
    return ScikitLearn()
