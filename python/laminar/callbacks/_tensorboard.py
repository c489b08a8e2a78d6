# SPDX-License-Identifier: BSD-3-Clause
"""Logs for TensorBoard, through tensorboardX."""

from __future__ import annotations

import os
from time import time_ns
from typing import TYPE_CHECKING, Any

from laminar._keywords import known_keywords
from laminar.callbacks._base import Callback

if TYPE_CHECKING:
    from laminar._model import Model

_VALIDATION = "val_"


class TensorBoard(Callback):
    """Write each epoch's logs as scalars that TensorBoard shows.

    They go to ``log_dir/train`` and, without their ``val_``, to ``log_dir/validation``, so that TensorBoard
    draws the two curves of a name into one chart.

    Parameters
    ----------
    log_dir : str or path-like, default "logs"
        The folder, made where it is missing.

    Raises
    ------
    ImportError
        If tensorboardX is not installed.

    Examples
    --------
    >>> import laminar as lm
    >>> callback = lm.callbacks.TensorBoard("runs/first")
    """

    _adds = ()

    @known_keywords
    def __init__(self, log_dir: str | os.PathLike[str] = "logs") -> None:
        _summary_writer()
        self.log_dir = os.fspath(log_dir)
        self._writers: dict[str, Any] = {}

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        for name, value in logs.items():
            folder = "validation" if name.startswith(_VALIDATION) else "train"
            if folder not in self._writers:
                # Its names of files have seconds only: two short fits would share one.
                self._writers[folder] = _summary_writer()(
                    os.path.join(self.log_dir, folder), filename_suffix=f".{time_ns()}"
                )
            self._writers[folder].add_scalar(name.removeprefix(_VALIDATION), value, epoch)
        for writer in self._writers.values():
            writer.flush()

    def on_train_end(self, model: Model) -> None:
        while self._writers:
            self._writers.popitem()[1].close()


def _summary_writer() -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise ImportError(
            'TensorBoard needs tensorboardX, which is not installed: pip install "laminar[tensorboard]"'
        ) from error
    return SummaryWriter
