# SPDX-License-Identifier: BSD-3-Clause
"""Initializers and regularizers as Python objects, and the spread that the docstrings promise."""

from __future__ import annotations

import copy
import pickle

import laminar as lm
import numpy as np
import pytest

INIT = lm.initializers
FAN_IN, FAN_OUT = 300, 200


def kernel(initializer, fan_in=FAN_IN, fan_out=FAN_OUT, seed=0) -> np.ndarray:
    layers = [lm.Input((fan_in,)), lm.Dense(fan_out, kernel_initializer=initializer)]
    return lm.Sequential(layers, dtype="float64", seed=seed).parameters()["dense_1.kernel"]


@pytest.mark.parametrize(
    ("initializer", "mean", "variance"),
    [
        (INIT.Zeros(), 0.0, 0.0),
        (INIT.Ones(), 1.0, 0.0),
        (INIT.Constant(0.3), 0.3, 0.0),
        (INIT.Normal(), 0.0, 0.05**2),
        (INIT.Normal(stddev=2.0, mean=1.0), 1.0, 4.0),
        (INIT.Uniform(), 0.0, 0.1**2 / 12),
        (INIT.Uniform(1.0, 3.0), 2.0, 4.0 / 12),
        (INIT.HeNormal(), 0.0, 2 / FAN_IN),
        (INIT.HeNormal(3.0), 0.0, 18 / FAN_IN),
        (INIT.HeUniform(), 0.0, 2 / FAN_IN),
        (INIT.GlorotNormal(), 0.0, 2 / (FAN_IN + FAN_OUT)),
        (INIT.GlorotUniform(), 0.0, 2 / (FAN_IN + FAN_OUT)),
        (INIT.LecunNormal(), 0.0, 1 / FAN_IN),
        (INIT.LecunUniform(2.0), 0.0, 4 / FAN_IN),
        (INIT.Orthogonal(), 0.0, 1 / FAN_IN),
    ],
    ids=repr,
)
def test_mean_and_variance(initializer, mean, variance):
    values = kernel(initializer)
    n = values.size
    assert values.mean() == pytest.approx(mean, abs=5 * (variance / n) ** 0.5 + 1e-12)
    assert values.var() == pytest.approx(variance, rel=0.03, abs=1e-15)


@pytest.mark.parametrize("name", ["he_uniform", "glorot_uniform", "lecun_uniform"])
def test_uniform_limits(name):
    values = kernel(name)
    limit = (3 * values.var()) ** 0.5
    assert np.abs(values).max() <= 1.02 * limit


@pytest.mark.parametrize(("fan_in", "fan_out"), [(30, 20), (20, 30), (25, 25)])
def test_orthogonal(fan_in, fan_out):
    w = kernel(INIT.Orthogonal(gain=2.0), fan_in, fan_out) / 2
    product = w.T @ w if fan_in >= fan_out else w @ w.T
    np.testing.assert_allclose(product, np.eye(min(fan_in, fan_out)), atol=1e-12)


@pytest.mark.parametrize("name", INIT.names())
def test_names_stand_for_defaults(name):
    (cls,) = (kind for kind in vars(INIT).values() if getattr(kind, "type", None) == name)
    np.testing.assert_array_equal(kernel(name, 5, 4), kernel(cls(), 5, 4))


def test_names_are_those_of_the_core():
    with pytest.raises(ValueError, match="he_norml") as caught:
        lm.Dense(3, kernel_initializer="he_norml")
    for name in INIT.names():
        assert name in str(caught.value)
    with pytest.raises(ValueError, match="swsh") as caught:
        lm.Dense(3, activation="swsh")
    for name in lm.activations.names():
        assert name in str(caught.value)


def test_default_kernels():
    for activation, expected in [("relu", INIT.HeNormal()), ("tanh", INIT.GlorotUniform())]:
        layers = [lm.Input((6,)), lm.Dense(5, activation=activation)]
        model = lm.Sequential(layers, dtype="float64", seed=0)
        np.testing.assert_array_equal(model.parameters()["dense_1.kernel"], kernel(expected, 6, 5))
        assert not model.parameters()["dense_1.bias"].any()


def test_seeds_decide():
    np.testing.assert_array_equal(kernel("he_normal", 5, 4, seed=3), kernel("he_normal", 5, 4, seed=3))
    assert not np.array_equal(kernel("he_normal", 5, 4, seed=3), kernel("he_normal", 5, 4, seed=4))


def test_zeros_never_break_the_symmetry(rng):
    layers = [
        lm.Input((4,)),
        # Four columns fill a vector of every instruction set: a remainder may round in another order.
        lm.Dense(4, activation="tanh", kernel_initializer="zeros"),
        lm.Dense(1, kernel_initializer="ones"),
    ]
    model = lm.Sequential(layers, seed=0)
    model.compile("adam", "squared_error")
    model.fit(rng.normal(size=(50, 4)), rng.normal(size=50), epochs=5, verbose=0)
    hidden = model.parameters()["dense_1.kernel"]
    assert hidden.any()
    np.testing.assert_array_equal(hidden, np.repeat(hidden[:, :1], 4, axis=1))


@pytest.mark.parametrize(
    "option",
    [
        INIT.Zeros(),
        INIT.Constant(0.5),
        INIT.Normal(0.1, 2.0),
        INIT.HeNormal(2.0),
        lm.activations.LeakyReLU(0.2),
        lm.regularizers.L1(0.1),
        lm.regularizers.L2(0.1),
        lm.regularizers.L1L2(0.1, 0.2),
    ],
    ids=repr,
)
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_objects_copy(option, copied):
    twin = copied(option)
    assert twin == option
    assert hash(twin) == hash(option)
    assert repr(twin) == repr(option)
    assert eval(repr(option), {**vars(INIT), **vars(lm.activations), **vars(lm.regularizers)}) == option


def test_unequal_objects():
    assert INIT.HeNormal(1.0) != INIT.HeNormal(2.0)
    assert INIT.HeNormal() != INIT.HeUniform()
    assert lm.regularizers.L1(0.1) != lm.regularizers.L2(0.1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: lm.Dense(3, kernel_initializer=INIT.Normal(-1.0)), ("stddev", "-1")),
        (lambda: lm.Dense(3, kernel_initializer=INIT.Uniform(1.0, 0.0)), ("low", "high")),
        (lambda: lm.Dense(3, kernel_initializer=INIT.HeNormal("big")), ("gain", "big")),
        (lambda: lm.Dense(3, kernel_regularizer=lm.regularizers.L2(-0.1)), ("l2", "-0.1")),
        (lambda: lm.Dense(3, kernel_regularizer=lm.regularizers.L1("a")), ("l1", "a")),
        (lambda: lm.Dense(3, activation=lm.activations.LeakyReLU(float("nan"))), ("slope", "nan")),
    ],
)
def test_bad_numbers(make, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        make()
    for word in words:
        assert word in str(caught.value)
