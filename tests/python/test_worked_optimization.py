# SPDX-License-Identifier: BSD-3-Clause
"""The course notes' second part, number by number: regularization, initialization, descent, softmax."""

from __future__ import annotations

import itertools
import math

import laminar as lm
import numpy as np
import pytest
from support.networks import distance, mlp, randomize, same_bits, weights_of

ONCE = 1e-12  # float64 and a few roundings


# 2.01-2.05: penalties


def penalized(regularizer, rng, widths=(4, 5, 2), optimizer="sgd"):
    model = randomize(mlp(widths, "tanh", kernel_regularizer=regularizer), rng)
    model.compile(optimizer, "squared_error")
    return model


@pytest.mark.parametrize(
    ("regularizer", "value", "slope"),
    [
        (lm.regularizers.L2(0.6), lambda W: 0.6 / 12 * (W**2).sum(), lambda W: 0.6 / 6 * W),
        (lm.regularizers.L1(0.6), lambda W: 0.6 / 12 * np.abs(W).sum(), lambda W: 0.6 / 12 * np.sign(W)),
    ],
)
def test_penalties_and_their_gradient(regularizer, value, slope, rng):
    x, y = rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
    with_it, without = (penalized(r, np.random.default_rng(1)) for r in (regularizer, None))
    for model in (with_it, without):
        model.parameters()["dense_1.kernel"][0, :2] = 0.0, -0.0
    a, b = with_it.value_and_grad(x, y), without.value_and_grad(x, y)
    kernels = {name: view for name, view in with_it.parameters().items() if "kernel" in name}
    assert a[0] - b[0] == pytest.approx(sum(value(W) for W in kernels.values()), rel=ONCE)
    for name, gradient in a[1].items():
        expected = slope(kernels[name]) if name in kernels else 0.0
        assert distance(gradient - b[1][name], expected + np.zeros_like(gradient)) <= ONCE
    assert a[1]["dense_1.bias"].tobytes() == b[1]["dense_1.bias"].tobytes()
    assert with_it.evaluate(x, y)["loss"] == pytest.approx(a[0], rel=ONCE)


def test_both_forms_of_weight_decay(rng):
    """W := W - alpha (dW + lambda/m W) = W (1 - alpha lambda/m) - alpha dW, with m the batch's size."""
    x, y, alpha, lam, m = rng.normal(size=(8, 4)), rng.normal(size=(8, 2)), 0.1, 0.7, 8
    model = penalized(lm.regularizers.L2(lam), rng, optimizer=lm.optim.SGD(alpha))
    other = mlp((4, 5, 2), "tanh")
    other.compile(lm.optim.SGD(alpha), "squared_error")
    other.set_weights(model.get_weights())
    for _ in range(20):
        model.train_on_batch(x, y)
        _, gradients = other.value_and_grad(x, y)
        for name, W in other.parameters().items():
            W[...] = W * (1 - alpha * lam / m if "kernel" in name else 1) - alpha * gradients[name]
    assert distance(model.get_weights(), other.get_weights()) <= ONCE


def test_kernels_shrink_as_lambda_grows(rng):
    x = rng.normal(size=(40, 4))
    y, norms = x @ rng.normal(size=(4, 2)), []
    for lam in (0.0, 1.0, 10.0, 100.0, 1000.0):
        model = penalized(lm.regularizers.L2(lam), np.random.default_rng(1), optimizer=lm.optim.SGD(0.02))
        model.fit(x, y, batch_size=40, epochs=600, verbose=0)
        norms.append(math.sqrt(sum((W**2).sum() for W in model.get_weights()[::2])))
    assert all(b < a for a, b in itertools.pairwise(norms))
    assert norms[-1] < 1e-2 * norms[0]


def test_l1_makes_sparse(rng):
    x = rng.normal(size=(60, 10))
    y, near_zero = x[:, :2] @ np.array([[2.0], [-3.0]]), []
    for lam in (0.0, 20.0, 1000.0):
        model = penalized(lm.regularizers.L1(lam), np.random.default_rng(1), (10, 1), lm.optim.SGD(0.001))
        model.fit(x, y, batch_size=60, epochs=6000, verbose=0)
        # Around 0 a subgradient step jumps by up to lr lam / 2m, which is less than 0.01 here.
        near_zero.append(int((np.abs(model.get_weights()[0]) < 0.01).sum()))
    assert near_zero[0] < near_zero[1] == 8 < near_zero[2] == 10


# 2.06-2.11: dropout, seen through a model of nothing else


def dropped(rate, shape, seed=0, dtype="float64"):
    """Return a dropout-only model, and a list in which its training outputs will appear."""
    model = lm.Sequential([lm.Input(shape[1:]), lm.Dropout(rate)], dtype=dtype, seed=seed)
    seen = []

    def total(y, p):
        seen.append(p.copy())
        return p.reshape(len(p), -1).sum(axis=1), np.ones_like(p)

    model.compile("sgd", total)
    return model, seen


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("keep", [0.8, 0.5, 0.9, 0.86])
def test_kept_share_and_mean(keep, dtype):
    """The kept share of n draws deviates by sqrt(keep (1 - keep) / n) from keep; 5 of these are allowed."""
    n = 400 * 500
    model, seen = dropped(1 - keep, (400, 500), dtype=dtype)
    x = np.ones((400, 500), dtype)
    model.value_and_grad(x, x, wrt="inputs")
    kept = (seen[0] != 0).mean()
    assert abs(kept - keep) < 5 * math.sqrt(keep * (1 - keep) / n)
    assert np.unique(seen[0]).tolist() == [0, pytest.approx(1 / keep, rel=1e-6)]
    assert seen[0].mean() == pytest.approx(1, abs=5 * math.sqrt((1 - keep) / keep / n))
    rows = (seen[0] == 0).sum(axis=1)
    assert rows.mean() == pytest.approx(500 * (1 - keep), rel=0.05)
    assert len(set(map(bytes, seen[0] != 0))) == 400  # no two rows alike


def test_keeping_80_percent_of_50_units_drops_about_10():
    model, seen = dropped(0.2, (1000, 50))
    model.value_and_grad(np.ones((1000, 50)), np.ones((1000, 50)), wrt="inputs")
    counts = (seen[0] == 0).sum(axis=1)
    assert counts.mean() == pytest.approx(10, abs=5 * math.sqrt(50 * 0.16 / 1000))
    assert counts.std() == pytest.approx(math.sqrt(8), rel=0.15)


def test_backward_uses_the_mask_of_forward(rng):
    model, seen = dropped(0.4, (30, 20))
    x = rng.normal(size=(30, 20))
    _, dx = model.value_and_grad(x, x, wrt="inputs")
    assert distance(seen[0], x * dx * 30) <= ONCE
    assert ((dx == 0) == (seen[0] == 0)).all()


def test_masks_change_with_the_step_and_the_seed():
    x = np.ones((20, 30))
    masks = []
    for seed in (0, 0, 1):
        layers = [lm.Input((30,)), lm.Dropout(0.5), lm.Dense(1)]
        model = lm.Sequential(layers, dtype="float64", seed=seed)
        model.compile(lm.optim.SGD(0.0), "squared_error")
        for _ in range(3):
            masks.append(model.value_and_grad(x, np.ones(20), wrt="inputs")[1] != 0)
            model.train_on_batch(x, np.ones(20))
    alike = {(i, j) for i, j in itertools.combinations(range(9), 2) if (masks[i] == masks[j]).all()}
    assert alike == {(0, 3), (1, 4), (2, 5)}  # the same seed and the same step, nothing else


def test_nothing_is_dropped_at_prediction_or_at_rate_0(rng):
    x = rng.normal(size=(10, 6))
    layers = [lm.Input((6,)), lm.Dropout(0.5), lm.Dense(4, "tanh"), lm.Dropout(0.3), lm.Dense(2)]
    model, plain = lm.Sequential(layers, dtype="float64", seed=0), mlp((6, 4, 2), "tanh")
    plain.set_weights(model.get_weights())
    assert np.array_equal(model.predict(x), plain.predict(x))
    never = lm.Sequential([lm.Input((6,)), lm.Dropout(0.0), lm.Dense(2)], dtype="float64", seed=0)
    never.compile("sgd", "squared_error")
    training = never.value_and_grad(x, np.ones((10, 2)), training=True)
    assert training[0] == never.value_and_grad(x, np.ones((10, 2)), training=False)[0]


def test_without_dropout_the_cost_falls_monotonically(rng):
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 1))
    costs = {}
    for rate in (0.0, 0.5):
        layers = [lm.Input((4,)), lm.Dense(16, "tanh"), lm.Dropout(rate), lm.Dense(1)]
        model = lm.Sequential(layers, dtype="float64", seed=0)
        model.compile(lm.optim.SGD(0.05), "squared_error")
        costs[rate] = [model.train_on_batch(x, y) for _ in range(60)]
    assert all(b < a for a, b in itertools.pairwise(costs[0.0]))
    assert not all(b < a for a, b in itertools.pairwise(costs[0.5]))


# 2.20-2.24: initial values


@pytest.mark.parametrize("factor", [1.5, 0.5])
@pytest.mark.parametrize("L", [3, 150])
def test_powers_of_a_layer(factor, L):
    """y = W[L] (factor I)^(L-1) x: the same products in the same order, so the same bits."""
    layers = [lm.Dense(2, use_bias=False) for _ in range(L)]
    model = lm.Sequential([lm.Input((2,)), *layers], dtype="float64")
    model.set_weights([factor * np.eye(2)] * (L - 1) + [np.eye(2)])
    expected = np.prod(np.full(L - 1, factor))
    assert model.n_layers == L
    y = model.predict(np.array([[1.0, -1.0]]))
    assert np.isfinite(y).all()
    assert y[0] == pytest.approx([factor ** (L - 1), -(factor ** (L - 1))], rel=L * 2.3e-16)
    assert expected == pytest.approx(y[0, 0], rel=L * 2.3e-16)


def test_he_keeps_the_variance_over_50_layers(rng):
    """0.01 randn lets activations die within 50 layers, He's sqrt(2 / n) does not."""
    x, spread = rng.normal(size=(200, 256)), {}
    for name, initializer in {"he": "he_normal", "small": lm.initializers.Normal(0.01)}.items():
        model = mlp((256, *[256] * 50), "relu", "relu", kernel_initializer=initializer)
        spread[name] = float((model.predict(x) ** 2).mean())
    assert 0.05 < spread["he"] < 20
    assert spread["small"] < 1e-50


def test_a_large_start_costs_more(rng):
    x, y = rng.normal(size=(100, 30)), rng.integers(0, 5, 100)
    costs = []
    for initializer in ("he_normal", lm.initializers.Normal(10.0)):
        model = mlp((30, 40, 5), "relu", "softmax", kernel_initializer=initializer)
        model.compile("sgd", "cross_entropy")
        costs.append(model.evaluate(x, y)["loss"])
    assert costs[1] > 10 * costs[0]


@pytest.mark.parametrize("hidden", ["sigmoid", "relu", "tanh"])
def test_zeros_stay_symmetric(hidden, rng):
    x, y = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)
    model = mlp((2, 4, 1), hidden, "sigmoid", kernel_initializer="zeros")
    model.compile(lm.optim.SGD(0.5), "binary_cross_entropy")
    before = weights_of(model)
    model.fit(x, y, batch_size=20, epochs=30, verbose=0)
    W1, _, W2, b2 = model.get_weights()
    assert (W1[:, :1] == W1).all()
    assert (W2[0] == W2).all()
    assert b2 != 0
    moved = {name for name, view in model.parameters().items() if view.tobytes() != before[name].tobytes()}
    assert moved == ({"dense_2.bias"} if hidden != "sigmoid" else set(before))


# 2.28: difference quotients


def test_difference_quotients_of_a_cube():
    """f(t) = t^3 at t = 1, e = 0.01: 3.0001 from both sides, 3.0301 from one."""
    layer = lm.Dense(1, use_bias=False, kernel_initializer="ones")
    model = lm.Sequential([lm.Input((1,)), layer], dtype="float64")
    model.compile("sgd", lambda y, p: ((p**3)[:, 0], 3 * p**2))
    x, y = np.ones((1, 1)), np.zeros((1, 1))
    approximate, computed, _ = lm._core.Model.check_gradients(model, x, y, None, 0.01)["parts"][
        "dense_1.kernel"
    ]
    assert approximate.item() == pytest.approx(3.0001, rel=ONCE)
    assert computed.item() == 3.0
    before = model.evaluate(x, y)["loss"]
    model.parameters()["dense_1.kernel"][...] += 0.01
    assert (model.evaluate(x, y)["loss"] - before) / 0.01 == pytest.approx(3.0301, rel=1e-10)


# 2.40: mini-batches


@pytest.mark.parametrize(
    ("m", "batch", "steps"), [(5000, 1, 5000), (5000, 1000, 5), (10, 4, 3), (10, 10, 1), (3, 64, 1)]
)
def test_an_epoch_has_ceil_of_m_over_batch_steps(m, batch, steps):
    model = mlp((1, 1))
    model.compile("sgd", "squared_error")
    model.fit(np.zeros((m, 1)), np.zeros(m), batch_size=batch, verbose=0)
    assert model.steps == steps


def test_a_batch_of_all_rows_is_batch_descent(rng):
    x, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 2))
    a, b = mlp((4, 5, 2)), mlp((4, 5, 2))
    for model in (a, b):
        model.compile(lm.optim.SGD(0.1), "squared_error")
    a.fit(x, y, batch_size=20, epochs=5, shuffle=False, verbose=0)
    for _ in range(5):
        b.train_on_batch(x, y)
    assert same_bits(weights_of(a), weights_of(b))


@pytest.mark.parametrize("shuffle", [False, True])
def test_the_batches_of_an_epoch_are_the_data(shuffle):
    seen = []
    model = mlp((1, 1))
    model.compile(lm.optim.SGD(0.0), lambda y, p: (seen.append(y[:, 0].copy()) or p[:, 0], np.zeros_like(p)))
    model.fit(np.zeros((23, 1)), np.arange(23.0), batch_size=5, epochs=3, shuffle=shuffle, verbose=0)
    assert [len(batch) for batch in seen] == [5, 5, 5, 5, 3] * 3
    epochs = [np.concatenate(seen[i : i + 5]) for i in (0, 5, 10)]
    assert all(np.array_equal(np.sort(epoch), np.arange(23.0)) for epoch in epochs)
    assert len({epoch.tobytes() for epoch in epochs}) == (3 if shuffle else 1)
