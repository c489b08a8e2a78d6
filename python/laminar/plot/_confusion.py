# SPDX-License-Identifier: BSD-3-Clause
"""Which classes are taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._core import ShapeError
from laminar._keywords import known_keywords, nearest
from laminar.plot._axes import axes_for, missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

_WHERE = "confusion_matrix"
_NORMALIZE = ("true", "pred", "all")


@known_keywords
def confusion_matrix(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    labels: Sequence[Any] | None = None,
    normalize: str | None = None,
    display_labels: Sequence[str] | None = None,
    ax: Any = None,
) -> Any:
    """Draw how many examples of each class were taken for which class.

    Parameters
    ----------
    y_true : array of shape (m,), or (m, n_classes)
        The true classes; one-hot rows are read as the place of the 1.
    y_pred : array of shape (m,), (m, 1) or (m, n_classes)
        The predicted classes, or what ``predict`` returned: the largest of several columns counts, a single
        column of probabilities is cut at 0.5.
    labels : sequence, optional
        Which classes to show, in that order; by default all that occur, sorted.
    normalize : {"true", "pred", "all"}, optional
        Show shares of the true class (rows), of the predicted class (columns) or of all; by default counts.
    display_labels : sequence of str, optional
        The classes' names in the picture; by default the classes themselves.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    sklearn.metrics.ConfusionMatrixDisplay
        The picture; ``display.ax_`` is where it is drawn and ``display.confusion_matrix`` what it shows.

    Raises
    ------
    ShapeError
        If both do not have one class an example.
    ValueError
        If there is no example, `normalize` is unknown, or none of `labels` occurs in `y_true`.
    ImportError
        If scikit-learn or matplotlib is missing.

    Examples
    --------
    >>> import laminar as lm
    >>> display = lm.plot.confusion_matrix([0, 0, 1, 1], [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]])
    >>> display.confusion_matrix.tolist()
    [[1, 1], [0, 2]]
    """
    try:
        from sklearn.metrics import ConfusionMatrixDisplay
    except ImportError as error:
        raise ImportError(missing("scikit-learn")) from error
    if normalize is not None and normalize not in _NORMALIZE:
        raise ValueError(
            f"{_WHERE}: normalize: unknown kind {normalize!r}{nearest(str(normalize), _NORMALIZE)}"
        )
    truth, guess = _classes("y_true", y_true), _classes("y_pred", y_pred)
    if truth.shape != guess.shape:
        raise ShapeError(f"{_WHERE}: y_pred: expected {len(truth)} examples as in y_true, got {len(guess)}")
    n = len(labels) if labels is not None else len(np.union1d(truth, guess))
    if display_labels is not None and len(display_labels) != n:
        raise ValueError(f"{_WHERE}: display_labels: expected {n} names, got {len(display_labels)}")
    side = min(max(3.6, 1.2 + 0.4 * n), 12)
    axes = axes_for(_WHERE, ax, (side, side))
    display = ConfusionMatrixDisplay.from_predictions(
        truth,
        guess,
        labels=labels,
        normalize=normalize,
        display_labels=display_labels,
        values_format="d" if normalize is None else ".2f",
        cmap="Blues",
        colorbar=False,
        text_kw={"fontsize": "small"},
        ax=axes,
    )
    for text, value in zip(display.text_.flat, display.confusion_matrix.flat, strict=True):
        if value == 0:
            text.set_alpha(0.3)  # what is there should be seen first
    shares = {
        None: "",
        "true": ", share of the row",
        "pred": ", share of the column",
        "all": ", share of all",
    }
    axes.set(xlabel="predicted class", ylabel=f"true class{shares[normalize]}")
    return display


def _classes(argument: str, values: ArrayLike) -> NDArray[Any]:
    """Return one class an example, of classes, one-hot rows or probabilities."""
    array: NDArray[Any] = np.asarray(values)
    if array.ndim == 2 and array.shape[1] > 1:
        array = array.argmax(axis=1)
    elif array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ShapeError(f"{_WHERE}: {argument}: expected one class an example, got shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{_WHERE}: {argument}: expected at least one example, got none")
    if not np.issubdtype(array.dtype, np.floating):
        return array
    if np.array_equal(array, np.round(array)):
        return array.astype(np.int64)
    wrong = array[~((array >= 0) & (array <= 1))]
    if wrong.size:
        raise ValueError(f"{_WHERE}: {argument}: expected classes or probabilities, got {wrong[0]}")
    return (array > 0.5).astype(np.int64)
