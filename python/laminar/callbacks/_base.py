# SPDX-License-Identifier: BSD-3-Clause
"""The base of the callbacks, and what their arguments have in common."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from laminar._options import as_integer, as_list, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from laminar._model import Model

    CallbackLike: TypeAlias = "Callback | Callable[[int, dict[str, float]], Any]"


class Callback:
    """Base of the callbacks; override what you need.

    Between two calls the model may be looked at, evaluated, and given other weights or another learning rate;
    it cannot be trained or compiled. What is not overridden costs nothing. Whatever a callback raises ends
    ``fit`` after a whole step and reaches the caller.

    Attributes
    ----------
    model : Model
        The model that is trained, from `on_train_begin` on.
    every_steps : int, default 1
        After which steps `on_step_end` is called: those whose number it divides.

    Examples
    --------
    >>> import laminar as lm
    >>> class StopWhenGood(lm.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs):
    ...         return logs["loss"] < 0.1
    """

    model: Model
    every_steps: int = 1

    # The names that on_epoch_end adds to the logs, None where nobody knows.
    _adds: tuple[str, ...] | None = None

    def on_train_begin(self, model: Model) -> None:
        """Be told that `model` starts training; its data has been found right.

        Parameters
        ----------
        model : Model
            The model whose ``fit`` was called.
        """

    def on_epoch_begin(self, epoch: int) -> None:
        """Be told that an epoch begins.

        Parameters
        ----------
        epoch : int
            The epoch, counted from 0.
        """

    def on_step_end(self, step: int, logs: dict[str, float]) -> bool | None:
        """Be told that a step has been made that `every_steps` divides.

        Parameters
        ----------
        step : int
            The model's ``steps``: all that it has ever made.
        logs : dict of str to float
            Loss and metrics over the epoch so far.

        Returns
        -------
        bool or None
            ``True`` stops training here; see :meth:`on_epoch_end`, which is called nevertheless.
        """
        return None

    def on_poll(self, step: int, logs: dict[str, float]) -> bool | None:
        """Be asked between two steps, once in 50 ms or less often, whether training shall go on.

        Parameters
        ----------
        step : int
            The model's ``steps``.
        logs : dict of str to float
            Loss and metrics over the epoch so far.

        Returns
        -------
        bool or None
            ``True`` stops training here.
        """
        return None

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> bool | None:
        """Be told that an epoch has ended, in the middle where something stopped it there.

        Parameters
        ----------
        epoch : int
            The epoch, counted from 0.
        logs : dict of str to float
            Loss and metrics, with ``val_`` in front of those on validation data. Numbers that are added or
            changed are seen by later callbacks, the progress display and the history.

        Returns
        -------
        bool or None
            ``True`` stops training; the callbacks after this one are still called.
        """
        return None

    def on_train_end(self, model: Model) -> None:
        """Be told that training is over, also when an exception ended it.

        Parameters
        ----------
        model : Model
            The model whose ``fit`` was called.
        """

    def _check_names(self, names: Sequence[str]) -> None:
        """Raise when the logs will lack a name; called where all names are known beforehand."""


class _FunctionCallback(Callback):
    def __init__(self, function: Callable[[int, dict[str, float]], Any]) -> None:
        self.function = function

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> bool | None:
        return is_stop(self.function(epoch, logs))


def is_stop(answer: object) -> bool:
    """Return whether a callback's answer stops training: only a true boolean does."""
    return isinstance(answer, bool | np.bool_) and bool(answer)


def as_callbacks(callbacks: Iterable[CallbackLike]) -> Sequence[Callback]:
    """Return `callbacks` with every plain callable wrapped; TypeError for anything else."""
    found: list[Callback] = []
    for callback in as_list("fit: callbacks", callbacks, "callbacks"):
        if isinstance(callback, Callback):
            found.append(callback)
        elif callable(callback) and not isinstance(callback, type):
            found.append(_FunctionCallback(callback))
        else:
            raise TypeError(
                f"fit: callbacks: expected a Callback or a callable (epoch, logs), got {type_name(callback)}"
            )
    return found


def as_count(where: str, value: Any, least: int) -> int:
    """Return a whole number of at least `least`."""
    count = as_integer(where, value)
    if count < least:
        raise ValueError(f"{where}: expected at least {least}, got {count}")
    return count


def as_number(where: str, value: Any) -> float:
    """Return a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{where}: expected a number, got {value!r}") from None
    if not isfinite(number):
        raise ValueError(f"{where}: expected a finite number, got {number}")
    return number


def as_size(where: str, value: Any) -> float:
    """Return a finite number of at least 0."""
    number = as_number(where, value)
    if number < 0:
        raise ValueError(f"{where}: expected at least 0, got {number}")
    return number
