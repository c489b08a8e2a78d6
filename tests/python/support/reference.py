# SPDX-License-Identifier: BSD-3-Clause
"""The mathematics once more, in plain NumPy and float64, written from the formulas alone.

Nothing here is fast or stable at extreme inputs; tests keep to moderate numbers. An activation is a pair
(g(z), back(z, a, da) -> dz), a loss a pair (losses(y, p), slope(y, p)), an optimizer a class with `update`.
"""

from __future__ import annotations

import math

import numpy as np

erf = np.vectorize(math.erf, otypes=[float])

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
GELU_ROOT, GELU_CUBE = math.sqrt(2 / math.pi), 0.044715


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    t = np.exp(z - z.max(axis=-1, keepdims=True))
    return t / t.sum(axis=-1, keepdims=True)


def _gelu_tanh_slope(z):
    t = np.tanh(GELU_ROOT * (z + GELU_CUBE * z**3))
    return (1 + t) / 2 + z * (1 - t**2) / 2 * GELU_ROOT * (1 + 3 * GELU_CUBE * z**2)


def _pointwise(g, slope):
    return g, lambda z, a, da: da * slope(z, a)


def leaky_relu(alpha=0.01):
    return _pointwise(lambda z: np.where(z > 0, z, alpha * z), lambda z, a: np.where(z > 0, 1.0, alpha))


ACTIVATIONS = {
    "linear": _pointwise(lambda z: z, lambda z, a: np.ones_like(z)),
    "sigmoid": _pointwise(sigmoid, lambda z, a: a * (1 - a)),
    "tanh": _pointwise(np.tanh, lambda z, a: 1 - a**2),
    "relu": _pointwise(lambda z: np.maximum(z, 0), lambda z, a: (z > 0).astype(float)),
    "leaky_relu": leaky_relu(),
    "elu": _pointwise(
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
        lambda z, a: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0))),
    ),
    "selu": _pointwise(
        lambda z: SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0))),
        lambda z, a: SELU_SCALE * np.where(z > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(z, 0))),
    ),
    "gelu": _pointwise(
        lambda z: z * (1 + erf(z / math.sqrt(2))) / 2,
        lambda z, a: (1 + erf(z / math.sqrt(2))) / 2 + z * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi),
    ),
    "gelu_tanh": _pointwise(
        lambda z: z * (1 + np.tanh(GELU_ROOT * (z + GELU_CUBE * z**3))) / 2, lambda z, a: _gelu_tanh_slope(z)
    ),
    "silu": _pointwise(lambda z: z * sigmoid(z), lambda z, a: sigmoid(z) + z * sigmoid(z) * (1 - sigmoid(z))),
    "softplus": _pointwise(lambda z: np.log1p(np.exp(z)), lambda z, a: sigmoid(z)),
    "exponential": _pointwise(np.exp, lambda z, a: a),
    "softmax": (softmax, lambda z, a, da: a * (da - (da * a).sum(axis=-1, keepdims=True))),
}


def one_hot(y, classes):
    return np.eye(classes)[np.asarray(y, dtype=int).ravel()] if np.ndim(y) == 1 else np.asarray(y)


def _huber(d, delta):
    return np.where(np.abs(d) <= delta, d**2 / 2, delta * (np.abs(d) - delta / 2))


def _mean(value, slope):
    """Losses of one output each, averaged over the outputs of an example."""
    return (
        lambda y, p: value(np.reshape(y, p.shape), p).mean(axis=-1),
        lambda y, p: slope(np.reshape(y, p.shape), p) / p.shape[-1],
    )


def huber(delta=1.0):
    return _mean(lambda y, p: _huber(p - y, delta), lambda y, p: np.clip(p - y, -delta, delta))


def pinball(q=0.5):
    return _mean(
        lambda y, p: np.maximum(q * (y - p), (q - 1) * (y - p)), lambda y, p: np.where(y > p, -q, 1.0 - q)
    )


binary_cross_entropy = _mean(
    lambda y, p: -(y * np.log(p) + (1 - y) * np.log(1 - p)), lambda y, p: (p - y) / (p * (1 - p))
)
binary_cross_entropy_logits = _mean(
    lambda y, z: np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0) - y * z, lambda y, z: sigmoid(z) - y
)
binary_cross_entropy_sum = (
    lambda y, p: binary_cross_entropy[0](y, p) * p.shape[-1],
    lambda y, p: binary_cross_entropy[1](y, p) * p.shape[-1],
)
cross_entropy = (
    lambda y, p: -(one_hot(y, p.shape[-1]) * np.log(p)).sum(axis=-1),
    lambda y, p: -one_hot(y, p.shape[-1]) / p,
)
cross_entropy_logits = (
    lambda y, z: cross_entropy[0](y, softmax(z)),
    lambda y, z: softmax(z) * one_hot(y, z.shape[-1]).sum(axis=-1, keepdims=True) - one_hot(y, z.shape[-1]),
)
squared_error = (
    lambda y, p: ((p - np.reshape(y, p.shape)) ** 2).sum(axis=-1) / 2,
    lambda y, p: p - np.reshape(y, p.shape),
)
mean_squared_error = _mean(lambda y, p: (p - y) ** 2, lambda y, p: 2 * (p - y))
mean_absolute_error = _mean(lambda y, p: np.abs(p - y), lambda y, p: np.sign(p - y))
poisson = _mean(lambda y, p: p - y * np.log(p), lambda y, p: 1 - y / p)
poisson_logits = _mean(lambda y, z: np.exp(z) - y * z, lambda y, z: np.exp(z) - y)


def _standardized(x, axes, epsilon):
    return (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(x.var(axis=axes, keepdims=True) + epsilon)


def batch_normalization(x, gamma=1.0, beta=0.0, epsilon=1e-5):
    return gamma * _standardized(x, tuple(range(x.ndim - 1)), epsilon) + beta


def layer_normalization(x, gamma=1.0, beta=0.0, epsilon=1e-5):
    return gamma * _standardized(x, -1, epsilon) + beta


class Mlp:
    """Dense layers one after another; `weights` is [W1, b1, W2, b2, ...] with W of shape (n_in, n_out)."""

    def __init__(self, weights, activations, loss, l1=0.0, l2=0.0):
        self.weights = [np.array(w, dtype=np.float64) for w in weights]
        self.activations, self.loss, self.l1, self.l2 = activations, loss, l1, l2

    def forward(self, x):
        self.steps = []
        a = np.asarray(x, dtype=np.float64)
        for i, (g, _) in enumerate(self.activations):
            z = a @ self.weights[2 * i] + self.weights[2 * i + 1]
            self.steps.append((a, z, g(z)))
            a = self.steps[-1][2]
        return a

    def value_and_grad(self, x, y, sample_weight=None):
        """Return J, its gradients in the order of `weights`, and d J / d x."""
        p = self.forward(x)
        w = np.ones(len(p)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        m = w.sum()
        value = (w * self.loss[0](y, p)).sum() / m
        da = self.loss[1](y, p) * (w / m)[:, None]
        gradients = []
        for (a, z, out), (_, back), kernel in zip(
            self.steps[::-1], self.activations[::-1], self.weights[-2::-2], strict=True
        ):
            dz = back(z, out, da)
            penalty = (self.l1 * np.sign(kernel) / 2 + self.l2 * kernel) / m
            gradients = [a.T @ dz + penalty, dz.sum(axis=0), *gradients]
            da = dz @ kernel.T
            value += (self.l1 * np.abs(kernel).sum() + self.l2 * (kernel**2).sum()) / (2 * m)
        return value, gradients, da

    def train(self, optimizer, x, y, steps):
        """Take full-batch steps and return the loss before each."""
        losses = []
        for _ in range(steps):
            value, gradients, _ = self.value_and_grad(x, y)
            losses.append(value)
            theta = optimizer.update(pack(self.weights), pack(gradients))
            self.weights = unpack(theta, self.weights)
        return losses


def pack(arrays):
    """Return all numbers as one vector theta."""
    return np.concatenate([np.ravel(array) for array in arrays])


def unpack(theta, like):
    """Return the arrays, shaped as `like`, that `pack` made theta of."""
    ends = np.cumsum([array.size for array in like])
    parts = np.split(theta, ends[:-1])
    return [part.reshape(array.shape) for part, array in zip(parts, like, strict=True)]
