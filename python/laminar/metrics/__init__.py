# SPDX-License-Identifier: BSD-3-Clause
"""Metrics: what an output is measured by besides the loss that is trained on.

``compile(metrics=[...])`` takes the objects below, names that stand for them with their defaults, losses,
whose weighted mean is then reported, and callables ``(y_true, y_pred) -> float``.

All but the callables are computed in the compiled core while batches go by, and add up exactly: no value
depends on the batch size. w_i is the weight of example i, 1 where none is given. Where classes are
concerned, predictions are read as probabilities: the class of an example is the largest of its outputs (the
first of equals), and an output that stands alone, or that does not exclude the others, is a yes where it is
above the threshold. Entries of y that are NaN, which ``BinaryCrossEntropy(missing="ignore")`` allows, are
left out.
"""

from laminar import losses
from laminar.metrics._base import Metric
from laminar.metrics._decisions import F1, Accuracy, ErrorRate, Precision, Recall, TopKAccuracy
from laminar.metrics._function import Function
from laminar.metrics._outputs import R2, RootMeanSquaredError

__all__ = [
    "F1",
    "R2",
    "Accuracy",
    "ErrorRate",
    "Function",
    "Metric",
    "Precision",
    "Recall",
    "RootMeanSquaredError",
    "TopKAccuracy",
    "names",
]

_NAMES = (
    "accuracy",
    "error_rate",
    "precision",
    "recall",
    "f1",
    "top_k_accuracy",
    "root_mean_squared_error",
    "r2",
)


def names() -> tuple[str, ...]:
    """Return the names that stand for a metric with its defaults.

    Returns
    -------
    tuple of str
        The names of the metrics below and of the losses.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.metrics.names()[:5]
    ('accuracy', 'error_rate', 'precision', 'recall', 'f1')
    """
    return (*_NAMES, *losses.names())
