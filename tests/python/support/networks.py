# SPDX-License-Identifier: BSD-3-Clause
"""Small networks and data, and what is asked of them in many tests."""

from __future__ import annotations

import laminar as lm
import numpy as np

from support import reference


def mlp(widths, hidden="tanh", output="linear", *, dtype="float64", seed=0, **dense):
    """Return Dense layers of these widths, the first being the input's."""
    layers = [lm.Dense(n, hidden, **dense) for n in widths[1:-1]] + [lm.Dense(widths[-1], output, **dense)]
    return lm.Sequential([lm.Input((widths[0],)), *layers], dtype=dtype, seed=seed)


def randomize(model, rng, scale=1.0):
    """Give every parameter, biases too, a random value, so that no term of a formula is hidden by a 0."""
    for view in model.parameters().values():
        fan_in = view.shape[0] if view.ndim > 1 else 4
        view[...] = rng.normal(scale=scale / fan_in**0.5, size=view.shape)
    return model


def twin(model, record, activations, **penalties):
    """Return the NumPy reference with the model's weights."""
    return reference.Mlp(
        model.get_weights(),
        [reference.ACTIVATIONS[name] for name in activations],
        record.reference,
        **penalties,
    )


def weights_of(model):
    """Return copies of all parameters by name."""
    return {name: view.copy() for name, view in model.parameters().items()}


def same_bits(a, b):
    """Return whether two such dicts hold the same bits."""
    return a.keys() == b.keys() and all(a[name].tobytes() == b[name].tobytes() for name in a)


def distance(a, b):
    """Return the largest of |a - b| / max(1, |b|), over arrays or lists of arrays."""
    a, b = ([part] if isinstance(part, np.ndarray) else list(part) for part in (a, b))
    gaps = [np.max(np.abs(x - y) / np.maximum(1, np.abs(y)), initial=0.0) for x, y in zip(a, b, strict=True)]
    return float(max(gaps))


def fed(optimizer, gradients):
    """Return where one weight goes from 0 when its gradient is what is fed."""
    model = lm.Sequential(
        [lm.Input((1,)), lm.Dense(1, use_bias=False, kernel_initializer="zeros")], dtype="float64"
    )
    model.compile(optimizer, lambda y, p: ((y * p)[:, 0], y))
    places = [0.0]
    for g in gradients:
        model.train_on_batch(np.ones((1, 1)), np.array([[g]]))
        places.append(model.get_weights()[0].item())
    return np.array(places)
