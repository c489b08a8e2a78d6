# SPDX-License-Identifier: BSD-3-Clause
"""`model.learning_rate`: that of the next step."""

from __future__ import annotations

import copy
import pickle

import laminar as lm
import numpy as np
import pytest
from support.networks import fed, mlp, same_bits, weights_of

X, Y = np.random.default_rng(0).normal(size=(90, 4)), np.arange(90) % 3


def fit(model, callbacks, **options):
    return model.fit(X, Y, **{"verbose": 0, "callbacks": callbacks} | options)


def test_the_learning_rate_is_that_of_the_next_step():
    model = lm.Sequential(
        [lm.Input((1,)), lm.Dense(1, use_bias=False, kernel_initializer="zeros")], "float64"
    )
    model.compile(lm.optim.SGD(0.5), lambda y, p: ((y * p)[:, 0], y))
    assert model.learning_rate == 0.5
    place = 0.0
    for rate in (0.25, 3, np.float32(0.125), 0, 1.0):
        model.learning_rate = rate
        assert model.learning_rate == rate
        model.train_on_batch(np.ones((1, 1)), np.array([[-1.0]]))
        place += float(rate)
        assert model.get_weights()[0].item() == place


def test_a_rate_of_one_keeps_its_bits():
    """The factor 1 changes nothing: the formula is that of the plain optimizer."""
    assert np.array_equal(fed(lm.optim.SGD(0.1), [0.3, 0.7]), [0.0, -0.1 * 0.3, -0.1 * 0.3 - 0.1 * 0.7])


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_the_learning_rate_is_part_of_the_state(copied, small_model):
    model = small_model()
    fit(model, [lm.callbacks.ReduceLROnPlateau("loss", 0.5, patience=1, min_delta=10)], epochs=3)
    assert model.learning_rate == 0.01 / 4
    twin = copied(model)
    assert twin.learning_rate == model.learning_rate
    assert fit(model, []).history == fit(twin, []).history
    assert same_bits(weights_of(model), weights_of(twin))
    twin.compile("sgd", "cross_entropy")
    assert twin.learning_rate == 0.01


def test_a_refused_compile_keeps_the_learning_rate(small_model):
    model = small_model()
    model.learning_rate = 0.005
    with pytest.raises(ValueError, match="metrics"):
        model.compile("sgd", "cross_entropy", metrics=[["accuracy"], ["accuracy"]])
    assert model.learning_rate == 0.005


@pytest.mark.parametrize("rate", [-0.1, np.nan, np.inf, "0.1", None, [0.1]])
def test_bad_learning_rates(rate, small_model):
    model = small_model()
    with pytest.raises((ValueError, TypeError), match="learning_rate: expected a "):
        model.learning_rate = rate
    assert model.learning_rate == 0.01


def test_nothing_makes_a_rate_of_zero_larger(small_model):
    model = small_model(optimizer=lm.optim.SGD(0.0))
    with pytest.raises(ValueError, match="optimizer's own rate is 0"):
        model.learning_rate = 0.1
    model.learning_rate = 0


def test_the_learning_rate_needs_compile():
    model = mlp((4, 3))
    with pytest.raises(RuntimeError, match="compile"):
        _ = model.learning_rate
    with pytest.raises(RuntimeError, match="compile"):
        model.learning_rate = 0.1
