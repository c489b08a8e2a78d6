# SPDX-License-Identifier: BSD-3-Clause
"""The networks that are measured, their data, their work, and the goals of the table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# What is timed. A "fit" figure is the time of one step inside a call that makes many.
TRAIN = "train_on_batch"
FIT = "fit"
FIT_SHUFFLED = "fit_shuffled"
PREDICT_ONE = "predict_1"
PREDICT_BATCH = "predict_batch"
GEMM = "gemm"
TRAINING = (TRAIN, FIT, FIT_SHUFFLED)
NETWORK_KINDS = (*TRAINING, PREDICT_ONE, PREDICT_BATCH)

# So small that the weights stay where they are. With a usual rate the network knows its one batch by heart
# after a second of steps; gradients then underflow, and a library that does not flush denormals to zero
# would be measured at that instead of at its work.
ADAM_RATE = 1e-7
SGD_RATE = 1e-5


@dataclass(frozen=True)
class Workload:
    """A network of dense layers, ReLU between them, and how it is trained."""

    name: str
    sizes: tuple[int, ...]
    batch: int
    loss: str = "cross_entropy"  # or "binary_cross_entropy", "mean_squared_error"; all from logits
    optimizer: str = "adam"  # or "sgd"
    bias: bool = True
    fit_batches: int = 20  # different batches that "fit" has
    fit_epochs: int = 1
    kinds: tuple[str, ...] = NETWORK_KINDS

    @property
    def learning_rate(self) -> float:
        """The step size of its optimizer."""
        return ADAM_RATE if self.optimizer == "adam" else SGD_RATE

    @property
    def fit_steps(self) -> int:
        """Steps that one call of "fit" makes."""
        return self.fit_batches * self.fit_epochs

    def label(self, kind: str) -> str:
        """Name a measurement in tables: ``784-512-256-10, model(x) 128 rows``."""
        sizes = "-".join(str(size) for size in self.sizes)
        what = {
            TRAIN: f"train_on_batch {self.batch} rows",
            FIT: f"fit, a step of {self.batch}",
            FIT_SHUFFLED: f"fit shuffled, a step of {self.batch}",
            PREDICT_ONE: "model(x) 1 row",
            PREDICT_BATCH: f"model(x) {self.batch} rows",
            GEMM: f"product {self.batch}",
        }
        return f"{sizes}, {what[kind]}"

    def multiply_adds(self, kind: str) -> int:
        """Count the products alone: forward, and in training dW of all layers and dX of all but the first."""
        products = [n_in * n_out for n_in, n_out in pairwise(self.sizes)]
        if kind == PREDICT_ONE:
            return sum(products)
        forward = self.batch * sum(products)
        if kind in TRAINING:
            return 3 * forward - self.batch * products[0]
        return forward

    def data(self, batches: int = 1) -> tuple[Array, Array]:
        """Draw x of shape (batches * batch, n_in) and labels (m,) or targets (m, n_out)."""
        rng = np.random.default_rng(1)
        rows, n_out = batches * self.batch, self.sizes[-1]
        x = rng.standard_normal((rows, self.sizes[0]), dtype=np.float32)
        if self.loss == "cross_entropy":
            return x, rng.integers(0, n_out, rows)
        if self.loss == "binary_cross_entropy":
            return x, rng.integers(0, 2, (rows, n_out)).astype(np.float32)
        return x, rng.standard_normal((rows, n_out), dtype=np.float32)

    def parameters(self) -> list[tuple[Array, Array]]:
        """Draw the kernel (n_in, n_out) and bias (n_out,) that every peer starts with, layer by layer."""
        rng = np.random.default_rng(2)
        layers = []
        for n_in, n_out in pairwise(self.sizes):
            kernel = rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)
            layers.append((kernel.astype(np.float32), np.zeros(n_out, np.float32)))
        return layers


TABLE = (
    Workload("small-8", (8, 64, 64, 4), 64, fit_batches=100),
    Workload("small-20", (20, 64, 64, 1), 32, loss="binary_cross_entropy", fit_batches=100),
    Workload("mnist", (784, 512, 256, 10), 128),
    Workload("wide", (1024, 2048, 2048, 1000), 512),
    Workload(
        "cat",
        (12288, 20, 7, 5, 1),
        209,
        loss="binary_cross_entropy",
        optimizer="sgd",
        fit_batches=1,
        fit_epochs=20,
    ),
    Workload("gemm", (1024, 1024), 1024, bias=False, kinds=(GEMM,)),
)


@dataclass(frozen=True)
class Goal:
    """The best peer's time over ours: what is aimed at, and where the limit of the machine lies."""

    goal: float
    beyond: float


GOALS = {
    ("small-8", TRAIN): Goal(4, 5),
    ("small-20", TRAIN): Goal(4.5, 6),
    ("mnist", TRAIN): Goal(1.55, 1.7),
    ("wide", TRAIN): Goal(1.27, 1.37),
    ("cat", TRAIN): Goal(3.5, 4),
    ("small-8", FIT): Goal(1.8, 2.2),
    ("small-20", FIT): Goal(1.8, 2.2),
    ("mnist", FIT): Goal(1.42, 1.55),
    ("wide", FIT): Goal(1.15, 1.2),
    ("small-8", PREDICT_ONE): Goal(4, 5),
    ("mnist", PREDICT_ONE): Goal(1.5, 2),
    ("small-8", PREDICT_BATCH): Goal(2, 2.5),
    ("mnist", PREDICT_BATCH): Goal(1.0, 1.08),
    ("wide", PREDICT_BATCH): Goal(1.0, 1.07),
}
# Of the FMA peak, by number of threads.
GEMM_GOALS = {1: 0.85, 2: 0.80}
