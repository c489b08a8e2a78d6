# SPDX-License-Identifier: BSD-3-Clause
"""What overhead.py asks of a process that runs laminar."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import laminar as lm
import numpy as np

from harness.timing import measure

DIGITS = (784, 512, 256, 10)


def digits_model(**first: Any) -> lm.Sequential:
    """Make 784-512-256-10, compiled; its memory comes with the first data."""
    model = lm.Sequential(
        [
            lm.Dense(512, activation="relu"),
            lm.Dense(256, activation="relu"),
            lm.Dense(10, activation="softmax"),
        ],
        **first,
    )
    model.compile(lm.optim.Adam(1e-3), "cross_entropy")
    return model


def digits_data(rows: int) -> tuple[Any, Any]:
    """Draw images and labels."""
    rng = np.random.default_rng(0)
    return rng.random((rows, 784), dtype=np.float32), rng.integers(0, 10, rows)


def step_overhead(rounds: int, seconds: float) -> dict[str, float]:
    """Time a step of a 1-1 network with one row, called from Python and inside fit; microseconds, least."""
    model = lm.Sequential([lm.Input((1,)), lm.Dense(1)], seed=0)
    model.compile(lm.optim.SGD(1e-6), "mean_squared_error")
    steps = 10_000
    x, y = np.ones((1, 1), np.float32), np.ones((1, 1), np.float32)
    many_x, many_y = np.ones((steps, 1), np.float32), np.ones((steps, 1), np.float32)
    one = partial(model.train_on_batch, x, y)
    many = partial(model.fit, many_x, many_y, batch_size=1, shuffle=False, verbose=0)
    called, inside = [], []
    for _ in range(rounds):
        called += measure(one, seconds)
        inside += [block / steps for block in measure(many, seconds)]
    return {"train_on_batch_us": 1e6 * min(called), "fit_us": 1e6 * min(inside)}


def cpu_after_calls(wait: float, window: float) -> dict[str, float]:
    """Return the CPU seconds used in a window that begins `wait` after each kind of call."""
    model = digits_model(seed=0)
    x, y = digits_data(1280)
    batch = x[:128]
    calls: dict[str, Callable[[], object]] = {
        "train_on_batch": lambda: model.train_on_batch(batch, y[:128]),
        "fit": lambda: model.fit(x, y, batch_size=128, verbose=0),
        "evaluate": lambda: model.evaluate(x, y),
        "predict": lambda: model.predict(x),
        "model(x)": lambda: model(batch),
    }
    used = {}
    for name, call in calls.items():
        for _ in range(5):
            call()
        time.sleep(wait)
        before = _cpu_seconds()
        time.sleep(window)
        used[name] = _cpu_seconds() - before
    return used


def memory_growth(rows: int, batch_size: int) -> dict[str, int]:
    """Return by how many bytes the peak resident memory grows over the first fit, and what is planned."""
    x, y = digits_data(rows)
    model = digits_model(seed=0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    before = _status_bytes("VmRSS")
    model.fit(x, y, batch_size=batch_size, verbose=0)
    growth = _status_bytes("VmHWM") - before
    planned = model.plan_bytes(batch_size)
    return {"growth": growth, **planned}


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _status_bytes(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return 1024 * int(line.split()[1])
    raise RuntimeError(f"/proc/self/status has no {name}")
