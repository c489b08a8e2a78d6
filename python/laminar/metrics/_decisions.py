# SPDX-License-Identifier: BSD-3-Clause
"""Metrics of classes, and of outputs that are a yes or a no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from laminar._keywords import known_keywords
from laminar.metrics._base import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    Average = Literal["binary", "macro", "micro"]


class Accuracy(Metric):
    """Share of right predictions.

    ``sum_i w_i a_i / sum_i w_i``, a_i being 1 where the class of example i is right, else 0. Of an example
    of several steps or outputs it is the share that is right, of those whose target is known.

    Parameters
    ----------
    threshold : float, default 0.5
        What an output that stands alone is above where it says yes, between 0 and 1.
    name : str, optional
        The key in logs and history, by default ``"accuracy"``.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.metrics.Accuracy(threshold=0.3)
    Accuracy(threshold=0.3)
    """

    @known_keywords
    def __init__(self, threshold: float = 0.5, name: str | None = None) -> None:
        super().__init__("Accuracy", {"threshold": threshold, "name": name})


class ErrorRate(Metric):
    """Share of wrong predictions, weighted by class if wanted.

    ``sum_i w_i c(y_i) I{wrong_i} / sum_i w_i c(y_i)`` with the weight c of the true class: between 0 and 1,
    and one minus the accuracy where all classes weigh the same. With several steps or outputs the sums go
    over all of them.

    Parameters
    ----------
    class_weight : dict of int to float, optional
        Weight of each class, at least 0; 1 for classes not named. Outputs that stand alone have the classes
        0 and 1.
    threshold : float, default 0.5
        What an output that stands alone is above where it says yes, between 0 and 1.
    name : str, optional
        The key in logs and history, by default ``"error_rate"``.

    Examples
    --------
    >>> import laminar as lm  # a mistake on class 1 counts as ten on class 0
    >>> lm.metrics.ErrorRate(class_weight={1: 10.0})
    ErrorRate(class_weight={1: 10.0})
    """

    @known_keywords
    def __init__(
        self,
        class_weight: Mapping[int, float] | None = None,
        threshold: float = 0.5,
        name: str | None = None,
    ) -> None:
        options = {"class_weight": class_weight, "threshold": threshold, "name": name}
        super().__init__("ErrorRate", options)

    @property
    def options(self) -> dict[str, Any]:
        """The options as plain values."""
        options = dict(super().options)
        weights = options["class_weight"]
        if weights is not None:  # the core's keys are text
            options["class_weight"] = {int(label): weight for label, weight in weights.items()}
        return options


class _Confusion(Metric):
    @known_keywords
    def __init__(self, average: Average = "binary", threshold: float = 0.5, name: str | None = None) -> None:
        super().__init__(type(self).__name__, {"average": average, "threshold": threshold, "name": name})


class Precision(_Confusion):
    """Share of the predicted positives that are positive.

    ``TP / (TP + FP)``, sums of weights, 0 where nothing is predicted positive. Of classes that exclude each
    other TP_c counts the examples of class c that are predicted as c; an output that stands alone has the
    classes 0 and 1. Of outputs that do not exclude each other each has counts of its own.

    Parameters
    ----------
    average : {"binary", "macro", "micro"}, default "binary"
        ``"binary"``: of class 1, of two classes or one output. ``"macro"``: mean over the classes that
        occur in targets or predictions, or over all outputs. ``"micro"``: of the counts of all of them
        together.
    threshold : float, default 0.5
        What an output that stands alone is above where it says yes, between 0 and 1.
    name : str, optional
        The key in logs and history, by default ``"precision"``.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((1,)), lm.Activation("linear")])
    >>> model.compile(loss="binary_cross_entropy", metrics=["precision", "recall", "f1"])
    >>> result = model.evaluate(np.array([[0.9], [0.8], [0.7], [0.1]]), np.array([1, 1, 0, 0]))
    >>> [round(result[name], 4) for name in ("precision", "recall", "f1")]
    [0.6667, 1.0, 0.8]
    """


class Recall(_Confusion):
    """Share of the positives that are predicted positive.

    ``TP / (TP + FN)``, sums of weights, 0 where nothing is positive; counted as in :class:`Precision`.

    Parameters
    ----------
    average : {"binary", "macro", "micro"}, default "binary"
        As in :class:`Precision`.
    threshold : float, default 0.5
        What an output that stands alone is above where it says yes, between 0 and 1.
    name : str, optional
        The key in logs and history, by default ``"recall"``.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.metrics.Recall(average="macro", name="mean_recall")
    Recall(average='macro', name='mean_recall')
    """


class F1(_Confusion):
    """Harmonic mean of precision and recall.

    ``2 / (1 / P + 1 / R) = 2 TP / (2 TP + FP + FN)``, 0 where there is neither a positive nor a predicted
    one; ``"macro"`` is the mean of the classes' F1. Counted as in :class:`Precision`.

    Parameters
    ----------
    average : {"binary", "macro", "micro"}, default "binary"
        As in :class:`Precision`.
    threshold : float, default 0.5
        What an output that stands alone is above where it says yes, between 0 and 1.
    name : str, optional
        The key in logs and history, by default ``"f1"``.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.metrics.F1("micro")
    F1(average='micro')
    """


class TopKAccuracy(Metric):
    """Share of examples whose class is among the k likeliest.

    ``sum_i w_i I{fewer than k classes are likelier than y_i} / sum_i w_i``; of equals the first counts as the
    likelier, so that k = 1 is the accuracy.

    Parameters
    ----------
    k : int, default 5
        From 1 to the number of classes.
    name : str, optional
        The key in logs and history, by default ``"top_k_accuracy"``.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.metrics.TopKAccuracy(k=3, name="top_3")
    TopKAccuracy(k=3, name='top_3')
    """

    @known_keywords
    def __init__(self, k: int = 5, name: str | None = None) -> None:
        super().__init__("TopKAccuracy", {"k": k, "name": name})
