# SPDX-License-Identifier: BSD-3-Clause
"""Networks along one axis each, and what stands out on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log

from harness.workloads import PREDICT_BATCH, TRAIN, Workload

SWEEP_KINDS = (PREDICT_BATCH, TRAIN)
CLIFF = 1.5  # times what the neighbours let one expect
INVERSION = 1.1  # times the larger neighbour's time


@dataclass(frozen=True)
class Sweep:
    """A family of networks by one number."""

    name: str
    axis: str
    values: tuple[int, ...]
    make: Callable[[int], tuple[tuple[int, ...], int]]  # -> sizes, batch

    def workload(self, value: int) -> Workload:
        """Return the network at one point; with SGD, so that the products are what is seen."""
        sizes, batch = self.make(value)
        return Workload(
            f"{self.name}/{value}",
            sizes,
            batch,
            loss="mean_squared_error",
            optimizer="sgd",
            kinds=SWEEP_KINDS,
        )


# Regular sizes stand between the odd ones: a cliff shows against its neighbours.
SWEEPS = (
    Sweep(
        "size",
        "n of n-n-n, batch 64",
        (4, 5, 7, 8, 13, 16, 17, 24, 31, 32, 33, 48, 64, 65, 96, 100, 128, 256, 512, 992, 1000, 1024),
        lambda n: ((n, n, n), 64),
    ),
    Sweep(
        "outputs",
        "n of 256-128-n, batch 128",
        (1, 2, 3, 4, 7, 8, 10, 12, 16, 17, 24, 32),
        lambda n: ((256, 128, n), 128),
    ),
    Sweep("inputs", "k of k-256, batch 1024", (1, 2, 3, 4, 5, 6, 8, 12, 16), lambda k: ((k, 256), 1024)),
    Sweep(
        "batch",
        "batch of 784-512-256-10",
        (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 13, 16, 17, 20, 24, 31, 32, 33, 48, 63, 64),
        lambda batch: ((784, 512, 256, 10), batch),
    ),
    Sweep(
        "width",
        "n of n-n-n, batch 128",
        (248, 256, 264, 504, 512, 520, 1016, 1024, 1040, 2040, 2048, 2056),
        lambda n: ((n, n, n), 128),
    ),
    Sweep(
        "six-equal",
        "batch of seven times 256",
        (1, 2, 4, 8, 16, 32, 64, 128, 256),
        lambda batch: ((256,) * 7, batch),
    ),
    Sweep(
        "bulge",
        "batch of 300-1500-1500-7",
        (1, 2, 4, 8, 16, 32, 64, 128, 256),
        lambda batch: ((300, 1500, 1500, 7), batch),
    ),
)


def expected(values: Sequence[int], times: Sequence[float], index: int) -> float:
    """Return what the two neighbours let one expect: straight between them in logarithms."""
    before, here, after = (log(values[index + step]) for step in (-1, 0, 1))
    share = (here - before) / (after - before)
    return exp((1 - share) * log(times[index - 1]) + share * log(times[index + 1]))


def find_cliffs(
    values: Sequence[int], times: Sequence[float], multiply_adds: Sequence[int]
) -> list[tuple[int, str]]:
    """Return (index, reason) of each point that costs more than its neighbours let one expect."""
    per_work = [time / work for time, work in zip(times, multiply_adds, strict=True)]
    found = []
    for index in range(len(values)):
        if 0 < index < len(values) - 1:
            excess = per_work[index] / expected(values, per_work, index)
            if excess > CLIFF:
                found.append((index, f"{excess:.2f} times its neighbours' time a multiply-add"))
                continue
        if index < len(values) - 1 and times[index] > INVERSION * times[index + 1]:
            ratio = times[index] / times[index + 1]
            found.append((index, f"{ratio:.2f} times the time of {values[index + 1]}, which is more work"))
    return found
