#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Check what laminar costs beside its arithmetic; ends with 1 if a limit is passed.

python benchmarks/overhead.py                       all checks
python benchmarks/overhead.py --checks quiet,memory

call        a step called from Python costs at most 1 us more than a step inside fit
threads     two threads are never slower than one: least of interleaved rounds, every row of the table
neighbour   beside a process that burns a CPU, a step on two threads costs at most 1.5 times one on one
quiet       50 ms after a call has returned, the process uses no CPU
memory      peak resident memory grows over fit by at most 1.2 times what is planned
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path

import peers
from harness.machine import available_cpus, describe, hold_to
from harness.protocol import Load, Rounds, Settings, Worker
from harness.report import microseconds, write_json
from harness.results import Figure
from harness.workloads import TABLE, TRAINING, Workload

RESULTS = Path(__file__).resolve().parent / "results"
OURS = peers.PEERS[0]

CALL_LIMIT_US = 1.0
NEIGHBOUR_LIMIT = 1.5
QUIET_WAIT, QUIET_WINDOW = 0.05, 0.5  # seconds
QUIET_LIMIT = 5e-4  # seconds of CPU in the window: what waking up from two sleeps may cost
MEMORY_LIMIT = 1.2
LEAST_RESOLUTION = 0.01  # of a ratio of two times


@dataclass(frozen=True)
class Finding:
    """One number, its limit, and what to read with it."""

    check: str
    what: str
    value: float
    limit: float
    remark: str = ""

    @property
    def passed(self) -> bool:
        """Whether the number is within its limit."""
        return self.value <= self.limit


@dataclass(frozen=True)
class Effort:
    """How long is measured, and with which instruction set."""

    rounds: int
    seconds: float
    isa: str | None
    load: Load = field(default_factory=Load)

    def settings(self, threads: int, cpus: int | None = None) -> Settings:
        """Make the settings of a process."""
        return Settings(threads, tuple(available_cpus()[: cpus or threads]), self.isa)


@contextmanager
def workers(*settings: Settings) -> Iterator[list[Worker]]:
    started = [Worker(OURS, each) for each in settings]
    try:
        for worker in started:
            worker.start()
        yield started
    finally:
        for worker in started:
            worker.close()


def take_turns(
    team: list[Worker], workload: Workload, kinds: tuple[str, ...], effort: Effort
) -> list[Rounds]:
    for worker in team:
        worker.prepare(workload, kinds)
        worker.wait_until_quiet(effort.load)
    rounds: list[Rounds] = [{kind: [] for kind in kinds} for _ in team]
    for _ in range(effort.rounds):
        for kind in kinds:  # the closest turns are those that are compared
            for worker, figures in zip(team, rounds, strict=True):
                figures[kind].append(worker.measure(kind, effort.seconds, effort.load))
                worker.wait_until_quiet(effort.load)
    return rounds


def check_call(effort: Effort) -> Iterator[Finding]:
    for threads in (1, 2):
        with workers(effort.settings(threads)) as (worker,):
            arguments = {"rounds": effort.rounds, "seconds": effort.seconds}
            times = worker.ask(command="special", name="step_overhead", arguments=arguments)
        called, inside = times["train_on_batch_us"], times["fit_us"]
        remark = f"{called:.2f} us called, {inside:.2f} us inside fit"
        what = f"1-1, batch 1, {threads} threads: us a call"
        yield Finding("call", what, called - inside, CALL_LIMIT_US, remark)


def check_threads(effort: Effort) -> Iterator[Finding]:
    """Measure one thread twice, in two processes: how far these differ is how fine the comparison is."""
    one, two = effort.settings(1), effort.settings(2)
    with workers(one, one, two) as team:
        for workload in TABLE:
            rounds = take_turns(team, workload, workload.kinds, effort)
            for kind in workload.kinds:
                first, again, both = (Figure(figures[kind]).minimum for figures in rounds)
                single = min(first, again)
                resolution = max(LEAST_RESOLUTION, max(first, again) / single - 1)
                remark = f"{microseconds(single)} us on one, {microseconds(both)} us on two"
                what = f"{workload.label(kind)}: two over one"
                yield Finding("threads", what, both / single, 1 + resolution, remark)


def check_neighbour(effort: Effort) -> Iterator[Finding]:
    # Here the disturbance is the point; a block must see many of the scheduler's slices.
    effort = replace(effort, load=Load(limit=inf), seconds=5 * effort.seconds)
    one, two = effort.settings(1, cpus=2), effort.settings(2)
    before = available_cpus()
    hold_to(list(two.cpus))  # the neighbour inherits it
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    hold_to(before)
    try:
        with workers(one, two) as team:
            for workload in TABLE:
                kinds = tuple(kind for kind in workload.kinds if kind in TRAINING[:2])
                rounds = take_turns(team, workload, kinds, effort) if kinds else []
                for kind in kinds:
                    single, both = (Figure(figures[kind]) for figures in rounds)
                    remark = f"medians {microseconds(single.median)} and {microseconds(both.median)} us"
                    what = f"{workload.label(kind)}: two over one"
                    yield Finding("neighbour", what, both.median / single.median, NEIGHBOUR_LIMIT, remark)
    finally:
        neighbour.kill()
        neighbour.wait()


def check_quiet(effort: Effort) -> Iterator[Finding]:
    with workers(effort.settings(2)) as (worker,):
        arguments = {"wait": QUIET_WAIT, "window": QUIET_WINDOW}
        used = worker.ask(command="special", name="cpu_after_calls", arguments=arguments)
    for name, seconds in used.items():
        what = f"after {name}: CPU ms in {QUIET_WINDOW} s"
        yield Finding("quiet", what, 1e3 * seconds, 1e3 * QUIET_LIMIT)


def check_memory(effort: Effort) -> Iterator[Finding]:
    for threads in (1, 2):
        with workers(effort.settings(threads)) as (worker,):
            arguments = {"rows": 60_000, "batch_size": 128}
            sizes = worker.ask(command="special", name="memory_growth", arguments=arguments)
        planned = sum(sizes[part] for part in ("parameters", "gradients", "moments", "training"))
        remark = f"grew by {sizes['growth'] / 1e6:.2f} MB, planned {planned / 1e6:.2f} MB"
        what = f"784-512-256-10, {threads} threads: growth over plan"
        yield Finding("memory", what, sizes["growth"] / planned, MEMORY_LIMIT, remark)


CHECKS: dict[str, Callable[[Effort], Iterator[Finding]]] = {
    "call": check_call,
    "threads": check_threads,
    "neighbour": check_neighbour,
    "quiet": check_quiet,
    "memory": check_memory,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checks", default=",".join(CHECKS), help="which, with commas")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each process (5)")
    parser.add_argument("--seconds", type=float, default=0.1, help="of one measurement in one turn (0.1)")
    parser.add_argument("--isa", help="instruction set of our kernels (the best that the CPU has)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for JSON (benchmarks/results)")
    chosen = parser.parse_args()
    names = chosen.checks.split(",")
    if unknown := sorted(set(names) - set(CHECKS)):
        parser.error(f"unknown check {', '.join(unknown)}; known are {', '.join(CHECKS)}")
    if len(available_cpus()) < 2:
        parser.error("two CPUs are needed")

    effort = Effort(chosen.rounds, chosen.seconds, chosen.isa)
    findings = []
    for name in names:
        for finding in CHECKS[name](effort):
            findings.append(finding)
            verdict = "ok" if finding.passed else "FAILED"
            line = f"{finding.check:<10}{verdict:<8}{finding.value:8.3f} of {finding.limit:.3f}"
            print(
                f"{line}  {finding.what} ({finding.remark})" if finding.remark else f"{line}  {finding.what}",
                flush=True,
            )
    failed = [finding for finding in findings if not finding.passed]
    print(f"{len(findings)} checks, {len(failed)} failed")
    print(f"other processes used {effort.load.share:.1%} of a CPU meanwhile, the neighbour aside")
    chosen.out.mkdir(parents=True, exist_ok=True)
    rows = [{**vars(finding), "passed": finding.passed} for finding in findings]
    write_json(
        chosen.out / "overhead.json",
        {"machine": describe(), "foreign_cpu_share": effort.load.share, "findings": rows},
    )
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
