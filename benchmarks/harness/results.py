# SPDX-License-Identifier: BSD-3-Clause
"""From blocks of microseconds to rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from harness.protocol import Rounds
from harness.workloads import FIT, FIT_SHUFFLED, GEMM, GEMM_GOALS, GOALS, Goal, Workload
from peers import OURS, PEERS

FAMILIES = {spec.name: spec.family for spec in PEERS}
SAME_OUTPUTS = 1e-4
SAME_STEPS = 2e-2


@dataclass(frozen=True)
class Figure:
    """What a peer took for one kind of one workload, in microseconds a step."""

    rounds: list[list[float]]

    @property
    def minimum(self) -> float:
        """The best block of all rounds."""
        return min(min(blocks) for blocks in self.rounds)

    @property
    def median(self) -> float:
        """The median of the blocks of all rounds."""
        return median([block for blocks in self.rounds for block in blocks])

    @property
    def spread(self) -> float:
        """The worst round's best block over the best round's."""
        return max(min(blocks) for blocks in self.rounds) / self.minimum

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        rounds = [[round(block, 3) for block in blocks] for blocks in self.rounds]
        return {"min_us": round(self.minimum, 3), "median_us": round(self.median, 3), "rounds_us": rounds}


@dataclass
class Row:
    """One line of the table."""

    workload: Workload
    kind: str
    threads: int
    figures: dict[str, Figure] = field(default_factory=dict)
    peak: float | None = None  # GFLOP/s of as many threads, with our instruction set

    @property
    def ours(self) -> Figure | None:
        """Our figure, if we were measured."""
        return self.figures.get(OURS)

    @property
    def goal(self) -> Goal | None:
        """The issue's goal of the row."""
        return GOALS.get((self.workload.name, self.kind))

    @property
    def gemm_goal(self) -> float | None:
        """The fraction of the peak that a product is to reach."""
        return GEMM_GOALS.get(self.threads) if self.kind == GEMM else None

    def best(self, family: str) -> Figure | None:
        """Return the figure of the better variant of a family."""
        figures = [figure for name, figure in self.figures.items() if FAMILIES[name] == family]
        return min(figures, key=lambda figure: figure.minimum, default=None)

    def best_peer(self, statistic: str = "minimum") -> tuple[str, float] | None:
        """Return name and time of the peer that took the least."""
        others = [(name, getattr(figure, statistic)) for name, figure in self.figures.items() if name != OURS]
        return min(others, key=lambda other: other[1], default=None)

    def ratio(self, statistic: str = "minimum") -> float | None:
        """Return the best peer's time over ours."""
        peer = self.best_peer(statistic)
        if self.ours is None or peer is None:
            return None
        return float(peer[1] / getattr(self.ours, statistic))

    @property
    def spread(self) -> float:
        """How far rounds differ for the peer in the middle: the machine's doing, not a library's."""
        return median([figure.spread for figure in self.figures.values()])

    def gflops(self, figure: Figure) -> float:
        """Return the rate of the products' arithmetic."""
        return 2e-3 * self.workload.multiply_adds(self.kind) / figure.minimum

    def fraction(self, figure: Figure) -> float | None:
        """Return the share of the FMA peak."""
        return self.gflops(figure) / self.peak if self.peak else None

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        ours, best = self.ours, self.best_peer()
        return {
            "workload": self.workload.name,
            "label": self.workload.label(self.kind),
            "kind": self.kind,
            "threads": self.threads,
            "multiply_adds": self.workload.multiply_adds(self.kind),
            "goal": self.goal and self.goal.goal,
            "beyond": self.goal and self.goal.beyond,
            "goal_fraction_of_peak": self.gemm_goal,
            "best_peer": best and best[0],
            "ratio_of_minima": self.ratio(),
            "ratio_of_medians": self.ratio("median"),
            "spread": self.spread,
            "gflops": ours and self.gflops(ours),
            "fraction_of_peak": ours and self.fraction(ours),
            "figures": {name: figure.as_json() for name, figure in self.figures.items()},
        }


def make_rows(
    workload: Workload, threads: int, rounds: Mapping[str, Rounds], peak: float | None, kinds: Iterable[str]
) -> list[Row]:
    """Make the rows of one workload. Who gathers no rows in `fit` is shown without."""
    rows = []
    for kind in kinds:
        row = Row(workload, kind, threads, peak=peak)
        for name, by_kind in rounds.items():
            stand_in = FIT if kind == FIT_SHUFFLED and name != OURS else kind
            if found := by_kind.get(kind) or by_kind.get(stand_in):
                row.figures[name] = Figure(found)
        if row.figures:
            rows.append(row)
    return rows


def same_work(proofs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Say whose outputs or steps differ from ours."""
    ours = proofs.get(OURS, {})
    complaints = []
    for name, proof in proofs.items():
        for key, tolerance in (("outputs", SAME_OUTPUTS), ("moved", SAME_STEPS)):
            if key in proof and key in ours and not _close(proof[key], ours[key], tolerance):
                complaints.append(f"{name}: {key} {_short(proof[key])} instead of {_short(ours[key])}")
    return complaints


def _close(a: list[float], b: list[float], tolerance: float) -> bool:
    if len(a) != len(b):
        return False
    scale = max(abs(value) for value in b)
    return all(abs(x - y) <= tolerance * max(abs(y), 1e-2 * scale) for x, y in zip(a, b, strict=True))


def _short(values: list[float]) -> str:
    return "[" + ", ".join(f"{value:.4g}" for value in values) + "]"
