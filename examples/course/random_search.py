#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Search for hyperparameters: at random, on log scales, coarse to fine.

The notes: sample at random, not on a grid, since few hyperparameters matter and a grid tries few values
of each; the learning rate on a log scale, alpha = 10^r with r in [-4, 0]; momentum as 1 - beta = 10^r
with r in [-3, -1]; then zoom in on the best region and sample there more densely. They give no numbers.

Scikit-learn's digits, a network 64-32-10, momentum as the notes write it, a few epochs each. The data
has a dev set to choose on and a test set that the search never sees. A run that diverges is reported by
`DivergedError` and scores zero.
"""

from __future__ import annotations

from typing import Any

import laminar as lm
import numpy as np
from scipy.stats import loguniform
from sklearn.model_selection import ParameterSampler, train_test_split

from common import Split, load_digits_split, new_figure, parse_options, percent, print_table, save_picture

COARSE = {"learning_rate": (1e-4, 1.0), "1 - beta": (1e-3, 1e-1)}


def accuracy(point: dict[str, float], data: Split, epochs: int) -> float:
    """Return the accuracy on the second part of the data after training on the first."""
    beta = 1 - point["1 - beta"]
    model = lm.Sequential([lm.Dense(32, activation="relu"), lm.Dense(10, activation="softmax")], seed=0)
    optimizer = lm.optim.SGD(point["learning_rate"], momentum=beta, dampening=beta)
    model.compile(optimizer, "cross_entropy", metrics=["accuracy"])
    try:
        model.fit(data.x_train, data.y_train, batch_size=64, epochs=epochs, verbose=0)
    except lm.DivergedError:
        return 0.0
    return model.evaluate(data.x_test, data.y_test)["accuracy"]


def search(
    box: dict[str, tuple[float, float]], trials: int, data: Split, epochs: int
) -> list[tuple[float, dict[str, Any]]]:
    """Return accuracy and point of each trial, the best first."""
    sampler = ParameterSampler(
        {name: loguniform(*ends) for name, ends in box.items()}, trials, random_state=0
    )
    found = [(accuracy(point, data, epochs), point) for point in sampler]
    return sorted(found, key=lambda trial: -trial[0])


def zoom(found: list[tuple[float, dict[str, Any]]], best: int = 4) -> dict[str, tuple[float, float]]:
    """Return the box around the best points, a little widened."""
    columns = {name: [point[name] for _, point in found[:best]] for name in COARSE}
    return {name: (min(values) / 1.3, max(values) * 1.3) for name, values in columns.items()}


def main() -> None:
    options = parse_options(__doc__)
    trials, epochs = (6, 2) if options.quick else (40, 5)
    digits = load_digits_split()
    x, x_dev, y, y_dev = train_test_split(digits.x_train, digits.y_train, test_size=0.25, random_state=0)
    data = Split(x, y, x_dev, y_dev)

    coarse = search(COARSE, trials, data, epochs)
    fine_box = zoom(coarse)
    fine = search(fine_box, trials, data, epochs)

    rows = []
    for name, found in (("coarse", coarse), ("fine", fine)):
        best, point = found[0]
        test = accuracy(point, Split(x, y, digits.x_test, digits.y_test), epochs)
        values = f"{point['learning_rate']:.3g}", f"{1 - point['1 - beta']:.4f}"
        middle = percent(float(np.median([score for score, _ in found])))
        rows.append([name, "not stated", percent(best), middle, percent(test), *values])
    header = ["search", "notes", "best on dev", "median on dev", "test", "learning rate", "beta"]
    print_table(header, rows)

    axes = (figure := new_figure(8, 4.5)).subplots()
    for found, marker in ((coarse, "o"), (fine, "^")):
        points = axes.scatter(
            [point["learning_rate"] for _, point in found],
            [point["1 - beta"] for _, point in found],
            c=[score for score, _ in found],
            marker=marker,
            vmin=0,
            vmax=1,
            edgecolors="white",
            linewidths=0.4,
        )
    (left, right), (bottom, top) = fine_box.values()
    axes.fill([left, right, right, left], [bottom, bottom, top, top], fill=False, linestyle="--")
    figure.colorbar(points, label="accuracy on the dev set")
    axes.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="1 - beta")
    axes.set_title("Circles: coarse; triangles: fine, within the box")
    save_picture(figure, options.out)


if __name__ == "__main__":
    main()
