# SPDX-License-Identifier: BSD-3-Clause
"""A multilayer perceptron in NumPy, as fast as NumPy lets one write it.

No step allocates: every product and every pass has a buffer. Parameters, gradients and moments are one
vector each, so that the optimizer makes a few long passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.workloads import GEMM, PREDICT_BATCH, PREDICT_ONE, TRAIN, Array, Workload
from peers.base import Prepared, Task


class Mlp:
    """A network, its buffers for one batch size, and its optimizer."""

    def __init__(self, workload: Workload, rows: int, probabilities: bool) -> None:
        self.workload, self.probabilities = workload, probabilities
        initial = [array for layer in workload.parameters() for array in layer]
        self.parameters, self.kernels_biases = _flat(initial)
        self.gradient, self.d_kernels_biases = _flat([np.zeros_like(array) for array in initial])
        self.mean, self.square = np.zeros_like(self.parameters), np.zeros_like(self.parameters)
        self.scratch, self.change = np.empty_like(self.parameters), np.empty_like(self.parameters)
        self.activations = [np.empty((rows, size), np.float32) for size in workload.sizes[1:]]
        self.d_activations = [np.empty_like(array) for array in self.activations]
        self.active = [np.empty(array.shape, bool) for array in self.activations]
        self.row = np.empty((rows, 1), np.float32)
        self.every_row = np.arange(rows)
        self.steps = 0

    def forward(self, x: Array) -> Array:
        """Return the logits; they are overwritten by the next call."""
        last = len(self.activations) - 1
        for layer, a in enumerate(self.activations):
            kernel, bias = self.kernels_biases[2 * layer : 2 * layer + 2]
            np.matmul(x, kernel, out=a)
            np.add(a, bias, out=a)
            if layer < last:
                np.maximum(a, 0, out=a)
            x = a
        return x

    def predict(self, x: Array) -> Array:
        """Return logits, or probabilities where all peers yield them."""
        z = self.forward(x)
        if self.probabilities:
            self._to_probabilities(z)
        return z

    def train(self, x: Array, y: Array) -> None:
        """Make one step."""
        self._backward(x, self._d_logits(self.forward(x), y))
        (self._adam if self.workload.optimizer == "adam" else self._sgd)()

    def _to_probabilities(self, z: Array) -> None:
        if self.workload.loss == "cross_entropy":
            np.subtract(z, np.max(z, axis=1, keepdims=True, out=self.row), out=z)
            np.exp(z, out=z)
            np.divide(z, np.sum(z, axis=1, keepdims=True, out=self.row), out=z)
        elif self.workload.loss == "binary_cross_entropy":
            np.negative(z, out=z)
            np.exp(z, out=z)
            np.add(z, 1, out=z)
            np.reciprocal(z, out=z)

    def _d_logits(self, z: Array, y: Array) -> Array:
        """Return d loss / d logits: A - Y over m, or 2 (A - Y) over the number of elements."""
        self._to_probabilities(z)
        d = self.d_activations[-1]
        if self.workload.loss == "cross_entropy":
            np.copyto(d, z)
            d[self.every_row, y] -= 1
        else:
            np.subtract(z, y, out=d)
        scale = 2 / d.size if self.workload.loss == "mean_squared_error" else 1 / len(d)
        return np.multiply(d, np.float32(scale), out=d)

    def _backward(self, x: Array, d: Array) -> None:
        for layer in reversed(range(len(self.activations))):
            below = self.activations[layer - 1] if layer else x
            d_kernel, d_bias = self.d_kernels_biases[2 * layer : 2 * layer + 2]
            np.matmul(below.T, d, out=d_kernel)
            np.sum(d, axis=0, out=d_bias)
            if layer:
                d_below, active = self.d_activations[layer - 1], self.active[layer - 1]
                np.matmul(d, self.kernels_biases[2 * layer].T, out=d_below)
                np.greater(below, 0, out=active)
                d = np.multiply(d_below, active, out=d_below)

    def _sgd(self) -> None:
        np.multiply(self.gradient, np.float32(self.workload.learning_rate), out=self.change)
        np.subtract(self.parameters, self.change, out=self.parameters)

    def _adam(self, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8) -> None:
        self.steps += 1
        g, scratch, change = self.gradient, self.scratch, self.change
        for moment, beta, power in ((self.mean, beta_1, g), (self.square, beta_2, None)):
            np.multiply(moment, np.float32(beta), out=moment)
            if power is None:
                np.multiply(g, g, out=scratch)
                np.multiply(scratch, np.float32(1 - beta), out=scratch)
            else:
                np.multiply(g, np.float32(1 - beta), out=scratch)
            np.add(moment, scratch, out=moment)
        # m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + e), with the corrections drawn out of the passes
        correction = (1 - beta_2**self.steps) ** 0.5
        rate = self.workload.learning_rate * correction / (1 - beta_1**self.steps)
        np.sqrt(self.square, out=scratch)
        np.add(scratch, np.float32(epsilon * correction), out=scratch)
        np.divide(self.mean, scratch, out=change)
        np.multiply(change, np.float32(rate), out=change)
        np.subtract(self.parameters, change, out=self.parameters)


class NumPy:
    """One process's NumPy."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.probabilities = settings["probabilities"]
        config: Any = np.show_config(mode="dicts")
        blas = config["Build Dependencies"]["blas"]
        self.about = {"numpy": np.__version__, "blas": f"{blas['name']} {blas['version']}"}

    def prepare(self, workload: Workload, kinds: Sequence[str]) -> Prepared:
        """Build the networks of a workload."""
        x, y = workload.data()
        if GEMM in kinds:
            kernel = workload.parameters()[0][0]
            out = np.empty((workload.batch, workload.sizes[-1]), np.float32)
            return Prepared(
                {GEMM: Task(lambda: np.matmul(x, kernel, out=out))}, outputs=lambda: np.matmul(x, kernel)
            )
        model = Mlp(workload, workload.batch, self.probabilities)
        predictor = Mlp(workload, workload.batch, self.probabilities)
        single = Mlp(workload, 1, self.probabilities)
        one = x[:1].copy()
        return Prepared(
            {
                TRAIN: Task(lambda: model.train(x, y)),
                PREDICT_ONE: Task(lambda: single.predict(one)),
                PREDICT_BATCH: Task(lambda: predictor.predict(x)),
            },
            outputs=lambda: predictor.predict(x),
            weights=lambda: model.kernels_biases,
        )

    def release(self) -> None:
        """Nothing stays behind."""


def _flat(arrays: list[Array]) -> tuple[Array, list[Array]]:
    """Return one vector, and views of it with the arrays' shapes and values."""
    vector = np.concatenate([array.ravel() for array in arrays])
    views, begin = [], 0
    for array in arrays:
        views.append(vector[begin : begin + array.size].reshape(array.shape))
        begin += array.size
    return vector, views


def create(variant: str, settings: dict[str, Any]) -> NumPy:
    del variant
    return NumPy(settings)
