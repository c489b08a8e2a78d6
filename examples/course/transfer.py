#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Transfer learning: a network that tells digits apart learns from few labels which of them are even.

A network 64-64-32-10 learns to read scikit-learn's digits from 1000 images. Then there is a new task,
odd or even, with few labelled images. The hidden layers are frozen, a new head of one sigmoid is put on
them, and the head alone is trained; at last everything is thawed and tuned at a small rate. Beside it a
network 64-64-32-1 that starts from scratch on the same few images.

The notes say when this pays: the same kind of input, much more data for the first task, features that
both need. They give no accuracies. Here all are means over several draws of the labelled images,
measured on images that neither task has seen.
"""

from __future__ import annotations

from copy import deepcopy
from statistics import mean
from typing import TYPE_CHECKING

import laminar as lm
import numpy as np
from sklearn.datasets import load_digits

from common import new_figure, parse_options, percent, print_table, save_picture

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW = (1, 2, 5, 10, 20)  # labelled images of each digit
WAYS = ("from scratch", "new head, the rest frozen", "thawed and tuned")


def make_model(units: int, activation: str, seed: int) -> lm.Sequential:
    hidden = [lm.Dense(64, activation="relu"), lm.Dense(32, activation="relu")]
    return lm.Sequential([lm.Input((64,)), *hidden, lm.Dense(units, activation)], seed=seed)


def train(model: lm.Model, x: np.ndarray, y: np.ndarray, rate: float, epochs: int) -> lm.Model:
    loss = "cross_entropy" if model.output_shapes[0][-1] > 1 else "binary_cross_entropy"
    model.compile(lm.optim.Adam(rate), loss, metrics=["accuracy"])
    model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)
    return model


def learn_new_task(
    source: lm.Model, x: np.ndarray, y: np.ndarray, seed: int, epochs: int
) -> Iterator[lm.Model]:
    """Yield the models of the three ways, each trained on few labels."""
    yield train(make_model(1, "sigmoid", seed), x, y, rate=1e-3, epochs=epochs)

    *hidden, _ = deepcopy(source).layers
    model = lm.Sequential([lm.Input((64,)), *hidden, lm.Dense(1, "sigmoid", name="head")], seed=seed)
    for layer in hidden:
        layer.trainable = False
    yield train(model, x, y, rate=1e-2, epochs=epochs)
    for layer in hidden:
        layer.trainable = True
    yield train(model, x, y, rate=1e-4, epochs=epochs // 4)


def main() -> None:
    options = parse_options(__doc__)
    epochs, draws, few = (100, 4, (1, 2)) if options.quick else (300, 20, FEW)
    x, digit = load_digits(return_X_y=True)
    x, even = x / 16, digit % 2 == 0
    order = np.random.default_rng(0).permutation(len(x))
    seen, unseen = order[:1000], order[1000:]
    source = train(make_model(10, "softmax", seed=0), x[seen], digit[seen], rate=1e-3, epochs=40)

    accuracies: dict[str, list[float]] = {way: [] for way in WAYS}
    for per_digit in few:
        found: dict[str, list[float]] = {way: [] for way in WAYS}
        for draw in range(draws):
            rng = np.random.default_rng(draw)
            of_digit = [unseen[digit[unseen] == d] for d in range(10)]
            labelled = np.concatenate([rng.choice(which, per_digit, replace=False) for which in of_digit])
            test = np.setdiff1d(unseen, labelled)
            models = learn_new_task(source, x[labelled], even[labelled], draw, epochs)
            for way, model in zip(WAYS, models, strict=True):
                found[way].append(model.evaluate(x[test], even[test])["accuracy"])
        for way in WAYS:
            accuracies[way].append(mean(found[way]))

    print_table(
        ["labelled images of each digit", "notes", *map(str, few)],
        [[way, "not stated", *map(percent, accuracies[way])] for way in WAYS],
    )
    axes = (figure := new_figure(7, 4)).subplots()
    for way in WAYS:
        axes.plot(few, accuracies[way], marker="o", label=way)
    axes.set(
        xscale="log", xlabel="labelled images of each digit", ylabel="test accuracy", title="Odd or even?"
    )
    axes.set_xticks(few, map(str, few))
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    save_picture(figure, options.out)


if __name__ == "__main__":
    main()
