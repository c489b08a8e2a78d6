# SPDX-License-Identifier: BSD-3-Clause
"""What every picture does, and the bars of a gradient check."""

from __future__ import annotations

import sys

import laminar as lm
import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

import matplotlib as mpl
from matplotlib.figure import Figure
from support.pictures import HISTORY, words

REPORT = lm.GradientReport(
    3e-9,
    {"a.kernel": 2e-9, "a.bias": 4e-4, "b.kernel": 0.0},
    rounding_floor=1e-8,
    kinks=0,
    loss=1.0,
    epsilon=1e-7,
)


def test_bars_and_bands(ax):
    assert lm.plot.gradient_check(REPORT, ax=ax) is ax
    assert words(ax.get_yticklabels()) == ["a.kernel", "a.bias", "b.kernel", "all"]
    bars = [bar for container in ax.containers for bar in container]
    assert [bar.get_x() + bar.get_width() for bar in bars[:2]] == pytest.approx([2e-9, 4e-4], rel=1e-12)
    assert bars[2].get_width() == 0
    verticals = [line.get_xdata()[0] for line in ax.lines]
    assert verticals == [1e-7, 1e-5, 1e-3, 1e-8]
    assert ax.get_xscale() == "log"
    shown = words(ax.texts)
    assert shown[:4] == ["great", "check", "worry", "wrong"]
    assert shown[4:] == ["2.0e-09", "4.0e-04", "0", "3.0e-09", "rounding floor"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first parameter is on top


@pytest.mark.parametrize("score", [0.0, 1e-16, 0.7, 1.0])
def test_extremes_are_in_the_picture(ax, score):
    lm.plot.gradient_check(lm.GradientReport(score, {"w": score}, 0.0, 0, 1.0, 1e-7), ax=ax)
    left, right = ax.get_xlim()
    assert 0 < left < 1e-7
    assert right > max(score, 1e-3)


def test_a_real_report(ax, small_model, rng):
    model = small_model(activation="tanh", dtype="float64")
    report = lm.check_gradients(model, rng.normal(size=(5, 4)), rng.integers(0, 3, 5))
    lm.plot.gradient_check(report, ax=ax)
    assert words(ax.get_yticklabels()) == [*report.by_parameter, "all"]


def test_bad_reports():
    with pytest.raises(TypeError, match="gradient_check: report: expected a GradientReport, got dict"):
        lm.plot.gradient_check({"w": 1e-9})
    with pytest.raises(ValueError, match="gradient_check: report: expected at least one parameter"):
        lm.plot.gradient_check(lm.GradientReport(0.0, {}, 0.0, 0, 1.0, 1e-7))


DRAWN = {
    "learning_curves": lambda ax: lm.plot.learning_curves(HISTORY, "loss", ax=ax),
    "schedule": lambda ax: lm.plot.schedule(abs, 3, ax=ax),
    "confusion_matrix": lambda ax: lm.plot.confusion_matrix([0, 1], [0, 1], ax=ax),
    "gradient_check": lambda ax: lm.plot.gradient_check(REPORT, ax=ax),
    "decision_boundary": lambda ax: lm.plot.decision_boundary(
        lm.Sequential([lm.Input((2,)), lm.Dense(1, "sigmoid")]), np.eye(2), [0, 1], grid_resolution=5, ax=ax
    ),
    "weight_histograms": lambda ax: lm.plot.weight_histograms(
        lm.Sequential([lm.Input((2,)), lm.Dense(1)]), ax=ax
    ),
    "activation_histograms": lambda ax: lm.plot.activation_histograms(
        lm.Sequential([lm.Input((2,)), lm.Dense(1)]), np.eye(2), ax=ax
    ),
    "network_graph": lambda ax: lm.plot.network_graph(lm.Sequential([lm.Input((2,)), lm.Dense(1)]), ax=ax),
}


def test_all_are_here():
    assert sorted(DRAWN) == sorted(lm.plot.__all__)


@pytest.mark.parametrize("name", DRAWN)
def test_a_new_figure_without_axes_and_no_new_style(plt, name):
    style = dict(mpl.rcParams)
    figure = Figure()
    DRAWN[name](figure.subplots())
    figure.draw_without_rendering()
    assert plt.get_fignums() == []
    DRAWN[name](None)
    assert len(plt.get_fignums()) == 1
    assert dict(mpl.rcParams) == style


@pytest.mark.parametrize("name", DRAWN)
def test_what_are_no_axes(name):
    with pytest.raises(TypeError, match=f"{name}: ax: expected a matplotlib Axes, got Figure"):
        DRAWN[name](Figure())


@pytest.mark.parametrize("name", DRAWN)
def test_a_missing_package_names_the_extra(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    monkeypatch.delattr(mpl, "pyplot", raising=False)
    with pytest.raises(ImportError, match=r'laminar\.plot needs matplotlib.*pip install "laminar\[plot\]"'):
        DRAWN[name](None)


@pytest.mark.parametrize("name", ["confusion_matrix", "decision_boundary"])
def test_missing_scikit_learn(name, monkeypatch):
    for module in ("sklearn.metrics", "sklearn.inspection"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r'laminar\.plot needs scikit-learn.*"laminar\[plot\]"'):
        DRAWN[name](None)


@pytest.mark.parametrize("name", DRAWN)
def test_unknown_keywords(name):
    with pytest.raises(TypeError, match=f"{name}: unknown keyword 'axs'; did you mean 'ax'"):
        getattr(lm.plot, name)(axs=None)


def test_the_package_knows_its_names():
    assert "plot" in dir(lm)
    with pytest.raises(AttributeError, match="module 'laminar' has no attribute 'plots'"):
        _ = lm.plots
