# SPDX-License-Identifier: BSD-3-Clause
"""The table as dots, the sweeps as curves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

import peers
from harness.report import microseconds
from harness.results import FAMILIES, Row
from harness.run import Curve, Outcome
from harness.workloads import TRAIN

# Colours that stay apart for the colour-blind; ours is the only dark one.
OURS_COLOUR = "#111111"
STYLES = {
    "PyTorch": ("#D55E00", "o"),
    "PyTorch compiled": ("#D55E00", "D"),
    "JAX jit": ("#0072B2", "o"),
    "JAX scan": ("#0072B2", "D"),
    "scikit-learn": ("#E69F00", "s"),
    "NumPy": ("#009E73", "^"),
    "ONNX Runtime": ("#CC79A7", "o"),
    "ONNX Rt bound": ("#CC79A7", "D"),
}
CLIFF_COLOUR = "#D00000"
QUIET: dict[str, Any] = {"color": "#999999", "linewidth": 0.6}


def plot_table(outcomes: Sequence[Outcome], path: Path) -> None:
    """Each peer's time over ours, one panel a number of threads; ours is the line at 1."""
    shown = [outcome for outcome in outcomes if any(row.ours for row in outcome.rows)]
    if not shown:
        return
    labels = list(dict.fromkeys(row.workload.label(row.kind) for outcome in shown for row in outcome.rows))
    rows = len(labels)
    figure, axes = plt.subplots(
        1, len(shown), figsize=(3.4 + 5.2 * len(shown), 1.9 + 0.34 * rows), sharey=True, squeeze=False
    )
    used: set[str] = set()
    for panel, outcome in zip(axes[0], shown, strict=True):
        used |= _table_panel(panel, outcome, labels)
    first = axes[0][0]
    first.set_yticks(range(rows), labels)
    first.set_ylim(rows - 0.4, -0.6)
    handles = [Line2D([], [], color=OURS_COLOUR, linewidth=2.5, label="laminar (its time beside the panel)")]
    for family, (colour, marker) in STYLES.items():
        if family in used:
            handles.append(Line2D([], [], color=colour, marker=marker, linestyle="", label=family))
    handles.append(
        Line2D(
            [], [], color=OURS_COLOUR, marker="|", markersize=13, linestyle="", label="goal for the best peer"
        )
    )
    figure.legend(
        handles=handles, loc="lower center", ncols=5 if len(shown) > 1 else 3, frameon=False, fontsize=9
    )
    figure.suptitle(
        "Time of a step over laminar's (least of all rounds, float32): right of the line is slower",
        fontsize=11,
    )
    figure.tight_layout(rect=(0, 0.09, 1, 1))
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _table_panel(panel: Any, outcome: Outcome, labels: list[str]) -> set[str]:
    panel.axvline(1, color=OURS_COLOUR, linewidth=2.5, zorder=2)
    used: set[str] = set()
    lines = [(labels.index(row.workload.label(row.kind)), row) for row in outcome.rows]
    for line, row in lines:
        panel.axhline(line, color="#e6e6e6", linewidth=0.8, zorder=0)
        used |= _dots(panel, line, row)
        if row.goal:
            panel.plot(row.goal.goal, line, color=OURS_COLOUR, marker="|", markersize=13, zorder=2.5)
    panel.set_xscale("log")
    low, high = panel.get_xlim()
    panel.set_xlim(min(low / 1.1, 0.7), high * 1.1)
    # Beside the panel: no label may hide a peer that is faster.
    beside = panel.get_yaxis_transform()
    for line, row in lines:
        if row.ours:
            time = microseconds(row.ours.minimum)
            panel.text(
                1.01, line, f"{time} µs", transform=beside, fontsize=8.5, fontweight="bold", va="center"
            )
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.grid(axis="x", color="#e6e6e6", linewidth=0.8, zorder=0)
    panel.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    threads = outcome.settings.threads
    panel.set_title(f"{threads} thread{'s' * (threads > 1)}, {outcome.our_isa}", fontsize=10)
    return used


def _dots(panel: Any, line: int, row: Row) -> set[str]:
    used = set()
    for family, (colour, marker) in STYLES.items():
        figure = row.best(family)
        if figure and row.ours:
            ratio = figure.minimum / row.ours.minimum
            panel.plot(
                ratio,
                line,
                color=colour,
                marker=marker,
                markersize=6.5,
                markeredgecolor="white",
                alpha=0.95,
                zorder=3,
            )
            used.add(family)
    return used


def plot_sweeps(outcome: Outcome, path: Path) -> None:
    """Time a multiply-add against size, forward beside training; a cliff of ours has a ring."""
    names = list(dict.fromkeys(curve.sweep.name for curve in outcome.curves))
    if not names:
        return
    figure, axes = plt.subplots(len(names), 2, figsize=(11, 2.6 * len(names) + 0.8), squeeze=False)
    for curve in outcome.curves:
        panel = axes[names.index(curve.sweep.name)][int(curve.kind == TRAIN)]
        _sweep_panel(panel, curve, outcome.our_peak)
    handles = [Line2D([], [], color=OURS_COLOUR, marker="o", markersize=4, linewidth=2, label="laminar")]
    for name in dict.fromkeys(
        name for curve in outcome.curves for name in curve.figures if name != peers.OURS
    ):
        colour, _ = STYLES[FAMILIES[name]]
        handles.append(Line2D([], [], color=colour, marker="o", markersize=3, linewidth=1.2, label=name))
    handles.append(
        Line2D(
            [],
            [],
            color=CLIFF_COLOUR,
            marker="o",
            markersize=10,
            fillstyle="none",
            linestyle="",
            label="cliff",
        )
    )
    handles.append(Line2D([], [], **QUIET, linestyle="--", label="FMA peak"))
    figure.legend(handles=handles, loc="lower center", ncols=6, frameon=False)
    threads = outcome.settings.threads
    figure.suptitle(f"Picoseconds a multiply-add, {threads} thread{'s' * (threads > 1)}, {outcome.our_isa}")
    figure.tight_layout(rect=(0, 0.5 / figure.get_figheight(), 1, 1))
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _sweep_panel(panel: Any, curve: Curve, peak: float | None) -> None:
    # Evenly spaced: an odd size must not hide behind its even neighbour.
    places = range(len(curve.sweep.values))
    for name in reversed(list(curve.figures)):
        works = zip(curve.times(name), curve.multiply_adds, strict=True)
        picoseconds = [1e6 * time / work for time, work in works]
        if name == peers.OURS:
            panel.plot(
                places, picoseconds, color=OURS_COLOUR, marker="o", markersize=4, linewidth=2, zorder=4
            )
            rings = {"color": CLIFF_COLOUR, "marker": "o", "markersize": 11, "fillstyle": "none"}
            for index, _ in curve.cliffs(name):
                panel.plot(index, picoseconds[index], linestyle="", zorder=5, **rings)
        else:
            colour, _ = STYLES[FAMILIES[name]]
            panel.plot(places, picoseconds, color=colour, marker="o", markersize=3, linewidth=1.2, zorder=3)
    if peak:
        panel.axhline(2e3 / peak, linestyle="--", **QUIET)
    panel.set_yscale("log")
    crowded = len(places) > 15
    labels = [str(value) for value in curve.sweep.values]
    panel.set_xticks(places, labels, fontsize=7, rotation=50 if crowded else 0)
    low, high = panel.get_ylim()
    panel.set_ylim(low, max(high, 4 * low))
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.yaxis.set_minor_formatter(NullFormatter())
    panel.grid(color="#eeeeee", zorder=0)
    panel.spines[["top", "right"]].set_visible(False)
    what = "train step" if curve.kind == TRAIN else "forward"
    panel.set_title(f"{curve.sweep.name}, {what}", fontsize=10, loc="left")
    panel.set_xlabel(curve.sweep.axis, fontsize=8)
