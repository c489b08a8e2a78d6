#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""An autoencoder on digits: 64 pixels through a bottleneck of a few numbers and back.

encode: 64-128-64-k, decode: k-64-128-64, trained to give back its own input, J = 1/m sum mean (xhat -
x)^2. The encoder and the decoder are models of their own that share their layers with the whole.

The notes only name autoencoders, as unsupervised neural networks. The yardstick here is principal
component analysis with as many numbers, the best that linear layers can do.
"""

from __future__ import annotations

import laminar as lm
import numpy as np
from sklearn.decomposition import PCA

from common import load_digits_split, new_figure, parse_options, print_table, save_picture

CODES = (2, 4, 8)
SHOWN = 12


def make_autoencoder(code: int) -> tuple[lm.Model, lm.Model]:
    """Return an autoencoder and its encoder, which share their layers."""
    x = lm.Input((64,))
    h = lm.Dense(128, activation="relu")(x)
    h = lm.Dense(64, activation="relu")(h)
    z = lm.Dense(code, name="code")(h)
    h = lm.Dense(64, activation="relu")(z)
    h = lm.Dense(128, activation="relu")(h)
    autoencoder = lm.Model(x, lm.Dense(64, activation="sigmoid")(h), seed=0)
    autoencoder.compile(lm.optim.Adam(1e-3), "mean_squared_error")
    return autoencoder, lm.Model(x, z)


def main() -> None:
    options = parse_options(__doc__)
    epochs = 8 if options.quick else 200
    digits = load_digits_split()

    rows, pictures = [], {"test image": digits.x_test[:SHOWN]}
    for code in CODES:
        autoencoder, encoder = make_autoencoder(code)
        autoencoder.fit(digits.x_train, digits.x_train, batch_size=32, epochs=epochs, verbose=0)
        error = autoencoder.evaluate(digits.x_test, digits.x_test)["loss"]
        pca = PCA(code, random_state=0).fit(digits.x_train)
        linear = pca.inverse_transform(pca.transform(digits.x_test))
        rows.append([f"{code} numbers", "-", f"{error:.4f}", f"{np.mean((linear - digits.x_test) ** 2):.4f}"])
        pictures[f"autoencoder, {code}"] = autoencoder.predict(digits.x_test[:SHOWN])
        pictures[f"PCA, {code}"] = linear[:SHOWN]
        if code == 2:
            plane = encoder.predict(digits.x_test)

    print_table(["code", "notes", "autoencoder, test error", "PCA"], rows)
    figure = new_figure(12, 5)
    left, right = figure.subfigures(1, 2, width_ratios=[1.5, 1])
    for row, (name, images) in zip(left.subplots(len(pictures), SHOWN), pictures.items(), strict=True):
        for axes, image in zip(row, images, strict=True):
            axes.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
            axes.set(xticks=[], yticks=[])
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    axes = right.subplots()
    points = axes.scatter(*plane.T, c=digits.y_test, cmap="tab10", s=14)
    right.colorbar(points, ticks=range(10), label="digit")
    axes.set(title="The code of two numbers", xlabel="z1", ylabel="z2")
    save_picture(figure, options.out)


if __name__ == "__main__":
    main()
