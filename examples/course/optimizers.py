#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Mini-batch gradient descent, momentum and Adam on two moons.

300 points, a network 2-5-2-1 with relu and a sigmoid, He's initial weights, mini-batches of 64, and one
learning rate, 0.0007, for all three:

    gradient descent    W -= alpha dW
    momentum            v = 0.9 v + 0.1 dW;  W -= alpha v
    Adam                v = 0.9 v + 0.1 dW;  s = 0.999 s + 0.001 dW^2;  W -= alpha v^ / (sqrt(s^) + 1e-8)

with v^ = v / (1 - 0.9^t) and s^ = s / (1 - 0.999^t).

The notes give the formulas and no accuracies. With a rate this small momentum as the notes write it, an
average and not a sum, moves like gradient descent; Adam is done before both. The initial weights are the
course's, its shuffles are not.
"""

from __future__ import annotations

import laminar as lm
from sklearn.datasets import make_moons

from common import (
    course_weights,
    draw_boundary,
    new_figure,
    parse_options,
    percent,
    print_table,
    save_picture,
)

RATE = 0.0007
OPTIMIZERS = {
    "gradient descent": lm.optim.SGD(RATE),
    "momentum": lm.optim.SGD(RATE, momentum=0.9, dampening=0.9),  # dampening makes the notes' average
    "Adam": lm.optim.Adam(RATE),
}


def main() -> None:
    options = parse_options(__doc__)
    epochs = 1500 if options.quick else 10000
    x, y = make_moons(n_samples=300, noise=0.2, random_state=3)
    x_test, y_test = make_moons(n_samples=1000, noise=0.2, random_state=4)

    figure = new_figure(12, 6.4)
    above, below = figure.subfigures(2, 1)
    costs, boundaries = above.subplots(), below.subplots(1, 3)
    rows = []
    for (name, optimizer), axes in zip(OPTIMIZERS.items(), boundaries, strict=True):
        layers = [lm.Input((2,)), lm.Dense(5, "relu"), lm.Dense(2, "relu"), lm.Dense(1, "sigmoid")]
        model = lm.Sequential(layers, dtype="float64", seed=0)
        model.set_weights(course_weights((2, 5, 2, 1), seed=3, scale=lambda n_in: (2 / n_in) ** 0.5))
        model.compile(optimizer, "binary_cross_entropy", metrics=["accuracy"])
        cost = model.fit(x, y, batch_size=64, epochs=epochs, verbose=0).history["loss"]
        train, test = model.evaluate(x, y)["accuracy"], model.evaluate(x_test, y_test)["accuracy"]
        rows.append([name, "not stated", f"{cost[-1]:.3f}", percent(train), percent(test)])
        costs.plot(cost, "--" if name == "momentum" else "-", label=name, linewidth=1.5)
        draw_boundary(axes, model, x, y, f"{name}: {percent(train)}")

    print_table(["optimizer", "notes", "cost", "train accuracy", "test accuracy"], rows)
    costs.set(xlabel="epoch", ylabel="cost J", title=f"Two moons, learning rate {RATE}")
    costs.grid(alpha=0.3)
    costs.legend()
    save_picture(figure, options.out)


if __name__ == "__main__":
    main()
