# SPDX-License-Identifier: BSD-3-Clause
"""Where pictures are drawn, and in which colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from laminar._options import type_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours without black and yellow: they stay apart for the colour-blind.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
BLUE, VERMILION, GREEN = PALETTE[:3]
INK = "#222222"
GREY = "#6b6b6b"
GRID = "#e3e3e3"


def missing(package: str) -> str:
    """Return the message of an ImportError about an optional package."""
    return f'laminar.plot needs {package}, which is not installed: pip install "laminar[plot]"'


def pyplot() -> Any:
    """Return ``matplotlib.pyplot``; ImportError names the extra that installs it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(missing("matplotlib")) from error
    return plt


def axes_for(where: str, ax: Any, figsize: tuple[float, float]) -> Axes:
    """Return `ax`, or the Axes of a new figure of that size in inches where it is None."""
    if ax is None:
        made: Axes = pyplot().subplots(figsize=figsize, layout="constrained")[1]
        return made
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise TypeError(f"{where}: ax: expected a matplotlib Axes, got {type_name(ax)}")
    return ax


def colours(n: int) -> list[Any]:
    """Return n colours: the palette while it lasts, else a spectrum."""
    if n <= len(PALETTE):
        return list(PALETTE[:n])
    from matplotlib import colormaps

    return [colormaps["turbo"]((i + 0.5) / n) for i in range(n)]


def legend(ax: Axes, **where: Any) -> None:
    """Add a legend whose background hides lines behind its words."""
    ax.legend(fontsize="small", framealpha=0.9, edgecolor="none", **where)


def tidy(ax: Axes, grid: Literal["both", "x"] = "both") -> None:
    """Take away what carries no information: two spines; put a faint grid behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    ax.grid(visible=True, axis=grid, color=GRID, linewidth=0.8)
