# SPDX-License-Identifier: BSD-3-Clause
"""Callables as metrics."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._keywords import known_keywords
from laminar._options import call_text, type_name

if TYPE_CHECKING:
    from collections.abc import Callable


class Function:
    """Any callable as a metric of whole arrays.

    It is called at the end of each epoch, with the weights that the model then has, and at the end of
    ``evaluate``: ``function(y_true, y_pred)`` with the rows in their order, y_true as it was given and
    y_pred as ``predict`` returns it, of shape (m,) where y_true is (m,) for an output (m, 1). If it has a
    parameter ``sample_weight``, it is given the sample weights by that name where there are some (class
    weights not among them); else they have no part in its value. With validation data it is called once
    more, on those.

    It costs what ``predict`` costs on the same rows, training rows included, plus a copy of y_true and the
    call itself.

    Parameters
    ----------
    function : callable
        Returns a real number.
    name : str, optional
        The key in logs and history, by default the ``__name__`` of the callable.

    Raises
    ------
    TypeError
        If it is no callable or has no name; when called, if it does not return a real number.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> def largest_error(y_true, y_pred):
    ...     return np.abs(y_true - y_pred).max()
    >>> model = lm.Sequential([lm.Input((1,)), lm.Activation("linear")])
    >>> model.compile(loss="mean_squared_error", metrics=[largest_error])
    >>> model.evaluate(np.array([[1.0], [2.0]]), np.array([1.0, 5.0]))["largest_error"]
    3.0
    >>> lm.metrics.Function(largest_error, name="worst").name
    'worst'
    """

    @known_keywords
    def __init__(self, function: Any, name: str | None = None) -> None:
        if not callable(function) or isinstance(function, type):
            raise TypeError(
                f"Function: function: expected a callable (y_true, y_pred), got {type_name(function)}"
            )
        name = getattr(function, "__name__", None) if name is None else name
        if not isinstance(name, str) or not name:
            raise TypeError(
                f"Function: name: expected a text, since {type_name(function)} has no __name__, got {name!r}"
            )
        self.function: Callable[..., Any] = function
        self.name = name

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """Return the metric of some rows.

        Parameters
        ----------
        y_true : array of shape (m, ...)
            The targets.
        y_pred : array of shape (m, ...)
            The predictions.
        sample_weight : array of shape (m,), optional
            Handed on if the function takes it.

        Returns
        -------
        float
            What the function returned.
        """
        weights = {}
        if sample_weight is not None and _takes(self.function, "sample_weight"):
            weights["sample_weight"] = sample_weight
        value = self.function(y_true, y_pred, **weights)
        value = value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
        if not isinstance(value, Real | np.bool_):
            raise TypeError(
                f"metric {self.name}: expected a real number to be returned, got {type_name(value)}"
            )
        return float(value)

    def __repr__(self) -> str:
        return call_text("Function", {"function": self.function, "name": self.name})

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.function, self.name))


def _takes(function: Callable[..., Any], keyword: str) -> bool:
    """Return whether a callable has a parameter of that name."""
    from inspect import Parameter, signature

    try:
        parameter = signature(function).parameters.get(keyword)
    except ValueError:  # some builtin functions do not tell
        return False
    kinds = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    return parameter is not None and parameter.kind in kinds
