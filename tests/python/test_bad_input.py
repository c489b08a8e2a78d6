# SPDX-License-Identifier: BSD-3-Clause
"""Bad input: a message has the name, what was expected and what came; the model is unchanged and usable."""

from __future__ import annotations

import laminar as lm
import numpy as np
import pytest
from support.networks import mlp, same_bits, weights_of

M = 12
LABELS = np.arange(M) % 3


def classifier(dtype="float32"):
    model = mlp((4, 5, 3), "relu", "softmax", dtype=dtype)
    model.compile("adam", "cross_entropy", metrics=["accuracy"])
    return model


def binary():
    model = mlp((4, 5, 1), "relu", "sigmoid", dtype="float32")
    model.compile("adam", "binary_cross_entropy")
    return model


def regressor(dtype="float32"):
    model = mlp((4, 5, 2), "relu", dtype=dtype)
    model.compile("adam", "squared_error")
    return model


def counter():
    model = mlp((4, 1), output="exponential", dtype="float32")
    model.compile("adam", "poisson")
    return model


GOOD_Y = {classifier: LABELS, binary: LABELS % 2, regressor: np.ones((M, 2)), counter: LABELS}


def good_x(m=M):
    return np.random.default_rng(0).normal(size=(m, 4))


def with_value(array, position, value):
    array = np.array(array, dtype=float)
    array[position] = value
    return array


BAD_X = [
    ("features", lambda: good_x()[:, :3], ("x", "4 features", "3", "(12, 3)")),
    ("rank 1", lambda: good_x()[0], ("x", "(None, 4)", "(4,)", "batch of one row")),
    ("rank 3", lambda: good_x()[None], ("x", "(None, 4)", "(1, 12, 4)")),
    ("rank 0", lambda: np.float32(3), ("x", "(None, 4)", "()")),
    ("many axes", lambda: np.zeros((1,) * 12), ("x", "axes", "12")),
    ("no features", lambda: np.zeros((M, 0)), ("x", "4 features", "0")),
    ("nan", lambda: with_value(good_x(), (7, 2), np.nan), ("x", "finite", "nan", "[7, 2]")),
    ("inf", lambda: with_value(good_x(), (0, 0), np.inf), ("x", "finite", "inf", "[0, 0]")),
    ("-inf", lambda: with_value(good_x(), (11, 3), -np.inf), ("x", "finite", "-inf", "[11, 3]")),
    ("beyond float32", lambda: with_value(good_x(), (3, 1), 1e39), ("x", "finite", "1e+39", "[3, 1]")),
    ("object", lambda: good_x().astype(object), ("x", "real numbers", "object")),
    ("complex", lambda: good_x() * 1j, ("x", "real numbers", "complex128")),
    ("string", lambda: good_x().astype(str), ("x", "real numbers", "<U")),
    ("bytes", lambda: good_x().astype("S8"), ("x", "real numbers", "S8")),
    ("dates", lambda: np.zeros((M, 4), "M8[s]"), ("x", "real numbers", "datetime64")),
    ("records", lambda: np.zeros((M, 4), [("a", "f4")]), ("x", "real numbers", "a")),
    ("none", lambda: None, ("x", "array", "None")),
    ("ragged", lambda: [[1.0], [1.0, 2.0]], ("inhomogeneous",)),
    ("words", lambda: "a string", ("x", "real numbers", "<U8")),
    ("huge integers", lambda: [[10**400] * 4] * M, ("x", "real numbers", "object")),
]

BAD_Y = [
    ("too few", classifier, lambda: LABELS[:11], ("y", "12 rows", "(11,)")),
    ("too many", classifier, lambda: np.zeros(13), ("y", "12 rows", "(13,)")),
    ("scalar", classifier, lambda: 1, ("y", "12 rows", "()")),
    ("none", classifier, lambda: None, ("y", "targets", "CrossEntropy", "none")),
    ("label too large", classifier, lambda: with_value(LABELS, 5, 3), ("y", "0 to 2", "3", "[5]")),
    (
        "label below 0",
        classifier,
        lambda: with_value(LABELS, 5, -1).astype(int),
        ("y", "0 to 2", "-1", "[5]"),
    ),
    ("fraction", classifier, lambda: with_value(LABELS, 4, 1.5), ("y", "whole-number", "1.5", "[4]")),
    ("nan label", classifier, lambda: with_value(LABELS, 4, np.nan), ("y", "whole-number", "nan", "[4]")),
    ("huge label", classifier, lambda: with_value(LABELS, 4, 2.0**62).astype("i8"), ("y", "0 to 2", "[4]")),
    ("huge unsigned", classifier, lambda: np.full(M, 2**64 - 1, "u8"), ("y", "0 to 2", "[0]")),
    ("wrapped label", classifier, lambda: LABELS.astype("i8") + 2**32, ("y", "0 to 2", "4294967296", "[0]")),
    ("classes", classifier, lambda: np.ones((M, 4)) / 4, ("y", "3", "4")),
    ("soft above 1", classifier, lambda: np.ones((M, 3)) * 2, ("y", "0 to 1", "2", "[0, 0]")),
    ("strings", classifier, lambda: np.array(["cat"] * M), ("y", "real numbers", "<U3")),
    ("objects", classifier, lambda: np.array([None] * M), ("y", "real numbers", "object")),
    ("probability", binary, lambda: with_value(LABELS % 2, 2, 1.1), ("y", "0 to 1", "1.1", "[2]")),
    ("binary label", binary, lambda: LABELS, ("y", "0 to 1", "2", "[2]")),
    ("binary wide", binary, lambda: np.ones((M, 2)), ("y", "1", "2")),
    ("width", regressor, lambda: np.ones((M, 3)), ("y", "2", "3")),
    ("flat", regressor, lambda: np.ones(M), ("y", "2", "(None,)")),
    ("nan target", regressor, lambda: with_value(np.ones((M, 2)), (3, 1), np.nan), ("y", "finite", "[3, 1]")),
    ("inf target", regressor, lambda: with_value(np.ones((M, 2)), (3, 1), np.inf), ("y", "finite", "inf")),
    ("complex", regressor, lambda: np.ones((M, 2)) * 1j, ("y", "real numbers", "complex")),
    ("negative count", counter, lambda: with_value(LABELS, 6, -2), ("y", "at least 0", "-2", "[6]")),
]

BAD_WEIGHT = [
    ("length", lambda: np.ones(11), ("sample_weight", "(12,)", "(11,)")),
    ("rank", lambda: np.ones((M, 2)), ("sample_weight", "(12,)", "(12, 2)")),
    ("scalar", lambda: 2.0, ("sample_weight", "(12,)", "()")),
    ("negative", lambda: with_value(np.ones(M), 3, -0.5), ("sample_weight", "at least 0", "-0.5", "[3]")),
    ("nan", lambda: with_value(np.ones(M), 3, np.nan), ("sample_weight", "at least 0", "nan", "[3]")),
    ("inf", lambda: with_value(np.ones(M), 3, np.inf), ("sample_weight", "finite", "inf", "[3]")),
    ("zeros", lambda: np.zeros(M), ("sample_weight", "above 0", "zeros")),
    ("string", lambda: np.array(["1"] * M), ("sample_weight", "real numbers", "<U1")),
]

BAD_FIT = [
    ("batch 0", {"batch_size": 0}, ("batch_size", "1", "0")),
    ("batch -3", {"batch_size": -3}, ("batch_size", "1", "-3")),
    ("batch 2.5", {"batch_size": 2.5}, ("batch_size", "integer", "2.5")),
    ("batch huge", {"batch_size": 10**30}, ("batch_size",)),
    ("epochs", {"epochs": -1}, ("epochs", "0 or more", "-1")),
    ("epochs word", {"epochs": "3"}, ("epochs", "integer", "'3'")),
    ("initial", {"initial_epoch": -1}, ("initial_epoch", "0 or more", "-1")),
    ("split 1", {"validation_split": 1.0}, ("validation_split", "1")),
    ("split nan", {"validation_split": float("nan")}, ("validation_split", "nan")),
    ("split below 0", {"validation_split": -0.1}, ("validation_split", "-0.1")),
    ("split most", {"validation_split": 0.99}, ("validation_split", "12")),
    ("class", {"class_weight": {3: 1.0}}, ("class_weight", "0 to 2", "3")),
    ("class below", {"class_weight": {-1: 1.0}}, ("class_weight", "0 to 2", "-1")),
    ("class weight", {"class_weight": {1: -2.0}}, ("class_weight", "1", "-2")),
    ("class nan", {"class_weight": {1: float("nan")}}, ("class_weight", "1", "nan")),
    ("class list", {"class_weight": [1, 2, 3]}, ("class_weight", "dict", "list")),
    ("class word", {"class_weight": {"a": 1.0}}, ("class_weight", "'a'")),
    ("validation x", {"validation_data": (good_x()[:, :3], LABELS)}, ("4 features", "3")),
    ("validation y", {"validation_data": (good_x(), LABELS + 1)}, ("0 to 2", "3")),
    ("validation short", {"validation_data": (good_x(), LABELS[1:])}, ("12", "11")),
    ("validation alone", {"validation_data": good_x()}, ("validation_data", "(x, y)", "ndarray")),
    ("validation 4", {"validation_data": (1, 2, 3, 4)}, ("validation_data", "(x, y)", "4")),
    ("verbose", {"verbose": 3}, ("verbose", "3")),
    ("keyword", {"batchsize": 3}, ("batchsize", "did you mean 'batch_size'")),
]

CALLS = {
    "fit": lambda model, x, y, w: model.fit(x, y, sample_weight=w, verbose=0),
    "train_on_batch": lambda model, x, y, w: model.train_on_batch(x, y, w),
    "evaluate": lambda model, x, y, w: model.evaluate(x, y, sample_weight=w),
    "value_and_grad": lambda model, x, y, w: model.value_and_grad(x, y, w),
}


def expect_error(model, call, words, make=None):
    """Run the call; check the message, and that the model is as before and still trains."""
    before = weights_of(model), model.steps, model.epochs
    with pytest.raises((ValueError, TypeError, OverflowError)) as caught:
        call()
    for word in words:
        assert word in str(caught.value), str(caught.value)
    assert same_bits(before[0], weights_of(model))
    assert (model.steps, model.epochs) == before[1:]
    model.fit(good_x(), GOOD_Y[make or classifier], verbose=0)
    assert model.steps == before[1] + 1
    return caught.value


def table(records):
    return [pytest.param(*record[1:], id=record[0]) for record in records]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("x", "words"), table(BAD_X))
def test_bad_x(x, words, call):
    model, bad = classifier(), x()
    expect_error(model, lambda: CALLS[call](model, bad, LABELS, None), words)


@pytest.mark.parametrize("call", ["predict", "__call__"])
@pytest.mark.parametrize(("x", "words"), table(BAD_X))
def test_bad_x_to_predict(x, words, call):
    model, bad = classifier(), x()
    expect_error(model, lambda: getattr(model, call)(bad), words)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("make", "y", "words"), table(BAD_Y))
def test_bad_y(make, y, words, call):
    model, bad = make(), y()
    expect_error(model, lambda: CALLS[call](model, good_x(), bad, None), words, make)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("weight", "words"), table(BAD_WEIGHT))
def test_bad_sample_weight(weight, words, call):
    model, bad = classifier(), weight()
    expect_error(model, lambda: CALLS[call](model, good_x(), LABELS, bad), words)


@pytest.mark.parametrize(("options", "words"), table(BAD_FIT))
def test_bad_fit_options(options, words):
    model = classifier()
    expect_error(model, lambda: model.fit(good_x(), LABELS, **{"verbose": 0} | options), words)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("rows", [(0, 0), (0, M), (M, 0)])
def test_empty_arrays(rows, call):
    model = classifier()
    x, y = good_x()[: rows[0]], LABELS[: rows[1]]
    expect_error(model, lambda: CALLS[call](model, x, y, None), ("x" if not rows[0] else "y", "row"))


@pytest.mark.parametrize("batch_size", [M, M + 1, 10**6, 2**40])
def test_a_batch_larger_than_the_data_is_all_of_it(batch_size):
    model, twin = classifier(), classifier()
    model.fit(good_x(), LABELS, batch_size=batch_size, verbose=0, shuffle=False)
    twin.train_on_batch(good_x(), LABELS)
    assert same_bits(weights_of(model), weights_of(twin))
    assert model.evaluate(good_x(), LABELS, batch_size=batch_size) == twin.evaluate(good_x(), LABELS)
    assert np.array_equal(model.predict(good_x(), batch_size=batch_size), twin.predict(good_x()))


@pytest.mark.parametrize("value", [2**31, 2**62, -(2**62)])
def test_large_integers_are_rounded_not_wrapped(value):
    """A float has 53 bits or 24; what comes out is the nearest number, never one of the other sign."""
    model = lm.Sequential([lm.Input((1,)), lm.Activation("linear")], dtype="float64")
    assert model.predict(np.array([[value]])).item() == float(value)
    assert lm.Sequential([lm.Input((1,)), lm.Activation("linear")]).predict([[value]]).item() == np.float32(
        value
    )
