# SPDX-License-Identifier: BSD-3-Clause
"""The scores of a gradient check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laminar._check import BANDS, GradientReport
from laminar._keywords import known_keywords
from laminar._options import type_name
from laminar.plot._axes import BLUE, GREY, INK, axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WHERE = "gradient_check"
_LOWEST = 1e-12
_TICKS = range(-11, 2, 2)  # the bands' limits are among them
# From light to dark, so that the bands' order is seen without their colours.
_SHADES = ("#ffffff", "#f3f0e6", "#f3dfc3", "#ecc3a6")


@known_keywords
def gradient_check(report: GradientReport, ax: Any = None) -> Axes:
    """Draw the difference of each gradient from its central differences, and the bands of the verdicts.

    The dotted line is the difference that rounding alone is likely to cause. A difference of 0, or of a
    gradient that is below rounding, is a bar without length.

    Parameters
    ----------
    report : GradientReport
        What :func:`laminar.check_gradients` returned.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        Where it is drawn.

    Raises
    ------
    ValueError
        If the report holds no parameter.

    Examples
    --------
    >>> import laminar as lm
    >>> report = lm.GradientReport(3e-9, {"dense_1.kernel": 2e-9, "dense_1.bias": 4e-4}, 1e-9, 0, 0.5, 1e-7)
    >>> ax = lm.plot.gradient_check(report)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['dense_1.kernel', 'dense_1.bias', 'all']
    """
    if not isinstance(report, GradientReport):
        raise TypeError(f"{_WHERE}: report: expected a GradientReport, got {type_name(report)}")
    if not report.by_parameter:
        raise ValueError(f"{_WHERE}: report: expected at least one parameter, got none")
    from matplotlib.ticker import FixedLocator, NullLocator

    scores = {**report.by_parameter, "all": report.difference}
    axes = axes_for(_WHERE, ax, (6.4, 1.3 + 0.3 * len(scores)))
    positive = [score for score in (*scores.values(), report.rounding_floor) if score > 0]
    left = max(min([*positive, 1e-9]) / 10, _LOWEST)
    right = 10 * max([*positive, 1e-2])
    axes.set(xscale="log", xlim=(left, right), xlabel="relative difference from central differences")
    axes.xaxis.set_major_locator(FixedLocator([10.0**power for power in _TICKS]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_yticks(range(len(scores)), list(scores))
    axes.set_ylim(len(scores) - 0.05, -0.6)  # room for the words at the floor
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    _draw_bands(axes, left, right)
    _draw_bars(axes, scores, left, right)
    if report.rounding_floor > left:
        axes.axvline(report.rounding_floor, color=INK, linestyle=":", linewidth=1.2)
        _write(axes, "rounding floor", report.rounding_floor, len(scores) - 0.35)
    return axes


def _draw_bands(ax: Axes, left: float, right: float) -> None:
    low = left
    for (limit, verdict), shade in zip(BANDS, _SHADES, strict=True):
        high = min(limit, right)
        ax.axvspan(low, high, color=shade, linewidth=0, zorder=0)
        if limit < right:
            ax.axvline(limit, color=GREY, linewidth=0.9, zorder=1)
        ax.annotate(
            verdict,
            ((low * high) ** 0.5, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            fontsize="small",
            color=GREY,
        )
        low = high


def _draw_bars(ax: Axes, scores: dict[str, float], left: float, right: float) -> None:
    for place, (name, score) in enumerate(scores.items()):
        end = max(score, left)
        ax.barh(place, end - left, left=left, height=0.62, color=INK if name == "all" else BLUE, zorder=2)
        is_long = end / left > (right / left) ** 0.4  # 0.4 of the width: the words fit in
        _write(ax, f"{score:.1e}" if score else "0", end, place, inside=is_long)


def _write(ax: Axes, words: str, x: float, y: float, inside: bool = False) -> None:
    """Put words right of a point, or left of it on a bar."""
    from matplotlib.patheffects import withStroke

    # Outside lines pass behind the words.
    look: dict[str, Any] = {"color": INK, "path_effects": [withStroke(linewidth=2.5, foreground="white")]}
    ax.annotate(
        words,
        (x, y),
        xytext=(-4 if inside else 4, 0),
        textcoords="offset points",
        ha="right" if inside else "left",
        va="center",
        fontsize="small",
        zorder=3,
        **({"color": "white"} if inside else look),
    )
