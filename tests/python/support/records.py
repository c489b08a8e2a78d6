# SPDX-License-Identifier: BSD-3-Clause
"""One record a loss, optimizer or normalizing layer; each drives tests of values, gradients and training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import laminar as lm
import numpy as np

from support import optimizers, reference

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY = tuple(reference.ACTIVATIONS)


def reals(rng, m, k):
    return rng.normal(size=(m, k))


def bits(rng, m, k):
    return rng.integers(0, 2, size=(m, k)).astype(float)


def shares(rng, m, k):
    return rng.uniform(size=(m, k))


def labels(rng, m, k):
    return rng.integers(0, k, size=m)


def mixtures(rng, m, k):
    return rng.dirichlet(np.ones(k), size=m)


def counts(rng, m, k):
    return rng.poisson(2.0, size=(m, k)).astype(float)


@dataclass(frozen=True)
class LossRecord:
    """A loss, its reference, the targets it takes and the output activations it makes sense after."""

    id: str
    loss: Any
    reference: tuple[Callable, Callable]
    targets: Callable
    output: str = "linear"
    outputs: tuple[str, ...] = EVERY


@dataclass(frozen=True)
class OptimizerRecord:
    id: str
    kind: str
    options: dict[str, Any] = field(default_factory=dict)

    def ours(self):
        return getattr(lm.optim, self.kind)(**self.options)

    def reference(self):
        return getattr(optimizers, self.kind)(**self.options)


@dataclass(frozen=True)
class LayerRecord:
    """A layer that normalizes, and its output in training from x and its parameters."""

    id: str
    make: Callable[[], Any]
    forward: Callable


L = lm.losses
LOSSES = (
    LossRecord("squared_error", "squared_error", reference.squared_error, reals),
    LossRecord("mean_squared_error", "mean_squared_error", reference.mean_squared_error, reals),
    LossRecord("mean_absolute_error", "mean_absolute_error", reference.mean_absolute_error, reals),
    LossRecord("huber", "huber", reference.huber(), reals),
    LossRecord("huber_0.3", L.Huber(0.3), reference.huber(0.3), reals),
    LossRecord("pinball", "pinball", reference.pinball(), reals),
    LossRecord("pinball_0.9", L.Pinball(0.9), reference.pinball(0.9), reals),
    LossRecord(
        "poisson", "poisson", reference.poisson, counts, "softplus",
        ("sigmoid", "softplus", "exponential", "softmax"),
    ),
    LossRecord("poisson_logits", L.Poisson(from_logits=True), reference.poisson_logits, counts),
    LossRecord(
        "binary_cross_entropy", "binary_cross_entropy", reference.binary_cross_entropy, bits, "sigmoid",
        ("sigmoid", "softmax"),
    ),
    LossRecord(
        "binary_cross_entropy_soft_sum", L.BinaryCrossEntropy(reduce_outputs="sum"),
        reference.binary_cross_entropy_sum, shares, "sigmoid", ("sigmoid", "softmax"),
    ),
    LossRecord(
        "binary_cross_entropy_logits", L.BinaryCrossEntropy(from_logits=True),
        reference.binary_cross_entropy_logits, bits,
    ),
    LossRecord(
        "cross_entropy", "cross_entropy", reference.cross_entropy, labels, "softmax", ("sigmoid", "softmax")
    ),
    LossRecord(
        "cross_entropy_soft", "cross_entropy", reference.cross_entropy, mixtures, "softmax",
        ("sigmoid", "softmax"),
    ),
    LossRecord(
        "cross_entropy_logits", L.CrossEntropy(from_logits=True), reference.cross_entropy_logits, labels
    ),
)  # fmt: skip

# Rates are large, so that 50 steps go far and a wrong detail of a formula shows.
OPTIMIZERS = (
    OptimizerRecord("sgd", "SGD", {"learning_rate": 0.1}),
    OptimizerRecord("momentum", "SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    OptimizerRecord("nesterov", "SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    OptimizerRecord("sgd_decay", "SGD", {"learning_rate": 0.1, "weight_decay": 0.03}),
    OptimizerRecord(
        "nesterov_decay",
        "SGD",
        {"learning_rate": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.03},
    ),
    OptimizerRecord("damped", "SGD", {"learning_rate": 0.1, "momentum": 0.9, "dampening": 0.9}),
    OptimizerRecord("adam", "Adam", {"learning_rate": 0.02}),
    OptimizerRecord(
        "adam_other", "Adam", {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}
    ),
    OptimizerRecord("adam_inside", "Adam", {"learning_rate": 0.02, "epsilon": 1e-4, "epsilon_inside": True}),
    OptimizerRecord("adam_hat", "Adam", {"learning_rate": 0.02, "epsilon": 1e-4, "epsilon_hat": True}),
    OptimizerRecord("adamw", "AdamW", {"learning_rate": 0.02, "weight_decay": 0.1}),
    OptimizerRecord("rmsprop", "RMSprop", {"learning_rate": 0.01}),
    OptimizerRecord("rmsprop_momentum", "RMSprop", {"learning_rate": 0.005, "rho": 0.95, "momentum": 0.8}),
    OptimizerRecord(
        "rmsprop_centered", "RMSprop", {"learning_rate": 0.01, "centered": True, "epsilon": 1e-3}
    ),
    OptimizerRecord(
        "rmsprop_both",
        "RMSprop",
        {"learning_rate": 0.005, "centered": True, "momentum": 0.5, "epsilon": 1e-3},
    ),
    OptimizerRecord(
        "rmsprop_inside", "RMSprop", {"learning_rate": 0.01, "epsilon": 1e-4, "epsilon_inside": True}
    ),
    OptimizerRecord("adagrad", "Adagrad", {"learning_rate": 0.1}),
)

LAYERS = (
    LayerRecord("batch", lm.BatchNormalization, reference.batch_normalization),
    LayerRecord(
        "batch_gamma",
        lambda: lm.BatchNormalization(epsilon=0.1, center=False),
        lambda x, gamma: reference.batch_normalization(x, gamma, epsilon=0.1),
    ),
    LayerRecord(
        "batch_beta",
        lambda: lm.BatchNormalization(scale=False),
        lambda x, beta: reference.batch_normalization(x, beta=beta),
    ),
    LayerRecord("layer", lm.LayerNormalization, reference.layer_normalization),
    LayerRecord(
        "layer_plain",
        lambda: lm.LayerNormalization(epsilon=0.1, center=False, scale=False),
        lambda x: reference.layer_normalization(x, epsilon=0.1),
    ),
)
