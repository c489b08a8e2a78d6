# SPDX-License-Identifier: BSD-3-Clause
"""`BinaryCrossEntropy(missing="ignore")`: NaN in y is not labelled, which gives no loss and no gradient."""

from __future__ import annotations

import copy
import itertools

import laminar as lm
import numpy as np
import pytest
from sklearn import metrics as sk
from support.networks import mlp, same_bits, weights_of

BCE = lm.losses.BinaryCrossEntropy
K = 5
FORMS = ["fused", "from_logits", "probabilities"]


def labels(rng, m, k=K, share=0.4):
    """Return 0, 1 and NaN; the first row has no label, the second has all."""
    y = rng.integers(0, 2, (m, k)).astype(float)
    y[rng.uniform(size=y.shape) < share] = np.nan
    y[0] = np.nan
    y[1] = 1.0
    return y


def network(form, reduce="mean", missing="ignore", dtype="float64", k=K, **dense):
    """Return a network that computes the loss in one of its three forms, of the same value."""
    model = mlp((4, 6, k), "tanh", "linear" if form == "from_logits" else "sigmoid", dtype=dtype, **dense)
    if form == "probabilities":  # not fused, since another layer reads the sigmoid's output too
        x = lm.Input((4,))
        p = lm.Dense(k, "sigmoid", **dense)(lm.Dense(6, "tanh", **dense)(x))
        model = lm.Model(x, [p, lm.Dense(1)(p)], dtype=dtype, seed=0)
    loss = BCE(form == "from_logits", reduce, missing)
    model.compile("sgd", [loss, None] if form == "probabilities" else loss)
    return model


def targets(model, y):
    return (y, None) if len(model.output_names) == 2 else y


def cost(model, form, x, y, w, reduce):
    """J by its formula, from the logits or probabilities that the model predicts."""
    p = model.predict(x)
    p = p[0] if isinstance(p, tuple) else p
    p = 1 / (1 + np.exp(-p)) if form == "from_logits" else p
    known = ~np.isnan(y)
    each = np.where(np.nan_to_num(y) == 1, -np.log(p), -np.log(1 - p))
    l_i = np.where(known, each, 0).sum(axis=1)
    return (w * l_i).sum() / (w * (known.sum(axis=1) if reduce == "mean" else 1)).sum()


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize(("form", "dtype"), [*itertools.product(FORMS, ["float32", "float64"])])
def test_value_and_gradient(form, dtype, reduce, weighted, rng):
    """The gradient of sum w l / sum w n on the labelled entries, and 0 from the rest, through d J / d x."""
    x, y = rng.normal(size=(23, 4)).astype(dtype), labels(rng, 23)
    w = rng.uniform(0, 2, 23) if weighted else np.ones(23)
    model = network(form, reduce, dtype=dtype, bias_initializer="uniform")
    expected = cost(model, form, x, y, w, reduce)
    loss, _, dx = model.value_and_grad(x, targets(model, y), targets(model, w), wrt="both")
    tolerance = 1e-6 if dtype == "float32" else 1e-14
    assert loss == pytest.approx(expected, rel=tolerance)
    assert model.evaluate(x, targets(model, y), sample_weight=targets(model, w))["loss"] == pytest.approx(
        expected, rel=tolerance
    )
    assert not dx[0].any()  # nothing is labelled there
    assert dx[1].any()
    other = y.copy()
    other[2:] = np.nan  # the second row alone
    alone = model.value_and_grad(x, targets(model, other), targets(model, w), wrt="inputs")[1]
    assert not alone[2:].any()


@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize(("form", "k"), [*itertools.product(FORMS, [1, 5, 40])])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nothing_missing_is_the_plain_loss_to_the_last_bit(dtype, form, k, reduce, rng):
    x, y, w = rng.normal(size=(37, 4)), rng.uniform(size=(37, k)), rng.uniform(0, 2, 37)
    results = []
    for missing in ("error", "ignore"):
        model = network(form, reduce, missing, dtype, k)
        loss, gradients, dx = model.value_and_grad(x, targets(model, y), targets(model, w), wrt="both")
        losses = [
            model.evaluate(x, targets(model, y), sample_weight=targets(model, w), batch_size=10)["loss"]
        ]
        losses += model.fit(
            x, targets(model, y), batch_size=8, sample_weight=targets(model, w), epochs=2, verbose=0
        ).history["loss"]
        results.append(gradients | {"dx": dx, "all": np.array([loss, *losses])} | weights_of(model))
    plain, ignoring = results
    assert set(plain) == set(ignoring)
    assert same_bits(plain, ignoring)


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize("form", FORMS)
def test_gradients_are_checked(form, reduce, weighted, rng):
    penalty = {"kernel_regularizer": lm.regularizers.L2(0.1), "bias_initializer": "uniform"}
    model = network(form, reduce, **penalty)
    x, y, w = rng.normal(size=(7, 4)), labels(rng, 7), rng.uniform(0.1, 2, 7)
    report = lm.check_gradients(model, x, targets(model, y), targets(model, w) if weighted else None)
    assert report.difference < 1e-7, report
    assert report.verdict == "great"


def test_the_notes_multi_task_cost(rng):
    """1/m sum_i sum_j L(p_ij, y_ij) over the labels that are known, of 4 tasks."""
    x, y = rng.normal(size=(9, 4)), labels(rng, 9, 4)
    model = network("fused", "sum", k=4)
    p, known = model.predict(x), ~np.isnan(y)
    total = -np.log(np.where(y[known] == 1, p[known], 1 - p[known])).sum()
    assert model.evaluate(x, y)["loss"] == pytest.approx(total / 9, rel=1e-14)


@pytest.mark.parametrize("reduce", ["mean", "sum"])
def test_penalties_keep_their_m(reduce, rng):
    """lam / (2 m) sum W^2 with m = 11 examples, however few are labelled."""
    x, y = rng.normal(size=(11, 4)), labels(rng, 11)
    losses = []
    for lam in (0.0, 3.0):
        model = network("fused", reduce, kernel_regularizer=lm.regularizers.L2(lam))
        losses.append(
            [model.evaluate(x, y)["loss"], model.value_and_grad(x, y)[0], model.train_on_batch(x, y)]
        )
    squares = sum((w**2).sum() for n, w in network("fused").parameters().items() if n.endswith("kernel"))
    assert np.subtract(losses[1], losses[0]) == pytest.approx([3.0 / 22 * squares] * 3, rel=1e-12)


@pytest.mark.parametrize("reduce", ["mean", "sum"])
def test_a_batch_without_a_label_has_loss_0(reduce, rng):
    model = network("fused", reduce)
    x, nothing = rng.normal(size=(6, 4)), np.full((6, K), np.nan)
    before = weights_of(model)
    assert model.train_on_batch(x, nothing) == 0
    assert model.evaluate(x, nothing)["loss"] == 0
    assert same_bits(weights_of(model), before)
    assert model.steps == (1 if reduce == "sum" else 0)
    # Nor does it count in the loss of an epoch, which is the mean over all labels.
    x, y = rng.normal(size=(12, 4)), np.concatenate([nothing, labels(rng, 6)])
    still = network("fused", reduce)
    still.trainable = False
    epoch = still.fit(x, y, batch_size=6, shuffle=False, verbose=0).history["loss"][0]
    assert epoch == pytest.approx(still.evaluate(x, y)["loss"], rel=1e-14)


def test_the_same_bits_at_any_number_of_threads(threads, rng):
    results = []
    x, y = rng.normal(size=(3000, 4)), labels(rng, 3000, 40)
    for n in (1, threads):
        lm.set_num_threads(n)
        model = network("fused", dtype="float32", k=40)
        history = model.fit(x, y, batch_size=1500, epochs=2, verbose=0).history["loss"]
        results.append(weights_of(model) | {"loss": np.array(history)})
    assert same_bits(*results)


def test_it_learns_from_the_labels_alone(rng):
    """With what is missing filled in by its opposite, training must not notice."""
    x = rng.normal(size=(200, 4))
    y = (x @ rng.normal(size=(4, 3)) > 0).astype(float)
    y[rng.uniform(size=y.shape) < 0.5] = np.nan
    model = network("fused", dtype="float32", k=3)
    model.compile(lm.optim.Adam(0.02), BCE(missing="ignore"), metrics=["accuracy"])
    model.fit(x, y, epochs=60, verbose=0)
    assert model.evaluate(x, y)["accuracy"] > 0.95


def test_metrics_leave_out_what_is_not_labelled(rng):
    p, y, w = rng.uniform(size=(60, K)), labels(rng, 60), rng.uniform(0, 2, 60)
    known, each = ~np.isnan(y), np.repeat(w[:, None], K, axis=1)
    M, others = lm.metrics, ["r2", "root_mean_squared_error", "binary_cross_entropy"]
    model = lm.Sequential([lm.Input((K,)), lm.Activation("linear")], dtype="float64")
    model.compile(
        "sgd",
        BCE(missing="ignore"),
        ["accuracy", "error_rate", M.Precision("micro"), M.Recall("macro"), M.F1("macro"), *others],
    )
    whole = model.evaluate(p, y, sample_weight=w)
    for batch_size in (1, 7):
        assert model.evaluate(p, y, batch_size=batch_size, sample_weight=w) == whole
    yes, flat, flat_w = p > 0.5, y[known], each[known]

    def by_output(score, predicted):
        columns = [(y[rows, j], predicted[rows, j], w[rows]) for j, rows in enumerate(known.T)]
        return np.mean([score(true, p, sample_weight=weight) for true, p, weight in columns])

    expected = {
        "accuracy": sk.accuracy_score(flat, yes[known], sample_weight=flat_w),
        "error_rate": sk.zero_one_loss(flat, yes[known], sample_weight=flat_w),
        "precision": sk.precision_score(flat, yes[known], sample_weight=flat_w),
        "recall": by_output(sk.recall_score, yes),
        "f1": by_output(sk.f1_score, yes),
        "r2": by_output(sk.r2_score, p),
        "root_mean_squared_error": by_output(sk.root_mean_squared_error, p),
        "binary_cross_entropy": sk.log_loss(flat, p[known], sample_weight=flat_w),
    }
    assert {name: whole[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    assert whole["loss"] == pytest.approx(expected["binary_cross_entropy"], rel=1e-12)


def test_other_losses_as_metrics_say_no(rng):
    model = network("fused")
    model.compile("sgd", BCE(missing="ignore"), metrics=["huber"])
    with pytest.raises(lm.ShapeError, match="huber: expected targets that are all known"):
        model.evaluate(rng.normal(size=(5, 4)), labels(rng, 5))


def test_class_weights_and_labels_that_are_missing(rng):
    x, y = rng.normal(size=(20, 4)), labels(rng, 20, 1)
    classes = {0: 0.5, 1: 3.0}
    w = np.where(np.isnan(y), 1.0, np.where(y == 1, 3.0, 0.5))[:, 0]
    a, b = network("fused", k=1), network("fused", k=1)
    first = a.fit(x, y, class_weight=classes, verbose=0, shuffle=False).history["loss"]
    second = b.fit(x, y, sample_weight=w, verbose=0, shuffle=False).history["loss"]
    assert first == second
    assert same_bits(weights_of(a), weights_of(b))


def test_columns_and_other_layouts(rng):
    x, y = rng.normal(size=(10, 4)), labels(rng, 10)
    model = network("fused")
    expected = model.evaluate(x, y)["loss"]
    assert model.evaluate(x, y.astype("float32"))["loss"] == expected
    assert model.evaluate(x, np.asfortranarray(y))["loss"] == expected
    assert model.evaluate(x, y.tolist())["loss"] == expected
    column = network("fused", k=1)
    assert column.evaluate(x, y[:, 0])["loss"] == column.evaluate(x, y[:, :1])["loss"]


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1.5, -0.1])
def test_nothing_but_nan_is_let_through(value, rng):
    model, x, y = network("fused"), rng.normal(size=(6, 4)), labels(rng, 6)
    y[3, 2] = value
    before = weights_of(model)
    for call in (model.train_on_batch, model.evaluate, model.value_and_grad):
        with pytest.raises(ValueError, match=r"y: expected numbers from 0 to 1, or NaN") as caught:
            call(x, y)
        assert "[3, 2]" in str(caught.value)
    assert same_bits(weights_of(model), before)


def test_nan_is_an_error_unless_asked_for(rng):
    model, x, y = network("fused", missing="error"), rng.normal(size=(6, 4)), labels(rng, 6)
    for call in (model.train_on_batch, model.evaluate, model.value_and_grad):
        with pytest.raises(ValueError, match=r"y: expected numbers from 0 to 1, got nan at \[0, 0\]"):
            call(x, y)


def test_the_option():
    assert repr(BCE(missing="ignore")) == "BinaryCrossEntropy(missing='ignore')"
    assert copy.deepcopy(BCE(missing="ignore")) == BCE(missing="ignore") != BCE()
    with pytest.raises(ValueError, match="missing: expected one of error, ignore, got 'ignor'; did you mean"):
        BCE(missing="ignor")
