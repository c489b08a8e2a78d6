# SPDX-License-Identifier: BSD-3-Clause
"""JAX: a jitted step with donated buffers, or a whole epoch inside lax.scan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax

from harness.workloads import (
    FIT,
    FIT_SHUFFLED,
    GEMM,
    PREDICT_BATCH,
    PREDICT_ONE,
    TRAIN,
    Workload,
)
from peers.base import Prepared, Task

Parameters = list[tuple[Any, Any]]


class Jax:
    """One process's JAX. Nothing but affinity holds it to a number of threads."""

    def __init__(self, scan: bool, settings: dict[str, Any]) -> None:
        # Dispatched in the calling thread: a third less time for a small step.
        jax.config.update("jax_cpu_enable_async_dispatch", False)
        self.scan = scan
        self.probabilities = settings["probabilities"]
        self.about = {"jax": jax.__version__, "optax": optax.__version__}

    def prepare(self, workload: Workload, kinds: Sequence[str]) -> Prepared:
        """Compile the functions of a workload."""
        if self.scan:
            return self._epochs(workload, kinds)
        x, y = jax.device_put(workload.data())
        if GEMM in kinds:
            weight = jax.device_put(workload.parameters()[0][0])
            product = jax.jit(jnp.dot)
            return Prepared(
                {GEMM: Task(lambda: product(x, weight).block_until_ready())},
                outputs=lambda: product(x, weight),
            )
        update, state = make_step(workload)
        step = jax.jit(update, donate_argnums=0)

        def train() -> None:
            nonlocal state
            state = step(state, x, y)
            state[0][0][0].block_until_ready()

        predict = self._predictor(workload)
        one = jax.device_put(workload.data()[0][:1])
        return Prepared(
            {
                TRAIN: Task(train),
                PREDICT_ONE: Task(lambda: predict(one).block_until_ready()),
                PREDICT_BATCH: Task(lambda: predict(x).block_until_ready()),
            },
            outputs=lambda: predict(x),
            weights=lambda: jax.tree.leaves(state[0]),
        )

    def release(self) -> None:
        """Drop compiled code and the buffers that it holds as constants."""
        jax.clear_caches()

    def _predictor(self, workload: Workload) -> Callable[[Any], Any]:
        parameters = jax.device_put(workload.parameters())  # constants of the compiled function

        def predict(x: Any) -> Any:
            z = logits(parameters, x)
            if self.probabilities and workload.loss == "cross_entropy":
                return jax.nn.softmax(z)
            if self.probabilities and workload.loss == "binary_cross_entropy":
                return jax.nn.sigmoid(z)
            return z

        return jax.jit(predict)

    def _epochs(self, workload: Workload, kinds: Sequence[str]) -> Prepared:
        update, state = make_step(workload)
        x, y = workload.data(workload.fit_batches)
        batches = (workload.fit_batches, workload.batch)
        X = jax.device_put(x.reshape(*batches, *x.shape[1:]))
        Y = jax.device_put(y.reshape(*batches, *y.shape[1:]))

        @partial(jax.jit, donate_argnums=0)
        def fit(state: Any, X: Any, Y: Any) -> Any:
            def epoch(state: Any, _: Any) -> Any:
                return jax.lax.scan(lambda state, xy: (update(state, *xy), None), state, (X, Y))

            if workload.fit_epochs == 1:
                return epoch(state, None)[0]
            return jax.lax.scan(epoch, state, length=workload.fit_epochs)[0]

        def call() -> None:
            nonlocal state
            state = jax.block_until_ready(fit(state, X, Y))

        tasks = {FIT: Task(call, workload.fit_steps)}
        if FIT_SHUFFLED in kinds:
            shuffled = jax.jit(partial(_fit_shuffled, update, workload), donate_argnums=0)
            rows, labels = jax.device_put((x, y))
            key = jax.random.key(0)

            def call_shuffled() -> None:
                nonlocal state, key
                state, key = jax.block_until_ready(shuffled(state, key, rows, labels))

            tasks[FIT_SHUFFLED] = Task(call_shuffled, workload.fit_steps)
        return Prepared({kind: task for kind, task in tasks.items() if kind in kinds})


def _fit_shuffled(update: Any, workload: Workload, state: Any, key: Any, x: Any, y: Any) -> Any:
    """Epochs with an order of their own: rows are gathered inside the scan, batch by batch."""

    def epoch(carry: Any, _: Any) -> Any:
        state, key = carry
        key, now = jax.random.split(key)
        order = jax.random.permutation(now, len(x)).reshape(workload.fit_batches, workload.batch)
        state, _ = jax.lax.scan(lambda state, rows: (update(state, x[rows], y[rows]), None), state, order)
        return (state, key), None

    return jax.lax.scan(epoch, (state, key), length=workload.fit_epochs)[0]


def logits(parameters: Parameters, x: Any) -> Any:
    """Run the network without its last activation."""
    for kernel, bias in parameters[:-1]:
        x = jax.nn.relu(x @ kernel + bias)
    kernel, bias = parameters[-1]
    return x @ kernel + bias


def make_step(workload: Workload) -> tuple[Callable[..., Any], Any]:
    """Return update(state, x, y) -> state, and the state (parameters, the optimizer's)."""
    rule = optax.adam if workload.optimizer == "adam" else optax.sgd
    optimizer = rule(workload.learning_rate)

    def loss(parameters: Parameters, x: Any, y: Any) -> Any:
        z = logits(parameters, x)
        if workload.loss == "cross_entropy":
            return optax.softmax_cross_entropy_with_integer_labels(z, y).mean()
        if workload.loss == "binary_cross_entropy":
            return optax.sigmoid_binary_cross_entropy(z, y).mean()
        return jnp.mean((z - y) ** 2)

    def update(state: Any, x: Any, y: Any) -> Any:
        parameters, moments = state
        changes, moments = optimizer.update(jax.grad(loss)(parameters, x, y), moments, parameters)
        return optax.apply_updates(parameters, changes), moments

    parameters = jax.device_put(workload.parameters())
    return update, (parameters, optimizer.init(parameters))


def create(variant: str, settings: dict[str, Any]) -> Jax:
    return Jax(variant == "scan", settings)
