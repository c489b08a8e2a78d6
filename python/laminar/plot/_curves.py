# SPDX-License-Identifier: BSD-3-Clause
"""Learning curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from laminar import losses
from laminar._history import History
from laminar._keywords import known_keywords, nearest
from laminar._options import type_name
from laminar.plot._axes import BLUE, INK, VERMILION, axes_for, legend, pyplot, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_WHERE = "learning_curves"
_DEV = "val_"
_LOW_IS_GOOD = ("loss", "error", "error_rate", "mae", "mse", "rmse")
_HIGH_IS_GOOD = ("accuracy", "precision", "recall", "f1", "r2", "auc")
_PANEL_COLUMNS = 3


@overload
def learning_curves(
    history: History | Mapping[str, Sequence[float]], metrics: str, ax: Any = None
) -> Axes: ...
@overload
def learning_curves(
    history: History | Mapping[str, Sequence[float]],
    metrics: list[str] | tuple[str, ...] | None = None,
    ax: Any = None,
) -> NDArray[Any]: ...
@known_keywords
def learning_curves(
    history: History | Mapping[str, Sequence[float]],
    metrics: str | list[str] | tuple[str, ...] | None = None,
    ax: Any = None,
) -> Any:
    """Draw how loss and metrics went on over the epochs, on training and on validation data.

    The best epoch is marked, on validation data where there is some: the lowest of a loss or an error, the
    highest of an accuracy, precision, recall, F1, R2 or AUC. Of other metrics none is marked.

    Parameters
    ----------
    history : History or mapping of str to sequence of float
        What ``fit`` returned.
    metrics : str, or list or tuple of str, optional
        What to draw, without ``val_`` in front; by default all that was recorded, a panel each.
    ax : Axes or sequence of Axes, optional
        Where to draw: one Axes a metric. By default a new figure.

    Returns
    -------
    Axes or array of Axes
        One Axes where `metrics` is a string, else an array of shape (n_metrics,).

    Raises
    ------
    ValueError
        If nothing was recorded, a metric is not in the history, or `ax` holds another number of Axes.

    Examples
    --------
    >>> import laminar as lm
    >>> history = lm.History({"loss": [0.9, 0.5, 0.3], "val_loss": [0.8, 0.6, 0.7]}, [0, 1, 2])
    >>> ax = lm.plot.learning_curves(history, "loss")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['train', 'dev', 'best dev: 0.6, epoch 2']
    """
    curves, epochs = _recorded(history)
    known = list(dict.fromkeys(name.removeprefix(_DEV) for name in curves))
    wanted = known if metrics is None else metrics
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    if not names:
        raise ValueError(f"{_WHERE}: metrics: expected at least one name (known: {', '.join(known)})")
    for name in names:
        if name not in known:
            raise ValueError(f"{_WHERE}: metrics: {name!r} is not in the history{nearest(str(name), known)}")
    panels = _panels(ax, names)
    for panel, name in zip(panels, names, strict=True):
        _draw(panel, name, epochs, curves.get(name), curves.get(_DEV + name))
    return panels[0] if isinstance(metrics, str) else panels


def _recorded(history: Any) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.int64]]:
    """Return the curves by name, and the number of epochs that each point has behind it."""
    values = history.history if isinstance(history, History) else history
    if not hasattr(values, "items"):
        raise TypeError(f"{_WHERE}: history: expected what fit returned, got {type_name(history)}")
    curves = {name: np.asarray(curve, dtype=np.float64) for name, curve in values.items()}
    lengths = {curve.size for curve in curves.values()}
    if not curves or 0 in lengths:
        raise ValueError(f"{_WHERE}: history: expected at least one epoch, got none")
    if len(lengths) > 1:
        raise ValueError(f"{_WHERE}: history: expected curves of one length, got {sorted(lengths)}")
    (n,) = lengths
    finished = history.epoch if isinstance(history, History) else range(n)
    return curves, np.asarray(finished, dtype=np.int64) + 1


def _panels(ax: Any, names: Sequence[str]) -> NDArray[Any]:
    panels: NDArray[Any]
    if ax is None:
        columns = min(len(names), _PANEL_COLUMNS)
        rows = -(-len(names) // columns)
        size = (5.6, 3.4) if len(names) == 1 else (4.2 * columns, 3.2 * rows)
        _, grid = pyplot().subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
        for unused in grid.flat[len(names) :]:
            unused.remove()
        panels = grid.ravel()[: len(names)]
        return panels
    panels = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    if len(panels) != len(names):
        raise ValueError(f"{_WHERE}: ax: expected one Axes for each of {', '.join(names)}, got {len(panels)}")
    for panel in panels:
        axes_for(_WHERE, panel, (0, 0))
    return panels


def _draw(
    ax: Axes,
    name: str,
    epochs: NDArray[np.int64],
    train: NDArray[np.float64] | None,
    dev: NDArray[np.float64] | None,
) -> None:
    from matplotlib.ticker import MaxNLocator

    marker = "o" if len(epochs) == 1 else ""
    if train is not None:
        ax.plot(epochs, train, color=BLUE, linestyle=(0, (5, 2)), marker=marker, label="train")
    if dev is not None:
        ax.plot(epochs, dev, color=VERMILION, marker=marker, label="dev")
    which, curve = ("train", train) if dev is None else ("dev", dev)
    best = None if curve is None else _best(name, curve)
    if curve is not None and best is not None:
        label = f"best {which}: {curve[best]:.4g}, epoch {epochs[best]}"
        ax.axvline(float(epochs[best]), color=INK, linewidth=0.8, linestyle=":")
        ax.plot(epochs[best], curve[best], color=INK, marker="D", markersize=5, linestyle="", label=label)
    ax.set(xlabel="epoch", ylabel=name.replace("_", " "))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    tidy(ax)
    legend(ax)


def _best(name: str, curve: NDArray[np.float64]) -> int | None:
    """Return the index of the best value, None where it is not known what is good or all is NaN."""
    if np.isnan(curve).all():
        return None
    if _ends_with(name, (*_LOW_IS_GOOD, *losses.names())):
        return int(np.nanargmin(curve))
    return int(np.nanargmax(curve)) if _is_share(name) else None


def _is_share(name: str) -> bool:
    """Whether a metric is better the higher it is; its mean and the like may stand before or after."""
    return any(f"_{word}_" in f"_{name}_" for word in _HIGH_IS_GOOD)


def _ends_with(name: str, words: Sequence[str]) -> bool:
    """Whether a metric is of that name, perhaps with an output's in front: ``digit_loss``."""
    return any(f"_{name}".endswith(f"_{word}") for word in words)
