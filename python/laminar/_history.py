# SPDX-License-Identifier: BSD-3-Clause
"""What a ``fit`` has recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class History:
    """Losses and metrics of the epochs of one ``fit``.

    Parameters
    ----------
    history : mapping of str to sequence of float
        One value an epoch for the loss and each metric, with ``val_`` in front of those on validation data.
    epoch : sequence of int
        The epochs' numbers, counted from 0.

    Attributes
    ----------
    history : dict of str to list of float
        The values.
    epoch : list of int
        The epochs' numbers.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.History({"loss": [0.5, 0.25]}, [0, 1])
    History(2 epochs, loss=0.25)
    """

    def __init__(self, history: Mapping[str, Sequence[float]], epoch: Sequence[int]) -> None:
        self.history: dict[str, list[float]] = {name: list(values) for name, values in history.items()}
        self.epoch: list[int] = list(epoch)

    def __repr__(self) -> str:
        n = len(self.epoch)
        parts = [f"{n} epoch{'' if n == 1 else 's'}"]
        parts += [f"{name}={values[-1]:.4g}" for name, values in self.history.items() if values]
        return f"History({', '.join(parts)})"
