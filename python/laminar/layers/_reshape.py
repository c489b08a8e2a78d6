# SPDX-License-Identifier: BSD-3-Clause
"""The same numbers under another shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laminar._keywords import known_keywords
from laminar._options import as_axes
from laminar.layers._base import Layer

if TYPE_CHECKING:
    from collections.abc import Sequence


class Flatten(Layer):
    """Each example becomes one row: (m, a, b, ...) becomes (m, a * b * ...).

    Parameters
    ----------
    name : str, optional
        By default the model gives one: ``"flatten_1"``.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.Flatten()(lm.Input((28, 28))).shape
    (None, 784)
    """

    @known_keywords
    def __init__(self, name: str | None = None) -> None:
        super().__init__("Flatten", {}, name)


class Reshape(Layer):
    """Each example takes another shape of as many elements.

    Parameters
    ----------
    target_shape : sequence of int
        Shape of one example, without the batch axis; one axis may be -1, what remains.
    name : str, optional
        By default the model gives one: ``"reshape_1"``.

    Raises
    ------
    ValueError
        If more than one axis is -1 or an axis is below that.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.Reshape((7, -1))(lm.Input((28, 28))).shape
    (None, 7, 112)
    """

    @known_keywords
    def __init__(self, target_shape: Sequence[int | None], name: str | None = None) -> None:
        # The core writes an open axis as None, users write -1 as in NumPy.
        lengths = as_axes("Reshape: target_shape", target_shape)
        axes = [None if length == -1 else length for length in lengths]
        super().__init__("Reshape", {"target_shape": axes}, name)
