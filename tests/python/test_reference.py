# SPDX-License-Identifier: BSD-3-Clause
"""Values, gradients and trajectories against the NumPy formulas of support/reference.py.

Both sides are float64 and differ by rounding alone. One value or gradient is a few hundred operations on
numbers near 1, which is 1e-13 at the worst; 1e-12 leaves room for the order of sums. A trajectory of 50 steps
multiplies early differences, Adam-like rules most of all; 1e-8 is the bound that the issue demands.
"""

from __future__ import annotations

import copy
import pickle

import laminar as lm
import numpy as np
import pytest
from support import optimizers, reference
from support.networks import distance, mlp, randomize, same_bits, twin, weights_of
from support.records import EVERY, LOSSES, OPTIMIZERS

ONCE = 1e-12
TRAJECTORY = 1e-8
WIDTHS = [(3, 5, 2), (17, 33, 4), (1, 1, 2), (40, 64, 20, 10)]

by_id = {"ids": lambda record: record.id}


def compare_gradients(model, other, x, y, sample_weight=None):
    value, gradients, dx = model.value_and_grad(x, y, sample_weight, wrt="both")
    value_ref, gradients_ref, dx_ref = other.value_and_grad(x, y, sample_weight)
    assert abs(value - value_ref) <= ONCE * max(1, abs(value_ref))
    assert distance(list(gradients.values()), gradients_ref) <= ONCE
    assert distance(dx, dx_ref) <= ONCE
    assert np.linalg.norm(reference.pack(gradients_ref)) > 1e-6  # else there was nothing to compare


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("widths", WIDTHS, ids=str)
def test_predictions(name, widths, rng):
    model = randomize(mlp(widths, name, name), rng, scale=0.5)  # exp(exp(exp(z))) stays near 1
    other = twin(model, LOSSES[0], [name] * (len(widths) - 1))
    x = rng.normal(size=(7, widths[0]))
    assert distance(model.predict(x), other.forward(x)) <= ONCE


@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0, -0.5])
def test_leaky_slopes(slope, rng):
    model = lm.Sequential([lm.Input((4,)), lm.Activation(lm.activations.LeakyReLU(slope))], dtype="float64")
    x = rng.normal(size=(5, 4))
    assert distance(model.predict(x), reference.leaky_relu(slope)[0](x)) == 0


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("record", LOSSES, **by_id)
@pytest.mark.parametrize("widths", WIDTHS, ids=str)
def test_losses_and_gradients(record, widths, weighted, rng):
    activations = ["tanh"] * (len(widths) - 2) + [record.output]
    penalties = {"l1": 0.02, "l2": 0.3}
    model = mlp(widths, "tanh", record.output, kernel_regularizer=lm.regularizers.L1L2(**penalties))
    model.compile("sgd", record.loss)
    other = twin(randomize(model, rng), record, activations, **penalties)
    x, y = rng.normal(size=(9, widths[0])), record.targets(rng, 9, widths[-1])
    compare_gradients(model, other, x, y, rng.uniform(0, 3, 9) if weighted else None)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("place", ["hidden", "output"])
def test_activation_gradients(name, place, rng):
    hidden, output = (name, "linear") if place == "hidden" else ("tanh", name)
    model = mlp((6, 9, 4), hidden, output)
    model.compile("sgd", "squared_error")
    other = twin(randomize(model, rng), LOSSES[0], [hidden, output])
    compare_gradients(model, other, rng.normal(size=(8, 6)), rng.normal(size=(8, 4)))


@pytest.mark.parametrize("name", EVERY)
def test_activation_layers_are_dense_s(name, rng):
    fused = randomize(mlp((5, 6, 3), name, "linear"), rng)
    apart = lm.Sequential(
        [lm.Input((5,)), lm.Dense(6), lm.Activation(name), lm.Dense(3)], dtype="float64", seed=0
    )
    apart.set_weights(fused.get_weights())
    x, y = rng.normal(size=(8, 5)), rng.normal(size=(8, 3))
    results = []
    for model in (fused, apart):
        model.compile("sgd", "squared_error")
        results.append(model.value_and_grad(x, y, wrt="both"))
    assert abs(results[0][0] - results[1][0]) <= ONCE
    assert distance(list(results[0][1].values()), list(results[1][1].values())) <= ONCE
    assert distance(results[0][2], results[1][2]) <= ONCE


def trained(record, loss, output, targets, rng, steps=50):
    model = mlp((6, 8, 3), "tanh", output)
    model.compile(record.ours(), loss)
    start = randomize(model, rng).get_weights()
    x, y = rng.normal(size=(16, 6)), targets(rng, 16, 3)
    losses = [model.train_on_batch(x, y) for _ in range(steps)]
    return model, start, x, y, losses


@pytest.mark.parametrize("loss", [LOSSES[0], LOSSES[12]], **by_id)
@pytest.mark.parametrize("record", OPTIMIZERS, **by_id)
def test_trajectories(record, loss, rng):
    model, start, x, y, losses = trained(record, loss.loss, loss.output, loss.targets, rng)
    other = reference.Mlp(
        start, [reference.ACTIVATIONS["tanh"], reference.ACTIVATIONS[loss.output]], loss.reference
    )
    losses_ref = other.train(record.reference(), x, y, len(losses))
    assert distance(model.get_weights(), other.weights) <= TRAJECTORY
    assert distance(np.array(losses), np.array(losses_ref)) <= TRAJECTORY
    assert distance(other.weights, start) > 0.1  # they went somewhere


@pytest.mark.parametrize("record", LOSSES, **by_id)
def test_trajectories_of_every_loss(record, rng):
    model = mlp((6, 8, 3), "silu", record.output)
    model.compile(lm.optim.SGD(0.1, momentum=0.5), record.loss)
    other = twin(randomize(model, rng), record, ["silu", record.output])
    x, y = rng.normal(size=(16, 6)), record.targets(rng, 16, 3)
    losses = [model.train_on_batch(x, y) for _ in range(50)]
    losses_ref = other.train(optimizers.SGD(0.1, momentum=0.5), x, y, 50)
    assert distance(np.array(losses), np.array(losses_ref)) <= TRAJECTORY
    assert distance(model.get_weights(), other.weights) <= TRAJECTORY
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("record", OPTIMIZERS, **by_id)
def test_optimizers_repeat_and_copy(record, rng):
    """The same start gives the same bits; a copy made half way goes on to the same bits."""
    runs = []
    for copied in (lambda m: m, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))):
        rng = np.random.default_rng(1)
        model, _, x, y, _ = trained(record, "squared_error", "linear", LOSSES[0].targets, rng, steps=4)
        model = copied(model)
        for _ in range(4):
            model.train_on_batch(x, y)
        runs.append(weights_of(model))
    assert same_bits(runs[0], runs[1])
    assert same_bits(runs[0], runs[2])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("record", OPTIMIZERS, **by_id)
def test_a_zero_gradient_is_safe(record, dtype):
    """A zero gradient from the first step on divides 0 by 0 in a careless formula."""
    model = lm.Sequential([lm.Input((2,)), lm.Dense(2)], dtype=dtype, seed=0)
    model.compile(record.ours(), "squared_error")
    x = np.zeros((3, 2))
    before = weights_of(model)
    for _ in range(3):
        model.train_on_batch(x, np.zeros((3, 2)))
    assert all(np.isfinite(view).all() for view in model.parameters().values())
    if "weight_decay" not in record.options:
        assert same_bits(before, weights_of(model))


@pytest.mark.parametrize("loss", [LOSSES[0], LOSSES[12]], **by_id)
def test_float32_is_near_float64(loss, rng):
    """float32 rounds at 6e-8; a few dozen operations on numbers near 1 stay within 1e-5."""
    wide, narrow = (mlp((6, 8, 3), "tanh", loss.output, dtype=dtype) for dtype in ("float64", "float32"))
    randomize(wide, rng)
    narrow.set_weights(wide.get_weights())
    x, y = rng.normal(size=(16, 6)), loss.targets(rng, 16, 3)
    results = []
    for model in (narrow, wide):
        model.compile("sgd", loss.loss)
        results.append(model.value_and_grad(x, y))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-5)
    assert distance(list(results[0][1].values()), list(results[1][1].values())) <= 1e-5
    assert all(gradient.dtype == np.float32 for gradient in results[0][1].values())
