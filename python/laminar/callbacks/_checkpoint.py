# SPDX-License-Identifier: BSD-3-Clause
"""A callback that keeps the model in files while it is trained."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from laminar import _core
from laminar._keywords import known_keywords
from laminar.callbacks._base import as_count
from laminar.callbacks._monitor import Monitor

if TYPE_CHECKING:
    from laminar._model import Model


class Checkpoint(Monitor):
    """Save the model after each epoch, and beside it the best one so far.

    The folder has ``latest.safetensors``, ``best.safetensors`` and ``best.json``, which says what the best
    value was. One call makes the model again, and training goes on to the same bits as if it had not stopped:
    ``model = lm.load_model("run/latest.safetensors")``, then ``model.fit(..., initial_epoch=model.epochs)``
    with this callback again, which then knows the best value so far.

    Parameters
    ----------
    folder : str or path-like
        Where the files are; it is made if it is not there.
    monitor : str, default "val_loss"
        A name in the logs.
    min_delta : float, default 0.0
        An epoch is better when it beats the best one by more than this.
    mode : {"auto", "min", "max"}, default "auto"
        As in :class:`EarlyStopping`.
    every : int, default 1
        The latest model is saved after every so many epochs; the best one whenever it is better.

    Attributes
    ----------
    best : float
        The best value; infinite where there was none.
    best_epoch : int or None
        The epoch that it came from, counted from 0.

    Raises
    ------
    ValueError
        If the metric is not computed; the message lists those that are.
    OSError
        If a file cannot be written: training ends after a whole epoch, and the files from before are there.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> import os, tempfile
    >>> folder = os.path.join(tempfile.mkdtemp(), "run")
    >>> x, y = np.ones((8, 2)), np.ones(8)
    >>> model = lm.Sequential([lm.Input((2,)), lm.Dense(1)], seed=0)
    >>> model.compile(lm.optim.Adam(0.1), "mean_squared_error")
    >>> history = model.fit(x, y, epochs=2, callbacks=[lm.callbacks.Checkpoint(folder, "loss")], verbose=0)
    >>> sorted(os.listdir(folder))
    ['best.json', 'best.safetensors', 'latest.safetensors']
    >>> lm.load_model(os.path.join(folder, "latest.safetensors")).epochs
    2
    """

    @known_keywords
    def __init__(
        self,
        folder: str | os.PathLike[str],
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        mode: str = "auto",
        every: int = 1,
    ) -> None:
        self.folder = os.fspath(folder)
        self.every = as_count("Checkpoint: every", every, 1)
        super().__init__(monitor, 0, min_delta, mode)

    def _reset(self) -> None:
        super()._reset()
        self.best_epoch: int | None = None

    def on_train_begin(self, model: Model) -> None:
        super().on_train_begin(model)
        os.makedirs(self.folder, exist_ok=True)
        if model.epochs > 0:
            self._recall()

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        value = self._value(logs)
        if self._is_better(value, self.best):
            self.model.save(self._path("best.safetensors"))
            self.best, self.best_epoch = value, epoch
            self._note()
        if (epoch + 1) % self.every == 0:
            self.model.save(self._path("latest.safetensors"))

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def _note(self) -> None:
        """Write down the best value, all or nothing."""
        import json

        note = {"monitor": self.monitor, "best": self.best, "epoch": self.best_epoch}
        _core.write_file(self._path("best.json"), json.dumps(note).encode())

    def _recall(self) -> None:
        """Go on from the best value of the run that is resumed."""
        import json

        try:
            with open(self._path("best.json"), encoding="utf-8") as file:
                noted = json.load(file)
        except FileNotFoundError:
            return
        if noted["monitor"] == self.monitor:
            self.best, self.best_epoch = float(noted["best"]), noted["epoch"]
