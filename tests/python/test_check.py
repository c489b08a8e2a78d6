# SPDX-License-Identifier: BSD-3-Clause
"""The words of a gradient check, and that rounding is not taken for an error."""

from __future__ import annotations

import laminar as lm
import pytest


@pytest.mark.parametrize(
    ("difference", "floor", "verdict"),
    [
        (0.0, 0.0, "great"),
        (9e-8, 1.0, "great"),
        (1e-7, 1e-9, "check"),
        (9e-6, 1e-6, "check"),
        (1e-5, 1e-9, "worry"),
        (1e-3, 1e-9, "wrong"),
        (float("nan"), 0.0, "wrong"),
        (1e-6, 1e-6, "inconclusive"),
        (0.5, 0.4, "inconclusive"),
        (0.5, 0.1, "wrong"),
    ],
)
def test_bands(difference, floor, verdict):
    assert lm.GradientReport(difference, {}, floor, 0, 1.0, 1e-7).verdict == verdict


@pytest.mark.parametrize("output", [1, 2])
def test_a_vanishing_loss_is_inconclusive_not_wrong(output, rng):
    """J is 1e-20 or less: what is left of it is the rounding of the predictions."""
    layers = [lm.Input((3,)), lm.Dense(8, "tanh"), lm.Dense(output)]
    model = lm.Sequential(layers, dtype="float64", seed=0)
    model.compile(lm.optim.Adam(0.01), "squared_error")
    x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, output))
    model.fit(x, y, batch_size=4, epochs=3000, verbose=0)
    report = lm.check_gradients(model, x, y)
    assert report.loss < 1e-20
    assert report.verdict in ("great", "inconclusive"), report


def test_the_report_is_a_table():
    report = lm.GradientReport(2e-9, {"dense_1.kernel": 2e-9, "input_1": 0.0}, 1e-9, 3, 0.5, 1e-7)
    assert repr(report).splitlines() == [
        "gradient check: great",
        "parameter       difference",
        "--------------------------",
        "dense_1.kernel    2.00e-09",
        "input_1           0.00e+00",
        "all               2.00e-09",
        "--------------------------",
        "rounding floor 1.00e-09, kinks left out: 3",
    ]
