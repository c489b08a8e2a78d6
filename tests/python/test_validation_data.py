# SPDX-License-Identifier: BSD-3-Clause
"""Validation data that cannot be used is found before the first step, and the message says whose it is."""

from __future__ import annotations

import laminar as lm
import numpy as np
import pytest

X, Y = np.random.default_rng(0).normal(size=(90, 4)), np.arange(90) % 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ((X[:, :3], Y), "x: expected 4 features .*got 3"),
        ((X, Y[1:]), "y: expected 90 rows"),
        ((X, Y + 1), "y: expected whole-number labels from 0 to 2, got 3"),
        ((X, Y, np.ones(89)), "sample_weight: expected one number a row"),
        ((X * 1j, Y), "x: .*real numbers.*complex"),
        ((X, None), "y: expected targets"),
        ((X * np.nan, Y), "x: expected finite numbers"),
        ((X[:0], Y[:0]), "x: expected at least one row"),
    ],
)
def test_bad_validation_data_is_found_before_the_first_step(data, words, small_model):
    model = small_model()
    with pytest.raises((ValueError, TypeError), match=f"validation_data: {words}"):
        model.fit(X, Y, validation_data=data, verbose=0)
    assert model.steps == 0
    assert model.history.epoch == []


def test_validation_data_of_several_inputs_is_named():
    a, b = lm.Input((2,), name="left"), lm.Input((3,), name="right")
    model = lm.Model([a, b], lm.Dense(1)(lm.Concatenate()([a, b])))
    model.compile("sgd", "squared_error")
    x, y = (X[:, :2], X[:, :3]), X[:, 0]
    with pytest.raises(lm.ShapeError, match=r"validation_data: x\['right'\]"):
        model.fit(x, y, validation_data=((X[:, :2], X[:, :2]), y), verbose=0)
    with pytest.raises(ValueError, match="validation_data: x: expected 2 arrays"):
        model.fit(x, y, validation_data=((X[:, :2],), y), verbose=0)
