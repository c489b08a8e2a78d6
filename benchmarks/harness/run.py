# SPDX-License-Identifier: BSD-3-Clause
"""One run: a number of threads, its processes, the table and the sweeps."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import peers
from harness.machine import available_cpus, fma_peak
from harness.protocol import Load, PeerError, Rounds, Settings, Worker, run_rounds, start_workers
from harness.results import Figure, Row, make_rows, same_work
from harness.sweeps import SWEEP_KINDS, SWEEPS, Sweep, find_cliffs
from harness.workloads import TABLE, Workload

SWEEP_PEERS = ["torch", "numpy"]
SWEEP_SHARE = 0.2  # of the seconds that a measurement of the table gets


@dataclass(frozen=True)
class Options:
    """What the command line chooses, the number of threads aside."""

    workloads: list[str] | None = None
    peers: list[str] | None = None
    rounds: int = 5
    seconds: float = 0.25
    isa: str | None = None
    probabilities: bool = False
    table: bool = True
    sweeps: bool = True

    def wants(self, name: str) -> bool:
        """Tell whether a workload or sweep is to be run."""
        return self.workloads is None or name in self.workloads


@dataclass
class Curve:
    """One sweep, one kind: microseconds of each peer at each value, and our cliffs."""

    sweep: Sweep
    kind: str
    multiply_adds: list[int]
    figures: dict[str, list[Figure]]

    def times(self, peer: str) -> list[float]:
        """Return the least microseconds at each value."""
        return [figure.minimum for figure in self.figures[peer]]

    def cliffs(self, peer: str) -> list[tuple[int, str]]:
        """Return index and reason of the points that cost more than they should."""
        return find_cliffs(self.sweep.values, self.times(peer), self.multiply_adds)

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {
            "sweep": self.sweep.name,
            "axis": self.sweep.axis,
            "kind": self.kind,
            "values": self.sweep.values,
            "multiply_adds": self.multiply_adds,
            "figures": {
                peer: [figure.as_json() for figure in figures] for peer, figures in self.figures.items()
            },
            "cliffs": {
                peer: [{"value": self.sweep.values[index], "reason": reason} for index, reason in cliffs]
                for peer in self.figures
                if (cliffs := self.cliffs(peer))
            },
        }


@dataclass
class Outcome:
    """What one number of threads yielded."""

    settings: Settings
    peak: dict[str, float] = field(default_factory=dict)
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    load: Load = field(default_factory=Load)

    @property
    def our_isa(self) -> str:
        """The instruction set that our kernels used."""
        return str(self.about.get(peers.OURS, {}).get("isa", "?"))

    @property
    def our_peak(self) -> float | None:
        """GFLOP/s of the FMA peak for it, in float32."""
        return self.peak.get(f"{self.our_isa} float32")


def run(threads: int, options: Options) -> Outcome:
    """Measure everything at one number of threads."""
    settings = Settings(threads, tuple(available_cpus()[:threads]), options.isa, options.probabilities)
    outcome = Outcome(settings, peak=fma_peak(threads, list(settings.cpus)))
    table = [workload for workload in TABLE if options.table and options.wants(workload.name)]
    sweeps = [sweep for sweep in SWEEPS if options.sweeps and options.wants(sweep.name)]
    if table:
        _with_workers(outcome, options.peers, lambda workers: _table(workers, table, options, outcome))
    if sweeps:
        wanted = SWEEP_PEERS if options.peers is None else options.peers
        _with_workers(outcome, wanted, lambda workers: _sweeps(workers, sweeps, options, outcome))
    for name, peak in fma_peak(threads, list(settings.cpus)).items():  # the clock may have changed
        outcome.peak[name] = max(peak, outcome.peak.get(name, 0.0))
    for row in outcome.rows:
        row.peak = outcome.our_peak
    return outcome


def _with_workers(outcome: Outcome, wanted: list[str] | None, use: Any) -> None:
    specs, left_out = peers.choose(wanted, outcome.settings.threads)
    outcome.left_out |= left_out
    workers = start_workers(specs, outcome.settings, outcome.notes)
    try:
        outcome.about |= {worker.spec.name: worker.about for worker in workers}
        use(workers)
    finally:
        for worker in workers:
            worker.close()


def _table(workers: list[Worker], table: list[Workload], options: Options, outcome: Outcome) -> None:
    for workload in table:
        rounds = _measure(workers, workload, options.rounds, options.seconds, outcome)
        outcome.rows += make_rows(workload, outcome.settings.threads, rounds, None, workload.kinds)


def _sweeps(workers: list[Worker], sweeps: Sequence[Sweep], options: Options, outcome: Outcome) -> None:
    for sweep in sweeps:
        points: list[tuple[Workload, dict[str, Rounds]]] = []
        for value in sweep.values:
            workload = sweep.workload(value)
            seconds = SWEEP_SHARE * options.seconds
            points.append((workload, _measure(workers, workload, options.rounds, seconds, outcome)))
        for kind in SWEEP_KINDS:
            figures = {
                worker.spec.name: [Figure(rounds[worker.spec.name][kind]) for _, rounds in points]
                for worker in workers
                if all(kind in rounds.get(worker.spec.name, {}) for _, rounds in points)
            }
            multiply_adds = [workload.multiply_adds(kind) for workload, _ in points]
            outcome.curves.append(Curve(sweep, kind, multiply_adds, figures))


def _measure(
    workers: list[Worker], workload: Workload, rounds: int, seconds: float, outcome: Outcome
) -> dict[str, Rounds]:
    """Build a workload in every process, see that all do the same, and let them take turns."""
    begin = time.monotonic()
    prepared, proofs = [], {}
    for worker in workers:
        try:
            answer = worker.prepare(workload, workload.kinds)
        except PeerError as error:
            outcome.notes.append(f"{workload.name}: {error}")
            continue
        proofs[worker.spec.name] = answer["proof"]
        if answer["kinds"]:
            prepared.append((worker, answer["kinds"]))
        worker.wait_until_quiet(outcome.load)
    outcome.notes += [f"{workload.name}: not the same work: {text}" for text in same_work(proofs)]
    middle = time.monotonic()
    figures = run_rounds(prepared, rounds, seconds, outcome.load, outcome.notes)
    print(
        f"{outcome.settings.threads} threads, {workload.name}: {len(prepared)} processes, "
        f"built in {middle - begin:.1f} s, measured in {time.monotonic() - middle:.1f} s",
        file=sys.stderr,
        flush=True,
    )
    return figures
