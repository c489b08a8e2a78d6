# SPDX-License-Identifier: BSD-3-Clause
"""What the estimators do that scikit-learn's MLPs don't."""

from __future__ import annotations

import sys
import tracemalloc
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

import laminar as lm
from hypothesis import given, settings
from hypothesis import strategies as st
from laminar.sklearn import MLPClassifier, MLPRegressor
from sklearn.base import clone

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:Got `batch_size`"),
]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4))
REAL = X @ [1.0, -2.0, 0.5, 0.0] + 0.1 * RNG.normal(size=120)
LABELS = np.digitize(X[:, 0], [-0.5, 0.5])
SEVERAL = np.stack([LABELS, (X[:, 1] > 0) * 3 + 2], axis=1)  # outputs with classes of their own
BITS = (X[:, :3] > 0).astype(int)


def made(cls, **parameters):
    return cls(**{"hidden_layer_sizes": (6, 5), "max_iter": 5, "random_state": 0} | parameters)


def targets(cls):
    return LABELS if cls is MLPClassifier else REAL


both = pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])


def assert_same_weights(a, b):
    for mine, other in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        np.testing.assert_array_equal(mine, other)


# The network.


@both
@pytest.mark.parametrize(
    ("dropout", "rates"),
    [(0.0, []), (0.3, [0.3, 0.3]), ([0.0, 0.5], [0.5]), (np.array([0.2, 0.4]), [0.2, 0.4])],
)
def test_dropout(dropout, rates, cls):
    model = made(cls, dropout=dropout).fit(X, targets(cls))
    layers = [layer for layer in model._model.layers if isinstance(layer, lm.layers.Dropout)]
    assert [layer.options["rate"] for layer in layers] == rates
    np.testing.assert_array_equal(model.predict(X), model.predict(X))  # nothing is dropped
    same = made(cls, dropout=dropout).fit(X, targets(cls))
    assert_same_weights(model, same)


def test_one_activation_a_layer_is_what_is_computed():
    model = made(MLPRegressor, activation=["tanh", lm.activations.LeakyReLU(0.3)]).fit(X, REAL)
    first = np.tanh(X @ model.coefs_[0] + model.intercepts_[0])
    second = first @ model.coefs_[1] + model.intercepts_[1]
    second = np.where(second > 0, second, 0.3 * second)
    np.testing.assert_allclose(model.transform(X), second, rtol=1e-12)
    output = second @ model.coefs_[2] + model.intercepts_[2]
    np.testing.assert_allclose(model.predict(X), output.ravel(), rtol=1e-12)


@pytest.mark.parametrize("activation", lm.activations.names())
def test_every_activation_has_a_name(activation):
    alike = made(MLPRegressor, activation=[activation] * 2).fit(X, REAL)
    assert_same_weights(alike, made(MLPRegressor, activation=activation).fit(X, REAL))
    assert np.isfinite(alike.loss_)


@both
def test_batch_norm_comes_before_the_activation(cls):
    model = made(cls, batch_norm=True, activation="tanh").fit(X, targets(cls))
    kinds = [type(layer).__name__ for layer in model._model.layers if "hidden_1" in layer.name]
    assert kinds == ["Dense", "BatchNormalization", "Activation"]
    state = {k: v for k, v in model._model.parameters().items() if k.startswith("hidden_1_norm")}
    assert state
    assert (np.abs(model.transform(X)) <= 1).all()


# Losses.


def absolute_error(y_true, y_pred):
    return np.abs(y_pred - y_true).mean(axis=-1), np.sign(y_pred - y_true) / y_pred.shape[-1]


def squared_error(y_true, y_pred):
    return ((y_pred - y_true) ** 2).mean(axis=-1), 2 * (y_pred - y_true) / y_pred.shape[-1]


@pytest.mark.parametrize("columns", [1, 3])
def test_a_loss_is_a_name_an_object_or_a_function(columns):
    y = REAL if columns == 1 else X[:, :3] * 2
    fits = [
        made(MLPRegressor, loss=loss).fit(X, y)
        for loss in ("mean_absolute_error", lm.losses.MeanAbsoluteError(), absolute_error)
    ]
    for fit in fits[1:]:
        np.testing.assert_allclose(fit.loss_curve_, fits[0].loss_curve_, rtol=1e-12)
        np.testing.assert_allclose(fit.predict(X), fits[0].predict(X), rtol=1e-9)


@pytest.mark.parametrize("quantile", [0.2, 0.8])
def test_a_quantile_is_what_so_many_targets_are_below(quantile):
    options = {"loss": lm.losses.Pinball(quantile), "hidden_layer_sizes": (), "alpha": 0, "tol": 0}
    y = np.random.default_rng(1).normal(size=1000)
    model = made(MLPRegressor, **options, schedule=lm.schedules.CosineDecay(0.05, 1000), max_iter=200)
    model.fit(np.zeros((1000, 1)), y)
    assert model.predict([[0.0]])[0] == pytest.approx(np.quantile(y, quantile), abs=0.02)


@pytest.mark.parametrize("loss", ["mean_squared_error", squared_error, lm.losses.Huber(0.5)])
@pytest.mark.parametrize(
    "y", [LABELS > 0, LABELS, BITS, SEVERAL], ids=["binary", "multiclass", "labels", "outputs"]
)
def test_a_classifier_takes_losses_of_probabilities(y, loss):
    model = made(MLPClassifier, loss=loss, learning_rate_init=0.03, max_iter=200).fit(X, y)
    assert np.mean(model.predict(X) == y) > 0.9


def test_the_log_loss_by_another_name():
    plain = made(MLPClassifier).fit(X, LABELS)
    assert_same_weights(plain, made(MLPClassifier, loss="cross_entropy").fit(X, LABELS))


@both
def test_a_schedule_replaces_the_rate(cls):
    schedule = lm.schedules.ExponentialDecay(0.05, decay_steps=3, decay_rate=0.5)
    model = made(cls, schedule=schedule).fit(X, targets(cls))
    assert model._model.learning_rate == pytest.approx(0.05 * 0.5 ** (5 / 3))
    other = made(cls, schedule=schedule, learning_rate_init=7.0).fit(X, targets(cls))
    assert_same_weights(model, other)


# Weights of classes and examples.


def test_class_weights_are_sample_weights():
    by_class = {0: 1.0, 1: 5.0, 2: 0.5}
    weights = np.array([by_class[label] for label in LABELS])
    model = made(MLPClassifier, class_weight=by_class).fit(X, LABELS)
    assert_same_weights(model, made(MLPClassifier).fit(X, LABELS, sample_weight=weights))
    both_weights = made(MLPClassifier, class_weight=by_class).fit(X, LABELS, sample_weight=weights)
    assert_same_weights(both_weights, made(MLPClassifier).fit(X, LABELS, sample_weight=weights**2))


@pytest.mark.parametrize(
    "y", [LABELS, np.array(["a", "b", "c"])[LABELS], SEVERAL], ids=["int", "str", "outputs"]
)
def test_balanced_classes_weigh_the_same(y):
    weights = RNG.uniform(0.5, 2, size=120) * (np.arange(120) % 4 > 0)
    expected = weights.copy()
    for column in y.reshape(120, -1).T:
        for label in np.unique(column):
            expected[column == label] *= weights.sum() / weights[column == label].sum()
    model = made(MLPClassifier, class_weight="balanced").fit(X, y, sample_weight=weights)
    other = made(MLPClassifier).fit(X, y, sample_weight=expected)
    np.testing.assert_allclose(
        model.loss_curve_, other.loss_curve_, rtol=1e-3
    )  # the penalty differs in scale
    unpenalized = made(MLPClassifier, class_weight="balanced", alpha=0).fit(X, y, sample_weight=weights)
    alike = made(MLPClassifier, alpha=0).fit(X, y, sample_weight=expected)
    for mine, theirs in zip(unpenalized.coefs_, alike.coefs_, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-7, atol=1e-9)


CASES = {
    "real": (MLPRegressor, REAL),
    "reals": (MLPRegressor, np.stack([REAL, -REAL], axis=1)),
    "counts": (MLPRegressor, np.floor(np.abs(REAL))),
    "binary": (MLPClassifier, LABELS > 0),
    "multiclass": (MLPClassifier, LABELS),
    "labels": (MLPClassifier, BITS),
    "outputs": (MLPClassifier, SEVERAL),
}


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    case=st.sampled_from(list(CASES)),
    gone=st.sets(st.integers(0, 119), min_size=1, max_size=60),
    solver=st.sampled_from(["adam", "sgd", "lbfgs"]),
    early_stopping=st.booleans(),
    balanced=st.booleans(),
)
def test_a_row_of_weight_0_is_as_if_it_were_not_there(case, gone, solver, early_stopping, balanced):
    cls, y = CASES[case]
    parameters = {"solver": solver, "early_stopping": early_stopping, "shuffle": False, "batch_size": 120}
    if case == "counts":
        parameters["loss"] = "poisson"
    if cls is MLPClassifier and balanced:
        parameters["class_weight"] = "balanced"
    weights = RNG.uniform(0.5, 2, size=120)
    kept = np.setdiff1d(np.arange(120), list(gone))
    weights[list(gone)] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        a = made(cls, **parameters).fit(X, y, sample_weight=weights)
        b = made(cls, **parameters).fit(X[kept], y[kept], sample_weight=weights[kept])
    assert a.loss_ == pytest.approx(b.loss_, rel=1e-9)
    for mine, other in zip(a.coefs_, b.coefs_, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-8)


# Validation data of one's own.


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("weighted", [False, True])
def test_own_validation_data(weighted, case):
    cls, y = CASES[case]
    weights = RNG.uniform(0.1, 3, size=40) if weighted else None
    model = made(cls, early_stopping=True, learning_rate_init=0.02, max_iter=20)
    model.fit(X[:80], y[:80], X_val=X[80:], y_val=y[80:], sample_weight_val=weights)
    assert len(model.validation_scores_) == len(model.validation_loss_curve_) == model.n_iter_
    assert model.best_validation_score_ == max(model.validation_scores_)
    guess = model.predict(X[80:])
    if case == "outputs":  # scikit-learn has no score of several outputs
        score = np.average((guess == y[80:]).all(axis=1), weights=weights)
    else:
        score = model.score(X[80:], y[80:], weights)
    assert model.best_validation_score_ == pytest.approx(score, rel=1e-9)


def test_validation_data_is_not_trained_on():
    model = made(MLPRegressor, early_stopping=True, max_iter=3, tol=0).fit(
        X, REAL, X_val=X[:9], y_val=REAL[:9]
    )
    plain = made(MLPRegressor, max_iter=model.validation_scores_.index(model.best_validation_score_) + 1)
    np.testing.assert_allclose(model.predict(X), plain.fit(X, REAL).predict(X), rtol=1e-9)


# Several outputs.


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_outputs_with_classes_of_their_own(solver):
    model = made(MLPClassifier, solver=solver, learning_rate_init=0.05, max_iter=200).fit(X, SEVERAL)
    assert [classes.tolist() for classes in model.classes_] == [[0, 1, 2], [2, 5]]
    assert model.n_outputs_ == 2
    assert model.out_activation_ == "softmax"
    guess, chances, logs = model.predict(X), model.predict_proba(X), model.predict_log_proba(X)
    assert [of_output.shape for of_output in chances] == [(120, 3), (120, 2)]
    for j, classes in enumerate(model.classes_):
        np.testing.assert_allclose(chances[j].sum(axis=1), 1, rtol=1e-12)
        np.testing.assert_array_equal(guess[:, j], classes[chances[j].argmax(axis=1)])
        np.testing.assert_allclose(np.exp(logs[j]), chances[j], rtol=1e-12)
    assert np.mean(guess == SEVERAL) > 0.9


def test_outputs_of_strings_and_in_partial_fit():
    names = np.array([["a", "b", "c", "d", "e", "f"]])[0][SEVERAL]
    model = made(MLPClassifier).fit(X, names)
    assert set(model.predict(X).ravel()) <= set("abcdef")
    np.testing.assert_array_equal(
        model.predict(X), np.array(list("abcdef"))[made(MLPClassifier).fit(X, SEVERAL).predict(X)]
    )


def test_partial_fit_of_labels_that_do_not_exclude_each_other():
    model, whole = made(MLPClassifier), made(MLPClassifier, max_iter=1)
    model.partial_fit(X, BITS, classes=[0, 1, 2])
    assert_same_weights(model, whole.fit(X, BITS))
    np.testing.assert_array_equal(model.classes_, whole.classes_)
    for _ in range(3):
        model.partial_fit(X, BITS)
    assert_same_weights(model, whole.set_params(max_iter=4).fit(X, BITS))
    assert model.predict_proba(X).shape == (120, 3)


# Going on.


@both
@pytest.mark.parametrize("options", [
    {"batch_size": 120},
    {"batch_size": 32},
    {"batch_size": 32, "shuffle": False},
    {"solver": "sgd", "batch_size": 50},
    {"batch_size": 32, "dropout": 0.3, "batch_norm": True},
    {"batch_size": 32, "schedule": lm.schedules.CosineDecay(0.01, 30)},
], ids=str)  # fmt: skip
def test_a_warm_start_goes_on_bit_for_bit(options, cls):
    y, options = targets(cls), {"tol": 0, "n_iter_no_change": np.inf} | options
    whole = made(cls, max_iter=6, **options).fit(X, y)
    parts = made(cls, max_iter=2, warm_start=True, **options)
    for _ in range(3):
        parts.fit(X, y)
    assert_same_weights(whole, parts)
    assert parts.loss_curve_ == whole.loss_curve_
    assert parts.t_ == whole.t_ == 6 * 120
    assert parts.n_iter_ == 2


@both
def test_partial_fit_goes_on_after_fit(cls):
    model, whole = made(cls, max_iter=3), made(cls, max_iter=5)
    model.fit(X, targets(cls))
    for _ in range(2):
        model.partial_fit(X, targets(cls))
    assert_same_weights(model, whole.fit(X, targets(cls)))


@both
def test_a_fit_forgets_the_last_one(cls):
    model = made(cls).fit(X + 1, targets(cls)).fit(X, targets(cls))
    assert_same_weights(model, made(cls).fit(X, targets(cls)))
    assert len(model.loss_curve_) == 5


def test_another_optimizer_starts_anew_from_the_same_weights():
    model = made(MLPRegressor, warm_start=True).fit(X, REAL)
    loss = model.loss_
    model.set_params(solver="sgd", learning_rate_init=1e-9, momentum=0, max_iter=1).fit(X, REAL)
    assert model.loss_ < loss
    assert len(model.loss_curve_) == 6


# Threads, time and callbacks.


@both
def test_threads_are_those_of_the_call_and_restored(cls):
    before, seen = lm.get_num_threads(), []
    model = made(cls, n_threads=before + 1, callbacks=[lambda epoch, logs: seen.append(lm.get_num_threads())])
    model.fit(X, targets(cls)).predict(X)
    assert set(seen) == {before + 1}
    assert lm.get_num_threads() == before

    def fail(epoch, logs):
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        model.set_params(callbacks=[fail]).fit(X, targets(cls))
    assert lm.get_num_threads() == before


@both
def test_threads_do_not_change_the_result(cls):
    one, three = (made(cls, n_threads=n, batch_size=32).fit(X, targets(cls)) for n in (1, 3))
    assert_same_weights(one, three)


@both
def test_a_fit_stops_when_time_is_up_and_predicts(cls):
    model = made(cls, max_time=0.05, max_iter=10**9, n_iter_no_change=np.inf).fit(X, targets(cls))
    assert 0 < model.n_iter_ < 10**9
    assert np.isfinite(model.loss_)


@both
def test_callbacks_of_laminar(cls):
    epochs, early = [], lm.callbacks.EarlyStopping(monitor="loss", patience=0, min_delta=1e9)
    model = made(cls, callbacks=[lambda epoch, logs: epochs.append((epoch, logs["loss"])), early])
    model.fit(X, targets(cls))
    assert model.n_iter_ == len(epochs) == 2
    assert [loss for _, loss in epochs] == pytest.approx(model.loss_curve_)


def test_a_callable_stops_by_true():
    model = made(MLPClassifier, callbacks=[lambda epoch, logs: epoch == 2]).fit(X, LABELS)
    assert model.n_iter_ == 3


@both
def test_an_interrupt_ends_a_fit_that_can_be_used_and_continued(cls):
    def interrupt(epoch, logs):
        if epoch == 2:
            raise KeyboardInterrupt

    model = made(cls, callbacks=[interrupt], warm_start=True)
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model.fit(X, targets(cls))
    assert model.n_iter_ == len(model.loss_curve_) == 3
    assert_same_weights(model, made(cls, max_iter=3).fit(X, targets(cls)))
    assert model.set_params(callbacks=None).fit(X, targets(cls)).predict(X).shape == (120,)


def test_what_is_printed(capsys):
    made(MLPRegressor, verbose=True, max_iter=2).fit(X, REAL)
    lines = capsys.readouterr().out.splitlines()
    model = made(MLPRegressor, max_iter=2).fit(X, REAL)
    assert lines == [f"Iteration {i}, loss = {loss:.8f}" for i, loss in enumerate(model.loss_curve_, 1)]
    assert capsys.readouterr().out == ""


def test_what_is_printed_when_a_score_decides(capsys):
    model = made(
        MLPClassifier, verbose=True, early_stopping=True, tol=10.0, n_iter_no_change=1, max_iter=9,
        solver="sgd", learning_rate="adaptive", learning_rate_init=1e-5,
    ).fit(X, LABELS)  # fmt: skip
    text = capsys.readouterr().out
    assert text.count("Validation score: ") == model.n_iter_
    assert (
        "did not improve more than tol=10.000000 for 1 consecutive epochs. Setting learning rate to 0.000002"
        in text
    )
    assert text.endswith("Learning rate too small. Stopping.\n")


# What is inside.


@both
@pytest.mark.parametrize("layer", [0, 1, -1, -2])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_activations_of_a_hidden_layer(batch_norm, layer, cls):
    model = made(cls, transform_layer=layer, batch_norm=batch_norm).fit(X, targets(cls))
    inner = model.transform(X)
    assert inner.shape == (120, (6, 5)[layer])
    name = cls.__name__.lower()
    assert list(model.get_feature_names_out()) == [f"{name}{i}" for i in range(inner.shape[1])]
    np.testing.assert_array_equal(
        made(cls, transform_layer=layer, batch_norm=batch_norm).fit_transform(X, targets(cls)), inner
    )
    if not batch_norm and layer in (0, -2):
        np.testing.assert_allclose(
            inner, np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0), atol=1e-12
        )


def test_transform_without_hidden_layers_is_the_identity():
    model = made(MLPRegressor, hidden_layer_sizes=()).fit(X, REAL)
    np.testing.assert_array_equal(model.transform(X), X)
    assert len(model.get_feature_names_out()) == 4


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_set_output(library):
    pytest.importorskip(library)
    model = made(MLPClassifier).set_output(transform=library).fit(X, LABELS)
    frame = model.transform(X)
    assert type(frame).__module__.startswith(library)
    assert list(frame.columns) == [f"mlpclassifier{i}" for i in range(5)]
    np.testing.assert_array_equal(
        frame.to_numpy(), clone(model).set_output(transform="default").fit(X, LABELS).transform(X)
    )


@both
def test_weights_written_in_place_are_those_of_the_network(cls):
    model = made(cls).fit(X, targets(cls))
    model.coefs_[-1][...] = 0
    model.intercepts_[-1][...] = np.arange(model.intercepts_[-1].size)
    values = model.predict_proba(X) if cls is MLPClassifier else model.predict(X)
    np.testing.assert_allclose(values, np.broadcast_to(values[:1], values.shape))
    assert (values[0].argmax() if cls is MLPClassifier else values[0]) == (2 if cls is MLPClassifier else 0)


@both
def test_weights_that_are_replaced_are_those_of_the_network(cls):
    model, donor = made(cls).fit(X, targets(cls)), made(cls, random_state=7).fit(X, targets(cls))
    model.coefs_ = [kernel.copy() for kernel in donor.coefs_]
    model.intercepts_[:] = [bias.copy() for bias in donor.intercepts_]
    np.testing.assert_array_equal(model.predict(X[:1]), donor.predict(X[:1]))
    np.testing.assert_array_equal(model.predict(X), donor.predict(X))
    model.coefs_[0][...] = 0  # what is shown is the network's own memory again
    np.testing.assert_array_equal(model.transform(X), np.broadcast_to(model.transform(X[:1]), (120, 5)))


@both
def test_weights_of_an_unfitted_estimator_are_where_a_warm_start_begins(cls):
    donor = made(cls, solver="sgd", momentum=0).fit(X, targets(cls))
    model = made(cls, solver="sgd", momentum=0, warm_start=True)
    model.coefs_, model.intercepts_ = [c.copy() for c in donor.coefs_], [b.copy() for b in donor.intercepts_]
    if cls is MLPClassifier:
        model.classes_ = donor.classes_
        model._labels = donor._labels
    model.n_features_in_ = 4
    model.fit(X, targets(cls))
    assert model.loss_curve_[0] < donor.loss_curve_[0]


@both
@pytest.mark.parametrize("sparse", [False, True])
def test_predictions_need_little_memory(sparse, cls):
    model = made(cls, hidden_layer_sizes=(256, 256), max_iter=1).fit(X, targets(cls))
    many = np.tile(X, (250, 1))
    if sparse:
        many = pytest.importorskip("scipy.sparse").csr_array(many)
    model.predict(many[:1000])
    before = resident_bytes()
    tracemalloc.start()
    model.predict(many)
    traced = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    of_a_layer = 30_000 * 256 * 8
    assert max(traced, resident_bytes() - before) < of_a_layer / 4


def resident_bytes():
    """Return the most memory that this process has ever had."""
    resource = pytest.importorskip("resource")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


# One row.


@both
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_one_row_is_predicted_as_many_are(dtype, cls):
    model = made(cls).fit(X.astype(dtype), targets(cls))
    many = model.predict_proba(X.astype(dtype)) if cls is MLPClassifier else model.predict(X.astype(dtype))
    predict = model.predict_proba if cls is MLPClassifier else model.predict
    rows = np.concatenate([predict(row[None].astype(dtype)) for row in X])
    np.testing.assert_allclose(rows, many, rtol=1e-5 if dtype == "f4" else 1e-12)
    np.testing.assert_allclose(predict(X[:3].astype("f2")), many[:3], rtol=5e-2, atol=1e-2)
    np.testing.assert_allclose(predict(np.asfortranarray(X[:3])), many[:3], rtol=1e-5)
    np.testing.assert_allclose(predict(X[:3].tolist()), many[:3], rtol=1e-5)


def test_a_warm_start_may_change_the_loss():
    parameters = {"max_iter": 5, "alpha": 0.0, "warm_start": True, "random_state": 0}
    model = MLPRegressor("huber", **parameters).fit(X, REAL)
    model.set_params(loss="mean_absolute_error").fit(X, REAL)
    before = np.abs(model.predict(X) - REAL).mean()
    model.set_params(max_iter=1).fit(X, REAL)
    np.testing.assert_allclose(model.loss_, before)
