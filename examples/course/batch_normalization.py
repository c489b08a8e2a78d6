#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Batch normalization: a deep network of sigmoids, with and without.

z_norm = (z - mu) / sqrt(sigma^2 + eps) over the mini-batch, then gamma z_norm + beta, before the activation; the
bias of the layer before it cancels and is left out. At test, moving averages of mu and sigma^2 stand in.

Scikit-learn's digits, six hidden layers of 32 sigmoids, gradient descent at several learning rates. The notes say that
batch normalization speeds learning up and makes the choice of hyperparameters easier, and give no numbers. Here the
plain network passes on so little gradient that it never starts, at any of the rates.
"""

from __future__ import annotations

import laminar as lm
from common import load_digits_split, new_figure, parse_options, percent, print_table, save_picture

RATES = (0.03, 0.1, 0.3, 1.0)
DEPTH, WIDTH = 6, 32


def make_model(normalize: bool, rate: float) -> lm.Sequential:
    layers: list[lm.Layer] = []
    for _ in range(DEPTH):
        if normalize:
            layers += [lm.Dense(WIDTH, use_bias=False), lm.BatchNormalization(), lm.Activation("sigmoid")]
        else:
            layers += [lm.Dense(WIDTH, activation="sigmoid")]
    model = lm.Sequential([*layers, lm.Dense(10, activation="softmax")], seed=0)
    model.compile(lm.optim.SGD(rate), "cross_entropy", metrics=["accuracy"])
    return model


def main() -> None:
    options = parse_options(__doc__)
    epochs = 12 if options.quick else 60
    digits = load_digits_split()

    figure = new_figure(10, 4)
    left, right = figure.subplots(1, 2, sharey=True)
    rows = []
    for rate in RATES:
        accuracies = []
        for normalize, axes in ((False, left), (True, right)):
            model = make_model(normalize, rate)
            history = model.fit(
                digits.x_train,
                digits.y_train,
                batch_size=64,
                epochs=epochs,
                validation_data=(digits.x_test, digits.y_test),
                verbose=0,
            )
            accuracies.append(percent(model.evaluate(digits.x_test, digits.y_test)["accuracy"]))
            axes.plot(history.history["loss"], label=f"learning rate {rate}")
        rows.append([f"learning rate {rate}", "faster, more robust", *accuracies])

    print_table(["test accuracy", "notes", "without", "with batch norm"], rows)
    left.set(title="Without", xlabel="epoch", ylabel="cost J on training mini-batches")
    right.set(title="With batch normalization", xlabel="epoch")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend()
    save_picture(figure, options.out)


if __name__ == "__main__":
    main()
