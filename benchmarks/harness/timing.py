# SPDX-License-Identifier: BSD-3-Clause
"""How one call is timed, inside the process that makes it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from itertools import repeat
from time import perf_counter

BLOCKS = 5
LONG = 4  # times the budget: a call that needs no warming up


def measure(call: Callable[[], object], seconds: float) -> list[float]:
    """Return the mean time of a call, in seconds, for each of a few blocks that take `seconds` together.

    The calls before them wake the threads and bring data and code back into the caches.
    """
    begin = perf_counter()
    warm = 0
    while warm < 3 or perf_counter() - begin < seconds / 10:
        call()
        warm += 1
        passed = perf_counter() - begin
        if warm == 1 and passed > LONG * seconds:
            return [passed]
        if passed > seconds:
            break
    one = (perf_counter() - begin) / warm
    repetitions = max(1, int(seconds / BLOCKS / one))
    blocks: list[float] = []
    gc.collect()
    gc.disable()
    try:
        begin = perf_counter()
        while len(blocks) < BLOCKS and (not blocks or perf_counter() - begin < 1.5 * seconds):
            start = perf_counter()
            for _ in repeat(None, repetitions):
                call()
            blocks.append((perf_counter() - start) / repetitions)
    finally:
        gc.enable()
    return blocks
