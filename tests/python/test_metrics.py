# SPDX-License-Identifier: BSD-3-Clause
"""Metrics of the compiled core: values against scikit-learn's, options, and what they refuse."""

from __future__ import annotations

import copy
import pickle
import re

import laminar as lm
import numpy as np
import pytest
from sklearn import metrics as sk

M = lm.metrics
ROUNDING = 1e-12  # of sums of some hundred float64 numbers of size 1


def identity(outputs, loss, metrics, dtype="float64"):
    """Return a model whose predictions are its inputs."""
    model = lm.Sequential([lm.Input((outputs,)), lm.Activation("linear")], dtype=dtype)
    model.compile("sgd", loss, metrics=metrics)
    return model


def measured(p, y, loss, metrics, weight=None):
    """Return the metrics' values, which must be the same bits however the rows are cut."""
    model = identity(p.shape[1], loss, metrics)
    whole = model.evaluate(p, y, sample_weight=weight)
    for batch_size in (1, 7, 64):
        assert model.evaluate(p, y, batch_size=batch_size, sample_weight=weight) == whole
    return {name: value for name, value in whole.items() if name != "loss"}


def weights(rng, m, kind):
    if kind == "plain":
        return None
    return rng.uniform(0, 3, m) if kind == "weighted" else rng.integers(0, 2, m).astype(float)


KINDS = ["plain", "weighted", "some 0"]


def confusion(average, **options):
    return [make(average, name=make.__name__, **options) for make in (M.Precision, M.Recall, M.F1)]


def expected_confusion(y, p, average, weight):
    options = {"average": average, "sample_weight": weight, "zero_division": 0}
    return {
        "Precision": sk.precision_score(y, p, **options),
        "Recall": sk.recall_score(y, p, **options),
        "F1": sk.f1_score(y, p, **options),
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("average", ["macro", "micro"])
@pytest.mark.parametrize("soft", [False, True], ids=["labels", "one-hot"])
def test_classes(average, soft, kind, rng):
    p, y, w = rng.dirichlet(np.ones(5), 200), rng.integers(0, 5, 200), weights(rng, 200, kind)
    metrics = [*confusion(average), "accuracy", "error_rate", M.TopKAccuracy(2)]
    got = measured(p, np.eye(5)[y] if soft else y, "cross_entropy", metrics, w)
    predicted = p.argmax(axis=1)
    expected = expected_confusion(y, predicted, average, w) | {
        "accuracy": sk.accuracy_score(y, predicted, sample_weight=w),
        "error_rate": sk.zero_one_loss(y, predicted, sample_weight=w),
        "top_k_accuracy": sk.top_k_accuracy_score(y, p, k=2, sample_weight=w),
    }
    assert got == pytest.approx(expected, rel=ROUNDING)


@pytest.mark.parametrize("average", ["macro", "micro"])
def test_classes_that_never_occur_have_no_part_in_the_mean(average, rng):
    p, y = rng.dirichlet(np.ones(6), 50), rng.integers(0, 3, 50)
    p[:, 4:] = 0
    y[0] = 3
    expected = expected_confusion(y, p.argmax(axis=1), average, None)
    assert measured(p, y, "cross_entropy", confusion(average)) == pytest.approx(expected, rel=ROUNDING)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("average", ["binary", "macro", "micro"])
@pytest.mark.parametrize("threshold", [0.5, 0.3])
def test_one_output(threshold, average, kind, rng):
    p, y, w = rng.uniform(size=(150, 1)), rng.integers(0, 2, 150), weights(rng, 150, kind)
    metrics = [*confusion(average, threshold=threshold), M.Accuracy(threshold), M.ErrorRate(None, threshold)]
    got = measured(p, y, "binary_cross_entropy", metrics, w)
    predicted = (p[:, 0] > threshold).astype(int)
    expected = expected_confusion(y, predicted, average, w)
    expected["accuracy"] = sk.accuracy_score(y, predicted, sample_weight=w)
    expected["error_rate"] = 1 - expected["accuracy"]
    assert got == pytest.approx(expected, rel=ROUNDING)


@pytest.mark.parametrize("average", ["binary", "macro", "micro"])
def test_two_classes(average, rng):
    p, y = rng.dirichlet(np.ones(2), 90), rng.integers(0, 2, 90)
    expected = expected_confusion(y, p.argmax(axis=1), average, None)
    assert measured(p, y, "cross_entropy", confusion(average)) == pytest.approx(expected, rel=ROUNDING)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("average", ["macro", "micro"])
def test_outputs_that_do_not_exclude_each_other(average, kind, rng):
    p, y, w = rng.uniform(size=(120, 4)), rng.integers(0, 2, (120, 4)), weights(rng, 120, kind)
    y[:, 2], p[:, 2] = 0, 0.1  # an output without a positive, which counts as 0
    got = measured(p, y, "binary_cross_entropy", [*confusion(average, threshold=0.4), "accuracy"], w)
    expected = expected_confusion(y, (p > 0.4).astype(int), average, w)
    expected["accuracy"] = np.average(((p > 0.5) == y).mean(axis=1), weights=w)
    assert got == pytest.approx(expected, rel=ROUNDING)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("offset", [0.0, 1e6])
@pytest.mark.parametrize("outputs", [1, 3])
def test_numbers(outputs, offset, kind, rng):
    """With targets of 1e6 a difference of sums would keep 4 of 16 digits; what they themselves keep is 10."""
    y = offset + rng.normal(size=(130, outputs))
    p, w = y + 0.3 * rng.normal(size=y.shape), weights(rng, 130, kind)
    got = measured(p, y, "squared_error", ["root_mean_squared_error", "r2", "mean_absolute_error"], w)
    expected = {
        "root_mean_squared_error": sk.root_mean_squared_error(y, p, sample_weight=w),
        "r2": sk.r2_score(y, p, sample_weight=w),
        "mean_absolute_error": sk.mean_absolute_error(y, p, sample_weight=w),
    }
    assert got == pytest.approx(expected, rel=ROUNDING if offset == 0 else 1e-10)


def test_constant_targets(rng):
    y, noise = np.full((20, 2), 0.25), rng.normal(size=20)
    right_and_wrong = np.column_stack([y[:, 0], y[:, 1] + noise])
    for p, r2 in ((y, 1.0), (right_and_wrong, 0.5)):
        assert measured(p, y, "squared_error", ["r2"])["r2"] == r2 == sk.r2_score(y, p)
    assert measured(y[:1], y[:1], "squared_error", ["r2"])["r2"] == 1.0


@pytest.mark.parametrize(
    ("counts", "precision", "recall", "f1"),
    [
        ((171, 9, 19, 100), 0.95, 0.90, 0.9243),
        ((833, 17, 147, 100), 0.98, 0.85, 0.9104),
        ((0, 0, 0, 7), 0, 0, 0),  # 0 / 0 is 0
        ((0, 3, 0, 7), 0, 0, 0),
        ((0, 0, 4, 7), 0, 0, 0),
        ((5, 0, 0, 0), 1, 1, 1),
    ],
)
def test_counts(counts, precision, recall, f1):
    """One example each of TP, FP, FN and TN, weighing as much as there are."""
    p, y = np.array([[0.9], [0.9], [0.1], [0.1]]), np.array([1, 0, 1, 0])
    got = measured(p, y, "binary_cross_entropy", ["precision", "recall", "f1"], np.array(counts, float))
    assert got == pytest.approx({"precision": precision, "recall": recall, "f1": f1}, abs=5e-5)
    if precision and recall:
        assert got["f1"] == pytest.approx(2 / (1 / precision + 1 / recall), rel=ROUNDING)


@pytest.mark.parametrize("weight", [1.0, 10.0, 100.0])
def test_errors_on_one_class_weigh_more(weight):
    """sum w I{wrong} / sum w, w being larger where the true class is 1; plain for equal weights."""
    y, predicted = np.array([1, 1, 0, 0, 0]), np.array([1, 0, 0, 1, 0])
    p = np.where(predicted == 1, 0.8, 0.2)[:, None]
    w = np.where(y == 1, weight, 1.0)
    metrics = [M.ErrorRate({1: weight}), M.ErrorRate(name="plain"), M.ErrorRate({0: 3, 1: 3}, name="equal")]
    got = measured(p, y, "binary_cross_entropy", metrics)
    assert got["error_rate"] == pytest.approx((w * (y != predicted)).sum() / w.sum(), rel=ROUNDING)
    assert got["error_rate"] == pytest.approx(sk.zero_one_loss(y, predicted, sample_weight=w), rel=ROUNDING)
    assert got["plain"] == pytest.approx(got["equal"], rel=ROUNDING)
    assert got["plain"] == pytest.approx(0.4, rel=ROUNDING)


def test_class_weights_of_labels(rng):
    p, y, w = rng.dirichlet(np.ones(3), 80), rng.integers(0, 3, 80), rng.uniform(0, 2, 80)
    got = measured(p, y, "cross_entropy", [M.ErrorRate({2: 7.0, 0: 0.0})], w)
    by_class = np.array([0.0, 1.0, 7.0])[y]
    assert got["error_rate"] == pytest.approx(
        sk.zero_one_loss(y, p.argmax(axis=1), sample_weight=w * by_class), rel=ROUNDING
    )


def test_top_1_is_accuracy_and_of_equals_the_first_is_likelier():
    p, y = np.array([[0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [0.3, 0.3, 0.4]]), np.array([0, 1, 1])
    metrics = [
        "accuracy",
        M.TopKAccuracy(1, name="top_1"),
        M.TopKAccuracy(2, name="top_2"),
        M.TopKAccuracy(3),
    ]
    got = measured(p, y, "cross_entropy", metrics)
    assert got == {"accuracy": 1 / 3, "top_1": 1 / 3, "top_2": 2 / 3, "top_k_accuracy": 1.0}


def test_steps_of_sequences_count_one_by_one(rng):
    p, y, w = rng.dirichlet(np.ones(3), (40, 6)), rng.integers(0, 3, (40, 6)), rng.uniform(0, 2, 40)
    model = lm.Sequential([lm.Input((6, 3)), lm.Activation("linear")], dtype="float64")
    model.compile("sgd", "cross_entropy", metrics=["accuracy", M.F1("macro"), M.ErrorRate({1: 4})])
    got = model.evaluate(p, y, sample_weight=w)
    flat, predicted, each = y.ravel(), p.argmax(axis=-1).ravel(), np.repeat(w, 6)
    expected = {
        "accuracy": sk.accuracy_score(flat, predicted, sample_weight=each),
        "f1": sk.f1_score(flat, predicted, average="macro", sample_weight=each),
        "error_rate": sk.zero_one_loss(flat, predicted, sample_weight=each * np.array([1.0, 4.0, 1.0])[flat]),
    }
    assert {name: got[name] for name in expected} == pytest.approx(expected, rel=ROUNDING)


def test_losses_are_metrics_too(rng):
    p, y = rng.normal(size=(30, 2)), rng.normal(size=(30, 2))
    got = measured(
        p, y, "squared_error", ["mean_squared_error", lm.losses.Huber(0.5), lm.losses.Pinball(0.9)]
    )
    for name, loss in (("huber", lm.losses.Huber(0.5)), ("pinball", lm.losses.Pinball(0.9))):
        assert got[name] == pytest.approx(identity(2, loss, None).evaluate(p, y)["loss"], rel=ROUNDING)


def test_training_and_validation(threads):
    """Metrics of an epoch are of the predictions before each step, those of validation after all."""
    rng = np.random.default_rng(1)
    x, y, w = rng.normal(size=(203, 4)), rng.integers(0, 3, 203), rng.uniform(0, 2, 203)
    metrics = ["accuracy", M.Precision("macro"), M.TopKAccuracy(2, name="top"), M.ErrorRate({0: 5})]
    histories = []
    for n in (1, threads):
        lm.set_num_threads(n)
        model = lm.Sequential([lm.Input((4,)), lm.Dense(8, "tanh"), lm.Dense(3, "softmax")], seed=0)
        model.compile("adam", "cross_entropy", metrics=metrics)
        model.fit(x, y, epochs=2, sample_weight=w, validation_data=(x[:90], y[:90]), verbose=0)
        histories.append(model.history.history)
    assert histories[0] == histories[1]
    names = ["loss", "accuracy", "precision", "top", "error_rate"]
    assert list(histories[0]) == [*names, *(f"val_{name}" for name in names)]
    evaluated = model.evaluate(x[:90], y[:90])
    assert evaluated == {name: histories[0][f"val_{name}"][-1] for name in names}


def test_a_model_that_stands_still_is_measured_exactly():
    rng = np.random.default_rng(2)
    p, y, w = rng.uniform(size=(77, 1)), rng.integers(0, 2, 77), rng.uniform(0, 2, 77)
    model = identity(1, "binary_cross_entropy", ["precision", "f1", "r2", "root_mean_squared_error"])
    history = model.fit(p, y, batch_size=10, sample_weight=w, verbose=0)
    evaluated = model.evaluate(p, y, sample_weight=w)
    assert {name: values[0] for name, values in history.history.items()} == pytest.approx(
        evaluated, rel=ROUNDING
    )


def test_two_outputs_have_metrics_of_their_own(rng):
    x = lm.Input((2,))
    left, right = lm.Activation("linear", name="left")(x), lm.Activation("sigmoid", name="right")(x)
    model = lm.Model(x, [left, right], dtype="float64")
    model.compile(
        "sgd",
        ["mean_squared_error", "binary_cross_entropy"],
        {"left": M.R2(), "right": [M.F1("micro"), "accuracy"]},
    )
    p, y = rng.normal(size=(50, 2)), (rng.normal(size=(50, 2)), rng.integers(0, 2, (50, 2)))
    got = model.evaluate(p, y)
    assert list(got) == ["loss", "left_loss", "right_loss", "left_r2", "right_f1", "right_accuracy"]
    assert got["left_r2"] == pytest.approx(sk.r2_score(y[0], p), rel=ROUNDING)
    assert got["right_f1"] == pytest.approx(sk.f1_score(y[1], p > 0, average="micro"), rel=ROUNDING)


OBJECTS = [
    M.Accuracy(),
    M.Accuracy(threshold=0.25, name="near"),
    M.ErrorRate(),
    M.ErrorRate({1: 10.0, 0: 0.5}),
    M.Precision(),
    M.Recall("macro"),
    M.F1(average="micro", threshold=0.9),
    M.TopKAccuracy(3),
    M.RootMeanSquaredError(),
    M.R2(name="explained"),
]


@pytest.mark.parametrize("metric", OBJECTS, ids=repr)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_equal(metric, copied):
    twin = copied(metric)
    assert type(twin) is type(metric)
    assert twin == metric
    assert hash(twin) == hash(metric)
    assert repr(twin) == repr(metric)
    assert twin.name == metric.name
    assert eval(repr(metric), {type(metric).__name__: type(metric)}) == metric


def test_different_metrics_differ():
    assert M.F1() != M.Precision()
    assert M.F1() != M.F1("macro")
    assert M.ErrorRate({1: 2.0}) == M.ErrorRate({np.int64(1): 2})
    assert M.ErrorRate({1: 2.0}) != M.ErrorRate()


def test_names_stand_for_the_defaults():
    classes = {name: getattr(M, name) for name in M.__all__ if name not in ("names", "Metric", "Function")}
    made = {cls().name: cls() for cls in classes.values()}
    assert {*M.names()} == {*made, *lm.losses.names()}
    for name, metric in made.items():
        core = lm._core.Metric(name, {})
        assert (core.type, lm._core.Metric(core.type, {}).name) == (type(metric).__name__, name)


def test_models_keep_their_metrics(rng):
    model = identity(
        1, "binary_cross_entropy", ["accuracy", M.F1(threshold=0.2), M.ErrorRate({1: 3}, name="e")]
    )
    x, y = rng.uniform(size=(40, 1)), rng.integers(0, 2, 40)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.evaluate(x, y) == model.evaluate(x, y)
    kinds = [(metric.type, metric.name) for metric in model.compile_options["metrics"][0]]
    assert kinds == [("Accuracy", "accuracy"), ("F1", "f1"), ("ErrorRate", "e")]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: M.Precision("macr"),
            ("Precision: average", "binary, macro, micro", "did you mean 'macro'?"),
        ),
        (lambda: M.F1(average=None), ("F1: average", "binary, macro, micro", "None")),
        (lambda: M.Recall(threshold=0.0), ("Recall: threshold", "between 0 and 1", "0")),
        (lambda: M.Accuracy(threshold=1.0), ("Accuracy: threshold", "between 0 and 1", "1")),
        (lambda: M.Accuracy(threshold=float("nan")), ("Accuracy: threshold", "nan")),
        (lambda: M.TopKAccuracy(0), ("TopKAccuracy: k", "at least 1", "0")),
        (lambda: M.TopKAccuracy(2.5), ("TopKAccuracy: k", "an integer", "2.5")),
        (lambda: M.ErrorRate({1: -1.0}), ("ErrorRate: class_weight[1]", "at least 0", "-1")),
        (lambda: M.ErrorRate({1: float("inf")}), ("ErrorRate: class_weight[1]", "finite", "inf")),
        (lambda: M.ErrorRate({"a": 1.0}), ("ErrorRate: class_weight", "whole numbers", "'a'")),
        (lambda: M.ErrorRate({-1: 1.0}), ("ErrorRate: class_weight", "0 and more", "-1")),
        (lambda: M.ErrorRate([1.0, 2.0]), ("ErrorRate: class_weight", "mapping")),
        (lambda: M.R2(name=""), ("r2: name",)),
        (lambda: M.R2(name=3), ("R2: name", "string", "3")),
        (lambda: M.F1(treshold=0.3), ("F1: unknown keyword 'treshold'; did you mean 'threshold'?",)),
    ],
)
def test_bad_options(make, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


CLASSES, OUTPUTS = "cross_entropy", "binary_cross_entropy"
BAD_TARGETS = [
    ("labels", M.R2(), CLASSES, 3, ("r2: expected numbers", "class labels")),
    ("labels", M.RootMeanSquaredError(name="e"), CLASSES, 3, ("e: expected numbers", "(None, 3)")),
    ("labels", "mean_squared_error", CLASSES, 3, ("mean_squared_error: y: expected shape (None, 3)",)),
    ("labels", "precision", CLASSES, 3, ("precision: average 'binary'", "two classes", "3 classes", "macro")),
    ("labels", M.TopKAccuracy(4), CLASSES, 3, ("top_k_accuracy: k", "3", "4")),
    ("labels", M.ErrorRate({3: 1.0}), CLASSES, 3, ("error_rate: class_weight", "0 to 2", "3")),
    ("bits", "f1", OUTPUTS, 3, ("f1: average 'binary'", "3 outputs")),
    ("bits", M.TopKAccuracy(1), OUTPUTS, 3, ("top_k_accuracy: expected classes", "stand alone")),
    ("bits", M.ErrorRate({2: 1.0}), OUTPUTS, 3, ("error_rate: class_weight", "0 to 1", "2")),
    ("counts", "recall", "poisson", 1, ("recall: expected class labels", "(None, 1)")),
    ("counts", "accuracy", "poisson", 1, ("accuracy: expected class labels",)),
]


@pytest.mark.parametrize(("kind", "metric", "loss", "outputs", "words"), BAD_TARGETS)
def test_metrics_without_a_meaning(kind, metric, loss, outputs, words):
    p = np.full((4, outputs), 0.5)
    y = {"labels": np.zeros(4, int), "bits": np.zeros((4, outputs)), "counts": np.full((4, outputs), 3)}[kind]
    model = identity(outputs, loss, [metric])
    for call in (lambda: model.evaluate(p, y), lambda: model.fit(p, y, verbose=0)):
        with pytest.raises(lm.ShapeError) as caught:
            call()
        for word in words:
            assert word in str(caught.value)
    assert model.steps == 0


@pytest.mark.parametrize(
    ("metrics", "error", "message"),
    [
        (["accuracy", "accuracy"], ValueError, "'accuracy' twice"),
        ([M.F1("macro"), M.F1("micro")], ValueError, "'f1' twice"),
        ([M.F1(name="loss")], ValueError, "'loss', that of the loss"),
        ([M.F1], TypeError, "the class F1"),
        ([3], TypeError, "int"),
        (["f2"], ValueError, "did you mean 'f1'?"),
    ],
)
def test_bad_lists(metrics, error, message, small_model):
    model = small_model(metrics=["accuracy"])
    before = model.compile_options
    with pytest.raises(error, match=re.escape(message)):
        model.compile("sgd", "cross_entropy", metrics)
    assert model.compile_options == before
