#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Normalization of inputs, and the iterations it saves.

Linear regression on two inputs, x1 from 1 to 10, 100 or 1000 and x2 from 0 to 1. The curvature of J along w1
is the mean of x1^2, in the notes' case (1000) a million times that along w2: J is an elongated bowl, and a
learning rate small enough for w1 crawls along w2. After x = (x - mean) / std the bowl is round and one rate
serves both. Every run uses half of the largest stable rate, 1 over the largest curvature.

The notes draw the two bowls and say that one is slow; they give no number of iterations. Counted here: steps
until J is within 0.001 of its minimum. Beside it what theory says: along a direction of curvature c the
distance shrinks by 1 - alpha c a step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import laminar as lm
import numpy as np
from scipy.optimize import brentq
from sklearn.preprocessing import StandardScaler

from common import new_figure, parse_options, print_table, save_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOLERANCE = 1e-3
CHUNK = 10_000  # epochs of one call of fit


class Bowl:
    """J = 1/(2m) sum (x w + b - y)^2 as a function of (w, b), seen along its axes."""

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        design = np.column_stack([x, np.ones(len(x))])
        self.curvatures, axes = np.linalg.eigh(design.T @ design / len(x))
        best = np.linalg.lstsq(design, y)[0]
        self.minimum = np.mean((design @ best - y) ** 2) / 2
        self.start = axes.T @ best  # distance of the minimum from zero along each axis
        self.rate = 1 / self.curvatures[-1]

    def excess(self, steps: float) -> float:
        """Return J - minimum after so many steps from zero."""
        distance = self.start * (1 - self.rate * self.curvatures) ** steps
        return float(self.curvatures @ distance**2 / 2)

    def predicted_steps(self) -> int:
        """Return the first step within the tolerance."""
        return int(np.ceil(brentq(lambda steps: self.excess(steps) - TOLERANCE, 0, 1e12)))


def descend(bowl: Bowl, x: np.ndarray, y: np.ndarray, limit: int) -> np.ndarray:
    """Return J - minimum at each step, until it is within the tolerance or the limit is reached."""
    model = lm.Sequential([lm.Input((2,)), lm.Dense(1, kernel_initializer="zeros")], dtype="float64")
    model.compile(lm.optim.SGD(bowl.rate), "squared_error")
    costs: list[float] = []
    while len(costs) < limit and (not costs or costs[-1] - bowl.minimum >= TOLERANCE):
        done = len(costs)
        costs += model.fit(
            x, y, batch_size=len(x), initial_epoch=done, epochs=done + CHUNK, shuffle=False, verbose=0
        ).history["loss"]
    return np.array(costs) - bowl.minimum


def main() -> None:
    options = parse_options(__doc__)
    limit = 20_000 if options.quick else 1_000_000
    rng = np.random.default_rng(0)
    unit = rng.random((200, 2))
    y = unit @ [2, 3] - 1 + rng.normal(scale=0.1, size=200)
    runs = {f"x1 from 1 to {top}": unit * [top - 1, 1] + [1, 0] for top in (10, 100, 1000)}
    runs["normalized"] = StandardScaler().fit_transform(unit)

    figure = new_figure(11, 3.8)
    elongated, round_, curves = figure.subplots(1, 3)
    rows = []
    for name, x in runs.items():
        bowl = Bowl(x, y)
        excess = descend(bowl, x, y, limit)
        reached = np.flatnonzero(excess < TOLERANCE)
        counted = f"{reached[0]:,}" if reached.size else f"over {limit:,}"
        condition = f"{bowl.curvatures[-1] / bowl.curvatures[0]:,.1f}"
        notes = "fast" if name == "normalized" else "slow"
        rows.append([name, notes, condition, counted, f"{bowl.predicted_steps():,}"])
        shown = np.unique(np.geomspace(1, len(excess), 300).astype(int)) - 1
        curves.plot(shown + 1, np.maximum(excess[shown], 1e-12), label=name)

    print_table(["inputs", "notes", "curvatures, ratio", "iterations", "in theory"], rows)
    draw_bowl(elongated, runs["x1 from 1 to 10"], y, "x1 from 1 to 10")
    draw_bowl(round_, runs["normalized"], y, "normalized")
    curves.axhline(TOLERANCE, color="gray", linestyle="--", linewidth=0.8)
    curves.set(xlabel="iteration", ylabel="J - minimum", xscale="log", yscale="log", ylim=(1e-5, None))
    curves.legend(loc="upper right", fontsize=8)
    save_picture(figure, options.out)


def draw_bowl(axes: Axes, x: np.ndarray, y: np.ndarray, title: str) -> None:
    """Draw lines of equal cost around the minimum, both axes to one scale, the bias at its best."""
    x, y = x - x.mean(axis=0), y - y.mean()
    best = np.linalg.lstsq(x, y)[0]
    w1, w2 = np.meshgrid(best[0] + np.linspace(-2, 2, 201), best[1] + np.linspace(-2, 2, 201))
    cost = np.mean((w1[..., None] * x[:, 0] + w2[..., None] * x[:, 1] - y) ** 2, axis=-1) / 2
    axes.contour(w1, w2, cost, levels=12)
    axes.plot(*best, "k+")
    axes.set(title=title, xlabel="w1", ylabel="w2", aspect="equal")


if __name__ == "__main__":
    main()
