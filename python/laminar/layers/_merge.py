# SPDX-License-Identifier: BSD-3-Clause
"""Layers that join several inputs."""

from __future__ import annotations

from laminar._keywords import known_keywords
from laminar.layers._base import Layer


class Add(Layer):
    """Sum of two or more inputs of one shape.

    ``y = x_1 + x_2 + ...``

    Parameters
    ----------
    name : str, optional
        By default the model gives one: ``"add_1"``.

    Examples
    --------
    >>> import laminar as lm
    >>> x = lm.Input((8,))
    >>> lm.Add()([x, lm.Dense(8)(x)]).shape
    (None, 8)
    """

    @known_keywords
    def __init__(self, name: str | None = None) -> None:
        super().__init__("Add", {}, name)


class Concatenate(Layer):
    """Two or more inputs side by side along one axis.

    Parameters
    ----------
    axis : int, default -1
        The axis along which they are joined: not 0, the batch; negative counts from the end.
    name : str, optional
        By default the model gives one: ``"concatenate_1"``.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.Concatenate()([lm.Input((8,)), lm.Input((3,))]).shape
    (None, 11)
    """

    @known_keywords
    def __init__(self, axis: int = -1, name: str | None = None) -> None:
        super().__init__("Concatenate", {"axis": axis}, name)
