# SPDX-License-Identifier: BSD-3-Clause
"""Callbacks: what ``fit`` calls between epochs.

A callback is an object of a class derived from :class:`Callback`, or any callable ``(epoch, logs)``; either
stops training by returning ``True``. Without callbacks and progress display a whole ``fit`` runs in the
compiled core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from laminar._options import as_list, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from laminar._model import Model

    CallbackLike: TypeAlias = "Callback | Callable[[int, dict[str, float]], Any]"

__all__ = ["Callback"]


class Callback:
    """Base of the callbacks; override what you need.

    Examples
    --------
    >>> import laminar as lm
    >>> class StopWhenGood(lm.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs):
    ...         return logs["loss"] < 0.1
    """

    def on_train_begin(self, model: Model) -> None:
        """Be told that `model` starts training.

        Parameters
        ----------
        model : Model
            The model whose ``fit`` was called.
        """

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> bool | None:
        """Be told that an epoch has ended.

        Parameters
        ----------
        epoch : int
            The epoch, counted from 0.
        logs : dict of str to float
            Loss and metrics, with ``val_`` in front of those on validation data.

        Returns
        -------
        bool or None
            ``True`` stops training.
        """
        return None

    def on_train_end(self, model: Model) -> None:
        """Be told that training is over, also when an exception ended it.

        Parameters
        ----------
        model : Model
            The model whose ``fit`` was called.
        """


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
