# SPDX-License-Identifier: BSD-3-Clause
"""The callbacks and the progress display of one ``fit``, as the compiled core calls them."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from laminar.callbacks._base import Callback, as_count, is_stop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from laminar._model import Model
    from laminar._progress import Progress


class Run:
    """What the core calls during one ``fit``; each hook is None where nobody asks for it.

    As a context it tells the callbacks that have begun that training is over, whatever ended it.
    """

    def __init__(self, model: Model, callbacks: Sequence[Callback], progress: Progress | None) -> None:
        self._model = model
        self._callbacks = callbacks
        self._progress = progress
        self._begun: list[Callback] = []
        self._steppers = [callback for callback in callbacks if _overrides(callback, "on_step_end")]
        self._pollers = [callback for callback in callbacks if _overrides(callback, "on_poll")]
        self._beginners = [callback for callback in callbacks if _overrides(callback, "on_epoch_begin")]
        shows_steps = progress is not None and progress.wants_steps

        self.on_begin = self._begin if callbacks else None
        self.on_epoch_begin = self._begin_epoch if self._beginners else None
        self.on_step = self._end_step if self._steppers else None
        self.on_poll = self._poll if self._pollers or shows_steps else None
        self.on_epoch = self._end_epoch if callbacks or progress is not None else None
        # The core is called at the steps that some callback may want, and each callback gets its own of
        # these.
        self.every_steps = gcd(
            *(as_count(f"{type(c).__name__}: every_steps", c.every_steps, 1) for c in self._steppers)
        )

    def _begin(self, names: Sequence[str]) -> None:
        known: list[str] | None = list(names)
        for callback in self._callbacks:
            callback.model = self._model
            callback.on_train_begin(self._model)
            self._begun.append(callback)
            if known is not None:
                callback._check_names(known)
                known = None if callback._adds is None else [*known, *callback._adds]

    def _begin_epoch(self, epoch: int) -> None:
        for callback in self._beginners:
            callback.on_epoch_begin(epoch)

    def _end_step(self, step: int, logs: dict[str, float]) -> bool:
        due = [callback for callback in self._steppers if step % callback.every_steps == 0]
        answers = [is_stop(callback.on_step_end(step, logs)) for callback in due]
        return any(answers)

    def _poll(self, epoch: int, done: int, batches: int, logs: dict[str, float]) -> bool:
        if self._progress is not None and self._progress.wants_steps:
            self._progress.step(epoch, done, batches, logs)
        answers = [is_stop(callback.on_poll(self._model.steps, logs)) for callback in self._pollers]
        return any(answers)

    def _end_epoch(self, epoch: int, logs: dict[str, float]) -> bool:
        answers = [is_stop(callback.on_epoch_end(epoch, logs)) for callback in self._callbacks]
        if self._progress is not None:
            self._progress.end_epoch(epoch, logs)
        return any(answers)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.close()
        first = error
        for callback in self._begun:
            try:
                callback.on_train_end(self._model)
            except BaseException as another:  # the callbacks after this one are told nevertheless
                if first is None:
                    first = another
                else:
                    first.add_note(f"{type(callback).__name__}.on_train_end raised too: {another!r}")
        if first is not error and first is not None:
            raise first


def _overrides(callback: Callback, hook: str) -> bool:
    return getattr(getattr(callback, hook), "__func__", None) is not getattr(Callback, hook)
