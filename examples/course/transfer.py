#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Transfer learning: what a network knows of the digits 0 to 4 helps with few labels of 5 to 9.

A network 64-64-32-5 learns 0 to 4 from all their images. Its hidden layers are frozen, a new head of five outputs is put
on them, and the head alone is trained on a few labelled images of 5 to 9; then everything is thawed and tuned
at a small rate. Beside it the same network from scratch on the same few images.

The notes say when this pays: the same kind of input, much more data for the first task, and low-level
features that both need; they give no accuracies. Here both are means over several draws of the labelled images.
"""

from __future__ import annotations

from statistics import mean

import laminar as lm
import numpy as np
from common import new_figure, parse_options, percent, print_table, save_picture
from sklearn.datasets import load_digits

FEW = (1, 2, 5, 10, 20)  # labelled images of each digit


def hidden_layers() -> list[lm.Layer]:
    return [lm.Dense(64, activation="relu", name="edges"), lm.Dense(32, activation="relu", name="shapes")]


def train(model: lm.Model, x: np.ndarray, y: np.ndarray, rate: float, epochs: int) -> None:
    model.compile(lm.optim.Adam(rate), "cross_entropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)


def main() -> None:
    options = parse_options(__doc__)
    epochs, draws, few = (15, 1, (1, 5)) if options.quick else (60, 10, FEW)
    x, y = load_digits(return_X_y=True)
    x = x / 16
    first, second = y < 5, y >= 5

    source = lm.Sequential([lm.Input((64,)), *hidden_layers(), lm.Dense(5, activation="softmax")], seed=0)
    train(source, x[first], y[first], rate=1e-3, epochs=epochs)
    learned = source.get_weights()[:4]

    ways = {"from scratch": [], "new head, the rest frozen": [], "thawed and tuned": []}
    for per_digit in few:
        found = {name: [] for name in ways}
        for draw in range(draws):
            rng = np.random.default_rng(draw)
            chosen = np.concatenate(
                [rng.choice(np.flatnonzero(y == digit), per_digit, replace=False) for digit in range(5, 10)]
            )
            x_few, y_few = x[chosen], y[chosen] - 5
            rest = np.setdiff1d(np.flatnonzero(second), chosen)
            x_test, y_test = x[rest], y[rest] - 5

            scratch = lm.Sequential([lm.Input((64,)), *hidden_layers(), lm.Dense(5, "softmax")], seed=draw)
            train(scratch, x_few, y_few, rate=1e-3, epochs=5 * epochs)
            found["from scratch"].append(scratch.evaluate(x_test, y_test)["accuracy"])

            layers = hidden_layers()
            model = lm.Sequential([lm.Input((64,)), *layers, lm.Dense(5, "softmax")], seed=draw)
            model.set_weights([*learned, *model.get_weights()[4:]])
            for layer in layers:
                layer.trainable = False
            train(model, x_few, y_few, rate=1e-2, epochs=5 * epochs)
            found["new head, the rest frozen"].append(model.evaluate(x_test, y_test)["accuracy"])

            for layer in layers:
                layer.trainable = True
            train(model, x_few, y_few, rate=1e-4, epochs=epochs)
            found["thawed and tuned"].append(model.evaluate(x_test, y_test)["accuracy"])
        for name, accuracies in found.items():
            ways[name].append(mean(accuracies))

    print_table(
        ["labelled images a digit", "notes", *map(str, few)],
        [[name, "not stated", *map(percent, accuracies)] for name, accuracies in ways.items()],
    )
    axes = (figure := new_figure(7, 4)).subplots()
    for name, accuracies in ways.items():
        axes.plot(few, accuracies, marker="o", label=name)
    axes.set(xscale="log", xlabel="labelled images of each digit 5 to 9", ylabel="test accuracy")
    axes.set_xticks(few, map(str, few), minor=False)
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    save_picture(figure, options.out)


if __name__ == "__main__":
    main()
