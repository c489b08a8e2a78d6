# SPDX-License-Identifier: BSD-3-Clause
"""Distributions of weights and of activations, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from laminar._keywords import known_keywords, nearest
from laminar._model import Model
from laminar._options import as_list
from laminar.plot._axes import BLUE, GRID, VERMILION, axes_for, tidy
from laminar.plot._trace import trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from laminar._core import Arrays
    from laminar._network import Network

_MOST_BINS = 60
_PEAK = 0.82  # of the distance between two rows
_PERCENTILES = (0.1, 99.9)


class _Row(NamedTuple):
    name: str
    values: NDArray[np.float64]
    note: str


@known_keywords
def weight_histograms(model: Network, layers: Sequence[str] | None = None, ax: Any = None) -> Axes:
    """Draw how the values of each parameter are distributed, one row a parameter.

    All rows have one horizontal axis; each is scaled to its own peak. A parameter whose values are all equal,
    such as a new bias, is a line.

    Parameters
    ----------
    model : Model
        A model whose shapes are known.
    layers : sequence of str, optional
        Names of the layers to show; by default all that have parameters.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        Where it is drawn.

    Raises
    ------
    ValueError
        If the model has no parameters, a layer is unknown, or a value is not finite.

    Examples
    --------
    >>> import laminar as lm
    >>> model = lm.Sequential([lm.Input((64,)), lm.Dense(32, activation="relu"), lm.Dense(10)], seed=0)
    >>> ax = lm.plot.weight_histograms(model, layers=["dense_1"])
    >>> [label.get_text().split(chr(10))[0] for label in ax.get_yticklabels()]
    ['dense_1.kernel', 'dense_1.bias']
    """
    where = "weight_histograms"
    parameters = model.parameters()
    owners = {name: name.rpartition(".")[0] for name in parameters}
    chosen = _chosen(where, layers, owners.values())
    rows = [
        _row(where, name, view, " x ".join(str(n) for n in view.shape))
        for name, view in parameters.items()
        if owners[name] in chosen
    ]
    if not rows:
        raise ValueError(f"{where}: model: it has no parameters, or is not built yet")
    return _draw(where, rows, "parameter value", BLUE, ax)


@known_keywords
def activation_histograms(
    model: Network, x: Arrays, layers: Sequence[str] | None = None, ax: Any = None
) -> Axes:
    """Draw how each layer's outputs are distributed for a batch, one row a call of a layer.

    The outputs are those of prediction: no dropout.

    All rows have one horizontal axis; each is scaled to its own peak. Zeros, as of units that a relu has
    switched off, are not in the shape: their share and the standard deviation of all stand beside it.

    Parameters
    ----------
    model : Model
        A model whose shapes are known; it is not changed.
    x : array of shape (m, ...)
        A batch; all its activations are in memory at once. With several inputs a tuple in model order or a
        dict by layer name.
    layers : sequence of str, optional
        Names of the layers to show; by default all.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        Where it is drawn.

    Raises
    ------
    ValueError
        If the model is not built, a layer is unknown, `x` is empty, or an activation is not finite.
    ShapeError
        If `x` does not fit the model.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((64,)), lm.Dense(32, activation="relu"), lm.Dense(10)], seed=0)
    >>> ax = lm.plot.activation_histograms(model, np.random.default_rng(0).normal(size=(100, 64)))
    >>> [label.get_text().split(chr(10))[0] for label in ax.get_yticklabels()]
    ['dense_1', 'dense_2']
    """
    where = "activation_histograms"
    nodes = trace(where, model)
    calls = [node for node in nodes if node.layer is not None]
    names = [node.layer.name for node in calls if node.layer is not None]
    chosen = _chosen(where, layers, names)
    inputs = [node.tensors[0] for node in nodes if node.layer is None]
    shown = [
        (node.name, tensor)
        for node, name in zip(calls, names, strict=True)
        if name in chosen
        for tensor in node.tensors
    ]
    outputs = Model(inputs, [tensor for _, tensor in shown], dtype=model.dtype).predict(x)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    rows = []
    for (name, _), values in zip(shown, outputs, strict=True):
        if values.size == 0:
            raise ValueError(f"{where}: x: expected at least one example, got none")
        zeros = float(np.mean(values == 0))
        row = _row(where, name, values, f"{zeros:.0%} zero" if zeros else "")
        rows.append(row._replace(values=row.values[row.values != 0]) if 0 < zeros < 1 else row)
    return _draw(where, rows, "activation", VERMILION, ax)


def _chosen(where: str, layers: Sequence[str] | None, known: Iterable[str]) -> set[str]:
    names = dict.fromkeys(known)
    if layers is None:
        return set(names)
    chosen = set(as_list(f"{where}: layers", layers, "layer names"))
    for name in sorted(chosen, key=str):
        if name not in names:
            raise ValueError(f"{where}: layers: no layer {name!r} to show{nearest(str(name), names)}")
    if not chosen:
        raise ValueError(f"{where}: layers: expected at least one name (known: {', '.join(names)})")
    return chosen


def _row(where: str, name: str, values: NDArray[Any], note: str) -> _Row:
    flat = np.asarray(values, dtype=np.float64).ravel()
    if not np.isfinite(flat).all():
        raise ValueError(f"{where}: {name}: expected finite values, got NaN or infinity")
    spread = f"std {flat.std():.3g}"
    return _Row(name, flat, f"{note}, {spread}" if note else spread)


def _draw(where: str, rows: Sequence[_Row], xlabel: str, colour: str, ax: Any) -> Axes:
    axes = axes_for(where, ax, (6.4, 1.0 + 0.52 * len(rows)))
    bases = range(len(rows) - 1, -1, -1)  # the first row is on top
    for base, row in zip(bases, rows, strict=True):
        axes.axhline(base, color=GRID, linewidth=0.8, zorder=0)
        _draw_row(axes, base, row.values, colour)
    labels = [f"{row.name}\n{row.note}" for row in rows]
    axes.set_yticks([base + _PEAK / 2 for base in bases], labels, fontsize="small", parse_math=False)
    axes.set_ylim(-0.1, len(rows) - 0.05)
    axes.set_xlim(*_limits(rows))
    axes.set_xlabel(xlabel)
    axes.tick_params(axis="y", length=0)
    tidy(axes, "x")
    axes.spines["left"].set_visible(False)
    return axes


def _draw_row(ax: Axes, base: int, values: NDArray[np.float64], colour: str) -> None:
    low, high = values.min(), values.max()
    if not high > low:
        ax.plot([low, low], [base, base + _PEAK], color=colour, linewidth=1.4)
        return
    counts, edges = np.histogram(values, bins=min(_MOST_BINS, 2 * round(values.size**0.5) + 2))
    heights = base + _PEAK * counts / counts.max()
    ax.stairs(heights, edges, baseline=base, fill=True, color=colour, alpha=0.35)
    ax.stairs(heights, edges, baseline=base, color=colour, linewidth=1.0)


def _limits(rows: Sequence[_Row]) -> tuple[float, float]:
    """Return a range that holds 0 and all values but far outliers, which would press the rest together."""
    low = high = 0.0
    for row in rows:
        first, last = np.percentile(row.values, _PERCENTILES)
        reach = (last - first) / 2
        low = min(low, float(max(first - reach, row.values.min())))
        high = max(high, float(min(last + reach, row.values.max())))
    margin = 0.04 * (high - low) or 1.0
    return low - margin, high + margin
