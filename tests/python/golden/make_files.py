# SPDX-License-Identifier: BSD-3-Clause
"""Write the golden files: small models of every layer and optimizer, and what they predict.

    python tests/python/golden/make_files.py

Files that are there stay as they are: they are what a released version wrote, and every later one reads them.
"""

from __future__ import annotations

import json
from pathlib import Path

import laminar as lm
import numpy as np

FOLDER = Path(__file__).resolve().parent / "version_1"

LAYERS = {
    "dense": lambda: [
        lm.Dense(3, activation=lm.activations.LeakyReLU(0.2), kernel_regularizer=lm.regularizers.L2(0.1))
    ],
    "dense_without_bias": lambda: [
        lm.Dense(3, activation="gelu", use_bias=False, kernel_initializer="he_normal")
    ],
    "activation": lambda: [lm.Activation("selu")],
    "batch_normalization": lambda: [lm.BatchNormalization(momentum=0.9, epsilon=1e-4)],
    "layer_normalization": lambda: [lm.LayerNormalization(epsilon=1e-4)],
    "normalization": lambda: [lm.Normalization(mean=[1.0, 2, 3, 4], std=[1.0, 2, 3, 4])],
    "dropout": lambda: [lm.Dropout(0.25)],
    "gaussian_noise": lambda: [lm.GaussianNoise(0.125)],
    "reshape": lambda: [lm.Reshape((2, 2)), lm.Flatten()],
}
OPTIMIZERS = {
    "sgd": lambda: lm.optim.SGD(lm.schedules.CosineDecay(0.1, decay_steps=20), momentum=0.9, nesterov=True),
    "adam": lambda: lm.optim.Adam(0.01, ema_momentum=0.9, gradient_accumulation_steps=2, clipnorm=1.0),
    "adamw": lambda: lm.optim.AdamW(lm.schedules.Warmup(0.01, warmup_steps=5), weight_decay=0.1),
    "rmsprop": lambda: lm.optim.RMSprop(0.01, momentum=0.5, centered=True),
    "adagrad": lambda: lm.optim.Adagrad(0.1),
}
LOSSES = {
    "cross_entropy": lambda: lm.losses.CrossEntropy(),
    "binary_cross_entropy": lambda: lm.losses.BinaryCrossEntropy(missing="ignore"),
    "mean_squared_error": lambda: lm.losses.MeanSquaredError(),
}


def inputs():
    return np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)


def with_layer(make):
    return lm.Sequential([lm.Input((4,)), *make(), lm.Dense(2)], seed=1)


def with_optimizer(make, dtype):
    model = lm.Sequential([lm.Input((4,)), lm.Dense(3, activation="tanh"), lm.Dense(2)], dtype=dtype, seed=2)
    model.compile(make(), "mean_squared_error", metrics=[lm.metrics.R2(), "mean_absolute_error"])
    model.fit(inputs(), np.ones((3, 2)), batch_size=1, epochs=1, verbose=0)
    return model


def with_loss(make):
    model = lm.Sequential([lm.Input((4,)), lm.Dense(2, activation="sigmoid")], seed=3)
    model.compile(lm.optim.SGD(0.1), make())
    return model


def graph():
    a, b = lm.Input((4,), name="a"), lm.Input((4,), name="b")
    shared = lm.Dense(3, activation="relu", name="shared")
    left, right = shared(a), shared(b)
    outputs = [lm.Dense(1, name="joined")(lm.Concatenate()([left, right])), lm.Add(name="sum")([left, right])]
    model = lm.Model([a, b], outputs, seed=4)
    model.compile(lm.optim.Adam(), ["mean_squared_error", None], loss_weights=[0.5, 1.0])
    return model


def models():
    """Yield the name and the model of each file."""
    for name, make in LAYERS.items():
        yield name, with_layer(make)
    for name, make in OPTIMIZERS.items():
        yield name, with_optimizer(make, "float64" if name == "adam" else "float32")
    for name, make in LOSSES.items():
        yield name, with_loss(make)
    yield "graph", graph()
    yield "unbuilt", lm.Sequential([lm.Dense(2), lm.Activation("softmax")], seed=5)


def predict(model):
    """Return what a model yields for the inputs, as lists."""
    x = inputs()
    result = model((x, -x)) if len(model.input_names) == 2 else model(x)
    return [
        np.asarray(part, dtype=float).tolist()
        for part in (result if isinstance(result, tuple) else (result,))
    ]


def main():
    """Write what is missing."""
    FOLDER.mkdir(exist_ok=True)
    predictions = FOLDER / "predictions.json"
    known = json.loads(predictions.read_text()) if predictions.exists() else {}
    for name, model in models():
        path = FOLDER / f"{name}.safetensors"
        if path.exists():
            continue
        model.save(path)
        known[name] = predict(model) if model.built else []
    predictions.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main()
