# SPDX-License-Identifier: BSD-3-Clause
"""What all metrics of the compiled core have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laminar import _core
from laminar._options import describe, same

if TYPE_CHECKING:
    from collections.abc import Mapping


class Metric(_core.Metric):
    """Base of the metrics; two are equal when class and options are.

    Parameters
    ----------
    type : str
        The metric's name.
    options : mapping of str to object
        Its options, plain values.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.metrics.TopKAccuracy(3) == lm.metrics.TopKAccuracy(k=3)
    True
    """

    _made = False  # whether the core's constructor has succeeded

    def __init__(self, type: str, options: Mapping[str, Any]) -> None:
        super().__init__(type, options)
        self._made = True

    def __repr__(self) -> str:
        return describe(self)

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.type, self.options)


def _rebuild(kind: type[Metric], name: str, options: dict[str, Any]) -> Metric:
    metric = kind.__new__(kind)
    Metric.__init__(metric, name, options)
    return metric
