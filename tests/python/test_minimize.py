# SPDX-License-Identifier: BSD-3-Clause
"""`model.minimize`: optima that are known, what it leaves in the model, what ends it early."""

from __future__ import annotations

import sys

import laminar as lm
import numpy as np
import pytest
from support.custom_layers import Swish
from support.networks import distance, mlp, same_bits, weights_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 5))
LABELS = RNG.integers(0, 3, 80)


def classifier(lam=0.0, dtype="float64"):
    dense = lm.Dense(3, "softmax", kernel_regularizer=lm.regularizers.L2(lam))
    model = lm.Sequential([lm.Input((5,)), dense], dtype=dtype, seed=0)
    model.compile("adam", "cross_entropy")
    return model


def largest_gradient(model, x, y, sample_weight=None):
    gradients = model.value_and_grad(x, y, sample_weight, training=False)[1]
    return max(np.abs(gradient).max() for gradient in gradients.values())


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS", "CG", "l-bfgs-b"])
def test_logistic_regression_is_scikit_learns(method, weighted):
    """C sum_i L_i + |W|^2 / 2 has the minimum of our mean with lambda = 1 / C."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    weights = RNG.uniform(0.5, 2, 80) if weighted else None
    model = classifier(lam=1 / 0.7)
    result = model.minimize(X, LABELS, method, tolerance=1e-9, sample_weight=weights)
    theirs = linear_model.LogisticRegression(C=0.7, tol=1e-9, max_iter=1000).fit(X, LABELS, weights)
    kernel, bias = model.get_weights()
    assert distance(kernel.T, theirs.coef_) <= 1e-6
    assert distance(bias - bias.mean(), theirs.intercept_ - theirs.intercept_.mean()) <= 1e-6
    assert result.fun == pytest.approx(model.evaluate(X, LABELS, sample_weight=weights)["loss"], rel=1e-12)
    assert np.abs(result.jac).max() <= 1e-8


@pytest.mark.parametrize("activation", ["tanh", "silu", "gelu"])
def test_a_small_network_reaches_a_stationary_point(activation):
    """Rosenbrock's valley fitted by a small network until no gradient is above 1e-6."""
    model = mlp((2, 5, 1), activation, kernel_regularizer=lm.regularizers.L2(1.0))
    model.compile(loss="mean_squared_error")
    x = RNG.uniform(-1, 1, size=(60, 2))
    y = (1 - x[:, 0]) ** 2 + 2 * (x[:, 1] - x[:, 0] ** 2) ** 2
    before = model.evaluate(x, y)["loss"]
    result = model.minimize(x, y, tolerance=1e-6)
    assert result.success, result.message
    assert largest_gradient(model, x, y) < 1e-6
    assert model.evaluate(x, y)["loss"] < 0.1 * before
    assert result.nit <= result.nfev


def test_float32_comes_as_near_as_its_rounding():
    exact, model = classifier(lam=1.0), classifier(lam=1.0, dtype="float32")
    exact.minimize(X, LABELS, tolerance=1e-9)
    result = model.minimize(X, LABELS)
    assert result.x.dtype == np.float64
    assert distance(model.get_weights(), exact.get_weights()) <= 2e-3
    assert model.evaluate(X, LABELS)["loss"] == pytest.approx(exact.evaluate(X, LABELS)["loss"], rel=1e-6)
    assert result.fun == pytest.approx(model.evaluate(X, LABELS)["loss"], rel=1e-6)


def test_the_vector_is_what_trains_in_order_of_names():
    model = mlp((5, 4, 3), "tanh", "softmax")
    model.compile(loss="cross_entropy")
    model.layers[0].trainable = False
    before = weights_of(model)
    result = model.minimize(X, LABELS)
    after = weights_of(model)
    for name in ("dense_1.kernel", "dense_1.bias"):
        assert after[name].tobytes() == before[name].tobytes()
    assert np.array_equal(result.x, np.concatenate([after["dense_2.kernel"].ravel(), after["dense_2.bias"]]))
    gradients = model.value_and_grad(X, LABELS)[1]
    jac = np.concatenate([gradients["dense_2.kernel"].ravel(), gradients["dense_2.bias"]])
    assert distance(result.jac, jac) <= 1e-12
    assert np.abs(result.jac).max() <= 1e-5


def test_training_state_stays():
    """Counters, moments and history: a fit after it goes on as if only the weights had been set."""
    model, twin = classifier(), classifier()
    for each in (model, twin):
        each.fit(X, LABELS, epochs=2, verbose=0)
    history = model.history
    model.minimize(X, LABELS, max_iterations=5)
    assert (model.steps, model.epochs, model.history) == (twin.steps, twin.epochs, history)
    twin.set_weights(model.get_weights())
    for each in (model, twin):
        each.fit(X, LABELS, epochs=4, initial_epoch=2, verbose=0)
    assert same_bits(weights_of(model), weights_of(twin))


def test_dropout_drops_nothing():
    layers = [
        lm.Input((5,)),
        lm.Dropout(0.5),
        lm.Dense(3, "softmax", kernel_regularizer=lm.regularizers.L2(1.0)),
    ]
    model, plain = lm.Sequential(layers, dtype="float64", seed=0), classifier(lam=1.0)
    model.compile(loss="cross_entropy")
    for each in (model, plain):
        each.minimize(X, LABELS, tolerance=1e-9)
    assert distance(model.get_weights(), plain.get_weights()) <= 1e-6


def test_graphs_custom_layers_and_losses():
    a, b = lm.Input((3,), name="a"), lm.Input((2,), name="b")
    h = Swish()(lm.Dense(4)(lm.Concatenate()([a, b])))
    model = lm.Model(
        [a, b], [lm.Dense(1, name="p")(h), lm.Dense(3, "softmax", name="q")(h)], dtype="float64", seed=0
    )
    model.compile(loss=[lambda y, p: (((p - y) ** 2).sum(axis=1), 2 * (p - y)), "cross_entropy"])
    x, y = {"a": X[:, :3], "b": X[:, 3:]}, {"p": X[:, 0], "q": LABELS}
    before = model.evaluate(x, y)["loss"]
    result = model.minimize(x, y, max_iterations=50)
    assert result.nit <= 50
    assert result.fun == pytest.approx(model.evaluate(x, y)["loss"], rel=1e-12)
    assert result.fun < 0.7 * before


def test_a_model_without_a_shape_is_built():
    model = lm.Sequential([lm.Dense(1)], dtype="float64", seed=0)
    model.compile(loss="squared_error")
    assert model.minimize(X, X @ np.arange(5.0)).success
    assert distance(model.get_weights()[0][:, 0], np.arange(5.0)) <= 1e-4


def test_the_same_bits_at_any_number_of_threads(threads):
    x = np.random.default_rng(1).normal(size=(500, 40))
    model = mlp((40, 30, 3), "tanh", "softmax", dtype="float32")
    model.compile(loss="cross_entropy")
    y = np.arange(500) % 3
    model.minimize(x, y, max_iterations=5)
    lm.set_num_threads(1)
    twin = mlp((40, 30, 3), "tanh", "softmax", dtype="float32")
    twin.compile(loss="cross_entropy")
    twin.minimize(x, y, max_iterations=5)
    assert same_bits(weights_of(model), weights_of(twin))


# What ends it early


class CustomError(Exception):
    pass


def failing_after(calls, error):
    """Return a squared error that raises at some call, and the losses it has seen."""
    seen = []

    def loss(y, p):
        if len(seen) == calls:
            raise error
        seen.append(float(((p - y) ** 2).sum(axis=1).mean()))
        return ((p - y) ** 2).sum(axis=1), 2 * (p - y)

    return loss, seen


@pytest.mark.parametrize("error", [CustomError, KeyboardInterrupt])
@pytest.mark.parametrize("calls", [0, 1, 7])
def test_the_best_point_stays_when_it_is_interrupted(calls, error):
    model = mlp((5, 4, 2), "tanh")
    loss, seen = failing_after(calls, error)
    model.compile(loss=loss)
    before = weights_of(model)
    y = X[:, :2]
    with pytest.raises(error):
        model.minimize(X, y)
    if calls == 0:
        assert same_bits(before, weights_of(model))
    else:
        assert ((model.predict(X) - y) ** 2).sum(axis=1).mean() == pytest.approx(min(seen), rel=1e-12)
    assert len(seen) == calls
    model.compile(loss="squared_error")
    model.fit(X, y, verbose=0)


@pytest.mark.parametrize("bad", ["loss", "gradient"])
def test_a_loss_that_is_not_finite(bad):
    calls = []

    def loss(y, p):
        calls.append(1)
        factor = np.nan if len(calls) == 4 else 1.0
        losses, slope = ((p - y) ** 2).sum(axis=1), 2 * (p - y)
        return (losses * factor, slope) if bad == "loss" else (losses, slope * factor)

    model = mlp((5, 4, 2), "tanh")
    model.compile(loss=loss)
    before = model.evaluate(X, X[:, :2])["loss"]
    with pytest.raises(lm.DivergedError, match=f"minimize: the {bad} is .*best parameters found before"):
        model.minimize(X, X[:, :2])
    model.compile(loss="squared_error")
    assert 2 * model.evaluate(X, X[:, :2])["loss"] <= before


def frozen():
    model = classifier()
    model.trainable = False
    return model


BAD = {
    "method": ({"method": "L-BFGS"}, ValueError, "unknown method 'L-BFGS'; did you mean 'L-BFGS-B'"),
    "no method": ({"method": None}, ValueError, "unknown method None"),
    "iterations": ({"max_iterations": 0}, ValueError, "max_iterations: expected at least 1, got 0"),
    "half": ({"max_iterations": 1.5}, TypeError, "max_iterations: expected an integer, got 1.5"),
    "tolerance": (
        {"tolerance": -1.0},
        ValueError,
        "tolerance: expected a finite number of at least 0, got -1.0",
    ),
    "option": ({"maxkor": 3}, TypeError, "minimize: L-BFGS-B: .*maxkor"),
    "x": ({"x": X[:, :4]}, lm.ShapeError, "x: expected 5 features"),
    "nan": ({"x": X * np.nan}, ValueError, "x: .*nan"),
    "y": ({"y": LABELS + 3}, ValueError, "y: "),
    "weights": ({"sample_weight": np.zeros(80)}, ValueError, "sample_weight"),
}


@pytest.mark.parametrize(("arguments", "error", "words"), BAD.values(), ids=BAD)
def test_bad_arguments_are_named(arguments, error, words):
    model = classifier()
    before = weights_of(model)
    with pytest.raises(error, match=words):
        model.minimize(**({"x": X, "y": LABELS} | arguments))
    assert same_bits(before, weights_of(model))
    model.fit(X, LABELS, verbose=0)


def test_models_that_cannot_be_minimized():
    with pytest.raises(ValueError, match="minimize: expected a layer that trains"):
        frozen().minimize(X, LABELS)
    with pytest.raises(RuntimeError, match="minimize: call compile"):
        mlp((5, 3)).minimize(X, LABELS)


def test_without_scipy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match=r"laminar\[optimize\]"):
        classifier().minimize(X, LABELS)


def test_a_model_in_use_is_an_error():
    model = classifier()

    def nested(y, p):
        with pytest.raises(RuntimeError, match="in use"):
            model.minimize(X, LABELS)
        model.predict(X)
        return ((p - y) ** 2).sum(axis=1), 2 * (p - y)

    model.compile(loss=nested)
    model.minimize(X, np.eye(3)[LABELS], max_iterations=2)
