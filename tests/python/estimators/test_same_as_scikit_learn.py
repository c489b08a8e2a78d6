# SPDX-License-Identifier: BSD-3-Clause
"""Fits that are scikit-learn's own to rounding, epoch by epoch.

They are where one batch makes an epoch, from the same initial weights and the same validation split, which
`random_state` determines in the same way. They cannot be

* with several shuffled batches: shuffles are drawn by another generator, so batches hold other rows;
* with momentum and a rate that changes: scikit-learn's velocity holds the rate of the step that it was made
  in, ours the gradients alone, so that a smaller rate slows all of the next step;
* with l-bfgs after some iterations: a difference of one rounding in the sums grows along the line searches.

The tests that say so show where the two part.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

import laminar.sklearn as ours
import sklearn
import sklearn.neural_network as theirs
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.fixes import parse_version

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 5))
TARGETS = {
    "regression": X @ RNG.normal(size=5) + 0.1 * RNG.normal(size=90),
    "regression of 3": X @ RNG.normal(size=(5, 3)) + 1,
    "counts": RNG.poisson(np.exp(X[:, 0])).astype(float),
    "counts of 2": RNG.poisson(np.exp(X[:, :2])).astype(float),
    # Two strings are more than scikit-learn's early stopping takes before 1.8.
    "binary": np.where(X[:, 0] + X[:, 1] ** 2 > 0.5, 5, 2),
    "multiclass": np.digitize(X[:, 0], [-0.5, 0.5]) * 3 - 1,
    "multilabel": (X[:, :3] > [[0.0, 0.3, -0.2]]).astype(int),
}
WEIGHTS = RNG.uniform(0.1, 3, size=90)

IS_1_7 = parse_version(sklearn.__version__) >= parse_version("1.7")
needs_1_7 = pytest.mark.skipif(not IS_1_7, reason="scikit-learn's MLPs have losses and weights since 1.7")


def name_of(target):
    return "MLPRegressor" if target.startswith(("regression", "counts")) else "MLPClassifier"


def pair(target, **parameters):
    """Return an estimator of scikit-learn and one of ours with the same parameters."""
    if target.startswith("counts"):
        parameters["loss"] = "poisson"
    parameters = {
        "hidden_layer_sizes": (7, 4),
        "random_state": 3,
        "max_iter": 40,
        "batch_size": 90,
    } | parameters
    return tuple(getattr(module, name_of(target))(**parameters) for module in (theirs, ours))


def fit(estimator, *data, **weights):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "Got `batch_size`")  # a split leaves fewer rows than a batch
        warnings.filterwarnings("ignore", "scipy.optimize: The `disp`")  # an old scikit-learn, a new SciPy
        return estimator.fit(*data, **weights)


def assert_same(a, b, rtol=1e-8):
    """Assert that two fitted estimators are alike in all that scikit-learn documents."""
    for name in ("coefs_", "intercepts_"):
        for mine, other in zip(getattr(b, name), getattr(a, name), strict=True):
            np.testing.assert_allclose(mine, other, rtol=rtol, atol=rtol)
            assert mine.dtype == other.dtype
    exact = ["n_iter_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_", "t_"]
    close = ["loss_", "loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_"]
    for name in exact:
        assert getattr(b, name) == getattr(a, name), name
    for name in close:
        mine, other = getattr(b, name), getattr(a, name)
        assert (mine is None) == (other is None), name
        if mine is not None:
            np.testing.assert_allclose(mine, other, rtol=rtol, err_msg=name)
    if hasattr(a, "classes_"):
        np.testing.assert_array_equal(b.classes_, a.classes_)
        np.testing.assert_allclose(b.predict_proba(X), a.predict_proba(X), rtol=rtol, atol=rtol)
    else:
        np.testing.assert_allclose(b.predict(X), a.predict(X), rtol=rtol, atol=rtol)


def assert_same_fit(target, sample_weight=None, **parameters):
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    a, b = (fit(estimator, X, TARGETS[target], **weights) for estimator in pair(target, **parameters))
    assert_same(a, b)
    return b


EVERY = [pytest.param(name, marks=needs_1_7 if "counts" in name else ()) for name in TARGETS]

SOLVERS = {
    "adam": {"solver": "adam", "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-6},
    "sgd": {"solver": "sgd", "momentum": 0, "learning_rate_init": 0.05},
    "momentum": {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": False, "learning_rate_init": 0.01},
    "nesterov": {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": True, "learning_rate_init": 0.01},
    "invscaling": {"solver": "sgd", "momentum": 0, "learning_rate": "invscaling", "learning_rate_init": 0.5},
    "power_t": {"solver": "sgd", "momentum": 0, "learning_rate": "invscaling", "power_t": 0.1},
}


@pytest.mark.parametrize("target", EVERY)
@pytest.mark.parametrize("solver", SOLVERS)
def test_solvers(solver, target):
    assert_same_fit(target, **SOLVERS[solver])


@pytest.mark.parametrize("target", ["regression of 3", "multiclass"])
def test_an_adaptive_rate_falls_and_ends_training_at_the_same_epochs(target):
    model = assert_same_fit(
        target,
        solver="sgd",
        momentum=0,
        learning_rate="adaptive",
        learning_rate_init=0.2,
        tol=5e-3,
        n_iter_no_change=2,
        max_iter=300,
    )
    assert model.n_iter_ < 300


@pytest.mark.parametrize("target", ["regression", "binary", "multiclass"])
def test_training_stops_at_the_same_epoch(target):
    model = assert_same_fit(target, learning_rate_init=0.02, tol=1e-3, n_iter_no_change=3, max_iter=300)
    assert model.n_iter_ < 300


@pytest.mark.parametrize("target", EVERY)
@pytest.mark.parametrize("weights", [None, pytest.param(WEIGHTS, marks=needs_1_7)], ids=["equal", "weighted"])
def test_early_stopping(target, weights):
    model = assert_same_fit(
        target,
        weights,
        early_stopping=True,
        validation_fraction=0.2,
        learning_rate_init=0.02,
        n_iter_no_change=5,
        tol=1e-3,
        max_iter=100,
    )
    assert len(model.validation_scores_) == model.n_iter_


@needs_1_7
@pytest.mark.parametrize("target", TARGETS)
def test_sample_weights(target):
    assert_same_fit(target, WEIGHTS, alpha=0.5)


@pytest.mark.parametrize("target", EVERY)
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_activations_and_a_large_penalty(activation, target):
    assert_same_fit(target, activation=activation, alpha=20.0)


@pytest.mark.parametrize("shape", [(), (1,), 3, [6, 5, 4]], ids=str)
def test_any_number_of_hidden_layers(shape):
    assert_same_fit("multiclass", hidden_layer_sizes=shape)


@pytest.mark.parametrize("target", EVERY)
def test_float32(target):
    """The same to the roundings of float32, and in float32."""
    a, b = (fit(estimator, X.astype("f4"), TARGETS[target]) for estimator in pair(target, max_iter=15))
    assert_same(a, b, rtol=2e-4)
    assert b.coefs_[0].dtype == np.float32


def test_batches_that_are_not_shuffled_are_the_same():
    assert_same_fit("multiclass", shuffle=False, batch_size=32)


@pytest.mark.parametrize("target", ["regression", "counts", "binary", "multiclass"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_partial_fit(solver, target):
    if target == "counts" and not IS_1_7:
        pytest.skip("scikit-learn's MLPs have losses since 1.7")
    a, b = pair(target, solver=solver, learning_rate_init=0.02)
    y = TARGETS[target]
    classes = {"classes": np.unique(y)} if hasattr(a, "predict_proba") else {}
    for first in range(0, 90, 18):
        rows = slice(first, first + 18)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Got `batch_size`")
            a.partial_fit(X[rows], y[rows], **classes)
            b.partial_fit(X[rows], y[rows], **classes)
        assert_same(a, b)


def test_a_warm_start_takes_the_weights_along():
    """Under plain gradient descent, where nothing but weights is to be continued, all of it is the same."""
    a, b = pair("multiclass", solver="sgd", momentum=0, warm_start=True, max_iter=7)
    for _ in range(3):
        fit(a, X, TARGETS["multiclass"])
        fit(b, X, TARGETS["multiclass"])
        assert_same(a, b)


@needs_1_7
@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    target=st.sampled_from(list(TARGETS)),
    hidden=st.lists(st.integers(1, 9), max_size=3),
    activation=st.sampled_from(["identity", "logistic", "tanh", "relu"]),
    solver=st.sampled_from(list(SOLVERS)),
    alpha=st.sampled_from([0.0, 1e-4, 1.0]),
    early_stopping=st.booleans(),
    weighted=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_parameters(target, hidden, activation, solver, alpha, early_stopping, weighted, seed):
    assert_same_fit(
        target,
        WEIGHTS if weighted else None,
        hidden_layer_sizes=hidden,
        activation=activation,
        alpha=alpha,
        early_stopping=early_stopping,
        random_state=seed,
        max_iter=12,
        **SOLVERS[solver] | {"learning_rate_init": 0.01},
    )


@pytest.mark.parametrize("target", ["regression", "binary", "multiclass"])
def test_lbfgs_begins_in_the_same_way(target):
    a, b = (fit(estimator, X, TARGETS[target]) for estimator in pair(target, solver="lbfgs", max_iter=3))
    for mine, other in zip(b.coefs_ + b.intercepts_, a.coefs_ + a.intercepts_, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-7, atol=1e-9)
    assert b.n_iter_ == a.n_iter_ == 3
    assert b.loss_ == pytest.approx(a.loss_, rel=1e-9)


def test_lbfgs_ends_in_as_good_a_minimum():
    """Of a convex cost there is one minimum, which both find."""
    options = {"hidden_layer_sizes": (), "solver": "lbfgs", "alpha": 1.0, "tol": 1e-9, "max_iter": 1000}
    a, b = (fit(estimator, X, TARGETS["multiclass"]) for estimator in pair("multiclass", **options))
    assert b.loss_ == pytest.approx(a.loss_, rel=1e-8)
    np.testing.assert_allclose(b.predict_proba(X), a.predict_proba(X), atol=1e-5)


def test_shuffled_batches_part():
    a, b = (fit(estimator, X, TARGETS["regression"]) for estimator in pair("regression", batch_size=30))
    assert not np.allclose(a.coefs_[0], b.coefs_[0], rtol=1e-6)
    np.testing.assert_allclose(b.loss_curve_, a.loss_curve_, rtol=0.05)


def test_a_rate_that_changes_parts_under_momentum():
    options = {"solver": "sgd", "momentum": 0.9, "learning_rate": "invscaling", "learning_rate_init": 0.1}
    a, b = (fit(estimator, X, TARGETS["regression"]) for estimator in pair("regression", **options))
    assert a.loss_curve_[0] == pytest.approx(b.loss_curve_[0], rel=1e-12)
    assert not np.allclose(a.coefs_[0], b.coefs_[0], rtol=1e-6)
