#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A deep network on photographs of cats: 12288-20-7-5-1, beside shallower ones.

Hidden layers are relu, the output is a sigmoid; W[l] starts normal with variance 1/n[l-1], b[l] at zero.
Gradient descent with learning rate 0.0075 over all 209 photographs, 2500 iterations, as in the course.

The notes give no accuracies. The draw of the initial weights decides over several points of test
accuracy: there are 50 photographs to test on, so one of them is two points. So the networks start from the
weights that the course is known to draw, and the deep one also from two draws of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import laminar as lm
import numpy as np

from common import (
    CATS,
    course_weights,
    load_cats,
    new_figure,
    parse_options,
    percent,
    print_table,
    save_picture,
    spread,
)

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

DEEP = (12288, 20, 7, 5, 1)
NETWORKS = ((12288, 1), (12288, 7, 1), DEEP)


def make_model(widths: tuple[int, ...], seed: int) -> lm.Sequential:
    start = lm.initializers.LecunNormal()
    hidden = [lm.Dense(units, activation="relu", kernel_initializer=start) for units in widths[1:-1]]
    output = lm.Dense(widths[-1], activation="sigmoid", kernel_initializer=start)
    layers = [lm.Input((64, 64, 3)), lm.Flatten(), *hidden, output]
    model = lm.Sequential(layers, dtype="float64", seed=seed)
    model.compile(lm.optim.SGD(0.0075), "binary_cross_entropy", metrics=["accuracy"])
    return model


def main() -> None:
    options = parse_options(__doc__, files=CATS)
    cats = load_cats(options.data)
    iterations, draws = (20, 1) if options.quick else (2500, 2)

    figure = new_figure(11, 5.5)
    left, right = figure.subfigures(1, 2)
    axes = left.subplots()
    rows = []
    for widths in NETWORKS:
        models = [make_model(widths, seed) for seed in range(1 + (draws if widths == DEEP else 0))]
        models[0].set_weights(course_weights(widths, seed=1, scale=lambda n_in: n_in**-0.5))
        for model in models:
            model.fit(cats.x_train, cats.y_train, batch_size=209, epochs=iterations, shuffle=False, verbose=0)
        train = [model.evaluate(cats.x_train, cats.y_train)["accuracy"] for model in models]
        test = [model.evaluate(cats.x_test, cats.y_test)["accuracy"] for model in models]
        name = "-".join(map(str, widths))
        rows.append([name, "not stated", percent(train[0]), percent(test[0]), spread(test[1:])])
        axes.plot(models[0].history.history["loss"], label=name, linewidth=1)

    print_table(["network", "notes", "train accuracy", "test accuracy", "test, other draws"], rows)
    axes.set(xlabel="iteration", ylabel="cost J", title="Gradient descent, learning rate 0.0075", ylim=(0, 1))
    axes.grid(alpha=0.3)
    axes.legend()
    draw_mistakes(right, cats.x_test, cats.y_test, models[0].predict(cats.x_test).ravel())
    save_picture(figure, options.out)


def draw_mistakes(figure: SubFigure, images: Any, labels: Any, probabilities: Any) -> None:
    """Show the photographs on which a network is surest of the wrong answer."""
    worst = np.argsort(-np.abs(probabilities - labels))[:9]
    for axes, i in zip(figure.subplots(3, 3).flat, worst, strict=True):
        axes.imshow(images[i])
        axes.set_title(f"{'cat' if labels[i] else 'no cat'}, a = {probabilities[i]:.2f}", fontsize=9)
        axes.set_axis_off()
    figure.suptitle("Where the deep network errs most")


if __name__ == "__main__":
    main()
