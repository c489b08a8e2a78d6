# SPDX-License-Identifier: BSD-3-Clause
"""Layers as users would write them; here, so that pickle finds them."""

from __future__ import annotations

import laminar as lm
import numpy as np


class CustomDense(lm.CustomLayer):
    """y = x W + b, as `lm.Dense` has it."""

    def __init__(self, units, regularizer=None, name=None):
        super().__init__(name)
        self.units, self.regularizer = units, regularizer

    def parameters(self, input_shape):
        return {
            "kernel": lm.ParameterSpec((input_shape[-1], self.units), "glorot_uniform", self.regularizer),
            "bias": lm.ParameterSpec((self.units,), "zeros"),
        }

    def output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def forward(self, x, kernel, bias):
        return x @ kernel + bias, (x, kernel)

    def backward(self, d_y, cache):
        x, kernel = cache
        n_in, n_out = kernel.shape
        d_kernel = x.reshape(-1, n_in).T @ d_y.reshape(-1, n_out)
        return d_y @ kernel.T, d_kernel, d_y.reshape(-1, n_out).sum(axis=0)


class Swish(lm.CustomLayer):
    """y = x sigmoid(beta x), one beta a feature."""

    def __init__(self, beta=1.0, name=None):
        super().__init__(name)
        self.beta = beta

    def parameters(self, input_shape):
        return {"beta": lm.ParameterSpec((input_shape[-1],), lm.initializers.Constant(self.beta))}

    def forward(self, x, beta):
        s = 1 / (1 + np.exp(-beta * x))
        return x * s, (x, beta, s)

    def backward(self, d_y, cache):
        x, beta, s = cache
        slope = x * s * (1 - s)
        return d_y * (s + beta * slope), (d_y * x * slope).sum(axis=tuple(range(x.ndim - 1)))


class Maxout(lm.CustomLayer):
    """y = max over pieces of x, a feature being `pieces` neighbours; no parameter."""

    def __init__(self, pieces, name=None):
        super().__init__(name)
        self.pieces = pieces

    def output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] // self.pieces)

    def forward(self, x):
        parts = x.reshape(*x.shape[:-1], -1, self.pieces)
        return parts.max(axis=-1), (x.shape, parts.argmax(axis=-1))

    def backward(self, d_y, cache):
        shape, winner = cache
        return (d_y[..., None] * (np.arange(self.pieces) == winner[..., None])).reshape(shape)


class Product(lm.CustomLayer):
    """y = a b, element by element."""

    def forward(self, a, b):
        return a * b, (a, b)

    def backward(self, d_y, cache):
        a, b = cache
        return d_y * b, d_y * a


class Scale(lm.CustomLayer):
    """y = c x with one number c."""

    def parameters(self, input_shape):
        return {"c": lm.ParameterSpec((), lm.initializers.Constant(1.5))}

    def forward(self, x, c):
        return c * x, (x, c)

    def backward(self, d_y, cache):
        x, c = cache
        return c * d_y, (d_y * x).sum()


class MeanOverTime(lm.CustomLayer):
    """(m, time, k) to (m, k)."""

    def output_shape(self, input_shape):
        return (input_shape[0], input_shape[2])

    def forward(self, x):
        return x.mean(axis=1), x.shape

    def backward(self, d_y, shape):
        return np.broadcast_to(d_y[:, None] / shape[1], shape)


class Pick(lm.CustomLayer):
    """y_i = x_i[ids_i]: one column an example, told by integer ids."""

    def output_shape(self, x_shape, ids_shape):
        return (x_shape[0], 1)

    def forward(self, x, ids):
        return np.take_along_axis(x, ids, axis=1), (x.shape, ids)

    def backward(self, d_y, cache):
        shape, ids = cache
        d_x = np.zeros(shape)
        np.put_along_axis(d_x, ids, d_y, axis=1)
        return d_x, None


class TripletLoss(lm.CustomLayer):
    """max(0, |a - p|^2 - |a - n|^2 + margin), for `add_loss`."""

    def __init__(self, margin=0.2, name=None):
        super().__init__(name)
        self.margin = margin

    def output_shape(self, anchor, positive, negative):
        return (anchor[0], 1)

    def forward(self, a, p, n):
        gap = ((a - p) ** 2 - (a - n) ** 2).sum(axis=1, keepdims=True) + self.margin
        return np.maximum(gap, 0), (a, p, n, gap > 0)

    def backward(self, d_y, cache):
        a, p, n, active = cache
        d = 2 * d_y * active
        return d * (n - p), d * (p - a), d * (a - n)


class Doubling(lm.CustomLayer):
    """y = 2 x in training, x otherwise."""

    def forward(self, x, training):
        return (2 * x if training else x), training

    def backward(self, d_y, training):
        return 2 * d_y if training else d_y
