# SPDX-License-Identifier: BSD-3-Clause
"""Callbacks that watch one number of the logs and act when it no longer gets better."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from laminar import losses
from laminar._keywords import known_keywords, nearest
from laminar._options import type_name
from laminar.callbacks._base import Callback, as_count, as_number, as_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from laminar._model import Model

_MORE_IS_BETTER = {"accuracy", "precision", "recall", "f1", "top", "r2", "auc"}


class Monitor(Callback):
    """Base of what watches one number of the logs.

    NaN is never better than what was before.
    """

    _adds = ()

    def __init__(self, monitor: str, patience: int, min_delta: float, mode: str) -> None:
        name = type(self).__name__
        if not isinstance(monitor, str):
            raise TypeError(f"{name}: monitor: expected a name such as 'val_loss', got {type_name(monitor)}")
        if mode not in ("auto", "min", "max"):
            raise ValueError(
                f"{name}: mode: unknown mode {mode!r}{nearest(str(mode), ['auto', 'min', 'max'])}"
            )
        self.monitor = monitor
        self.patience = as_count(f"{name}: patience", patience, 0)
        self.min_delta = as_size(f"{name}: min_delta", min_delta)
        self.mode = mode
        self._sign = 1.0 if mode == "max" or (mode == "auto" and more_is_better(monitor)) else -1.0
        self._reset()

    def _reset(self) -> None:
        self.best = -self._sign * inf
        self._wait = 0

    def _is_better(self, value: float, than: float) -> bool:
        return self._sign * (value - than) > self.min_delta

    def _value(self, logs: dict[str, float]) -> float:
        self._check_names(list(logs))
        return logs[self.monitor]

    def _check_names(self, names: Sequence[str]) -> None:
        if self.monitor in names:
            return
        validates = any(name.startswith("val_") for name in names)
        hint = "" if validates or not self.monitor.startswith("val_") else " without validation data"
        raise ValueError(
            f"{type(self).__name__}: monitor: {self.monitor!r} is not computed{hint}"
            f"{nearest(self.monitor, names)}"
        )

    def on_train_begin(self, model: Model) -> None:
        self._reset()


class EarlyStopping(Monitor):
    """Stop when a metric has not become better for some epochs, and go back to the best weights.

    Parameters
    ----------
    monitor : str, default "val_loss"
        A name in the logs.
    patience : int, default 0
        Stop after so many epochs in a row that are not better; 0 counts as 1.
    min_delta : float, default 0.0
        An epoch is better when it beats the best one by more than this.
    mode : {"auto", "min", "max"}, default "auto"
        Whether less or more is better; "auto": more for accuracy, precision, recall, F1, top-k and R2, less
        for everything else.
    restore_best_weights : bool, default True
        Whether the model has the weights and moving averages of the best epoch when training is over,
        whatever ended it. The optimizer's moments and the counters stay those of the last step.
    baseline : float, optional
        An epoch that does not beat it counts as not better.
    start_from_epoch : int, default 0
        Epochs before this one are not looked at.

    Attributes
    ----------
    best : float
        The best value; infinite where there was none.
    best_epoch : int or None
        The epoch that it came from, counted from 0.
    stopped_epoch : int or None
        The epoch after which this callback stopped training; None where it did not.

    Raises
    ------
    ValueError
        If the metric is not computed; the message lists those that are. It comes before the first step, or
        after the first epoch where a callback before this one may add to the logs.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(60, 20)), rng.normal(size=60)
    >>> model = lm.Sequential([lm.Dense(32, "relu"), lm.Dense(1)], seed=0)
    >>> model.compile(lm.optim.Adam(0.01), "mean_squared_error")
    >>> stopping = lm.callbacks.EarlyStopping(patience=3)
    >>> history = model.fit(x, y, epochs=500, validation_split=0.5, callbacks=[stopping], verbose=0)
    >>> len(history.epoch) == stopping.stopped_epoch + 1 == stopping.best_epoch + 4
    True
    >>> model.evaluate(x[30:], y[30:])["loss"] == stopping.best
    True
    """

    @known_keywords
    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 0,
        min_delta: float = 0.0,
        mode: str = "auto",
        restore_best_weights: bool = True,
        baseline: float | None = None,
        start_from_epoch: int = 0,
    ) -> None:
        self.restore_best_weights = restore_best_weights
        self.baseline = baseline if baseline is None else as_number("EarlyStopping: baseline", baseline)
        self.start_from_epoch = as_count("EarlyStopping: start_from_epoch", start_from_epoch, 0)
        super().__init__(monitor, patience, min_delta, mode)

    def _reset(self) -> None:
        super()._reset()
        self.best_epoch: int | None = None
        self.stopped_epoch: int | None = None
        self._best_weights: list[Any] | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> bool:
        value = self._value(logs)
        if epoch < self.start_from_epoch:
            return False
        self._wait += 1
        if self._is_better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self._best_weights = self.model.get_weights()
            if self.baseline is None or self._is_better(value, self.baseline):
                self._wait = 0
        if self._wait == 0 or self._wait < self.patience:
            return False
        self.stopped_epoch = epoch
        return True

    def on_train_end(self, model: Model) -> None:
        if self._best_weights is not None:
            model.set_weights(self._best_weights)
        self._best_weights = None  # the model has them now


class ReduceLROnPlateau(Monitor):
    """Make the learning rate smaller when a metric no longer gets better.

    ``model.learning_rate = max(factor * model.learning_rate, min_lr)``; a schedule goes on from there,
    scaled.

    Parameters
    ----------
    monitor : str, default "val_loss"
        A name in the logs.
    factor : float, default 0.1
        Between 0 and 1.
    patience : int, default 10
        How many epochs in a row that are not better bring a reduction; 0 counts as 1.
    min_delta : float, default 1e-4
        An epoch is better when it beats the best one by more than this.
    cooldown : int, default 0
        Epochs after a reduction that are not counted.
    min_lr : float, default 0.0
        The smallest rate.
    mode : {"auto", "min", "max"}, default "auto"
        As in :class:`EarlyStopping`.

    Attributes
    ----------
    best : float
        The best value; infinite where there was none.

    Raises
    ------
    ValueError
        As in :class:`EarlyStopping`.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((1,)), lm.Dense(1)])
    >>> model.compile(lm.optim.SGD(0.5), "squared_error")
    >>> plateau = lm.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1)
    >>> history = model.fit(np.zeros((8, 1)), np.zeros(8), epochs=3, callbacks=[plateau], verbose=0)
    >>> model.learning_rate
    0.125
    """

    @known_keywords
    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        mode: str = "auto",
    ) -> None:
        self.factor = as_number("ReduceLROnPlateau: factor", factor)
        if not 0 < self.factor < 1:
            raise ValueError(f"ReduceLROnPlateau: factor: expected 0 < factor < 1, got {self.factor}")
        self.cooldown = as_count("ReduceLROnPlateau: cooldown", cooldown, 0)
        self.min_lr = as_size("ReduceLROnPlateau: min_lr", min_lr)
        super().__init__(monitor, patience, min_delta, mode)

    def _reset(self) -> None:
        super()._reset()
        self._cooldown_left = 0

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        value = self._value(logs)
        cooling = self._cooldown_left > 0
        self._cooldown_left -= cooling
        if self._is_better(value, self.best):
            self.best, self._wait = value, 0
        elif not cooling:
            self._wait += 1
        if self._wait == 0 or self._wait < self.patience:
            return
        rate = self.model.learning_rate
        if rate > self.min_lr:
            self.model.learning_rate = max(self.factor * rate, self.min_lr)
            self._cooldown_left, self._wait = self.cooldown, 0


def more_is_better(name: str) -> bool:
    """Return whether a larger value of the number of that name is the better one.

    Examples
    --------
    >>> [more_is_better(name) for name in ("val_accuracy", "f1_macro", "accuracy_loss", "val_huber")]
    [True, True, False, False]
    """
    if name.endswith(("loss", "error", *losses.names())):
        return False
    return not _MORE_IS_BETTER.isdisjoint(name.split("_"))
