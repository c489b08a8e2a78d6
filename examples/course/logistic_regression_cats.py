#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Logistic regression on photographs of cats, at three learning rates.

A photograph of 64 x 64 pixels in three colours is a row x of 12288 numbers; one unit decides: a =
sigmoid(x w + b), J = -1/m sum(y log a + (1 - y) log(1 - a)), w -= alpha dJ/dw. All weights start at
zero, which is fine where there is a single unit, and every step sees all 209 photographs.

The notes say that the learning rate makes a "big difference" and give no accuracies. Here the largest
rate is the first to know the training set by heart, the smallest has hardly begun; none of them does
well on photographs it has not seen: one unit draws a straight line through 12288 dimensions.
"""

from __future__ import annotations

import laminar as lm

from common import CATS, load_cats, new_figure, parse_options, percent, print_table, save_picture

RATES = (0.01, 0.001, 0.0001)


def main() -> None:
    options = parse_options(__doc__, files=CATS)
    cats = load_cats(options.data)
    iterations = 60 if options.quick else 2000

    axes = (figure := new_figure(7, 4)).subplots()
    rows = []
    for rate in RATES:
        model = lm.Sequential(
            [lm.Flatten(), lm.Dense(1, activation="sigmoid", kernel_initializer="zeros")], dtype="float64"
        )
        model.compile(lm.optim.SGD(rate), "binary_cross_entropy", metrics=["accuracy"])
        cost = model.fit(
            cats.x_train, cats.y_train, batch_size=209, epochs=iterations, shuffle=False, verbose=0
        ).history["loss"]
        train, test = (
            model.evaluate(x, y)["accuracy"]
            for x, y in ((cats.x_train, cats.y_train), (cats.x_test, cats.y_test))
        )
        rows.append([f"learning rate {rate}", "not stated", f"{cost[-1]:.3f}", percent(train), percent(test)])
        axes.plot(cost, label=f"learning rate {rate}", linewidth=1)

    print_table(["", "notes", "cost", "train accuracy", "test accuracy"], rows)
    axes.set(xlabel="iteration", ylabel="cost J", title="Cat or not: logistic regression")
    axes.grid(alpha=0.3)
    axes.legend()
    save_picture(figure, options.out)


if __name__ == "__main__":
    main()
