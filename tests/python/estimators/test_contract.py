# SPDX-License-Identifier: BSD-3-Clause
"""scikit-learn's checks of an estimator: none fails at default settings, few elsewhere and for a reason."""

from __future__ import annotations

import warnings
from functools import cache

import pytest

pytest.importorskip("sklearn", minversion="1.6")

import laminar as lm
import sklearn.neural_network as theirs
from laminar.sklearn import MLPClassifier, MLPRegressor
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

pytestmark = pytest.mark.filterwarnings("default")  # the checks have their own rules for warnings

QUICK = {"max_iter": 100, "learning_rate_init": 0.01}
SGD = {"solver": "sgd", "max_iter": 100, "learning_rate_init": 0.05}

CONFIGURATIONS = {
    "lbfgs": MLPClassifier(solver="lbfgs", alpha=1.0),
    "lbfgs regressor": MLPRegressor(solver="lbfgs", alpha=1.0),
    "sgd": MLPClassifier(**SGD, momentum=0, learning_rate="invscaling", power_t=0.1),
    "sgd regressor": MLPRegressor(**SGD, nesterovs_momentum=False, learning_rate="adaptive"),
    "early stopping": MLPClassifier(**QUICK, early_stopping=True),
    "early stopping regressor": MLPRegressor(**QUICK, early_stopping=True),
    "warm start": MLPClassifier(**QUICK, warm_start=True),
    "warm start regressor": MLPRegressor(**QUICK, warm_start=True),
    "no hidden layer": MLPClassifier((), **QUICK | {"learning_rate_init": 0.1}),
    "no hidden layer regressor": MLPRegressor((), **QUICK | {"learning_rate_init": 0.1}),
    "logistic": MLPRegressor(**QUICK, activation="logistic", shuffle=False),
    "poisson": MLPRegressor(**QUICK, loss="poisson"),
    "batches": MLPClassifier(**QUICK, batch_size=16),
    "activations": MLPClassifier((16, 8), activation=["gelu", "tanh"], **QUICK),
    "dropout": MLPClassifier((16, 8), dropout=[0.0, 0.1], **QUICK),
    "dropout regressor": MLPRegressor(dropout=0.1, **QUICK),
    "batch norm": MLPClassifier(batch_norm=True, **QUICK),
    "batch norm regressor": MLPRegressor(batch_norm=True, **QUICK),
    "class weight": MLPClassifier(class_weight="balanced", **QUICK),
    "huber": MLPRegressor(loss="huber", **QUICK),
    "pinball": MLPRegressor(loss=lm.losses.Pinball(0.6), **QUICK),
    "squared error": MLPClassifier(loss="mean_squared_error", **QUICK),
    "schedule": MLPClassifier(schedule=lm.schedules.CosineDecay(1e-2, 500), **QUICK),
    "callbacks": MLPRegressor(
        callbacks=[lm.callbacks.LearningRateLogger()], max_time=60, n_threads=1, **QUICK
    ),
}

WEIGHTS = ("check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data")
PARTIAL_FIT = (
    "check_fit_score_takes_y",
    "check_n_features_in_after_fitting",
    "check_estimators_partial_fit_n_features",
)
TRANSFORM = ("check_pipeline_consistency", "check_transformer_data_not_an_array", "check_transformer_general")

ROWS = "the learning rate goes by the rows seen, as in scikit-learn, and repeated rows are more rows"
FEW_ROWS = "a tenth of the check's rows is too little to judge by, as in scikit-learn"
NO_PARTIAL_FIT = "partial_fit knows neither what to hold out nor what is balanced"
GOES_ON = "fit goes on with what the last fit left, so a second one ends elsewhere"
MASKS = "each row has a mask of its own, and repeated rows have several"
MOMENTS = "mean and variance of a batch count its rows, and repeated rows are more rows"
BATCHES = "repeated rows make other batches"

EARLY_STOPPING = {
    **dict.fromkeys(PARTIAL_FIT, NO_PARTIAL_FIT),
    **dict.fromkeys((*WEIGHTS, "check_estimators_nan_inf", "check_fit2d_1feature"), FEW_ROWS),
}
WARM_START = {"check_supervised_y_2d": GOES_ON, **dict.fromkeys(TRANSFORM, GOES_ON)}

EXPECTED = {
    "sgd": dict.fromkeys(WEIGHTS, ROWS),
    "early stopping": EARLY_STOPPING
    | {
        "check_classifiers_one_label": FEW_ROWS,
        "check_class_weight_classifiers": "five rows judge, and any guess of the class that weighs is right",
    },
    "early stopping regressor": EARLY_STOPPING | {"check_regressors_no_decision_function": FEW_ROWS},
    "warm start": WARM_START | {"check_classifiers_multilabel_representation_invariance": GOES_ON},
    "warm start regressor": WARM_START,
    "batches": dict.fromkeys(WEIGHTS, BATCHES),
    "dropout": dict.fromkeys(WEIGHTS, MASKS),
    "dropout regressor": dict.fromkeys(WEIGHTS, MASKS),
    "batch norm": dict.fromkeys(WEIGHTS, MOMENTS),
    "batch norm regressor": dict.fromkeys(WEIGHTS, MOMENTS),
    "class weight": dict.fromkeys(PARTIAL_FIT, NO_PARTIAL_FIT),
}

# What scikit-learn's own MLP passes only for want of `transform`: a `fit_transform` would fit again.
OF_TRANSFORM = {"warm start": TRANSFORM, "warm start regressor": TRANSFORM}


def expected_failures(estimator):
    name = next((name for name, made in CONFIGURATIONS.items() if repr(made) == repr(estimator)), None)
    return EXPECTED.get(name, {})


@parametrize_with_checks([MLPClassifier(), MLPRegressor()])
def test_default_settings(estimator, check):
    check(estimator)


@parametrize_with_checks(list(CONFIGURATIONS.values()), expected_failed_checks=expected_failures)
def test_configurations(estimator, check):
    check(estimator)


def of_scikit_learn(estimator):
    """Return scikit-learn's estimator in the same configuration, or None where it has none.

    It is of a derived class: of its own, check_estimator runs some checks at other settings.
    """
    cls = getattr(theirs, type(estimator).__name__)
    parameters = estimator.get_params()
    default = type(estimator)().get_params()
    if any(parameters[name] != default[name] for name in parameters if name not in cls().get_params()):
        return None
    return type(cls.__name__, (cls,), {})(
        **{name: value for name, value in parameters.items() if name in cls().get_params()}
    )


@cache
def failures_of_scikit_learn(name):
    estimator = of_scikit_learn(CONFIGURATIONS[name])
    if estimator is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, on_fail=None)
    return {result["check_name"] for result in results if result["status"] == "failed"}, {
        result["check_name"] for result in results
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_scikit_learn_passes_none_of_what_is_expected_to_fail(name):
    found = failures_of_scikit_learn(name)
    if found is None:
        pytest.skip("scikit-learn has no such configuration")
    failed, run = found
    assert set(EXPECTED[name]) & run - set(OF_TRANSFORM.get(name, ())) <= failed
