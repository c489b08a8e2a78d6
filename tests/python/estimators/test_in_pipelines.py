# SPDX-License-Identifier: BSD-3-Clause
"""The estimators within scikit-learn: its meta-estimators, its kinds of data, copies and files."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

import joblib
import laminar as lm
import sklearn
from laminar.sklearn import MLPClassifier, MLPRegressor
from scipy import sparse
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor, BaggingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import DecisionBoundaryDisplay, permutation_importance
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, cross_val_score, cross_validate
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4))
LABELS = np.digitize(X[:, 0], [-0.5, 0.5])
REAL = X @ [1.0, -2.0, 0.5, 0.0]
BITS = (X[:, :3] > 0).astype(int)
SEVERAL = np.stack([LABELS, (X[:, 1] > 0) * 3 + 2], axis=1)


def made(cls=MLPClassifier, **parameters):
    return cls(
        **{"hidden_layer_sizes": 8, "max_iter": 30, "learning_rate_init": 0.03, "random_state": 0}
        | parameters
    )


both = pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])


def targets(cls):
    return LABELS if cls is MLPClassifier else REAL


# Meta-estimators.


def test_pipelines():
    scaled = StandardScaler().fit_transform(X)
    last = make_pipeline(StandardScaler(), made()).fit(X, LABELS)
    np.testing.assert_array_equal(last.predict(X), made().fit(scaled, LABELS).predict(scaled))
    middle = make_pipeline(made(MLPRegressor), made()).fit(X, LABELS)  # activations are features
    assert middle[0].transform(X).shape == (120, 8)
    assert middle[:1].get_feature_names_out().tolist() == [f"mlpregressor{i}" for i in range(8)]
    assert middle.score(X, LABELS) > 0.8


def test_column_transformers():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X[:, :2], columns=["a", "b"]).assign(kind=np.array(["x", "y", "z"])[LABELS])
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), ["a", "b"]), ("kinds", OneHotEncoder(), ["kind"])]
    )
    assert make_pipeline(columns, made()).fit(frame, LABELS).score(frame, LABELS) == 1


def test_grid_searches_in_workers():
    grid = {"mlpclassifier__alpha": [1e-4, 1.0], "mlpclassifier__hidden_layer_sizes": [(4,), (8, 4)]}
    model = make_pipeline(StandardScaler(), made(max_iter=5))
    in_workers = GridSearchCV(model, grid, n_jobs=2, cv=3).fit(X, LABELS)
    here = GridSearchCV(model, grid, cv=3).fit(X, LABELS)
    for name in ("mean_test_score", "std_test_score", "rank_test_score"):
        np.testing.assert_array_equal(in_workers.cv_results_[name], here.cv_results_[name])
    np.testing.assert_array_equal(in_workers.predict_proba(X), here.predict_proba(X))


def test_workers_take_the_threads_that_joblib_leaves_them():
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        assert joblib.Parallel()(joblib.delayed(lm.get_num_threads)() for _ in range(2)) == [1, 1]


def test_halving_searches():
    grid = {"hidden_layer_sizes": [(2,), (4,), (8,)], "activation": ["relu", "tanh"]}
    halving = {
        "resource": "max_iter",
        "min_resources": 4,
        "max_resources": 16,
        "n_candidates": 4,
        "factor": 2,
    }
    search = HalvingRandomSearchCV(made(max_iter=4), grid, **halving, cv=2, random_state=0).fit(X, LABELS)
    assert search.n_iterations_ == 3
    assert search.best_params_["max_iter"] == 16


@both
def test_cross_validation(cls):
    scores = cross_val_score(made(cls), X, targets(cls), cv=3)
    assert scores.shape == (3,)
    assert scores.min() > 0.6
    assert set(cross_validate(made(cls), X, targets(cls), cv=2, return_train_score=True)) >= {"train_score"}


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration(method):
    model = CalibratedClassifierCV(made(), method=method, cv=2).fit(X, LABELS, sample_weight=np.ones(120))
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    assert model.score(X, LABELS) > 0.8


@pytest.mark.parametrize(
    "model",
    [
        BaggingClassifier(made(), n_estimators=3, random_state=0),
        AdaBoostClassifier(made(), n_estimators=3, random_state=0),
        VotingClassifier([("a", made()), ("b", made(random_state=1))], voting="soft"),
        OneVsRestClassifier(made()),
    ],
    ids=lambda model: type(model).__name__,
)
def test_ensembles(model):
    assert model.fit(X, LABELS).score(X, LABELS) > 0.8


@pytest.mark.parametrize(
    "model",
    [
        AdaBoostRegressor(made(MLPRegressor), n_estimators=3, random_state=0),
        TransformedTargetRegressor(made(MLPRegressor), transformer=StandardScaler()),
        MultiOutputRegressor(made(MLPRegressor)),
    ],
    ids=lambda model: type(model).__name__,
)
def test_ensembles_of_regressors(model):
    y = np.stack([REAL, -REAL], axis=1) if isinstance(model, MultiOutputRegressor) else REAL
    assert model.fit(X, y).score(X, y) > 0.8


@both
def test_permutation_importance(cls):
    result = permutation_importance(
        made(cls).fit(X, targets(cls)), X, targets(cls), n_repeats=3, random_state=0
    )
    assert result.importances_mean.argmin() == 3 or cls is MLPClassifier
    assert result.importances_mean[0] > 0.1


def test_decision_boundaries(ax):
    model = made().fit(X[:, :2], LABELS > 0)
    display = DecisionBoundaryDisplay.from_estimator(model, X[:, :2], ax=ax, grid_resolution=20)
    assert display.response.shape == (20, 20)
    assert display.response.min() < 0.5 < display.response.max()


def test_metadata_is_routed():
    weights = RNG.uniform(0.1, 2, size=120)
    with sklearn.config_context(enable_metadata_routing=True):
        model = made(early_stopping=True, max_iter=5)
        model.set_fit_request(sample_weight=True, X_val=True, y_val=True).set_score_request(
            sample_weight=True
        )
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = Pipeline([("scale", scaler), ("net", model)], transform_input=["X_val"])
        pipeline.fit(X, LABELS, sample_weight=weights, X_val=X[:30], y_val=LABELS[:30])
        alone = clone(model).fit(
            scaler.transform(X), LABELS, weights, X_val=scaler.transform(X[:30]), y_val=LABELS[:30]
        )
        np.testing.assert_array_equal(pipeline[-1].coefs_[0], alone.coefs_[0])
        asking = made().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        search = GridSearchCV(asking, {"alpha": [1e-4]}, cv=2)
        search.fit(X, LABELS, sample_weight=weights)
    np.testing.assert_array_equal(search.best_estimator_.coefs_[0], made().fit(X, LABELS, weights).coefs_[0])


# Kinds of data.


@both
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames(library, cls):
    module = pytest.importorskip(library)
    frame = module.DataFrame({name: X[:, j] for j, name in enumerate("abcd")})
    series = module.Series(targets(cls))
    model, plain = made(cls).fit(frame, series), made(cls).fit(X, targets(cls))
    scaler = StandardScaler().fit(frame)  # an old scikit-learn finds no names in a new polars
    assert list(getattr(model, "feature_names_in_", [])) == list(getattr(scaler, "feature_names_in_", []))
    np.testing.assert_array_equal(model.predict(frame), plain.predict(X))
    np.testing.assert_array_equal(model.predict(frame[:1]), model.predict(frame)[:1])
    weighted = made(cls).fit(frame, series, sample_weight=module.Series(np.ones(120)))
    np.testing.assert_allclose(weighted.predict(frame), plain.predict(X), rtol=1e-6)


@both
@pytest.mark.parametrize("kind", ["csr_array", "csc_array", "csr_matrix", "csc_matrix", "coo_array"])
@pytest.mark.parametrize("options", [{}, {"early_stopping": True}, {"solver": "lbfgs"}], ids=str)
def test_sparse_matrices(options, kind, cls):
    dense = np.where(np.abs(X) < 1, 0, X)
    matrix = getattr(sparse, kind)(dense)
    options = {"max_iter": 5} | options
    model, plain = (
        made(cls, **options).fit(matrix, targets(cls)),
        made(cls, **options).fit(dense, targets(cls)),
    )
    for of_matrix, of_array in zip(model.coefs_, plain.coefs_, strict=True):
        np.testing.assert_array_equal(of_matrix, of_array)
    np.testing.assert_allclose(model.predict(matrix), plain.predict(dense), rtol=1e-12)
    np.testing.assert_allclose(model.transform(matrix), plain.transform(dense), rtol=1e-12)
    if options == {"max_iter": 5}:
        model.partial_fit(matrix, targets(cls))


@both
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_float32_is_kept(solver, cls):
    model = made(cls, solver=solver, max_iter=5).fit(X.astype("f4"), targets(cls))
    assert {array.dtype for array in model.coefs_ + model.intercepts_} == {np.dtype("f4")}
    assert model.transform(X.astype("f4")).dtype == np.float32
    result = (
        model.predict_proba(X[:1].astype("f4")) if cls is MLPClassifier else model.predict(X.astype("f4"))
    )
    assert result.dtype == np.float32
    model = made(cls, solver=solver, max_iter=5).fit(X, targets(cls))
    assert model.coefs_[0].dtype == np.float64


@pytest.mark.parametrize(
    "names",
    [
        np.array(["no", "perhaps", "yes"]),
        np.array(["no", "perhaps", "yes"], dtype=object),
        np.array([-5, 0, 700]),
        np.array([0.0, 2.0, 3.0]),
        np.array([False, True]),
        np.array(["", "b"]),
    ],
    ids=lambda names: f"{len(names)} {names.dtype}",
)
@pytest.mark.parametrize(
    "options", [{}, {"early_stopping": True, "validation_fraction": 0.3}, {"solver": "lbfgs"}], ids=str
)
def test_labels(options, names):
    y = names[np.minimum(LABELS, len(names) - 1)]
    model = made(**options).fit(X, y)
    np.testing.assert_array_equal(model.classes_, names)
    guess = model.predict(X)
    assert guess.dtype == y.dtype
    assert np.mean(guess == y) > 0.7
    np.testing.assert_array_equal(model.predict(X[:1]), guess[:1])


def test_labels_of_pandas():
    pandas = pytest.importorskip("pandas")
    y = pandas.Series(np.array(["no", "perhaps", "yes"])[LABELS])
    for kind in ("object", "str", "category", "string"):
        model = made(max_iter=5).fit(X, y.astype(kind))
        assert model.classes_.tolist() == ["no", "perhaps", "yes"]
        assert set(model.predict(X)) <= set(y)


# Copies and files.


FITS = {
    "binary": (made(), LABELS > 0),
    "multiclass": (made(), np.array(["a", "b", "c"])[LABELS]),
    "labels": (made(dropout=0.1, batch_norm=True), BITS),
    "outputs": (made(), SEVERAL),
    "real": (made(MLPRegressor, solver="sgd", learning_rate_init=1e-3), REAL),
    "reals": (made(MLPRegressor, loss="huber", dropout=[0.2]), np.stack([REAL, -REAL], axis=1)),
    "scheduled": (made(MLPRegressor, schedule=lm.schedules.CosineDecay(0.01, 99)), REAL),
    "activations": (made(activation=[lm.activations.LeakyReLU(0.2)], loss=lm.losses.Huber()), LABELS),
    "lbfgs": (made(solver="lbfgs"), LABELS),
    "early": (made(early_stopping=True), LABELS),
}


def skops_round_trip(model):
    skops = pytest.importorskip("skops.io")
    content = skops.dumps(model)
    untrusted = skops.get_untrusted_types(data=content)
    assert all(name.startswith("laminar.") for name in untrusted), untrusted
    return skops.loads(content, trusted=untrusted)


def joblib_round_trip(model):
    import io

    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "joblib": joblib_round_trip,
    "skops": skops_round_trip,
}


def assert_same(a, b):
    np.testing.assert_array_equal(a.predict(X), b.predict(X))
    np.testing.assert_array_equal(a.predict(X[:1]), b.predict(X[:1]))
    np.testing.assert_array_equal(a.transform(X), b.transform(X))
    for mine, other in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        np.testing.assert_array_equal(mine, other)
        assert not np.shares_memory(mine, other)
    assert a.loss_ == b.loss_
    assert (a.n_iter_, a.t_, a.out_activation_) == (b.n_iter_, b.t_, b.out_activation_)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_predicts_and_goes_on_as_the_original_does(kind, fit):
    """Training that is interrupted by a round trip through a file is the same bits as training that isn't."""
    model, y = FITS[fit]
    model = clone(model).set_params(max_iter=3, warm_start=True).fit(X, y)
    before = copy.deepcopy(model)
    other = COPIES[kind](model)
    assert type(other) is type(model)
    assert set(vars(other)) == set(vars(model))
    assert_same(model, other)
    other.fit(X, y)
    assert_same(model, before)
    model.fit(X, y)
    assert_same(model, other)
    if fit not in ("lbfgs", "early"):
        model.partial_fit(X, y)
        other.partial_fit(X, y)
        assert_same(model, other)


@pytest.mark.parametrize("kind", COPIES)
def test_partial_fit_goes_on_in_a_copy(kind):
    model = made().partial_fit(X[:60], LABELS[:60], classes=[0, 1, 2])
    other = COPIES[kind](model)
    for estimator in (model, other):
        estimator.partial_fit(X[60:], LABELS[60:])
    assert_same(model, other)


@both
@pytest.mark.parametrize("kind", COPIES)
def test_an_unfitted_estimator_is_copied_too(kind, cls):
    other = COPIES[kind](made(cls))
    assert repr(other) == repr(made(cls))
    assert not hasattr(other, "coefs_")


@both
def test_a_clone_is_unfitted_and_a_refit_is_the_same(cls):
    model = made(cls, max_iter=5).fit(X, targets(cls))
    other = clone(model)
    assert set(vars(other)) == set(other.get_params())
    assert_same(other.fit(X, targets(cls)), model)


def test_parameters_that_are_objects_are_cloned():
    model = made(
        activation=[lm.activations.LeakyReLU(0.2)],
        loss=lm.losses.Huber(),
        schedule=lm.schedules.CosineDecay(0.01, 9),
    )
    other = clone(model)
    assert {**other.get_params()} == model.get_params()
    np.testing.assert_array_equal(other.fit(X, LABELS).predict(X), model.fit(X, LABELS).predict(X))


def test_what_was_written_into_weights_is_copied():
    model = made(MLPRegressor, max_iter=2).fit(X, REAL)
    model.coefs_ = [2 * kernel for kernel in model.coefs_]
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).coefs_[0], model.coefs_[0])
    assert_same(pickle.loads(pickle.dumps(model)), model)
