# SPDX-License-Identifier: BSD-3-Clause
"""Callables as metrics: what they are given, when, and what they may return."""

from __future__ import annotations

import copy
import functools
import pickle

import laminar as lm
import numpy as np
import pytest
from sklearn import metrics as sk
from support.networks import mlp, same_bits, weights_of


class Recorder:
    """A metric that remembers its calls."""

    __name__ = "recorder"

    def __init__(self):
        self.calls = []

    def __call__(self, y_true, y_pred):
        self.calls.append((y_true, y_pred))
        return len(self.calls)


def largest_error(y_true, y_pred):
    return np.abs(y_true - y_pred).max()


def weighted_bias(y_true, y_pred, sample_weight=None):
    return np.average(y_pred - y_true, weights=sample_weight)


def data(m=50, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(m, 3)), rng.normal(size=m), rng.uniform(0, 2, m)


def regressor(*metrics, loss="mean_squared_error"):
    model = mlp((3, 4, 1))
    model.compile("adam", loss, metrics=metrics)
    return model


def test_evaluate():
    x, y, w = data()
    model = regressor("r2", largest_error, weighted_bias, sk.r2_score, sk.max_error)
    p = model.predict(x)[:, 0]
    got = model.evaluate(x, y, sample_weight=w, batch_size=7)
    assert list(got) == ["loss", "r2", "largest_error", "weighted_bias", "r2_score", "max_error"]
    assert got["largest_error"] == np.abs(y - p).max() == got["max_error"]
    assert got["weighted_bias"] == pytest.approx(np.average(p - y, weights=w), rel=1e-12)
    assert got["r2_score"] == pytest.approx(got["r2"], rel=1e-12)
    assert model.evaluate(x, y)["weighted_bias"] == pytest.approx((p - y).mean(), rel=1e-12)


def test_an_epoch_ends_with_the_training_rows_in_their_order_and_the_weights_of_its_end():
    x, y, w = data()
    recorder = Recorder()
    model = regressor(recorder)
    predictions = []
    history = model.fit(
        x, y, epochs=3, batch_size=8, sample_weight=w, verbose=0,
        callbacks=[lambda epoch, logs: predictions.append((model.predict(x), logs["recorder"]))],
    )  # fmt: skip
    assert history.history["recorder"] == [1.0, 2.0, 3.0]
    assert [logged for _, logged in predictions] == [1.0, 2.0, 3.0]
    for (y_true, y_pred), (p, _) in zip(recorder.calls, predictions, strict=True):
        assert np.array_equal(y_true, y)
        assert np.array_equal(y_pred, p[:, 0])


@pytest.mark.parametrize("how", ["data", "split"])
def test_validation_rows(how):
    x, y, w = data()
    recorder = Recorder()
    model = regressor(recorder, weighted_bias)
    if how == "data":
        other = data(20, seed=1)
        history = model.fit(x, y, sample_weight=w, validation_data=other, verbose=0)
        rows, (x_val, y_val, w_val) = slice(None), other
    else:
        history = model.fit(x, y, sample_weight=w, validation_split=0.2, verbose=0)
        rows, (x_val, y_val, w_val) = slice(40), (x[40:], y[40:], w[40:])
    (train_y, train_p), (true, predicted) = recorder.calls
    assert np.array_equal(train_y, y[rows])
    assert np.array_equal(train_p, model.predict(x[rows])[:, 0])
    assert np.array_equal(true, y_val)
    assert np.array_equal(predicted, model.predict(x_val)[:, 0])
    assert list(history.history) == [
        "loss",
        "recorder",
        "weighted_bias",
        "val_loss",
        "val_recorder",
        "val_weighted_bias",
    ]
    assert history.history["val_recorder"] == [2.0]
    assert history.history["val_weighted_bias"][0] == pytest.approx(
        np.average(predicted - y_val, weights=w_val), rel=1e-12
    )


def test_no_training_number_depends_on_it():
    x, y, w = data()
    fits = []
    for metrics in ([], [largest_error]):
        model = regressor(*metrics)
        model.fit(x, y, epochs=3, sample_weight=w, validation_split=0.2, verbose=0)
        fits.append(weights_of(model) | {"loss": np.array(model.history.history["val_loss"])})
    assert same_bits(*fits)


@pytest.mark.parametrize(
    "y",
    [
        np.arange(12) % 3,
        (np.arange(12) % 3).astype("uint8")[:, None],
        np.asfortranarray(np.eye(3)[np.arange(12) % 3]),
    ],
    ids=["labels", "column", "one-hot"],
)
def test_targets_come_as_they_were_given(y):
    recorder = Recorder()
    model = mlp((3, 3), output="softmax", dtype="float32")
    model.compile("sgd", "cross_entropy", metrics=[recorder])
    model.evaluate(np.ones((12, 3)), y)
    ((y_true, y_pred),) = recorder.calls
    assert (y_true.dtype, y_true.shape) == (y.dtype, y.shape)
    assert np.array_equal(y_true, y)
    assert (y_pred.dtype, y_pred.shape) == (np.float32, (12, 3))
    y_true[...] = 9  # a copy of its own
    assert y.max() <= 2


def test_scores_of_scikit_learn(rng):
    model = mlp((3, 1), output="sigmoid")
    model.compile("sgd", "binary_cross_entropy", metrics=[sk.roc_auc_score, sk.brier_score_loss])
    x, y, w = rng.normal(size=(40, 3)), np.arange(40) % 2, rng.uniform(0, 1, 40)
    got, p = model.evaluate(x, y, sample_weight=w), model.predict(x)[:, 0]
    assert got["roc_auc_score"] == pytest.approx(sk.roc_auc_score(y, p, sample_weight=w), rel=1e-12)
    assert got["brier_score_loss"] == pytest.approx(sk.brier_score_loss(y, p, sample_weight=w), rel=1e-12)


def test_two_outputs(rng):
    x = lm.Input((2,))
    outputs = [lm.Dense(1, name="left")(x), lm.Dense(2, name="right")(x)]
    model = lm.Model(x, outputs, dtype="float64", seed=0)
    model.compile("sgd", ["huber", "huber"], {"left": largest_error, "right": [largest_error, "r2"]})
    data, y = rng.normal(size=(9, 2)), (rng.normal(size=9), rng.normal(size=(9, 2)))
    got, p = model.evaluate(data, y), model.predict(data)
    assert got["left_largest_error"] == np.abs(y[0] - p[0][:, 0]).max()
    assert got["right_largest_error"] == np.abs(y[1] - p[1]).max()


@pytest.mark.parametrize(
    "value", [1, 2.5, np.float32(0.5), np.int64(3), np.array(4.0), True, np.bool_(False), float("nan")]
)
def test_real_numbers_are_taken(value):
    x, y, _ = data()
    got = regressor(lm.metrics.Function(lambda y_true, y_pred: value, "f")).evaluate(x, y)["f"]
    assert type(got) is float
    assert got == pytest.approx(float(value), nan_ok=True)


@pytest.mark.parametrize("value", [None, 1j, "1", np.ones(1), np.ones(3), [1.0]], ids=repr)
def test_anything_else_is_an_error_that_names_the_metric(value):
    x, y, _ = data()
    model = regressor(lm.metrics.Function(lambda y_true, y_pred: value, "odd_one"))
    for call in (lambda: model.evaluate(x, y), lambda: model.fit(x, y, verbose=0)):
        with pytest.raises(TypeError, match="odd_one: expected a real number") as caught:
            call()
        assert type(value).__name__ in str(caught.value)


def test_what_it_raises_reaches_the_user():
    x, y, _ = data()
    calls = []

    def fails_in_the_second_epoch(y_true, y_pred):
        calls.append(1)
        if len(calls) == 2:
            raise LookupError("no such thing")
        return 1.0

    model = regressor(fails_in_the_second_epoch)
    with pytest.raises(LookupError, match="no such thing"):
        model.fit(x, y, epochs=5, verbose=0)
    assert model.history.history["fails_in_the_second_epoch"] == [1.0]
    assert len(model.history.history["loss"]) == 1
    model.fit(x, y, verbose=0)


def test_weights_go_to_those_that_ask_by_name():
    seen = []

    def any_keyword(y_true, y_pred, **options):
        seen.append(sorted(options))
        return 0

    def only_by_name(y_true, y_pred, *, sample_weight):
        seen.append(sample_weight)
        return 0

    x, y, w = data()
    regressor(any_keyword, only_by_name).evaluate(x, y, sample_weight=w)
    assert seen[0] == []
    assert np.array_equal(seen[1], w)


def test_copies_and_pickles_keep_it():
    x, y, _ = data()
    model = regressor(largest_error, lm.metrics.Function(weighted_bias, "bias"))
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.evaluate(x, y) == model.evaluate(x, y)
    function = lm.metrics.Function(largest_error)
    assert pickle.loads(pickle.dumps(function)) == function == copy.deepcopy(function)
    assert function != lm.metrics.Function(largest_error, "other")
    assert hash(function) == hash(lm.metrics.Function(largest_error))
    assert repr(function).startswith("Function(function=<function largest_error")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: lm.metrics.Function(functools.partial(largest_error)), ("name", "partial has no __name__")),
        (lambda: lm.metrics.Function(largest_error, name=""), ("name", "''")),
        (lambda: lm.metrics.Function(3), ("function", "int")),
        (lambda: lm.metrics.Function(Recorder), ("function", "the class Recorder")),
    ],
)
def test_bad_functions(make, words):
    with pytest.raises(TypeError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_an_output_without_a_loss_has_nothing_to_measure(rng):
    x = lm.Input((2,))
    model = lm.Model(x, [lm.Dense(1, name="left")(x), lm.Dense(1, name="right")(x)])
    model.compile("sgd", ["huber", None], {"right": largest_error})
    with pytest.raises(ValueError, match="output 'right' has no loss"):
        model.evaluate(rng.normal(size=(4, 2)), (np.ones(4), None))
