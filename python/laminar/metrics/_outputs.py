# SPDX-License-Identifier: BSD-3-Clause
"""Metrics of numbers: each output on its own, then the mean over the outputs."""

from __future__ import annotations

from laminar._keywords import known_keywords
from laminar.metrics._base import Metric


class RootMeanSquaredError(Metric):
    """Root of the mean squared error.

    ``sqrt(sum_i w_i (p_i - y_i)^2 / sum_i w_i)``; of several outputs, along the last axis, the mean of
    their roots, as scikit-learn's ``root_mean_squared_error``. (The root of the loss ``mean_squared_error``
    is another number then.)

    Parameters
    ----------
    name : str, optional
        The key in logs and history, by default ``"root_mean_squared_error"``.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.metrics.RootMeanSquaredError(name="rmse")
    RootMeanSquaredError(name='rmse')
    """

    @known_keywords
    def __init__(self, name: str | None = None) -> None:
        super().__init__("RootMeanSquaredError", {"name": name})


class R2(Metric):
    """Share of the targets' variance that the predictions explain.

    ``1 - sum_i w_i (y_i - p_i)^2 / sum_i w_i (y_i - mean(y))^2`` with the weighted mean of y; of several
    outputs, along the last axis, the mean of theirs, as scikit-learn's ``r2_score``. Where all targets of
    an output are equal, one example among them, it is 1 if every prediction is right, else 0.

    Parameters
    ----------
    name : str, optional
        The key in logs and history, by default ``"r2"``.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((1,)), lm.Activation("linear")])
    >>> model.compile(loss="mean_squared_error", metrics=["r2"])
    >>> model.evaluate(np.array([[1.0], [2.0], [4.0]]), np.array([1.0, 3.0, 5.0]))["r2"]
    0.75
    """

    @known_keywords
    def __init__(self, name: str | None = None) -> None:
        super().__init__("R2", {"name": name})
