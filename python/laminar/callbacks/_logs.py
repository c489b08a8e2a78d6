# SPDX-License-Identifier: BSD-3-Clause
"""Callbacks that add to the logs or write them down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laminar._keywords import known_keywords
from laminar._options import type_name
from laminar.callbacks._base import Callback

if TYPE_CHECKING:
    import csv
    import os
    from collections.abc import Sequence
    from typing import TextIO

    from laminar._model import Model


class LearningRateLogger(Callback):
    """Add ``"learning_rate"`` to each epoch's logs: the rate of the epoch's first step.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((1,)), lm.Dense(1)])
    >>> model.compile(lm.optim.SGD(0.5), "squared_error")
    >>> logger = lm.callbacks.LearningRateLogger()
    >>> model.fit(np.ones((8, 1)), np.ones(8), callbacks=[logger], verbose=0).history["learning_rate"]
    [0.5]
    """

    _adds = ("learning_rate",)
    _rate = 0.0

    def on_epoch_begin(self, epoch: int) -> None:
        self._rate = self.model.learning_rate

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        logs["learning_rate"] = self._rate


class CSVLogger(Callback):
    """Write a row an epoch into a CSV file: the epoch counted from 0, losses and metrics.

    A row is on disk when the next epoch begins. The columns are the names in the first epoch's logs, with
    what callbacks before this one have added.

    Parameters
    ----------
    path : str or path-like
        The file.
    separator : str, default ","
        What stands between two values.
    append : bool, default False
        Whether rows are added to what the file holds, which must have the same columns; else it is replaced.

    Raises
    ------
    ValueError
        If the logs have names that are no columns of the file.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> import pathlib, tempfile
    >>> model = lm.Sequential([lm.Input((1,)), lm.Dense(1, kernel_initializer="zeros")])
    >>> model.compile(lm.optim.SGD(0.0), "squared_error")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "log.csv")
    ...     log = lm.callbacks.CSVLogger(path)
    ...     history = model.fit(np.ones((8, 1)), np.ones(8), epochs=2, callbacks=[log], verbose=0)
    ...     path.read_text().splitlines()
    ['epoch,loss', '0,0.5', '1,0.5']
    """

    _adds = ()

    @known_keywords
    def __init__(self, path: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        if not isinstance(separator, str):
            raise TypeError(f"CSVLogger: separator: expected a string, got {type_name(separator)}")
        if len(separator) != 1:
            raise ValueError(f"CSVLogger: separator: expected one character, got {separator!r}")
        self.path = path
        self.separator = separator
        self.append = append
        self._file: TextIO | None = None
        self._writer: csv.DictWriter[str] | None = None

    def on_train_begin(self, model: Model) -> None:
        columns = self._columns() if self.append else None
        # on_train_end closes it.
        self._file = open(self.path, "a" if self.append else "w", newline="", encoding="utf-8")  # noqa: SIM115
        self._writer = None if columns is None else self._make_writer(self._file, columns)

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        assert self._file is not None
        row = {"epoch": epoch, **logs}
        if self._writer is None:
            self._writer = self._make_writer(self._file, list(row))
            self._writer.writeheader()
        columns = self._writer.fieldnames
        unknown = [name for name in row if name not in columns]
        if unknown:
            raise ValueError(
                f"CSVLogger: path: expected a file with a column for {', '.join(unknown)}, "
                f"got {str(self.path)!r} with {', '.join(columns)}"
            )
        self._writer.writerow(row)
        self._file.flush()

    def on_train_end(self, model: Model) -> None:
        if self._file is not None:
            self._file.close()
        self._file = self._writer = None

    def _columns(self) -> list[str] | None:
        """Return the header of the file, None where there is none yet."""
        import csv

        try:
            with open(self.path, newline="", encoding="utf-8") as file:
                return next(csv.reader(file, delimiter=self.separator), None)
        except FileNotFoundError:
            return None

    def _make_writer(self, file: TextIO, columns: Sequence[str]) -> csv.DictWriter[str]:
        import csv

        return csv.DictWriter(file, columns, delimiter=self.separator, lineterminator="\n")
