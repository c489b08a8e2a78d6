# SPDX-License-Identifier: BSD-3-Clause
"""laminar, through its public Python API and with its defaults."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import laminar as lm
import numpy as np

from harness.workloads import FIT, FIT_SHUFFLED, GEMM, PREDICT_BATCH, PREDICT_ONE, TRAIN, Workload
from peers.base import Prepared, Task

LAST_ACTIVATION = {
    "cross_entropy": "softmax",
    "binary_cross_entropy": "sigmoid",
    "mean_squared_error": "linear",
}


class Laminar:
    """One process's laminar."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.probabilities = settings["probabilities"]
        lm.set_num_threads(settings["threads"])
        self.about = {
            "laminar": lm.__version__,
            "numpy": np.__version__,
            "isa": lm.isa(),
            "threads": lm.get_num_threads(),
        }

    def prepare(self, workload: Workload, kinds: Sequence[str]) -> Prepared:
        """Build the models of a workload."""
        x, y = workload.data()
        predictor = network(workload, LAST_ACTIVATION[workload.loss] if self.probabilities else "linear")
        if GEMM in kinds:
            out = np.empty((workload.batch, workload.sizes[-1]), np.float32)
            product = partial(predictor.predict, x, batch_size=workload.batch, out=out)
            return Prepared({GEMM: Task(product)}, outputs=product)

        model = network(workload, LAST_ACTIVATION[workload.loss])
        rule = lm.optim.Adam if workload.optimizer == "adam" else lm.optim.SGD
        model.compile(optimizer=rule(workload.learning_rate), loss=workload.loss)
        ready = Prepared(
            {
                TRAIN: Task(partial(model.train_on_batch, x, y)),
                PREDICT_ONE: Task(partial(predictor, x[:1].copy())),
                PREDICT_BATCH: Task(partial(predictor, x)),
            },
            outputs=partial(predictor, x),
            weights=model.get_weights,
        )
        for kind in {FIT, FIT_SHUFFLED}.intersection(kinds):
            rows = workload.data(workload.fit_batches)
            fit = partial(model.fit, *rows, batch_size=workload.batch, epochs=workload.fit_epochs, verbose=0)
            call = partial(fit, shuffle=kind == FIT_SHUFFLED)
            ready.tasks[kind] = Task(call, workload.fit_steps)
        return ready

    def release(self) -> None:
        """Nothing stays behind."""


def network(workload: Workload, last_activation: str) -> lm.Sequential:
    """Make a model with the workload's initial parameters."""
    hidden = [
        lm.Dense(n_out, activation="relu", use_bias=workload.bias)
        for _, n_out in pairwise(workload.sizes[:-1])
    ]
    last = lm.Dense(workload.sizes[-1], activation=last_activation, use_bias=workload.bias)
    model = lm.Sequential([lm.Input((workload.sizes[0],)), *hidden, last], seed=0)
    parameters = workload.parameters()
    model.set_weights([array for layer in parameters for array in (layer if workload.bias else layer[:1])])
    return model


def create(variant: str, settings: dict[str, Any]) -> Laminar:
    del variant
    return Laminar(settings)
