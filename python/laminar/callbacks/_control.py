# SPDX-License-Identifier: BSD-3-Clause
"""When to stop for the clock, and functions that are called now and then."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from laminar._keywords import known_keywords
from laminar._options import type_name
from laminar.callbacks._base import Callback, as_count, as_size, is_stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from laminar._model import Model


class TimeBudget(Callback):
    """Stop training when its time is over, after a whole step.

    The clock is looked at between two steps, once in 50 ms. The epoch that is under way ends where it is: its
    losses and metrics are those of the steps made, it is validated, and it goes into the history as the last
    one. So the budget may be exceeded by one step or 50 ms, and by one validation.

    Parameters
    ----------
    seconds : float
        How long training may take, validation included; 0 stops after the first step or 50 ms.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((1,)), lm.Dense(1)])
    >>> model.compile("sgd", "squared_error")
    >>> budget = lm.callbacks.TimeBudget(0.05)
    >>> history = model.fit(np.ones((8, 1)), np.ones(8), epochs=10**9, callbacks=[budget], verbose=0)
    """

    _adds = ()

    @known_keywords
    def __init__(self, seconds: float) -> None:
        self.seconds = as_size("TimeBudget: seconds", seconds)
        self._deadline = 0.0

    def on_train_begin(self, model: Model) -> None:
        self._deadline = monotonic() + self.seconds

    def on_poll(self, step: int, logs: dict[str, float]) -> bool:
        return monotonic() >= self._deadline

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> bool:
        return monotonic() >= self._deadline


class _Every(Callback):
    def __init__(self, k: int, function: Callable[[Model, int, dict[str, float]], Any]) -> None:
        name = type(self).__name__
        self.k = as_count(f"{name}: k", k, 1)
        if not callable(function):
            raise TypeError(
                f"{name}: function: expected a callable (model, number, logs), got {type_name(function)}"
            )
        self.function = function


class EverySteps(_Every):
    """Call a function after every k-th step.

    Parameters
    ----------
    k : int
        The function is called where ``model.steps``, which counts all steps that the model has ever made, is
        a multiple of it. The steps between stay in the compiled core.
    function : callable (model, step, logs)
        `step` is ``model.steps``; `logs` is a dict of loss and metrics over the epoch so far. ``True`` from
        it stops training there, in the middle of the epoch.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((1,)), lm.Dense(1)])
    >>> model.compile("sgd", "squared_error")
    >>> tell = lm.callbacks.EverySteps(3, lambda model, step, logs: print("step", step))
    >>> history = model.fit(np.ones((8, 1)), np.ones(8), batch_size=1, callbacks=[tell], verbose=0)
    step 3
    step 6
    """

    _adds = ()

    @known_keywords
    def __init__(self, k: int, function: Callable[[Model, int, dict[str, float]], Any]) -> None:
        super().__init__(k, function)
        self.every_steps = self.k

    def on_step_end(self, step: int, logs: dict[str, float]) -> bool:
        return is_stop(self.function(self.model, step, logs))


class EveryEpochs(_Every):
    """Call a function after every k-th epoch.

    Parameters
    ----------
    k : int
        The function is called after the epochs k - 1, 2 k - 1, ..., counted from 0.
    function : callable (model, epoch, logs)
        `epoch` is counted from 0; `logs` is the epoch's dict of loss and metrics, which it may add to.
        ``True`` from it stops training.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((1,)), lm.Dense(1)])
    >>> model.compile("sgd", "squared_error")
    >>> tell = lm.callbacks.EveryEpochs(2, lambda model, epoch, logs: print("epoch", epoch))
    >>> history = model.fit(np.ones((8, 1)), np.ones(8), epochs=5, callbacks=[tell], verbose=0)
    epoch 1
    epoch 3
    """

    @known_keywords
    def __init__(self, k: int, function: Callable[[Model, int, dict[str, float]], Any]) -> None:
        super().__init__(k, function)

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> bool:
        return (epoch + 1) % self.k == 0 and is_stop(self.function(self.model, epoch, logs))
