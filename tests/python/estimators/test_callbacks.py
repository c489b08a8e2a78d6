# SPDX-License-Identifier: BSD-3-Clause
"""scikit-learn's callbacks: the epochs of a fit are the tasks that they see."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.9", reason="callbacks came with scikit-learn 1.9")

from laminar.sklearn import MLPClassifier, MLPRegressor
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
y = (X[:, 0] > 0).astype(int)


def made(cls=MLPClassifier, **parameters):
    return cls(**{"hidden_layer_sizes": 5, "max_iter": 4, "random_state": 0} | parameters)


class Recorder:
    """Writes down every hook's call; raises or stops where it is told to."""

    def __init__(self, stop_after=None, fail_in=None):
        self.events = []
        self.seen = []
        self.stop_after = stop_after
        self.fail_in = fail_in

    def _record(self, hook, context):
        self.events.append((hook, context.task_name, context.task_id))
        if hook == self.fail_in and context.task_name != "fit":
            raise RuntimeError(f"{hook} failed")

    def setup(self, estimator, context):
        self._record("setup", context)
        self.max_epochs = context.max_subtasks

    def teardown(self, estimator, context):
        self._record("teardown", context)

    def on_fit_task_begin(self, estimator, context):
        self._record("begin", context)

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        self._record("end", context)
        self.seen.append((X, y, metadata, fitted_estimator.predict(X)))
        return context.task_name == "epoch" and context.task_id == self.stop_after


def epochs_of(n):
    return [(hook, "epoch", epoch) for epoch in range(n) for hook in ("begin", "end")]


@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_epochs_are_tasks(solver, cls):
    recorder = Recorder()
    made(cls, solver=solver).set_callbacks(recorder).fit(X, y)
    assert recorder.events == [
        ("setup", "fit", 0), ("begin", "fit", 0), *epochs_of(4), ("end", "fit", 0), ("teardown", "fit", 0),
    ]  # fmt: skip
    assert recorder.max_epochs == 4


def test_lbfgs_is_one_task():
    recorder = Recorder()
    made(solver="lbfgs").set_callbacks(recorder).fit(X, y)
    assert recorder.events == [(hook, "fit", 0) for hook in ("setup", "begin", "end", "teardown")]


def test_partial_fit_is_one_epoch():
    recorder, model = Recorder(), made()
    model.set_callbacks(recorder).partial_fit(X, y, classes=[0, 1]).partial_fit(X, y)
    assert [event for event in recorder.events if event[1] == "epoch"] == 2 * epochs_of(1)
    assert recorder.max_epochs == 1


def test_hooks_are_given_the_data_and_the_estimator_as_if_fit_had_ended_there():
    recorder, weights = Recorder(), RNG.uniform(size=80)
    model = made(MLPRegressor).set_callbacks(recorder).fit(X, y, sample_weight=weights)
    for epochs, (data, targets, metadata, prediction) in enumerate(recorder.seen[:4], 1):
        assert data is X
        assert targets is y
        assert metadata["sample_weight"] is weights
        shorter = made(MLPRegressor, max_iter=epochs).fit(X, y, sample_weight=weights)
        np.testing.assert_array_equal(prediction, shorter.predict(X))
    np.testing.assert_array_equal(recorder.seen[4][-1], model.predict(X))


def test_a_callback_stops_training():
    recorder = Recorder(stop_after=1)
    model = made().set_callbacks(recorder).fit(X, y)
    assert model.n_iter_ == len(model.loss_curve_) == 2
    assert recorder.events[-2:] == [("end", "fit", 0), ("teardown", "fit", 0)]


@pytest.mark.parametrize("hook", ["begin", "end"])
def test_what_a_callback_raises_reaches_the_caller_after_the_teardown(hook):
    recorder, model = Recorder(fail_in=hook), made()
    with pytest.raises(RuntimeError, match=f"{hook} failed"):
        model.set_callbacks(recorder).fit(X, y)
    assert recorder.events[-1] == ("teardown", "fit", 0)
    assert model.set_callbacks().fit(X, y).n_iter_ == 4


def test_a_fit_that_diverges_tears_down():
    recorder = Recorder()
    model = made(MLPRegressor, solver="sgd", learning_rate_init=1e8).set_callbacks(recorder)
    with pytest.raises(ValueError, match="non-finite"):
        model.fit(X, 1e8 * y)
    assert recorder.events[-1] == ("teardown", "fit", 0)
    assert ("end", "fit", 0) not in recorder.events


def test_callbacks_do_not_change_the_fit():
    plain, watched = made().fit(X, y), made().set_callbacks(Recorder()).fit(X, y)
    assert plain.loss_curve_ == watched.loss_curve_
    np.testing.assert_array_equal(plain.predict_proba(X), watched.predict_proba(X))
    assert set(vars(watched)) - set(vars(plain)) == {"_skl_callbacks"}
    assert not hasattr(clone(made()), "_skl_callbacks")


def test_without_callbacks_an_epoch_calls_no_hook(monkeypatch):
    from laminar.sklearn import _callback_support

    def never(*args, **kwargs):
        raise AssertionError("called")

    for hook in ("on_epoch_begin", "on_epoch_end"):
        monkeypatch.setattr(_callback_support._EpochTasks, hook, never)
    made().fit(X, y)
    with pytest.raises(AssertionError, match="called"):
        made().set_callbacks(Recorder()).fit(X, y)


def test_scoring_monitor_has_the_score_of_each_epoch():
    monitor = ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
    made().set_callbacks(monitor).fit(X, y)
    rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    refits = [made(max_iter=epochs).fit(X, y) for epochs in range(1, 5)]
    assert [row["task_id"] for row in rows] == [0, 1, 2, 3]
    assert [row["accuracy"] for row in rows] == [refit.score(X, y) for refit in refits]
    assert [row["neg_log_loss"] for row in rows] == [pytest.approx(-log_loss(refit)) for refit in refits]


def log_loss(model):
    return -np.mean(np.log(model.predict_proba(X)[np.arange(len(y)), y]))


def test_the_progress_bar_nests_in_a_grid_search():
    pytest.importorskip("rich")
    search = GridSearchCV(
        make_pipeline(StandardScaler(), made()), {"mlpclassifier__alpha": [1e-4, 1.0]}, cv=2
    )
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X, y)
    lines = text.getvalue().splitlines()
    assert any("GridSearchCV" in line for line in lines)
    assert (
        sum("MLPClassifier - fit" in line for line in lines) == 5
    )  # 2 candidates on 2 splits, and the refit
    assert all("100%" in line for line in lines if "MLPClassifier" in line)
