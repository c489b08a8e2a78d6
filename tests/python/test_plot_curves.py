# SPDX-License-Identifier: BSD-3-Clause
"""Curves over time: losses and metrics, learning rates."""

from __future__ import annotations

import laminar as lm
import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

from matplotlib.figure import Figure
from support.pictures import HISTORY, legend


def test_curves_and_the_best_epoch(ax):
    assert lm.plot.learning_curves(HISTORY, "accuracy", ax=ax) is ax
    train, dev, at, best = ax.lines
    assert train.get_xdata().tolist() == [5, 6, 7, 8]
    assert train.get_ydata().tolist() == HISTORY.history["accuracy"]
    assert dev.get_ydata().tolist() == HISTORY.history["val_accuracy"]
    assert set(at.get_xdata()) == {7}
    assert (best.get_xdata()[0], best.get_ydata()[0]) == (7, 0.75)
    assert legend(ax) == ["train", "dev", "best dev: 0.75, epoch 7"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "accuracy")


def test_a_panel_for_each_metric(plt):
    panels = lm.plot.learning_curves(HISTORY)
    assert [panel.get_ylabel() for panel in panels] == ["loss", "accuracy"]
    assert len(panels[0].figure.axes) == 2
    names = [f"c{i}_loss" for i in range(4)]
    four = lm.plot.learning_curves({name: [1.0, 0.5] for name in names})
    assert four.shape == (4,)
    assert len(four[0].figure.axes) == 4


def test_given_panels(plt):
    axes = Figure().subplots(1, 2)
    panels = lm.plot.learning_curves(HISTORY, ["accuracy", "loss"], ax=axes)
    assert panels.tolist() == axes.tolist()
    assert axes[0].get_ylabel() == "accuracy"
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("name", "best"),
    [
        ("loss", 2),
        ("digit_loss", 2),
        ("mean_squared_error", 2),
        ("rmse", 2),
        ("accuracy", 3),
        ("digit_accuracy", 3),
        ("top_k_accuracy", 3),
        ("f1_macro", 3),
        ("r2", 3),
        ("learning_rate", None),
    ],
)
def test_what_is_best(ax, name, best):
    lm.plot.learning_curves({name: [0.5, 0.1, 0.8]}, name, ax=ax)
    expected = ["train"] if best is None else ["train", f"best train: {[0.1, 0.8][best - 2]}, epoch {best}"]
    assert legend(ax) == expected


def test_what_is_not_finite_is_not_best(ax):
    lm.plot.learning_curves({"loss": [0.5, np.nan]}, "loss", ax=ax)
    assert legend(ax)[-1] == "best train: 0.5, epoch 1"
    ax.clear()
    lm.plot.learning_curves({"loss": [np.nan]}, "loss", ax=ax)
    assert legend(ax) == ["train"]


def test_one_epoch_is_seen(ax):
    lm.plot.learning_curves({"loss": [0.5]}, "loss", ax=ax)
    assert ax.lines[0].get_marker() == "o"


def test_the_history_of_a_fit(plt, small_model, rng):
    model = small_model(metrics=["accuracy"])
    history = model.fit(
        rng.normal(size=(30, 4)), rng.integers(0, 3, 30), epochs=3, validation_split=0.3, verbose=0
    )
    panels = lm.plot.learning_curves(history)
    assert panels[0].lines[1].get_ydata().tolist() == history.history["val_loss"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (({},), ValueError, "at least one epoch"),
        ((lm.History({}, []),), ValueError, "at least one epoch"),
        ((lm.History({"loss": []}, []),), ValueError, "at least one epoch"),
        (({"loss": [1.0], "val_loss": [1.0, 2.0]},), ValueError, r"one length, got \[1, 2\]"),
        (([0.3, 0.2],), TypeError, "what fit returned, got list"),
        (
            (HISTORY, "acuracy"),
            ValueError,
            r"'acuracy'.*did you mean 'accuracy'\? \(known: loss, accuracy\)",
        ),
        ((HISTORY, ["loss", "val_loss"]), ValueError, "'val_loss' is not in the history"),
        ((HISTORY, []), ValueError, "at least one name"),
        ((HISTORY, None, Figure().subplots()), ValueError, "one Axes for each of loss, accuracy, got 1"),
        ((HISTORY, "loss", "here"), TypeError, "expected a matplotlib Axes, got str"),
    ],
)
def test_bad_histories(plt, arguments, error, message):
    with pytest.raises(error, match=f"learning_curves: .*{message}"):
        lm.plot.learning_curves(*arguments)
    assert plt.get_fignums() == []


def test_schedules_with_rates(ax):
    class Halving:
        by = "epoch"

        def rates(self, n):
            return 0.5 ** np.arange(n)

    assert lm.plot.schedule(Halving(), 4, ax=ax) is ax
    assert ax.lines[0].get_xdata().tolist() == [0, 1, 2, 3]
    assert ax.lines[0].get_ydata().tolist() == [1, 0.5, 0.25, 0.125]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "learning rate")
    assert ax.get_legend() is None


@pytest.mark.parametrize(
    ("function", "by", "expected"),
    [
        (lambda t: t, "step", [0, 1, 2, 3]),
        (lambda t: t, "epoch", [0, 1, 2, 3]),
        (lambda step: step, "step", [0, 1, 2, 3]),
        (lambda *, epoch: epoch, "step", [0, 0, 1, 1]),
        (lambda step, epoch: 10 * step + epoch, "step", [0, 10, 21, 31]),
        (lambda step, epoch: 10 * step + epoch, "epoch", [0, 21, 42, 63]),
        (lambda **time: 10 * time["step"] + time["epoch"], "step", [0, 10, 21, 31]),
    ],
)
def test_schedules_that_are_called(ax, function, by, expected):
    lm.plot.schedule(function, 4, by=by, steps_per_epoch=2, ax=ax)
    assert ax.lines[0].get_ydata().tolist() == expected
    assert ax.get_xlabel() == by


def test_schedules_compared(ax):
    lm.plot.schedule(lambda t: 0.1, 50, label="constant", ax=ax)
    lm.plot.schedule(lambda t: 0.1 / (1 + t), 50, label="inverse", ax=ax)
    assert legend(ax) == ["constant", "inverse"]
    assert ax.lines[0].get_color() != ax.lines[1].get_color()
    assert ax.get_ylim()[0] == 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0.1, 5), TypeError, r"a callable or an object with rates\(n\), got float"),
        ((abs, 0), ValueError, "n: expected at least 1, got 0"),
        ((abs, 2.5), TypeError, "n: expected an integer, got 2.5"),
        ((abs, 5, "steps"), ValueError, "unknown unit 'steps'; did you mean 'step'"),
        ((abs, 5, "step", 0), ValueError, "steps_per_epoch: expected at least 1, got 0"),
        ((lambda t: 1 - t if t < 3 else np.nan, 5), ValueError, "finite rates, got nan at step 3"),
        ((lambda t: [t, t], 5), ValueError, r"5 rates, got an array of shape \(5, 2\)"),
    ],
)
def test_bad_schedules(plt, arguments, error, message):
    with pytest.raises(error, match=f"schedule: .*{message}"):
        lm.plot.schedule(*arguments)
    assert plt.get_fignums() == []
