# SPDX-License-Identifier: BSD-3-Clause
"""The loss of a model handed to SciPy's minimizers."""

from __future__ import annotations

import warnings
from contextlib import closing
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar import _core
from laminar._keywords import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from laminar._core import Arrays

    Vector = NDArray[np.float64]

# Those of SciPy's methods that use gradients, need no second derivatives and stop by the gradient's size.
METHODS = ("L-BFGS-B", "BFGS", "CG")


class _Objective:
    """J and its gradient for SciPy; remembers the point where J was smallest."""

    def __init__(self, loss: _core.FlatLoss) -> None:
        self._loss = loss
        self.theta = loss.read()
        self.value = inf
        self.gradient = np.zeros_like(self.theta)

    def __call__(self, theta: Vector) -> tuple[float, Vector]:
        value, gradient = self._loss.evaluate(theta)
        if value < self.value:
            self.theta, self.value, self.gradient = theta.copy(), value, gradient
        return value, gradient


def minimize(
    model: _core.Model,
    x: Arrays,
    y: Arrays | None,
    method: str,
    max_iterations: int,
    tolerance: float,
    sample_weight: Arrays | None,
    options: Mapping[str, Any],
) -> Any:
    """Do what Model.minimize describes."""
    try:
        from scipy import optimize
    except ImportError as error:
        raise ImportError('minimize needs SciPy: pip install "laminar[optimize]"') from error

    name = _known(method)
    _check_limits(max_iterations, tolerance)
    settings = {"maxiter": max_iterations, "gtol": tolerance, **options}
    if name == "L-BFGS-B":
        # Stop where the loss moves by no more than its rounding, and count iterations alone.
        settings = {"ftol": float(np.finfo(model.dtype).eps), "maxfun": 2**31 - 1} | settings
    with closing(_core.FlatLoss(model, x, y, sample_weight)) as loss:
        objective = _Objective(loss)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("error", "Unknown solver options", optimize.OptimizeWarning)
                result = optimize.minimize(
                    objective, objective.theta, jac=True, method=name, options=settings
                )
        except optimize.OptimizeWarning as unknown:
            raise TypeError(f"minimize: {name}: {unknown}") from None
        except _core.DivergedError as error:
            raise _core.DivergedError(f"{error}; the model has the best parameters found before") from None
        finally:
            loss.write(objective.theta)
    result.x, result.fun, result.jac = objective.theta, objective.value, objective.gradient
    return result


def _known(method: object) -> str:
    """Return the method's name as SciPy writes it."""
    name = str(method).upper()
    if name not in METHODS:
        raise ValueError(f"minimize: unknown method {method!r}{nearest(name, METHODS)}")
    return name


def _check_limits(max_iterations: int, tolerance: float) -> None:
    if max_iterations < 1:
        raise ValueError(f"minimize: max_iterations: expected at least 1, got {max_iterations}")
    if not 0 <= tolerance < inf:
        raise ValueError(f"minimize: tolerance: expected a finite number of at least 0, got {tolerance}")
