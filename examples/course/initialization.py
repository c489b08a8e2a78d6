#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How weights start: zeros, large random numbers, He.

Two circles, 300 points, one inside the other; a network 2-10-5-1 with relu and a sigmoid; gradient
descent, learning rate 0.01, 15000 iterations over all points. W starts at 0, at 10 N(0, 1), or at sqrt(2
/ n[l-1]) N(0, 1) (He); b at 0.

The notes report 50 %, 83 % and 99 % on the training points. So do we, from the weights that the course
is known to draw. Zeros never learn: with relu a[1] = 0 and W[2] = 0, so no weight ever moves. Large
numbers start at a high cost and end where they happen to: other draws of ours, in the last column,
scatter.
"""

from __future__ import annotations

import laminar as lm
from sklearn.datasets import make_circles

from common import (
    course_weights,
    draw_boundary,
    new_figure,
    parse_options,
    percent,
    print_table,
    save_picture,
    spread,
)

WIDTHS = (2, 10, 5, 1)
STARTS = {  # name: (training accuracy in the notes, initializer, its scale as a function of n_in)
    "zeros": ("50 %", lm.initializers.Zeros(), lambda n_in: 0.0),
    "large random": ("83 %", lm.initializers.Normal(stddev=10), lambda n_in: 10.0),
    "He": ("99 %", lm.initializers.HeNormal(), lambda n_in: (2 / n_in) ** 0.5),
}


def make_model(start: lm.initializers.Initializer, seed: int) -> lm.Sequential:
    layers = [
        lm.Dense(units, activation, kernel_initializer=start)
        for units, activation in zip(WIDTHS[1:], ("relu", "relu", "sigmoid"), strict=True)
    ]
    model = lm.Sequential([lm.Input((2,)), *layers], dtype="float64", seed=seed)
    model.compile(lm.optim.SGD(0.01), "binary_cross_entropy", metrics=["accuracy"])
    return model


def main() -> None:
    options = parse_options(__doc__)
    iterations, seeds = (2000, 1) if options.quick else (15000, 8)
    x, y = make_circles(n_samples=300, noise=0.05, random_state=1)
    x_test, y_test = make_circles(n_samples=100, noise=0.05, random_state=2)

    figure = new_figure(12, 6.4)
    above, below = figure.subfigures(2, 1)
    costs, boundaries = above.subplots(), below.subplots(1, 3)
    rows = []
    for (name, (notes, start, scale)), axes in zip(STARTS.items(), boundaries, strict=True):
        models = [make_model(start, seed) for seed in range(1 + seeds)]
        models[0].set_weights(course_weights(WIDTHS, seed=3, scale=scale))
        for model in models:
            model.fit(x, y, batch_size=len(x), epochs=iterations, shuffle=False, verbose=0)
        train = [model.evaluate(x, y)["accuracy"] for model in models]
        test = models[0].evaluate(x_test, y_test)["accuracy"]
        rows.append([name, notes, percent(train[0]), percent(test), spread(train[1:])])
        costs.plot(models[0].history.history["loss"], label=name, linewidth=1)
        draw_boundary(axes, models[0], x, y, f"{name}: {percent(train[0])}")

    print_table(["initial weights", "notes, train", "train", "test", "train, other draws"], rows)
    costs.set(xlabel="iteration", ylabel="cost J", yscale="log", title="Two circles, learning rate 0.01")
    costs.grid(alpha=0.3)
    costs.legend()
    save_picture(figure, options.out)


if __name__ == "__main__":
    main()
