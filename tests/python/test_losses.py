# SPDX-License-Identifier: BSD-3-Clause
"""Losses as Python objects, and what ``compile`` makes of its arguments."""

from __future__ import annotations

import copy
import pickle
import re

import laminar as lm
import numpy as np
import pytest

LOSSES = [
    lm.losses.CrossEntropy(),
    lm.losses.CrossEntropy(from_logits=True),
    lm.losses.BinaryCrossEntropy(from_logits=True, reduce_outputs="sum"),
    lm.losses.BinaryCrossEntropy(missing="ignore"),
    lm.losses.SquaredError(),
    lm.losses.MeanSquaredError(),
    lm.losses.MeanAbsoluteError(),
    lm.losses.Huber(delta=0.5),
    lm.losses.Poisson(from_logits=True),
    lm.losses.Pinball(quantile=0.9),
]


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_equal(loss, copied):
    twin = copied(loss)
    assert type(twin) is type(loss)
    assert twin == loss
    assert hash(twin) == hash(loss)
    assert repr(twin) == repr(loss)


def test_unequal():
    assert lm.losses.Huber(1.0) != lm.losses.Huber(2.0)
    assert lm.losses.SquaredError() != lm.losses.MeanSquaredError()
    assert lm.losses.SquaredError() != "squared_error"


def test_repr_shows_what_is_not_default():
    assert repr(lm.losses.Huber()) == "Huber()"
    assert repr(lm.losses.Huber(2.0)) == "Huber(delta=2.0)"


@pytest.mark.parametrize("name", lm.losses.names())
def test_every_name_makes_its_loss(name):
    classes = {type(loss).__name__: loss for loss in LOSSES}
    core = lm._core.Loss(name, {})
    assert core.type == name.title().replace("_", "")
    assert core.type in classes


def test_the_core_knows_no_other_name():
    with pytest.raises(ValueError, match="huberr") as caught:
        lm._core.Loss("huberr", {})
    assert "did you mean 'huber'" in str(caught.value)
    for name in lm.losses.names():
        assert name in str(caught.value)


@pytest.mark.parametrize("name", lm.metrics.names())
def test_every_metric_has_a_value(name):
    classes = name in ("cross_entropy", "top_k_accuracy")
    last = lm.Dense(6, activation="softmax") if classes else lm.Dense(1, activation="sigmoid")
    model = lm.Sequential([lm.Input((3,)), last], seed=0)
    model.compile("sgd", "cross_entropy" if classes else "binary_cross_entropy", metrics=[name])
    result = model.evaluate(np.ones((4, 3)), np.array([0, 1, 1, 0]))
    assert set(result) == {"loss", name}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: lm.losses.Huber(0.0), ("delta", "0")),
        (lambda: lm.losses.Pinball(1.5), ("quantile", "1.5")),
        (lambda: lm.losses.BinaryCrossEntropy(reduce_outputs="max"), ("reduce_outputs", "mean", "max")),
        (lambda: lm.losses.BinaryCrossEntropy(missing=None), ("missing", "ignore", "None")),
        (lambda: lm.losses.CrossEntropy("yes"), ("from_logits", "yes")),
    ],
)
def test_bad_options(make, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"loss": "cros_entropy"}, ValueError, ("did you mean 'cross_entropy'",)),
        ({"loss": lm.losses.CrossEntropy}, TypeError, ("loss", "the class CrossEntropy")),
        ({"loss": 3}, TypeError, ("loss", "int")),
        ({"optimizer": "adm"}, ValueError, ("did you mean 'adam'",)),
        ({"optimizer": lm.optim.Adam}, TypeError, ("optimizer", "the class Adam")),
        ({"metrics": ["acuracy"]}, ValueError, ("did you mean 'accuracy'",)),
        ({"metrics": [3.5]}, TypeError, ("metrics", "float")),
        ({"metrics": 5}, TypeError, ("metrics", "int")),
        ({"loss": {"dense_3": "huber"}}, ValueError, ("unknown output 'dense_3'", "dense_2")),
        ({"loss": ["huber", "huber"]}, ValueError, ("1 outputs", "got 2")),
    ],
)
def test_bad_compile(small_model, arguments, error, words):
    model = small_model()
    before = model.compile_options
    with pytest.raises(error) as caught:
        model.compile(**arguments)
    for word in words:
        assert word in str(caught.value)
    assert model.compile_options == before


@pytest.mark.parametrize(
    "metrics", ["accuracy", ["accuracy"], ("accuracy",), [["accuracy"]], {"dense_2": "accuracy"}]
)
def test_metrics_of_one_output(small_model, metrics):
    model = small_model(metrics=metrics)
    assert set(model.evaluate(np.ones((3, 4)), [0, 1, 2])) == {"loss", "accuracy"}


@pytest.mark.parametrize(
    "loss",
    [
        ["mean_squared_error", None],
        ("mean_squared_error", None),
        {"left": "mean_squared_error"},
        {"left": lm.losses.MeanSquaredError(), "right": None},
        {"left": lambda y, p: (((p - y) ** 2).mean(axis=1), 2 * (p - y) / p.shape[1])},
    ],
)
def test_losses_of_two_outputs(loss):
    x = lm.Input((2,))
    left, right = lm.Dense(1, kernel_initializer="ones", name="left"), lm.Dense(1, name="right")
    model = lm.Model(x, [left(x), right(x)])
    model.compile("sgd", loss, loss_weights=[0.5, 2.0])
    y = {"left": np.zeros((1, 1)), "right": np.zeros((1, 1))}
    assert model.evaluate(np.ones((1, 2)), y)["loss"] == 2.0


def test_one_loss_does_not_stand_for_two():
    x = lm.Input((2,))
    model = lm.Model(x, [lm.Dense(1, name="left")(x), lm.Dense(1, name="right")(x)])
    message = "loss: expected one for each of the 2 outputs (left, right)"
    with pytest.raises(ValueError, match=re.escape(message)):
        model.compile("sgd", "mean_squared_error")


def test_models_with_a_callable_loss_copy():
    model = lm.Sequential([lm.Input((2,)), lm.Dense(1)], seed=0)
    model.compile("sgd", half_squares)
    twin = pickle.loads(pickle.dumps(model))
    x, y = np.ones((3, 2)), np.zeros((3, 1))
    assert twin.train_on_batch(x, y) == model.train_on_batch(x, y)


def half_squares(y, p):
    return ((p - y) ** 2).sum(axis=1) / 2, p - y
