#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Batch normalization: deep networks of sigmoids and of tanh, with and without.

z_norm = (z - mu) / sqrt(sigma^2 + eps) over the mini-batch, then gamma z_norm + beta, before the
activation; the bias of the layer before it cancels and is left out. At test, moving averages of mu and
sigma^2 stand in.

Scikit-learn's digits, six hidden layers of 32 units, gradient descent at three learning rates. The notes
say that batch normalization speeds learning up and makes it easier to choose hyperparameters, and give
no numbers. Here every rate works with it; without it six sigmoids pass on too little gradient to start
at any.
"""

from __future__ import annotations

import laminar as lm

from common import load_digits_split, new_figure, parse_options, percent, print_table, save_picture

RATES = {0.01: "tab:blue", 0.1: "tab:orange", 1.0: "tab:green"}
DEPTH, WIDTH = 6, 32
BATCH = 50  # 1347 = 26 * 50 + 47: the mean and the variance of a last batch of a few rows would be mere noise


def make_model(activation: str, normalize: bool, rate: float) -> lm.Sequential:
    layers: list[lm.Layer] = []
    for _ in range(DEPTH):
        if normalize:
            layers += [lm.Dense(WIDTH, use_bias=False), lm.BatchNormalization(), lm.Activation(activation)]
        else:
            layers += [lm.Dense(WIDTH, activation=activation)]
    model = lm.Sequential([*layers, lm.Dense(10, activation="softmax")], seed=0)
    model.compile(lm.optim.SGD(rate), "cross_entropy", metrics=["accuracy"])
    return model


def main() -> None:
    options = parse_options(__doc__)
    epochs = 10 if options.quick else 60
    digits = load_digits_split()

    figure = new_figure(10, 4)
    rows = []
    for activation, axes in zip(("sigmoid", "tanh"), figure.subplots(1, 2, sharey=True), strict=True):
        for rate, colour in RATES.items():
            accuracies = []
            for normalize, name, line in ((False, "without", ":"), (True, "with", "-")):
                model = make_model(activation, normalize, rate)
                history = model.fit(
                    digits.x_train, digits.y_train, batch_size=BATCH, epochs=epochs, verbose=0
                )
                accuracies.append(percent(model.evaluate(digits.x_test, digits.y_test)["accuracy"]))
                axes.plot(history.history["loss"], line, color=colour, label=f"{name}, {rate}")
            rows.append([f"{activation}, learning rate {rate}", "faster, more robust", *accuracies])
        axes.set(title=f"Six hidden layers of {activation}", xlabel="epoch", yscale="log")
        axes.grid(alpha=0.3)

    print_table(["test accuracy", "notes", "without", "with"], rows)
    figure.axes[0].set_ylabel("cost J on the training set")
    figure.legend(
        *figure.axes[0].get_legend_handles_labels(), loc="outside right", title="batch norm, rate", fontsize=9
    )
    save_picture(figure, options.out)


if __name__ == "__main__":
    main()
