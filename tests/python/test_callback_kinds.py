# SPDX-License-Identifier: BSD-3-Clause
"""Each callback that comes with the package, against sequences of numbers worked out by hand."""

from __future__ import annotations

import pickle
import time
from math import inf, isnan, nan

import laminar as lm
import numpy as np
import pytest
from support.networks import mlp, same_bits, weights_of

X, Y = np.random.default_rng(0).normal(size=(90, 4)), np.arange(90) % 3


class Script(lm.callbacks.Callback):
    """Puts numbers into the logs, one an epoch, and keeps the weights and rates that it sees."""

    def __init__(self, values, name="score"):
        self.values, self.name, self.weights, self.rates = values, name, [], []

    def on_epoch_end(self, epoch, logs):
        logs[self.name] = self.values[epoch]
        self.weights.append(weights_of(self.model))
        self.rates.append(self.model.learning_rate)


def fit(model, callbacks, **options):
    return model.fit(X, Y, **{"verbose": 0, "callbacks": callbacks} | options)


# Early stopping


@pytest.mark.parametrize(
    ("values", "options", "best_epoch", "stopped_epoch"),
    [
        ([3, 2, 1, 1, 1, 1], {"patience": 2}, 2, 4),
        ([3, 2, 2, 1], {}, 1, 2),
        ([3, 2, 2, 1], {"patience": 1}, 1, 2),
        ([3, 2, 2, 1, 1, 1, 1], {"patience": 2}, 3, 5),
        ([5, 4, 3, 2], {"patience": 1}, 3, None),
        ([3, 4, 2, 4, 1, 4], {"patience": 2}, 4, None),
        ([1, 2, 3], {"patience": 5}, 0, None),
        # 2.6 beats 3 by less than 0.5, 2.4 by more; then 2.0 and 1.95 do not beat 2.4 by so much.
        ([3, 2.6, 2.4, 2.0, 1.95], {"patience": 2, "min_delta": 0.5}, 2, 4),
        ([3, 2.5, 2.0], {"patience": 2, "min_delta": 0.5}, 2, None),
        ([3, 2.5], {"patience": 1, "min_delta": 0.5}, 0, 1),
        ([1, 2, 3, 2, 2], {"patience": 2, "mode": "max"}, 2, 4),
        ([3, 2, 1], {"patience": 2, "mode": "max"}, 0, 2),
        ([0.5, 0.55, 0.62, 0.7], {"patience": 1, "mode": "max", "min_delta": 0.1}, 0, 1),
        # NaN is never better, also in the first place, and infinity is no value to go back to.
        ([nan, 2, nan, nan], {"patience": 2}, 1, 3),
        ([nan, nan, nan], {"patience": 3}, None, 2),
        ([inf, 2, 3], {"patience": 2}, 1, None),
        ([1, -inf, 0], {"patience": 1}, 1, 2),
        # Epochs that do not beat the baseline are waited for, whether they are better than the last or not.
        ([3, 2, 1.9, 1], {"patience": 2, "baseline": 1.5}, 1, 1),
        ([3, 1, 0.5, 0.6, 0.6], {"patience": 2, "baseline": 1.5}, 2, 4),
        ([1, 2, 2], {"patience": 2, "baseline": 1.5}, 0, 2),
        ([0.3, 0.4], {"patience": 2, "mode": "max", "baseline": 0.9}, 1, 1),
        # Nothing before start_from_epoch counts.
        ([0, 0, 5, 6, 7], {"patience": 2, "start_from_epoch": 2}, 2, 4),
        ([1, 1, 1], {"patience": 1, "start_from_epoch": 5}, None, None),
    ],
)
def test_early_stopping(values, options, best_epoch, stopped_epoch, small_model):
    model, script = small_model(optimizer="adam"), Script(values)
    stopping = lm.callbacks.EarlyStopping("score", **options)
    history = fit(model, [script, stopping], epochs=len(values))
    assert (stopping.best_epoch, stopping.stopped_epoch) == (best_epoch, stopped_epoch)
    assert history.epoch == list(range(len(values) if stopped_epoch is None else stopped_epoch + 1))
    if best_epoch is None:
        assert stopping.best in (inf, -inf)
    else:
        assert stopping.best == values[best_epoch]
    assert same_bits(weights_of(model), script.weights[-1 if best_epoch is None else best_epoch])


def test_the_last_weights_stay_where_the_best_are_not_wanted(small_model):
    model, script = small_model(), Script([1, 2, 3])
    stopping = lm.callbacks.EarlyStopping("score", 2, restore_best_weights=False)
    fit(model, [script, stopping], epochs=3)
    assert stopping.best_epoch == 0
    assert same_bits(weights_of(model), script.weights[2])
    assert not same_bits(weights_of(model), script.weights[0])


def test_the_best_weights_come_back_whatever_ended_training(small_model):
    model, script = small_model(), Script([1, 2, 3])
    stopping = lm.callbacks.EarlyStopping("score", 9)

    def interrupt(epoch, logs):
        if epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(model, [script, stopping, interrupt], epochs=3)
    assert same_bits(weights_of(model), script.weights[0])


def test_a_callback_may_be_used_again(small_model):
    model, stopping = small_model(), lm.callbacks.EarlyStopping("score", 1)
    fit(model, [Script([1, 2]), stopping], epochs=2)
    fit(model, [Script([9, 8, 7]), stopping], epochs=3)
    assert (stopping.best, stopping.best_epoch, stopping.stopped_epoch) == (7, 2, None)


@pytest.mark.parametrize(
    ("metric", "more"),
    [
        ("loss", False),
        ("val_loss", False),
        ("accuracy", True),
        ("val_accuracy", True),
        ("head_accuracy", True),
        ("val_head_f1", True),
        ("f1_macro", True),
        ("top_5", True),
        ("top_k_accuracy", True),
        ("r2", True),
        ("precision", True),
        ("val_recall_micro", True),
        ("mean_absolute_error", False),
        ("accuracy_loss", False),
        ("val_recall_huber", False),
        ("rmse", False),
        ("score", False),
    ],
)
def test_automatic_modes(metric, more, small_model):
    stopping = lm.callbacks.EarlyStopping(metric)
    fit(small_model(metrics=["accuracy"]), [Script([1, 2], metric), stopping], epochs=2)
    assert stopping.best_epoch == (1 if more else 0)


def test_a_real_metric(small_model):
    model = small_model(optimizer=lm.optim.Adam(0.05), metrics=["accuracy"])
    stopping = lm.callbacks.EarlyStopping("val_accuracy", patience=4)
    history = fit(model, [stopping], epochs=200, validation_split=0.25).history["val_accuracy"]
    assert stopping.best == max(history) == history[stopping.best_epoch]
    assert stopping.stopped_epoch == stopping.best_epoch + 4
    assert model.evaluate(X[67:], Y[67:])["accuracy"] == stopping.best


MONITORS = [lm.callbacks.EarlyStopping, lm.callbacks.ReduceLROnPlateau]


@pytest.mark.parametrize("kind", MONITORS)
@pytest.mark.parametrize(
    ("monitor", "words"),
    [
        ("val_loss", "not computed without validation data; did you mean 'loss'. .known: loss, accuracy"),
        ("acuracy", "'acuracy' is not computed; did you mean 'accuracy'. .known: loss, accuracy"),
    ],
)
def test_a_metric_that_is_not_computed_is_found_before_the_first_step(kind, monitor, words, small_model):
    model = small_model(metrics=["accuracy"])
    with pytest.raises(ValueError, match=f"{kind.__name__}: monitor: .*{words}"):
        fit(model, [lm.callbacks.LearningRateLogger(), lm.callbacks.TimeBudget(9), kind(monitor)])
    assert model.steps == 0
    fit(model, [kind("loss")])


def test_what_other_callbacks_may_add_is_waited_for(small_model):
    model, stopping = small_model(), lm.callbacks.EarlyStopping("learning_rate")
    fit(model, [lm.callbacks.LearningRateLogger(), stopping])
    assert stopping.best == 0.01
    with pytest.raises(ValueError, match=r"'val_score' is not computed .*\(known: loss, score\)"):
        fit(model, [Script([1]), lm.callbacks.EarlyStopping("val_score")], epochs=3)
    assert model.history.epoch == [0]
    with pytest.raises(ValueError, match="'learning_rate' is not computed"):
        fit(model, [stopping, lm.callbacks.LearningRateLogger()])


@pytest.mark.parametrize("kind", MONITORS)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"monitor": 3}, "monitor: expected a name .*got int"),
        ({"patience": -1}, "patience: expected at least 0, got -1"),
        ({"patience": 1.5}, "patience: expected an integer, got 1.5"),
        ({"min_delta": -0.1}, "min_delta: expected at least 0, got -0.1"),
        ({"min_delta": nan}, "min_delta: expected a finite number, got nan"),
        ({"min_delta": "a"}, "min_delta: expected a number, got 'a'"),
        ({"mode": "mx"}, "mode: unknown mode 'mx'; did you mean 'max'"),
        ({"patiance": 3}, "unknown keyword 'patiance'; did you mean 'patience'"),
    ],
)
def test_bad_monitor_arguments(kind, options, words):
    with pytest.raises((ValueError, TypeError), match=f"{kind.__name__}: {words}"):
        kind(**options)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda c: c.EarlyStopping(baseline=nan), "EarlyStopping: baseline: expected a finite number"),
        (lambda c: c.EarlyStopping(start_from_epoch=-1), "EarlyStopping: start_from_epoch: .*at least 0"),
        (
            lambda c: c.ReduceLROnPlateau(factor=1.0),
            "ReduceLROnPlateau: factor: expected 0 < factor < 1, got 1",
        ),
        (lambda c: c.ReduceLROnPlateau(factor=0), "ReduceLROnPlateau: factor: expected 0 < factor < 1"),
        (lambda c: c.ReduceLROnPlateau(cooldown=-1), "ReduceLROnPlateau: cooldown: expected at least 0"),
        (lambda c: c.ReduceLROnPlateau(min_lr=-1), "ReduceLROnPlateau: min_lr: expected at least 0"),
        (lambda c: c.TimeBudget(-1), "TimeBudget: seconds: expected at least 0, got -1"),
        (lambda c: c.TimeBudget(nan), "TimeBudget: seconds: expected a finite number, got nan"),
        (lambda c: c.TimeBudget("1 h"), "TimeBudget: seconds: expected a number, got '1 h'"),
        (lambda c: c.EverySteps(0, print), "EverySteps: k: expected at least 1, got 0"),
        (lambda c: c.EverySteps(2, 3), "EverySteps: function: expected a callable .*got int"),
        (lambda c: c.EveryEpochs(1.5, print), "EveryEpochs: k: expected an integer, got 1.5"),
        (lambda c: c.EveryEpochs(1, None), "EveryEpochs: function: expected a callable .*got NoneType"),
        (lambda c: c.CSVLogger("a", ", "), "CSVLogger: separator: expected one character, got ', '"),
        (lambda c: c.CSVLogger("a", 3), "CSVLogger: separator: expected a string, got int"),
        (lambda c: c.CSVLogger("a", apend=True), "did you mean 'append'"),
    ],
)
def test_bad_arguments(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make(lm.callbacks)


# The learning rate


@pytest.mark.parametrize(
    ("values", "options", "rates"),
    [
        ([3, 3, 3, 3, 3, 3], {"patience": 2}, [1, 1, 1 / 2, 1 / 2, 1 / 4, 1 / 4]),
        ([3, 3, 3, 3], {"patience": 0}, [1, 1 / 2, 1 / 4, 1 / 8]),
        ([3, 3, 3, 3], {"patience": 1}, [1, 1 / 2, 1 / 4, 1 / 8]),
        ([3, 2, 1, 1, 0], {"patience": 1}, [1, 1, 1, 1 / 2, 1 / 2]),
        # Two epochs after a reduction are not counted; a better one among them still sets the mark.
        ([3, 3, 3, 3, 3, 3], {"patience": 1, "cooldown": 2}, [1, 1 / 2, 1 / 2, 1 / 2, 1 / 4, 1 / 4]),
        ([3, 3, 1, 2, 2, 0.5], {"patience": 1, "cooldown": 2}, [1, 1 / 2, 1 / 2, 1 / 2, 1 / 4, 1 / 4]),
        ([3, 3, 3, 3], {"patience": 1, "min_lr": 0.3}, [1, 1 / 2, 0.3, 0.3]),
        ([3, 3, 3], {"patience": 1, "min_lr": 2.0}, [1, 1, 1]),
        ([1, 2, 2, 2], {"patience": 1, "mode": "max"}, [1, 1, 1 / 2, 1 / 4]),
        ([3, 2.9, 2.8, 2.7], {"patience": 2, "min_delta": 0.15}, [1, 1, 1, 1]),
        ([3, 2.9, 2.8, 2.7], {"patience": 2, "min_delta": 0.5}, [1, 1, 1 / 2, 1 / 2]),
        ([1, 1 - 5e-5, 1 - 9e-5], {"patience": 2}, [1, 1, 1 / 2]),
        ([nan, nan, nan], {"patience": 2}, [1, 1 / 2, 1 / 2]),
    ],
)
def test_the_plateau(values, options, rates, small_model):
    model, seen = small_model(optimizer=lm.optim.SGD(1.0)), []
    plateau = lm.callbacks.ReduceLROnPlateau("score", factor=0.5, **options)
    look = lm.callbacks.EveryEpochs(1, lambda model, epoch, logs: seen.append(model.learning_rate))
    fit(model, [Script(values), plateau, look], epochs=len(values))
    assert seen == pytest.approx(rates, rel=1e-15)


def test_the_rate_is_logged_as_it_was_at_the_epochs_first_step(small_model):
    """Wherever the logger stands in the list."""
    for place in (0, 1, 2):
        callbacks = [Script([3, 3, 3]), lm.callbacks.ReduceLROnPlateau("score", 0.5, patience=1)]
        callbacks.insert(place, lm.callbacks.LearningRateLogger())
        history = fit(small_model(optimizer=lm.optim.SGD(1.0)), callbacks, epochs=3).history
        assert history["learning_rate"] == [1.0, 1.0, 0.5]


def test_the_display_shows_small_rates(small_model, capsys):
    fit(small_model(optimizer=lm.optim.SGD(3e-5)), [lm.callbacks.LearningRateLogger()], verbose=2)
    assert "learning_rate 3.000e-05" in capsys.readouterr().out


# Time


def slow(y, p):
    time.sleep(0.002)
    return ((p - y) ** 2).sum(axis=1), 2 * (p - y)


def test_the_time_budget_ends_an_epoch_in_the_middle():
    model = mlp((4, 3))
    model.compile("sgd", slow)
    x, y = np.tile(X, (20, 1)), np.tile(X[:, :3], (20, 1))
    start = time.monotonic()
    budget = [lm.callbacks.TimeBudget(0.1)]
    history = model.fit(
        x, y, batch_size=1, epochs=5, callbacks=budget, validation_data=(X, X[:, :3]), verbose=0
    )
    assert time.monotonic() - start >= 0.1
    assert 0 < model.steps <= 900  # an epoch has 1800 steps of at least 2 ms
    assert history.epoch == [0]
    assert {name: len(values) for name, values in history.history.items()} == {"loss": 1, "val_loss": 1}
    assert np.isfinite(history.history["loss"] + history.history["val_loss"]).all()
    assert model.epochs == 1


def test_a_time_budget_that_is_over_after_an_epoch(small_model):
    assert fit(small_model(), [lm.callbacks.TimeBudget(0)], epochs=100).epoch == [0]


def test_a_time_budget_that_is_not_used_up(small_model):
    assert len(fit(small_model(), [lm.callbacks.TimeBudget(1000)], epochs=10).epoch) == 10


# Functions


@pytest.mark.parametrize("k", [1, 2, 3])
def test_every_k_epochs(k, small_model):
    calls = []
    every = lm.callbacks.EveryEpochs(k, lambda model, epoch, logs: calls.append((model, epoch, dict(logs))))
    model = small_model()
    losses = fit(model, [every], epochs=6, initial_epoch=1).history["loss"]
    expected = [epoch for epoch in range(1, 6) if (epoch + 1) % k == 0]
    assert calls == [(model, epoch, {"loss": losses[epoch - 1]}) for epoch in expected]


@pytest.mark.parametrize("kind", [lm.callbacks.EverySteps, lm.callbacks.EveryEpochs])
def test_functions_may_stop(kind, small_model):
    model = small_model()
    fit(model, [kind(2, lambda model, number, logs: True)], epochs=9)
    assert model.steps == (2 if kind is lm.callbacks.EverySteps else 6)


# Models


def test_a_model_trained_with_callbacks_is_pickled_without_them(tmp_path, small_model):
    model = small_model()
    callbacks = [
        lambda epoch, logs: None,
        lm.callbacks.EarlyStopping("loss", 5),
        lm.callbacks.EverySteps(2, lambda *_: None),
        lm.callbacks.CSVLogger(tmp_path / "log.csv"),
        lm.callbacks.ReduceLROnPlateau("loss", 0.5, 1, min_delta=10),
    ]
    fit(model, callbacks, epochs=3)
    twin = pickle.loads(pickle.dumps(model))
    assert same_bits(weights_of(model), weights_of(twin))
    assert twin.history.history == model.history.history
    assert fit(twin, []).history == fit(model, []).history
    stopping = pickle.loads(pickle.dumps(callbacks[1]))
    assert stopping.best == callbacks[1].best
    assert not isnan(stopping.best)
