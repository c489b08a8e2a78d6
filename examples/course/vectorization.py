#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Loops against vectorized code: a dot product, and an epoch of training.

The notes time the dot product of two vectors of a million numbers: 481.710 ms in a loop, 1.505 ms with
np.dot, "around 300 times" faster. The second table does the same to one epoch of a network 784-128-10 on
10000 examples: one example at a time, in batches through `train_on_batch`, and in one call of `fit`,
which stays in compiled code.

Everything runs on one thread. Times are those of the machine; what should agree is the order of
magnitude of the ratio. A batch of one example is also another algorithm, with 64 times as many steps;
the time is that of looking at each example once.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import laminar as lm
import numpy as np
from threadpoolctl import threadpool_limits

from common import new_figure, parse_options, print_table, save_picture

if TYPE_CHECKING:
    from collections.abc import Callable


def dot_in_a_loop(a: list[float], b: list[float]) -> float:
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


def best_ms(function: Callable[[], object], repeats: int = 3) -> float:
    """Return the least of some times, in milliseconds: what the machine can do undisturbed."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return 1000 * min(times)


def as_text(ms: float) -> str:
    return f"{ms:,.{3 if ms < 1 else 0}f} ms"


@threadpool_limits.wrap(limits=1)
def main() -> None:
    options = parse_options(__doc__)
    n, examples = (100_000, 640) if options.quick else (1_000_000, 10_000)
    rng = np.random.default_rng(0)

    a, b = rng.random(n), rng.random(n)
    a_list, b_list = a.tolist(), b.tolist()  # a loop over a list is Python's fastest
    dot = {
        "loop": best_ms(lambda: dot_in_a_loop(a_list, b_list)),
        "np.dot": best_ms(lambda: np.dot(a, b), repeats=20),
    }
    print_table(
        [f"dot product of {n:,}", "notes", "here", "ratio"],
        [
            ["loop", "481.710 ms", as_text(dot["loop"]), f"{dot['loop'] / dot['np.dot']:.0f}"],
            ["np.dot", "1.505 ms", as_text(dot["np.dot"]), "1"],
        ],
    )

    x = rng.normal(size=(examples, 784)).astype(np.float32)
    y = rng.integers(0, 10, examples)
    model = lm.Sequential(
        [lm.Input((784,)), lm.Dense(128, activation="relu"), lm.Dense(10, activation="softmax")], seed=0
    )
    model.compile(lm.optim.SGD(1e-3), "cross_entropy")

    def epoch_in_python(size: int) -> None:
        for start in range(0, examples, size):
            model.train_on_batch(x[start : start + size], y[start : start + size])

    epoch = {
        "one example at a time": best_ms(lambda: epoch_in_python(1)),
        "batches of 64, train_on_batch": best_ms(lambda: epoch_in_python(64)),
        "batches of 64, fit": best_ms(lambda: model.fit(x, y, batch_size=64, shuffle=False, verbose=0)),
    }
    fastest = min(epoch.values())
    print()
    print_table(
        [f"epoch of {examples:,} examples", "notes", "here", "ratio"],
        [[name, "not stated", as_text(ms), f"{ms / fastest:.1f}"] for name, ms in epoch.items()],
    )

    figure = new_figure(9, 3)
    for axes, (title, times) in zip(
        figure.subplots(1, 2), (("Dot product", dot), ("One epoch", epoch)), strict=True
    ):
        bars = axes.barh(list(times), list(times.values()), color=["tab:orange", "tab:blue", "tab:green"])
        axes.bar_label(bars, list(map(as_text, times.values())), padding=3)
        axes.set(title=title, xlabel="milliseconds", xscale="log")
        axes.set_xlim(min(times.values()) / 3, max(times.values()) * 20)
        axes.invert_yaxis()
    save_picture(figure, options.out)


if __name__ == "__main__":
    main()
