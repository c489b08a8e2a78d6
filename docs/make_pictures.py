# SPDX-License-Identifier: BSD-3-Clause
"""Draw every picture of docs/pictures.md, the same pixels at every run.

python docs/make_pictures.py            draw all
python docs/make_pictures.py schedule   draw only these
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import laminar as lm
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from sklearn.datasets import load_digits, load_wine, make_moons
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

FOLDER = Path(__file__).parent / "images" / "plots"
DPI = 120
COLOURS = 128  # of the palette that a picture is saved with

Digits = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@cache
def digits() -> Digits:
    """Return scikit-learn's handwritten digits: x_train, x_dev, y_train, y_dev."""
    x, y = load_digits(return_X_y=True)
    return tuple(train_test_split(x / 16.0, y, test_size=0.4, stratify=y, random_state=0))


@cache
def trained_on_digits() -> tuple[lm.Sequential, lm.History]:
    """Return a network that overfits a little, as most do, and how it came to that."""
    x_train, x_dev, y_train, y_dev = digits()
    layers = [
        lm.Input((64,)),
        lm.Dense(64, activation="relu"),
        lm.Dropout(0.2),
        lm.Dense(32, activation="relu"),
        lm.Dense(10, activation="softmax"),
    ]
    model = lm.Sequential(layers, seed=0)
    model.compile(lm.optim.Adam(2e-3), "cross_entropy", metrics=["accuracy"])
    history = model.fit(x_train, y_train, epochs=60, validation_data=(x_dev, y_dev), verbose=0)
    return model, history


def learning_curves() -> Any:
    """Draw loss and accuracy on training and dev set."""
    _, history = trained_on_digits()
    return lm.plot.learning_curves(history)[0].figure


def decision_boundary() -> Any:
    """Draw two classes and three."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.8), layout="constrained")
    x, y = make_moons(200, noise=0.2, random_state=0)
    model = lm.Sequential([lm.Input((2,)), lm.Dense(16, "tanh"), lm.Dense(1, "sigmoid")], seed=0)
    model.compile(lm.optim.Adam(0.03), "binary_cross_entropy")
    model.fit(x, y, epochs=150, verbose=0)
    lm.plot.decision_boundary(model, x, y, ax=left)

    wine = load_wine()
    columns = [0, 6]
    x = StandardScaler().fit_transform(wine.data[:, columns])
    model = lm.Sequential([lm.Input((2,)), lm.Dense(8, "tanh"), lm.Dense(3, "softmax")], seed=0)
    model.compile(lm.optim.Adam(0.02), "cross_entropy")
    model.fit(x, wine.target, epochs=100, verbose=0)
    names = [f"{wine.feature_names[i]} (standardized)" for i in columns]
    lm.plot.decision_boundary(
        model, x, wine.target, class_names=["wine A", "wine B", "wine C"], feature_names=names, ax=right
    )
    return figure


def schedule() -> Any:
    """Draw three schedules in one picture."""
    schedules = lm.schedules
    cosine = schedules.Warmup(schedules.CosineDecay(0.1, decay_steps=450), warmup_steps=50)
    ax = lm.plot.schedule(cosine, 500, label="warm-up, then cosine")
    exponential = schedules.ExponentialDecay(0.1, decay_steps=100, decay_rate=0.45)
    lm.plot.schedule(exponential, 500, label="exponential", ax=ax)
    by_hand = schedules.PiecewiseConstantDecay([100, 200, 400], [0.08, 0.04, 0.02, 0.01])
    lm.plot.schedule(by_hand, 500, label="piecewise", ax=ax)
    return ax.figure


def weight_histograms() -> Any:
    """Draw the weights of the trained network."""
    return lm.plot.weight_histograms(trained_on_digits()[0]).figure


def activation_histograms() -> Any:
    """Draw what the trained network's layers yield."""
    return lm.plot.activation_histograms(trained_on_digits()[0], digits()[1]).figure


def confusion_matrix() -> Any:
    """Draw which digits are taken for which."""
    _, x_dev, _, y_dev = digits()
    return lm.plot.confusion_matrix(y_dev, trained_on_digits()[0].predict(x_dev)).figure_


def network_graph() -> Any:
    """Draw a graph with branches, two inputs, two outputs and a shared layer."""
    picture, date = lm.Input((784,), name="picture"), lm.Input((3,), name="date")
    shrink = lm.Dense(128, activation="relu", name="shrink")
    noisy = lm.Dropout(0.2)(picture)
    both = lm.Concatenate()([shrink(picture), shrink(noisy), lm.Dense(16, activation="tanh")(date)])
    h = lm.Dense(64, activation="relu")(both)
    h = lm.Add()([h, lm.Dense(64, activation="relu")(h)])
    digit = lm.Dense(10, activation="softmax", name="digit")(h)
    is_new = lm.Dense(1, activation="sigmoid", name="is_new")(lm.Concatenate()([h, date]))
    return lm.plot.network_graph(lm.Model([picture, date], [digit, is_new], seed=0)).figure


def network_graph_sequential() -> Any:
    """Draw ten layers on top of each other."""
    layers = [lm.Input((28, 28)), lm.Flatten()]
    for units in (512, 256, 128):
        layers += [lm.Dense(units), lm.Activation("relu"), lm.Dropout(0.2)]
    return lm.plot.network_graph(lm.Sequential([*layers[:-1], lm.Dense(10, "softmax")], seed=0)).figure


def gradient_check() -> Any:
    """Draw a check that finds a planted mistake: a derivative that is a thousandth too large."""

    def almost_right(y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        error = y_pred - y_true
        return 0.5 * (error**2).sum(axis=1), error * np.array([1.0, 1.0, 1.001])

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 4)), rng.normal(size=(8, 3))
    inputs = lm.Input((4,))
    h = lm.Dense(6, activation="tanh")(inputs)
    heads = [lm.Dense(3, name="right")(h), lm.Dense(3, name="almost_right")(h)]
    model = lm.Model(inputs, heads, dtype="float64", seed=0)
    model.compile(loss=["squared_error", almost_right])
    return lm.plot.gradient_check(lm.check_gradients(model, x, (y, y))).figure


PICTURES: dict[str, Callable[[], Any]] = {
    "learning_curves": learning_curves,
    "decision_boundary": decision_boundary,
    "schedule": schedule,
    "weight_histograms": weight_histograms,
    "activation_histograms": activation_histograms,
    "confusion_matrix": confusion_matrix,
    "network_graph": network_graph,
    "network_graph_sequential": network_graph_sequential,
    "gradient_check": gradient_check,
}


def save(figure: Any, path: Path) -> None:
    """Write a figure as a small PNG: with a palette, without date and versions."""
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)
    with Image.open(path) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    """Draw what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PICTURES)}; all by default")
    names = parser.parse_args().names or list(PICTURES)
    unknown = sorted(set(names) - set(PICTURES))
    if unknown:
        parser.error(f"unknown picture {unknown[0]!r} (known: {', '.join(PICTURES)})")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = FOLDER / f"{name}.png"
        save(PICTURES[name](), path)
        print(f"{path}: {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
