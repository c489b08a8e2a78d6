# SPDX-License-Identifier: BSD-3-Clause
"""What ``fit`` shows, and that no terminal can end it."""

from __future__ import annotations

import io
import sys

import laminar as lm
import numpy as np
import pytest
from laminar._progress import make_progress

X, Y = np.random.default_rng(0).normal(size=(90, 4)), np.arange(90) % 3


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Broken(Terminal):
    def write(self, text: str) -> int:
        raise OSError("the pipe is closed")


def test_nothing(small_model, capsys):
    small_model().fit(X, Y, epochs=2, verbose=0)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("verbose", ["auto", 2])
def test_lines(small_model, capsys, verbose):
    model = small_model(metrics=["accuracy"])
    history = model.fit(X, Y, epochs=12, initial_epoch=9, validation_split=0.2, verbose=verbose)
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert not err
    assert [line.split("  ")[0] for line in lines] == ["epoch 10/12", "epoch 11/12", "epoch 12/12"]
    for name, values in history.history.items():
        assert f"{name} {values[-1]:.4f}" in lines[-1]
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert lines[-1].endswith(" s")


@pytest.mark.parametrize("package", ["tqdm", "rich"])
@pytest.mark.parametrize("verbose", ["auto", 1])
def test_bars(small_model, monkeypatch, package, verbose):
    pytest.importorskip(package)
    if package == "rich":
        monkeypatch.setitem(sys.modules, "tqdm", None)
        monkeypatch.setenv("COLUMNS", "120")
        monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    small_model(metrics=["accuracy"]).fit(X, Y, epochs=3, verbose=verbose)
    shown = terminal.getvalue()
    assert "epoch 3/3" in shown
    assert "100%" in shown
    assert "loss" in shown
    assert "accuracy" in shown


def test_lines_where_no_bar_is_installed(small_model, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    small_model().fit(X, Y, epochs=2, verbose="auto")
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize("verbose", ["auto", 1, 2])
@pytest.mark.parametrize("stream", [Broken(), None], ids=["broken", "none"])
def test_an_odd_terminal_does_not_end_training(small_model, monkeypatch, verbose, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(sys, "stdout", stream)
    history = small_model().fit(X, Y, epochs=3, verbose=verbose)
    assert history.epoch == [0, 1, 2]


def test_a_closed_stream_does_not_end_training(small_model, monkeypatch):
    closed = Terminal()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    monkeypatch.setattr(sys, "stdout", closed)
    assert len(small_model().fit(X, Y, epochs=3).epoch) == 3


@pytest.mark.parametrize("verbose", [3, "yes", None])
def test_unknown_verbose(small_model, verbose):
    with pytest.raises(ValueError, match="verbose: expected 'auto', 0, 1 or 2"):
        small_model().fit(X, Y, verbose=verbose)


def test_nothing_is_drawn_before_the_data_is_checked(small_model, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with pytest.raises(lm.ShapeError):
        small_model().fit(X[:, :3], Y, verbose=1)
    assert not terminal.getvalue()


def test_training_without_watchers_has_no_hooks():
    assert make_progress(0, 3, 0) is None


class Recorder(lm.callbacks.Callback):
    def __init__(self, stop_after=None):
        self.events = []
        self.stop_after = stop_after

    def on_train_begin(self, model):
        self.events.append(("begin", model))

    def on_epoch_end(self, epoch, logs):
        self.events.append((epoch, dict(logs)))
        return epoch == self.stop_after

    def on_train_end(self, model):
        self.events.append(("end", model))


def test_callbacks(small_model):
    model = small_model()
    recorder = Recorder()
    seen = []
    history = model.fit(X, Y, epochs=3, callbacks=[recorder, lambda e, logs: seen.append(e)], verbose=0)
    assert [event[0] for event in recorder.events] == ["begin", 0, 1, 2, "end"]
    assert [event[1]["loss"] for event in recorder.events[1:-1]] == history.history["loss"]
    assert recorder.events[0][1] is model
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("callback", [Recorder(1), lambda e, logs: e == 1, lambda e, logs: np.bool_(e == 1)])
def test_true_stops(small_model, callback):
    later = []
    history = small_model().fit(X, Y, epochs=9, callbacks=[callback, lambda e, _: later.append(e)], verbose=0)
    assert history.epoch == [0, 1]
    assert later == [0, 1]


def test_only_true_stops(small_model):
    history = small_model().fit(X, Y, epochs=3, callbacks=[lambda e, logs: logs["loss"]], verbose=0)
    assert history.epoch == [0, 1, 2]


def test_an_exception_leaves_the_history(small_model):
    model = small_model()
    recorder = Recorder()

    def fail(epoch, logs):
        if epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=9, callbacks=[recorder, fail], verbose=0)
    assert model.history.epoch == [0, 1]
    assert len(model.history.history["loss"]) == 2
    assert recorder.events[-1][0] == "end"
    model.fit(X, Y, epochs=1, verbose=0)


@pytest.mark.parametrize(
    ("callbacks", "words"),
    [(Recorder(), "sequence"), (5, "sequence"), ([5], "int"), ([Recorder], "the class Recorder")],
)
def test_bad_callbacks(small_model, callbacks, words):
    with pytest.raises(TypeError, match=f"fit: callbacks: .*{words}"):
        small_model().fit(X, Y, callbacks=callbacks, verbose=0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"epochs": 2.5}, "fit: epochs: expected an integer, got 2.5"),
        ({"batch_size": "32"}, "fit: batch_size: expected an integer, got '32'"),
        ({"validation_data": X}, "fit: validation_data: expected .x, y."),
        ({"validation_data": (X,)}, "fit: validation_data: .* got 1 values"),
        ({"class_weight": "balanced"}, "fit: class_weight: expected a dict"),
    ],
)
def test_bad_fit_arguments(small_model, arguments, words):
    with pytest.raises(TypeError, match=words):
        small_model().fit(X, Y, verbose=0, **arguments)


def test_history_repr():
    assert repr(lm.History({"loss": [0.5]}, [0])) == "History(1 epoch, loss=0.5)"
    assert repr(lm.History({}, [])) == "History(0 epochs)"
