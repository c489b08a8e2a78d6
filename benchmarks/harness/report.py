# SPDX-License-Identifier: BSD-3-Clause
"""Tables for people, JSON for the record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import peers
from harness.machine import describe
from harness.results import Row
from harness.run import Curve, Options, Outcome
from harness.workloads import TRAIN

SCHEMA = 1
NOISY = 0.05  # CPUs that others used
UNSTEADY = 1.2  # one round over another, for most peers


def microseconds(value: float) -> str:
    """Format a time in three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def optional(value: float | None, form: str) -> str:
    """Format a number, or a dash."""
    return "-" if value is None else format(value, form)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Make a Markdown table whose columns are also aligned for the eye."""
    widths = [max(len(line[column]) for line in (head, *rows)) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first = cells[0].ljust(widths[0])
        return (
            " | ".join([f"| {first}", *(c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True))])
            + " |"
        )

    rule = "|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""])
    return "\n".join([line(head), rule, *(line(row) for row in rows)])


def table(outcome: Outcome) -> str:
    """Make the table of one number of threads."""
    families = list(dict.fromkeys(spec.family for spec in peers.PEERS if spec.name in outcome.about))
    others = [family for family in families if family != peers.OURS]
    head = ["microseconds a step: least", "laminar", "(median)", *others]
    head += ["best peer", "best / ours", "(medians)", "goal", "", "GFLOP/s", "of peak"]
    rows = []
    for row in outcome.rows:
        cells = [row.workload.label(row.kind)]
        ours = row.ours
        cells += [microseconds(ours.minimum), f"({microseconds(ours.median)})"] if ours else ["-", "-"]
        figures = [row.best(family) for family in others]
        cells += [microseconds(figure.minimum) if figure else "-" for figure in figures]
        cells += _verdict(row)
        rows.append(cells)
    return markdown(head, rows)


def _verdict(row: Row) -> list[str]:
    best, ours, ratio = row.best_peer(), row.ours, row.ratio()
    fraction = row.fraction(ours) if ours else None
    cells = [best[0] if best else "-", optional(ratio, ".2f")]
    cells.append(f"({optional(row.ratio('median'), '.2f')})")
    if row.goal:
        cells += [f"{row.goal.goal:g}", _met(ratio, row.goal.goal, row.goal.beyond)]
    elif row.gemm_goal:
        cells += [f"{row.gemm_goal:.0%} of peak", _met(fraction, row.gemm_goal)]
    else:
        cells += ["-", ""]
    return [*cells, optional(row.gflops(ours) if ours else None, ".3g"), optional(fraction, ".0%")]


def _met(value: float | None, goal: float, beyond: float = float("inf")) -> str:
    if value is None:
        return ""
    return "missed" if value < goal else "met" if value < beyond else "beyond"


def fractions(outcome: Outcome) -> list[str]:
    """Tell what every peer reaches of the FMA peak in the plain product."""
    if outcome.our_peak is None:
        return []
    lines = []
    for row in outcome.rows:
        if row.gemm_goal is not None:
            shares = {name: row.fraction(figure) for name, figure in row.figures.items()}
            ordered = sorted(shares.items(), key=lambda item: -(item[1] or 0))
            text = ", ".join(f"{name} {optional(share, '.0%')}" for name, share in ordered)
            lines.append(f"{row.workload.label(row.kind)}, of the FMA peak: {text}")
    return lines


def sweep_table(curve: Curve) -> str:
    """Make the table of one sweep: microseconds of each peer, our picoseconds a multiply-add."""
    names = list(curve.figures)
    head = [f"{curve.sweep.name}, {curve.kind}: {curve.sweep.axis}", *names, "ours, ps a multiply-add"]
    rows = []
    for index, value in enumerate(curve.sweep.values):
        cells = [str(value), *(microseconds(curve.times(name)[index]) for name in names)]
        ours = curve.times(peers.OURS)[index] if peers.OURS in names else None
        work = None if ours is None else 1e6 * ours / curve.multiply_adds[index]
        rows.append([*cells, optional(work, ".3g")])
    return markdown(head, rows)


def cliffs(outcome: Outcome) -> list[str]:
    """Make a line for each of our points that costs more than its neighbours let one expect."""
    lines = []
    for curve in outcome.curves:
        for index, reason in curve.cliffs(peers.OURS) if peers.OURS in curve.figures else ():
            what = "train step" if curve.kind == TRAIN else "forward"
            lines.append(f"{curve.sweep.name} {curve.sweep.values[index]} ({what}): {reason}")
    return lines


def text(outcome: Outcome) -> str:
    """Tell everything about one number of threads."""
    threads = outcome.settings.threads
    peak = (
        "no probe of the FMA peak" if outcome.our_peak is None else f"FMA peak {outcome.our_peak:.0f} GFLOP/s"
    )
    parts = [f"## {threads} thread{'s' * (threads > 1)}, {outcome.our_isa}, {peak}"]
    if outcome.rows:
        parts += [table(outcome), *fractions(outcome)]
    parts += [sweep_table(curve) for curve in outcome.curves]
    if outcome.curves:
        found = cliffs(outcome)
        parts.append("\n".join(["Cliffs:", *(f"- {line}" for line in found)]) if found else "No cliffs.")
    notes = [f"{name} left out: {reason}" for name, reason in outcome.left_out.items()] + outcome.notes
    notes += [f"{name} never let go of the CPU between its turns" for name in outcome.load.never_quiet]
    notes += [
        f"unsteady machine, rounds differ by {row.spread:.2f} for most: {row.workload.label(row.kind)}"
        for row in outcome.rows
        if row.spread > UNSTEADY
    ]
    repeated = (
        f"; {outcome.load.repeated} disturbed measurements were repeated" if outcome.load.repeated else ""
    )
    notes.append(f"other processes used {outcome.load.share:.1%} of a CPU meanwhile{repeated}")
    if outcome.load.share > NOISY:
        notes[-1] += ": TOO MUCH, measure again on an idle machine"
    return "\n\n".join([*parts, "\n".join(f"- {note}" for note in notes)])


def record(outcomes: Sequence[Outcome], options: Options) -> dict[str, Any]:
    """Gather all figures of all rounds, and what is needed to read them."""
    return {
        "schema": SCHEMA,
        "machine": describe(),
        "options": asdict(options),
        "runs": [
            {
                "settings": asdict(outcome.settings),
                "isa": outcome.our_isa,
                "fma_peak_gflops": outcome.peak,
                "peers": outcome.about,
                "left_out": outcome.left_out,
                "notes": outcome.notes,
                "foreign_cpu_share": outcome.load.share,
                "repeated": outcome.load.repeated,
                "never_quiet": outcome.load.never_quiet,
                "rows": [row.as_json() for row in outcome.rows],
                "sweeps": [curve.as_json() for curve in outcome.curves],
            }
            for outcome in outcomes
        ],
    }


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write the record."""
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
