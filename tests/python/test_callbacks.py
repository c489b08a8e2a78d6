# SPDX-License-Identifier: BSD-3-Clause
"""When callbacks are called, what they may do, and what becomes of training when they fail."""

from __future__ import annotations

import copy
import re
import sys
from pathlib import Path

import laminar as lm
import numpy as np
import pytest
from laminar.callbacks._run import Run
from support.networks import mlp, same_bits, weights_of

X, Y = np.random.default_rng(0).normal(size=(90, 4)), np.arange(90) % 3
STEPS = 3  # an epoch, of 32, 32 and 26 examples


def fit(model, callbacks, **options):
    return model.fit(X, Y, **{"verbose": 0, "callbacks": callbacks} | options)


class Recorder(lm.callbacks.Callback):
    """Remembers every call; may raise or do something at one of them."""

    def __init__(self, every_steps=1, at=None, act=None):
        self.every_steps, self.at, self.act, self.events = every_steps, at, act, []

    def _note(self, hook, value):
        self.events.append((hook, value))
        return self.act() if hook == self.at else None

    def on_train_begin(self, model):
        assert self.model is model
        return self._note("on_train_begin", model)

    def on_epoch_begin(self, epoch):
        return self._note("on_epoch_begin", epoch)

    def on_step_end(self, step, logs):
        self.logs = logs
        return self._note("on_step_end", step)

    def on_epoch_end(self, epoch, logs):
        return self._note("on_epoch_end", epoch)

    def on_train_end(self, model):
        return self._note("on_train_end", model)

    def seen(self, hook):
        return [value for name, value in self.events if name == hook]


HOOKS = ["on_train_begin", "on_epoch_begin", "on_step_end", "on_epoch_end", "on_train_end"]


# When


def test_the_order_of_calls(small_model):
    model, recorder = small_model(), Recorder()
    fit(model, [recorder], epochs=5, initial_epoch=3)
    epochs = [
        [("on_epoch_begin", e), *(("on_step_end", 3 * i + s) for s in (1, 2, 3)), ("on_epoch_end", e)]
        for i, e in enumerate((3, 4))
    ]
    assert recorder.events == [("on_train_begin", model), *epochs[0], *epochs[1], ("on_train_end", model)]


def test_what_is_not_overridden_is_not_called(small_model):
    """The core is handed no hook then, and stays in its own code."""
    run = Run(small_model(), [lm.callbacks.EarlyStopping("loss")], None)
    assert run.on_epoch is not None
    assert (run.on_step, run.on_epoch_begin, run.on_poll) == (None, None, None)
    run = Run(small_model(), [], None)
    assert (run.on_begin, run.on_epoch) == (None, None)


def test_without_callbacks_no_python_runs_during_a_fit(small_model):
    model, events = small_model(), []
    sys.setprofile(lambda frame, event, argument: events.append((event, getattr(argument, "__name__", ""))))
    try:
        fit(model, (), epochs=50)
    finally:
        sys.setprofile(None)
    assert events[events.index(("c_call", "fit")) + 1] == ("c_return", "fit")


@pytest.mark.parametrize("periods", [(1,), (2,), (5,), (100,), (4, 6), (2, 3)])
def test_step_hooks_get_every_kth_step_of_the_models_life(periods, small_model):
    model = small_model()
    model.train_on_batch(X, Y)
    recorders = [Recorder(k) for k in periods]
    fit(model, recorders, epochs=4)
    for k, recorder in zip(periods, recorders, strict=True):
        assert recorder.seen("on_step_end") == [step for step in range(2, 14) if step % k == 0]


def test_the_core_calls_at_no_other_steps(small_model):
    assert Run(small_model(), [Recorder(4), Recorder(6)], None).every_steps == 2
    assert Run(small_model(), [Recorder(6), Recorder(10_000_002)], None).every_steps == 6


def test_step_logs_are_of_the_epoch_so_far(small_model):
    model, recorder, seen = small_model(optimizer=lm.optim.SGD(0.0), metrics=["accuracy"]), Recorder(), []
    recorder.at, recorder.act = "on_step_end", lambda: seen.append(recorder.logs)
    fit(model, [recorder], shuffle=False)
    for logs, rows in zip(seen, (32, 64, 90), strict=True):
        assert logs == pytest.approx(model.evaluate(X[:rows], Y[:rows]), rel=1e-6)


def test_a_batch_without_weight_is_no_step(small_model):
    weights = np.ones(90)
    weights[32:64] = 0
    recorder = Recorder()
    fit(small_model(), [recorder], sample_weight=weights, shuffle=False, epochs=2)
    assert recorder.seen("on_step_end") == [1, 2, 3, 4]


def test_polls_come_now_and_then():
    class Poller(lm.callbacks.Callback):
        polls = 0

        def on_poll(self, step, logs):
            assert step == self.model.steps
            assert "loss" in logs
            self.polls += 1
            return self.polls == 3

    model, poller = mlp((4, 3), output="softmax"), Poller()
    model.compile("sgd", "cross_entropy")
    fit(model, [poller], epochs=10**6)
    assert poller.polls == 3


def test_observers_change_no_bit(small_model):
    plain, watched = small_model("tanh", optimizer="adam"), small_model("tanh", optimizer="adam")
    a = fit(plain, (), epochs=5, validation_split=0.2).history
    look = [
        Recorder(),
        lambda epoch, logs: watched.evaluate(X, Y) and None,
        lm.callbacks.LearningRateLogger(),
    ]
    b = fit(watched, look, epochs=5, validation_split=0.2).history
    assert {name: b[name] for name in a} == a
    assert same_bits(weights_of(plain), weights_of(watched))


# Stopping


@pytest.mark.parametrize("hook", ["on_step_end", "on_epoch_end"])
def test_true_stops_and_all_are_still_told(hook, small_model):
    model, stopper, later = small_model(), Recorder(2, hook, lambda: True), Recorder()
    history = fit(model, [stopper, later], epochs=9, validation_split=0.2)
    steps = 2 if hook == "on_step_end" else STEPS
    assert (model.steps, model.epochs, history.epoch) == (steps, 1, [0])
    assert later.seen("on_step_end") == list(range(1, steps + 1))
    assert stopper.seen("on_epoch_end") == later.seen("on_epoch_end") == [0]
    assert later.events[-1] == ("on_train_end", model)


def test_an_epoch_that_is_stopped_in_the_middle_counts_as_one(small_model):
    """Its numbers are those of the steps made, and it is validated."""
    model = small_model(optimizer=lm.optim.SGD(0.0), metrics=["accuracy"])
    stop = lm.callbacks.EverySteps(2, lambda model, step, logs: True)
    history = fit(model, [stop], epochs=9, shuffle=False, validation_data=(X, Y)).history
    expected = model.evaluate(X[:64], Y[:64]), model.evaluate(X, Y)
    assert {name: history[name][0] for name in expected[0]} == pytest.approx(expected[0], rel=1e-6)
    assert {name: history[f"val_{name}"][0] for name in expected[1]} == pytest.approx(expected[1], rel=1e-6)
    assert [len(values) for values in history.values()] == [1] * 4


# The logs


def test_additions_reach_later_callbacks_the_history_and_the_display(small_model, capsys):
    seen = []

    def measure(epoch, logs):
        logs["gap"] = np.float32(logs["val_loss"] - logs["loss"])
        logs["loss"] = 12.5

    callbacks = [measure, lambda epoch, logs: seen.append(dict(logs))]
    history = fit(small_model(), callbacks, epochs=3, validation_split=0.2, verbose=2).history
    assert list(history) == ["loss", "val_loss", "gap"]
    assert history["loss"] == [12.5] * 3
    assert history["gap"] == [logs["gap"] for logs in seen]
    assert all(isinstance(value, float) for value in history["gap"])
    lines = capsys.readouterr().out.splitlines()
    assert all("loss 12.5000" in line and f"gap {gap:.4f}" in line for line, gap in zip(
        lines, history["gap"], strict=True))  # fmt: skip


def test_a_number_that_only_some_epochs_have_is_nan_elsewhere(small_model):
    callback = lm.callbacks.EveryEpochs(2, lambda model, epoch, logs: logs.update(extra=epoch))
    history = fit(small_model(), [callback], epochs=5).history
    assert np.array_equal(history["extra"], [np.nan, 1, np.nan, 3, np.nan], equal_nan=True)
    assert len(history["loss"]) == 5


@pytest.mark.parametrize("addition", [{"note": "good"}, {"none": None}, {3: 1.0}])
def test_only_numbers_may_be_added(addition, small_model):
    model = small_model()
    with pytest.raises(TypeError, match=r"callbacks: expected names to numbers in the logs, got"):
        fit(model, [lambda epoch, logs: logs.update(addition)])
    assert list(model.history.history) == ["loss"]


def test_a_removed_name_stays_in_the_history(small_model):
    assert list(fit(small_model(), [lambda epoch, logs: logs.clear()]).history) == ["loss"]


# What may be done inside


@pytest.mark.parametrize("hook", HOOKS[:-1])
def test_the_model_may_be_looked_at_and_changed(hook, small_model):
    model, results = small_model(), []
    weights = [np.full_like(w, 0.25) for w in model.get_weights()]

    def act():
        results.append(model.predict(X).shape)
        results.append(model.evaluate(X, Y)["loss"])
        model.value_and_grad(X, Y)
        copy.deepcopy(model).fit(X, Y, verbose=0)
        model.set_weights(weights)
        model.learning_rate = 0.0

    fit(model, [Recorder(at=hook, act=act)], epochs=2)
    assert results[0] == (90, 3)
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), weights, strict=True))
    assert model.steps == 2 * STEPS


@pytest.mark.parametrize("hook", HOOKS[:-1])
@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.fit(X, Y, verbose=0),
        lambda m: m.train_on_batch(X, Y),
        lambda m: m.compile("sgd", "cross_entropy"),
    ],
    ids=["fit", "train_on_batch", "compile"],
)
def test_training_inside_training_is_an_error(hook, call, small_model):
    model = small_model()
    with pytest.raises(RuntimeError, match=r"in use.*neither train nor compile"):
        fit(model, [Recorder(at=hook, act=lambda: call(model))])
    fit(model, [])


def test_on_train_end_may_train_again(small_model):
    model = small_model()
    fit(model, [Recorder(at="on_train_end", act=lambda: model.train_on_batch(X, Y))])
    assert model.steps == STEPS + 1


def test_what_is_frozen_or_thawed_holds_from_the_next_epoch(small_model):
    model = small_model()
    first = model.layers[0]
    seen = []

    def thaw(epoch, logs):
        seen.append(model.get_weights()[0])
        first.trainable = epoch == 0

    first.trainable = False
    before = model.get_weights()[0]
    fit(model, [thaw], epochs=3)
    assert np.array_equal(seen[0], before)
    assert not np.array_equal(seen[1], before)
    assert np.array_equal(seen[2], seen[1])


# Failing


class FailureError(Exception):
    pass


@pytest.mark.parametrize("kind", [FailureError, KeyboardInterrupt])
@pytest.mark.parametrize("hook", HOOKS)
def test_an_exception_reaches_the_user_and_leaves_a_model(hook, kind, small_model):
    model, twin, error = small_model(), small_model(), kind("from inside")

    def fail():
        if failing.events[-1][1] in (model, 1, 5):  # the second epoch, or the second step of it
            raise error

    before, failing, after = Recorder(), Recorder(at=hook, act=fail), Recorder()
    with pytest.raises(kind) as caught:
        fit(model, [before, failing, after], epochs=3)
    assert caught.value is error
    assert caught.value.__cause__ is None

    steps = {"on_train_begin": 0, "on_epoch_begin": 3, "on_step_end": 1, "on_epoch_end": 6, "on_train_end": 9}
    epochs = {"on_train_begin": [], "on_epoch_begin": [0], "on_step_end": [], "on_epoch_end": [0, 1]}
    assert model.steps == steps[hook]
    assert model.history.epoch == epochs.get(hook, [0, 1, 2])
    assert [len(values) for values in model.history.history.values()] == [len(model.history.epoch)] * bool(
        model.history.epoch
    )
    told = [len(recorder.seen("on_train_end")) for recorder in (before, failing, after)]
    assert told == ([1, 0, 0] if hook == "on_train_begin" else [1, 1, 1])

    # Bit for bit what whole steps have made, and ready for more.
    until = lm.callbacks.EverySteps(max(1, steps[hook]), lambda *_: True)
    fit(twin, [until], epochs=3 if steps[hook] else 0)
    assert same_bits(weights_of(model), weights_of(twin))
    assert model.compiled
    assert fit(model, []).epoch == [0]


def test_all_are_told_of_the_end_and_the_first_exception_wins(small_model):
    def failing(message):
        def act():
            raise FailureError(message)

        return Recorder(at="on_train_end", act=act)

    recorders = [failing("one"), failing("two"), Recorder()]
    with pytest.raises(FailureError, match="one") as caught:
        fit(small_model(), recorders)
    assert "Recorder.on_train_end raised too: FailureError('two')" in caught.value.__notes__
    assert [len(recorder.seen("on_train_end")) for recorder in recorders] == [1, 1, 1]
    with pytest.raises(ZeroDivisionError) as caught:
        fit(small_model(), [failing("late"), lambda epoch, logs: 1 / 0])
    assert "FailureError('late')" in caught.value.__notes__[0]


def test_divergence_tells_the_callbacks():
    model, recorder = mlp((4, 1)), Recorder()
    model.compile(lm.optim.SGD(1e3), "squared_error")
    with pytest.raises(lm.DivergedError):
        fit(model, [recorder], epochs=500)
    assert recorder.events[-1] == ("on_train_end", model)
    assert recorder.seen("on_epoch_end") == model.history.epoch


def test_nobody_is_told_of_a_call_that_is_refused(small_model):
    model, recorder = small_model(), Recorder()
    history = fit(model, [])
    with pytest.raises(lm.ShapeError):
        model.fit(X[:, :3], Y, callbacks=[recorder], verbose=0)
    with pytest.raises(lm.ShapeError, match="validation_data: x: expected 4 features"):
        fit(model, [recorder], validation_data=(X[:, :3], Y))
    assert recorder.events == []
    assert model.history.history == history.history


@pytest.mark.parametrize("every", [0, -1, 2.5, None])
def test_bad_every_steps(every, small_model):
    with pytest.raises((ValueError, TypeError), match="Recorder: every_steps"):
        fit(small_model(), [Recorder(every)])


# The page


def test_the_page_runs(monkeypatch, tmp_path, capsys):
    page = Path(__file__).parents[2] / "docs" / "callbacks.md"
    if not page.exists():
        pytest.skip("the tests stand alone, without docs")
    monkeypatch.chdir(tmp_path)
    names = {}
    for snippet in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(snippet, page.name, "exec"), names)
    assert (tmp_path / "log.csv").exists()
    assert len(capsys.readouterr().out.splitlines()) >= 4
