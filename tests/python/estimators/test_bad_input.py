# SPDX-License-Identifier: BSD-3-Clause
"""Calls that must fail, what they say, and that nothing the caller had is lost to them."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

import laminar as lm
import sklearn.neural_network as theirs
from laminar.sklearn import MLPClassifier, MLPRegressor
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils._param_validation import InvalidParameterError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
y = np.arange(60) % 3
WITH_NAN = np.where(np.arange(4) == 2, np.nan, X)
ESTIMATORS = [MLPClassifier, MLPRegressor]


def made(cls, **parameters):
    return cls(**{"hidden_layer_sizes": 5, "max_iter": 3, "random_state": 0} | parameters)


# Data.


@pytest.mark.filterwarnings("ignore:scipy.optimize:DeprecationWarning")  # an old scikit-learn, a new SciPy
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("label", ["only", 7, True])
def test_one_class_is_what_is_predicted(label, solver):
    labels = np.full(60, label)
    model = made(MLPClassifier, solver=solver).fit(X, labels)
    assert model.classes_.tolist() == [label]
    np.testing.assert_array_equal(model.predict(X), labels)
    np.testing.assert_array_equal(model.predict_proba(X), np.ones((60, 1)))
    assert model.score(X, labels) == 1
    other = theirs.MLPClassifier(5, max_iter=3, random_state=0, solver=solver).fit(X, labels)
    np.testing.assert_array_equal(other.predict(X), labels)


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite_name_the_estimator(bad, cls):
    broken = np.where(np.isnan(WITH_NAN), bad, X)
    message = rf"(?s)Input X contains {'NaN' if np.isnan(bad) else 'infinity'}"
    named = rf"{message}.*{cls.__name__} does not accept missing values" if np.isnan(bad) else message
    with pytest.raises(ValueError, match=named):
        made(cls).fit(broken, y)
    model = made(cls).fit(X, y)
    for rows in (slice(None), slice(1)):  # many rows, and the one that takes the short way
        with pytest.raises(ValueError, match=named):
            model.predict(broken[rows])
    with pytest.raises(ValueError, match=named):
        model.transform(broken)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_targets_that_are_not_finite(cls):
    with pytest.raises(ValueError, match="Input y contains NaN"):
        made(cls).fit(X, np.where(y == 1, np.nan, y))


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize("rows", [1, 60])
def test_another_number_of_columns(rows, cls):
    model = made(cls).fit(X, y)
    message = rf"X has 3 features, but {cls.__name__} is expecting 4 features as input"
    for method in ("predict", "transform", *(["predict_proba"] if cls is MLPClassifier else [])):
        with pytest.raises(ValueError, match=message):
            getattr(model, method)(X[:rows, :3])
    with pytest.raises(ValueError, match=message):
        model.partial_fit(X[:rows, :3], y[:rows])


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_other_names_of_columns(cls):
    pandas = pytest.importorskip("pandas")
    model = made(cls).fit(pandas.DataFrame(X, columns=list("abcd")), y)
    for names in ("abce", "bacd"):
        with pytest.raises(ValueError, match="feature names should match those that were passed during fit"):
            model.predict(pandas.DataFrame(X, columns=list(names)))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(X[:1])


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            np.where(np.arange(60) == 7, -1.0, 1.0),
            r"sample_weight: expected no negative number, got -1\.0 at 7",
        ),
        (np.zeros(60), r"(?i)sample.weight.*at least one (above 0|non-zero number)"),
        (np.ones(59), r"sample_weight\.shape == \(59,\), expected \(60,\)"),
        (np.full(60, np.nan), r"Input sample_weight contains NaN"),
    ],
    ids=["negative", "zeros", "short", "nan"],
)
def test_sample_weights(weights, message, cls):
    with pytest.raises(ValueError, match=message):
        made(cls).fit(X, y, sample_weight=weights)


@pytest.mark.parametrize("classes", [[0, 1], [0, 1, 5]])
def test_partial_fit_with_labels_that_are_not_among_the_classes(classes):
    model = made(MLPClassifier)
    with pytest.raises(ValueError, match=r"`y` has classes not in `self\.classes_`"):
        model.partial_fit(X, y, classes=classes)


def test_partial_fit_needs_classes_once_and_the_same_later():
    model = made(MLPClassifier)
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        model.partial_fit(X, y)
    model.partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="is not the same as on last call to partial_fit"):
        model.partial_fit(X, y, classes=[0, 1])


def test_what_partial_fit_cannot_do():
    with pytest.raises(ValueError, match="class_weight: expected weights by class with partial_fit"):
        made(MLPClassifier, class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        made(MLPRegressor, early_stopping=True).partial_fit(X, y)
    assert not hasattr(made(MLPClassifier, solver="lbfgs"), "partial_fit")


# Combinations of parameters.


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize(
    ("error", "message", "parameters"),
    [
        (ValueError, r"activation: expected one value, or 1, one a hidden layer, got 2",
         {"activation": ["relu"] * 2}),
        (ValueError, r"activation: expected one value, or 2, one a hidden layer, got 1",
         {"hidden_layer_sizes": (5, 4), "activation": ["tanh"]}),
        (ValueError, r"dropout: expected one value, or 2, one a hidden layer, got 3",
         {"hidden_layer_sizes": (5, 4), "dropout": [0.1] * 3}),
        (ValueError, r"dropout\[1\]: expected a number of \[0, 1\), got 1\.5",
         {"hidden_layer_sizes": (5, 4), "dropout": [0.1, 1.5]}),
        (TypeError, r"dropout\[0\]: expected a number, got str", {"dropout": ["much"]}),
        (ValueError, r"no_such", {"activation": ["no_such"]}),
        (ValueError, r"hidden_layer_sizes must be > 0, got \[5, 0\]", {"hidden_layer_sizes": (5, 0)}),
        (ValueError, r"dropout: expected solver 'adam' or 'sgd'", {"solver": "lbfgs", "dropout": 0.5}),
        (ValueError, r"dropout: expected solver 'adam' or 'sgd'", {"solver": "lbfgs", "dropout": [0.5]}),
        (ValueError, r"batch_norm: expected solver 'adam' or 'sgd'", {"solver": "lbfgs", "batch_norm": True}),
        (ValueError, r"schedule: expected solver 'adam' or 'sgd'",
         {"solver": "lbfgs", "schedule": lm.schedules.ExponentialDecay(0.1, 9, 0.5)}),
        (ValueError, r"callbacks: expected solver 'adam' or 'sgd'",
         {"solver": "lbfgs", "callbacks": [print]}),
        (TypeError, r"callbacks: expected a Callback or a callable", {"callbacks": [1]}),
    ],
)  # fmt: skip
def test_parameters_that_do_not_fit_together(error, message, parameters, cls):
    with pytest.raises(error, match=message):
        made(cls, **parameters).fit(X, y)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_validation_data(cls):
    with pytest.raises(ValueError, match="X_val: expected early_stopping=True"):
        made(cls).fit(X, y, X_val=X, y_val=y)
    model = made(cls, early_stopping=True)
    with pytest.raises(ValueError, match="X_val, y_val: expected both or neither"):
        model.fit(X, y, X_val=X)
    with pytest.raises(ValueError, match="sample_weight_val: expected X_val and y_val beside it"):
        model.fit(X, y, sample_weight_val=np.ones(60))
    with pytest.raises(ValueError, match="y_val: expected 60 rows as X_val has, got 59"):
        model.fit(X, y, X_val=X, y_val=y[:59])
    with pytest.raises(ValueError, match="X has 3 features"):
        model.fit(X, y, X_val=X[:, :3], y_val=y)
    with pytest.raises(ValueError, match="contains NaN"):
        model.fit(X, y, X_val=WITH_NAN, y_val=y)
    with pytest.raises(ValueError, match=r"sample_weight\.shape == \(59,\)"):
        model.fit(X, y, X_val=X, y_val=y, sample_weight_val=np.ones(59))


def test_validation_targets():
    with pytest.raises(ValueError, match=r"y_val: expected labels among \[0 1 2\], got \[3\]"):
        made(MLPClassifier, early_stopping=True).fit(X, y, X_val=X, y_val=y + 1)
    with pytest.raises(ValueError, match="y_val: expected 1 columns as y has, got 2"):
        made(MLPRegressor, early_stopping=True).fit(X, y, X_val=X, y_val=np.stack([y, y], axis=1))


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_too_few_rows_to_hold_out(cls):
    with pytest.raises(ValueError, match=r"validation set is too small|number of classes"):
        made(cls, early_stopping=True).fit(X[:9], y[:9])


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_batch_normalization_needs_two_rows(cls):
    with pytest.raises(ValueError, match=r"1 sample.*a minimum of 2 is required"):
        made(cls, batch_norm=True).fit(X[:1], y[:1])


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_a_warm_start_keeps_its_layers(cls):
    model = made(cls, warm_start=True).fit(X, y)
    before = model.predict(X)
    with pytest.raises(
        ValueError, match=r"hidden_layer_sizes: expected \(5,\) as in the previous fit, got \(6,\)"
    ):
        model.set_params(hidden_layer_sizes=6).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), before)


def test_a_warm_start_keeps_its_classes():
    model = made(MLPClassifier, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="warm_start can only be used where `y` has the same classes"):
        model.fit(X, y + 1)


@pytest.mark.parametrize("layer", [1, -2])
def test_a_hidden_layer_that_is_not_there(layer):
    model = made(MLPRegressor, transform_layer=layer).fit(X, y)
    with pytest.raises(ValueError, match=rf"transform_layer: expected one of 1 hidden layers.*got {layer}"):
        model.transform(X)


WRONG = {
    "hidden_layer_sizes": 0,
    "activation": "no_such",
    "solver": "newton",
    "alpha": -1e-4,
    "batch_size": 0,
    "learning_rate": "cosine",
    "learning_rate_init": 0.0,
    "power_t": -1,
    "max_iter": 0,
    "shuffle": 1.5,
    "random_state": "chance",
    "tol": -1.0,
    "verbose": "much",
    "warm_start": "yes",
    "momentum": 1.5,
    "nesterovs_momentum": "yes",
    "early_stopping": "yes",
    "validation_fraction": 1.0,
    "beta_1": 1.0,
    "beta_2": -0.5,
    "epsilon": 0.0,
    "n_iter_no_change": -1,
    "max_fun": 0,
    "loss": 3,
    "dropout": 1.0,
    "batch_norm": "yes",
    "class_weight": 0.5,
    "schedule": "cosine",
    "n_threads": 0,
    "max_time": 0.0,
    "callbacks": 3,
    "transform_layer": 0.5,
}


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_every_parameter_is_checked(cls):
    parameters = cls().get_params()
    assert set(parameters) <= set(WRONG)
    for name in parameters:
        message = re.escape(f"The '{name}' parameter of {cls.__name__} must be")
        with pytest.raises(InvalidParameterError, match=message):
            made(cls, **{name: WRONG[name]}).fit(X, y)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_nothing_is_fitted_yet(cls):
    for method in ("predict", "transform", *(["predict_proba"] if cls is MLPClassifier else [])):
        with pytest.raises(NotFittedError, match=f"This {cls.__name__} instance is not fitted yet"):
            getattr(made(cls), method)(X)
    with pytest.raises(NotFittedError):
        made(cls).get_feature_names_out()


# Training that diverges.


def test_a_diverging_fit_says_so_in_scikit_learns_words_and_where():
    message = (
        r"Solver produced non-finite parameter weights\. The input data may contain large values.*\(.*epoch"
    )
    with pytest.raises(lm.DivergedError, match=message):
        made(MLPRegressor, solver="sgd", learning_rate_init=1e6, max_iter=100).fit(X, 1e6 * y)
    assert issubclass(lm.DivergedError, ValueError)


def test_early_stopping_goes_back_to_the_best_epoch_when_a_fit_diverges():
    model = made(MLPRegressor, solver="sgd", learning_rate_init=1e3, max_iter=100, early_stopping=True)
    with pytest.warns(
        ConvergenceWarning, match=r"Stochastic Optimizer: training diverged at step \d+ \(epoch"
    ):
        model.fit(X, y)
    assert np.isfinite(model.predict(X)).all()
    assert np.isnan(model.validation_scores_[-1])


# What failed calls leave.


def failing_calls(cls):
    """Return calls that raise before any training, by name."""
    more = np.hstack([X, X])
    return {
        "nan": lambda model: model.fit(WITH_NAN, y),
        "columns of partial_fit": lambda model: model.partial_fit(more, y),
        "weights": lambda model: model.fit(X, y, sample_weight=-np.ones(60)),
        "parameter": lambda model: model.set_params(alpha=-1).fit(X, y),
        "dropout": lambda model: model.set_params(dropout=[0.1, 0.2]).fit(X, y),
        "validation data": lambda model: model.fit(X, y, X_val=X, y_val=y),
        "predict": lambda model: model.predict(more),
        "rows": lambda model: model.fit(X, y[:-1]),
    }


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize("call", failing_calls(MLPClassifier))
def test_a_failed_call_leaves_the_fitted_estimator_as_it_was(call, cls):
    model = made(cls).fit(X, y)
    before = model.predict(X), model.transform(X), list(model.loss_curve_), model.n_iter_
    with pytest.raises(ValueError, match=r"."):
        failing_calls(cls)[call](model)
    for was, now in zip(
        before, (model.predict(X), model.transform(X), model.loss_curve_, model.n_iter_), strict=True
    ):
        np.testing.assert_array_equal(was, now)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_a_fit_that_diverges_leaves_the_threads_and_a_refit_works(cls):
    before = lm.get_num_threads()
    model = made(cls, n_threads=before + 1, solver="sgd", learning_rate_init=1e8, max_iter=100)
    with pytest.raises(ValueError, match="non-finite"), warnings.catch_warnings():
        model.fit(1e8 * X, y if cls is MLPClassifier else 1e8 * y)
    assert lm.get_num_threads() == before
    assert np.isfinite(model.set_params(learning_rate_init=1e-3).fit(X, y).loss_)
