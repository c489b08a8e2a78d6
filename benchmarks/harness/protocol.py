# SPDX-License-Identifier: BSD-3-Clause
"""Each peer in a process of its own; they take turns, and only one of them is awake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.machine import busy_seconds, cpu_seconds
from harness.workloads import Workload
from peers import PeerSpec

WORKER = Path(__file__).resolve().parent.parent / "worker.py"
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
# What the caller's shell may hold and a measurement must not inherit.
FOREIGN_VARIABLES = (
    "LAMINAR_ISA",
    "LAMINAR_NUM_THREADS",
    "OPENBLAS_CORETYPE",
    "OMP_WAIT_POLICY",
    "GOMP_SPINCOUNT",
    "KMP_BLOCKTIME",
    "XLA_FLAGS",
    "PYTHONDONTWRITEBYTECODE",  # an installed package does not compile its modules when they are first needed
)
QUIET_WINDOW = 0.02  # seconds over which a process must use no CPU before the next one's turn
QUIET_TIMEOUT = 5.0
# A measurement during which others took this share of a CPU is repeated, whatever it showed.
DISTURBED = 0.1
FEW_TICKS = 0.03  # seconds; the kernel counts the whole machine's time in ticks of 0.01
ATTEMPTS = 4

Rounds = dict[str, list[list[float]]]  # kind -> round -> microseconds of each block


class PeerError(Exception):
    """A peer's process could not do what it was asked."""


@dataclass(frozen=True)
class Settings:
    """What holds for every process of a run."""

    threads: int
    cpus: tuple[int, ...]
    isa: str | None = None  # of ours
    probabilities: bool = False  # whether predictions end in softmax or sigmoid instead of logits


@dataclass
class Load:
    """CPU time that others took while something was measured, and what was repeated because of it."""

    foreign: float = 0.0
    wall: float = 0.0
    limit: float = DISTURBED
    repeated: int = 0
    never_quiet: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """CPUs that others used, on the average."""
        return self.foreign / self.wall if self.wall else 0.0


class Worker:
    """A peer's process: blocked on its pipe unless it is its turn."""

    script = WORKER

    def __init__(self, spec: PeerSpec, settings: Settings) -> None:
        self.spec = spec
        environment = {name: value for name, value in os.environ.items() if name not in FOREIGN_VARIABLES}
        environment |= dict.fromkeys(THREAD_VARIABLES, str(settings.threads)) | spec.environment
        if settings.isa and spec.family == "laminar":
            environment["LAMINAR_ISA"] = settings.isa
        self.process = subprocess.Popen(
            [sys.executable, str(self.script), spec.name, json.dumps(asdict(settings))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.about: dict[str, Any] = {}

    def ask(self, **message: Any) -> Any:
        """Send a message and wait for the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise PeerError(f"{self.spec.name}: its process ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise PeerError(f"{self.spec.name}: {answer['error']}")
        return answer["result"]

    def start(self) -> None:
        """Wait for the imports."""
        self.about = self.ask(command="about")

    def prepare(self, workload: Workload, kinds: Sequence[str]) -> dict[str, Any]:
        """Build a workload; return the kinds that the peer has, and what proves that its work is the same."""
        answer: dict[str, Any] = self.ask(command="prepare", workload=asdict(workload), kinds=list(kinds))
        return answer

    def measure(self, kind: str, seconds: float, load: Load) -> list[float]:
        """Time one kind; microseconds a step of each block."""
        for attempt in range(ATTEMPTS):
            begin, busy, own = time.perf_counter(), busy_seconds(), cpu_seconds(self.process.pid)
            blocks = self.ask(command="measure", kind=kind, seconds=seconds)
            wall = time.perf_counter() - begin
            foreign = max(0.0, (busy_seconds() - busy) - (cpu_seconds(self.process.pid) - own))
            if foreign <= max(load.limit * wall, FEW_TICKS):
                break
            load.repeated += attempt < ATTEMPTS - 1
        load.foreign += foreign
        load.wall += wall
        return [1e6 * block for block in blocks]

    def wait_until_quiet(self, load: Load) -> None:
        """Wait until its threads sleep: some pools spin for a while after a call."""
        deadline = time.monotonic() + QUIET_TIMEOUT
        before = cpu_seconds(self.process.pid)
        while time.monotonic() < deadline:
            time.sleep(QUIET_WINDOW)
            now = cpu_seconds(self.process.pid)
            if now - before < 0.01 * QUIET_WINDOW:
                return
            before = now
        if self.spec.name not in load.never_quiet:
            load.never_quiet.append(self.spec.name)

    def close(self) -> None:
        """End the process: it leaves when its pipe closes."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def start_workers(specs: Iterable[PeerSpec], settings: Settings, notes: list[str]) -> list[Worker]:
    """Start a process for each peer; those that fail are noted and left out."""
    workers = [Worker(spec, settings) for spec in specs]
    started = []
    for worker in workers:
        try:
            worker.start()
            started.append(worker)
        except PeerError as error:
            notes.append(str(error))
            worker.close()
    return started


def run_rounds(
    prepared: Sequence[tuple[Worker, Sequence[str]]],
    rounds: int,
    seconds: float,
    load: Load,
    notes: list[str],
) -> dict[str, Rounds]:
    """Let the workers take turns: ours, peer A, peer B, ..., ours, peer A, ...; peer -> kind -> rounds."""
    figures: dict[str, Rounds] = {worker.spec.name: {} for worker, _ in prepared}
    failed: set[str] = set()
    for _ in range(rounds):
        for worker, kinds in prepared:
            name = worker.spec.name
            try:
                for kind in kinds if name not in failed else ():
                    figures[name].setdefault(kind, []).append(worker.measure(kind, seconds, load))
            except PeerError as error:
                notes.append(str(error))
                failed.add(name)
            worker.wait_until_quiet(load)
    return {name: kinds for name, kinds in figures.items() if name not in failed}
