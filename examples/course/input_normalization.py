#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Normalization of inputs, and the iterations it saves.

Linear regression on two inputs, x1 from 1 to 1000 and x2 from 0 to 1, as in the notes. The curvature of
J along w1 is the mean of x1^2, a million times that along w2: J is an elongated bowl, and a learning
rate small enough for w1 crawls along w2. After x = (x - mean) / std the bowl is round and one rate
serves both. The largest stable rate is 2 over the largest curvature; both runs use half of it.

The notes draw the two bowls and say that one is slow; they give no number of iterations. Counted here:
steps until J is within 0.001 of its minimum.
"""

from __future__ import annotations

import laminar as lm
import numpy as np
from sklearn.preprocessing import StandardScaler

from common import new_figure, parse_options, print_table, save_picture

TOLERANCE = 1e-3


def descend(x: np.ndarray, y: np.ndarray, limit: int) -> tuple[int | None, float, list[float]]:
    """Return the steps that full-batch descent takes (None: over `limit`), J's condition, and its costs."""
    design = np.column_stack([x, np.ones(len(x))])
    curvatures = np.linalg.eigvalsh(design.T @ design / len(x))
    minimum = np.mean((y - design @ np.linalg.lstsq(design, y)[0]) ** 2) / 2

    model = lm.Sequential([lm.Input((2,)), lm.Dense(1, kernel_initializer="zeros")], dtype="float64")
    model.compile(lm.optim.SGD(1 / curvatures[-1]), "squared_error")
    costs: list[float] = []
    for done in range(0, limit, 10_000):
        epochs = min(done + 10_000, limit)
        history = model.fit(
            x, y, batch_size=len(x), initial_epoch=done, epochs=epochs, shuffle=False, verbose=0
        )
        costs += [cost - minimum for cost in history.history["loss"]]
        if costs[-1] < TOLERANCE:
            break
    reached = np.flatnonzero(np.array(costs) < TOLERANCE)
    return (int(reached[0]) if reached.size else None), curvatures[-1] / curvatures[0], costs


def main() -> None:
    options = parse_options(__doc__)
    limit = 30_000 if options.quick else 5_000_000
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.uniform(1, 1000, 200), rng.uniform(0, 1, 200)])
    y = 0.002 * x[:, 0] + 3 * x[:, 1] - 1 + rng.normal(scale=0.1, size=200)
    runs = {"as they are": x, "normalized": StandardScaler().fit_transform(x)}

    figure = new_figure(11, 3.8)
    *bowls, curves = figure.subplots(1, 3)
    rows = []
    for (name, inputs), axes in zip(runs.items(), bowls, strict=True):
        steps, condition, costs = descend(inputs, y, limit)
        counted = f"{steps:,}" if steps is not None else f"over {limit:,}"
        rows.append([name, "slow" if name == "as they are" else "fast", f"{condition:,.1f}", counted])
        draw_bowl(axes, inputs, y, f"inputs {name}: {counted} steps")
        curves.plot(np.arange(1, len(costs) + 1), np.maximum(costs, 1e-12), label=name)

    print_table(["inputs", "notes", "longest axis over shortest, squared", "iterations"], rows)
    curves.axhline(TOLERANCE, color="gray", linestyle="--", linewidth=0.8)
    curves.set(xlabel="iteration", ylabel="J - minimum", xscale="log", yscale="log", ylim=(1e-5, None))
    curves.legend()
    save_picture(figure, options.out)


def draw_bowl(axes, x: np.ndarray, y: np.ndarray, title: str) -> None:
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
