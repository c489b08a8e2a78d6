# SPDX-License-Identifier: BSD-3-Clause
"""scikit-learn's callbacks (1.9 and newer): the epochs of a fit are the tasks that they see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laminar.callbacks import Callback

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # older scikit-learn
    CallbackSupportMixin = type("CallbackSupportMixin", (), {})

    def with_callbacks(method: Any) -> Any:
        """Return the method as it is: there are no callbacks."""
        return method


if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CallbackSupportMixin", "FitTask", "with_callbacks"]


class FitTask:
    """One ``fit`` of an estimator as scikit-learn's callbacks see it; nothing where there are none."""

    def __init__(self, estimator: Any, max_epochs: int, X: Any, y: Any, metadata: Mapping[str, Any]) -> None:
        self._estimator = estimator
        self._data = {
            "X": X,
            "y": y,
            "metadata": {k: v for k, v in metadata.items() if v is not None} or None,
        }
        self._context = None
        if hasattr(estimator, "_init_callback_context"):
            self._context = estimator._init_callback_context(max_subtasks=max_epochs)
            self._context.call_on_fit_task_begin(estimator=estimator, **self._data)

    def epochs(self) -> list[Callback]:
        """Return what tells the callbacks about each epoch."""
        wanted = self._context is not None and getattr(self._estimator, "_skl_callbacks", [])
        return [_EpochTasks(self._estimator, self._context, self._data)] if wanted else []

    def end(self) -> None:
        """Tell the callbacks that the fit is over."""
        if self._context is not None:
            self._context.call_on_fit_task_end(
                estimator=self._estimator, **self._data, reconstruction_attributes={}
            )


class _EpochTasks(Callback):
    _adds = ()

    def __init__(self, estimator: Any, context: Any, data: Mapping[str, Any]) -> None:
        self._estimator = estimator
        self._context = context
        self._data = data

    def on_epoch_begin(self, epoch: int) -> None:
        self._task = self._context.subcontext(task_name="epoch")
        self._task.call_on_fit_task_begin(estimator=self._estimator, **self._data)

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> bool:
        # A copy of the estimator takes the weights along, so no attribute has to be added to it.
        stop: bool = self._task.call_on_fit_task_end(
            estimator=self._estimator, **self._data, reconstruction_attributes={}
        )
        return stop
