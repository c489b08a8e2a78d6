#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Multi-task learning, where many labels are missing.

One network answers four questions about a digit: is it even, is it above 4, is it prime, does it enclose
an area? The cost is the notes': J = 1/m sum_i sum_j L(yhat_j, y_j), a sigmoid for each j, leaving out
every j whose label is unknown ("?"). Unknown labels are NaN in y, and
`BinaryCrossEntropy(missing="ignore")` takes nothing from them.

The notes say that this works and give no numbers. Scikit-learn's digits, labels hidden at random; beside
it, the network that may only learn from the images whose four labels are all known.
"""

from __future__ import annotations

import laminar as lm
import numpy as np

from common import load_digits_split, new_figure, parse_options, percent, print_table, save_picture

QUESTIONS = {
    "even": (0, 2, 4, 6, 8),
    "above 4": (5, 6, 7, 8, 9),
    "prime": (2, 3, 5, 7),
    "encloses": (0, 6, 8, 9),
}


def train(x: np.ndarray, y: np.ndarray, epochs: int) -> lm.Sequential:
    layers = [lm.Dense(64, activation="relu"), lm.Dense(len(QUESTIONS), activation="sigmoid")]
    model = lm.Sequential(layers, seed=0)
    model.compile("adam", lm.losses.BinaryCrossEntropy(missing="ignore", reduce_outputs="sum"))
    model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)
    return model


def main() -> None:
    options = parse_options(__doc__)
    epochs, shares = (10, (0.0, 0.6)) if options.quick else (80, (0.0, 0.2, 0.4, 0.6, 0.8))
    digits = load_digits_split()
    y_train, y_test = (
        np.column_stack([np.isin(labels, yes) for yes in QUESTIONS.values()]).astype(float)
        for labels in (digits.y_train, digits.y_test)
    )

    rows, curves = [], {"missing labels ignored": [], "incomplete images dropped": []}
    for share in shares:
        y = np.where(np.random.default_rng(0).random(y_train.shape) < share, np.nan, y_train)
        complete = ~np.isnan(y).any(axis=1)
        models = train(digits.x_train, y, epochs), train(digits.x_train[complete], y[complete], epochs)
        accuracies = [np.mean((model.predict(digits.x_test) > 0.5) == y_test) for model in models]
        for curve, accuracy in zip(curves.values(), accuracies, strict=True):
            curve.append(accuracy)
        rows.append([percent(share), "not stated", *map(percent, accuracies), complete.sum()])

    print_table(["labels missing", "notes", *curves, "complete images"], rows)
    axes = (figure := new_figure(7, 4)).subplots()
    for name, curve in curves.items():
        axes.plot(100 * np.array(shares), curve, marker="o", label=name)
    axes.set(xlabel="labels missing, %", ylabel="test accuracy over the four questions")
    axes.grid(alpha=0.3)
    axes.legend()
    save_picture(figure, options.out)


if __name__ == "__main__":
    main()
