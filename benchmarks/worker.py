# SPDX-License-Identifier: BSD-3-Clause
"""The process of one peer: reads messages, one JSON object a line, and answers each with one line.

Started by the harness as ``worker.py <peer> <settings>``; not for use by hand.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.workloads import Workload
    from peers.base import Peer, Prepared

CHECKED_STEPS = 5


def check(prepared: Prepared) -> dict[str, Any]:
    """Return what peers are compared by: a few outputs, and how far each parameter moves in a few steps."""
    import numpy as np

    from harness.workloads import TRAIN

    proof: dict[str, Any] = {}
    if prepared.outputs is not None:
        outputs = np.asarray(prepared.outputs(), dtype=np.float64)
        proof["outputs"] = [float(np.mean(outputs)), *map(float, outputs.ravel()[:8])]
    if prepared.weights is not None and TRAIN in prepared.tasks:
        before = [np.array(weight, dtype=np.float64) for weight in prepared.weights()]
        for _ in range(CHECKED_STEPS):
            prepared.tasks[TRAIN].call()
        after = [np.array(weight, dtype=np.float64) for weight in prepared.weights()]
        moved = [np.linalg.norm(new - old) for new, old in zip(after, before, strict=True)]
        proof["moved"] = [float(norm) for norm in moved]
    return proof


def add_loop_of_steps(prepared: Prepared, workload: Workload, kinds: list[str]) -> None:
    """Let who has no `fit` make as many training steps in one timed call.

    On an unsteady machine the best of single steps would flatter it beside the mean of many.
    """
    from harness.workloads import FIT, TRAIN
    from peers.base import Task

    if FIT in kinds and FIT not in prepared.tasks and TRAIN in prepared.tasks:
        step, n_steps = prepared.tasks[TRAIN], workload.fit_steps

        def loop() -> None:
            for _ in range(n_steps):
                step.call()

        prepared.tasks[FIT] = Task(loop, n_steps, step.scope)


class Desk:
    """Answers messages about one peer; holds one workload at a time."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.prepared: Prepared | None = None

    def about(self) -> dict[str, Any]:
        """Return versions and settings of the peer."""
        return self.peer.about

    def prepare(self, workload: dict[str, Any], kinds: list[str]) -> dict[str, Any]:
        """Build a workload in place of the one before."""
        from harness.workloads import Workload

        self.prepared = None
        self.peer.release()
        parts: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in workload.items()
        }
        self.prepared = self.peer.prepare(Workload(**parts), kinds)
        add_loop_of_steps(self.prepared, Workload(**parts), kinds)
        proof = check(self.prepared)
        for task in self.prepared.tasks.values():  # compiles what is compiled at the first call
            with task.scope():
                task.call()
        return {"kinds": [kind for kind in kinds if kind in self.prepared.tasks], "proof": proof}

    def measure(self, kind: str, seconds: float) -> list[float]:
        """Return seconds a step, one figure a block."""
        from harness.timing import measure

        assert self.prepared is not None
        task = self.prepared.tasks[kind]
        with task.scope():
            return [block / task.steps for block in measure(task.call, seconds)]

    def special(self, name: str, arguments: dict[str, Any]) -> Any:
        """Run a check of harness/self_checks.py, which overhead.py asks of ours."""
        from harness import self_checks

        return getattr(self_checks, name)(**arguments)


def main() -> None:
    # Libraries may print; the pipe is for answers alone.
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    name, settings = sys.argv[1], json.loads(sys.argv[2])

    from harness.machine import hold_to

    hold_to(settings["cpus"])  # before any import that counts CPUs
    desk: Desk | None = None
    for line in sys.stdin:
        message = json.loads(line)
        try:
            if desk is None:
                from peers import create

                desk = Desk(create(name, settings))
            result = getattr(desk, message.pop("command"))(**message)
            answers.write(json.dumps({"result": result}) + "\n")
        except Exception as error:
            traceback.print_exc()
            answers.write(json.dumps({"error": f"{type(error).__name__}: {error}"}) + "\n")


if __name__ == "__main__":
    main()
