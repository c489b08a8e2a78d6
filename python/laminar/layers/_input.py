# SPDX-License-Identifier: BSD-3-Clause
"""Where data enters a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laminar import _core
from laminar._keywords import known_keywords
from laminar._options import as_axes, as_dtype_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from laminar._core import SymbolicTensor


@known_keywords
def Input(  # noqa: N802 - named as in Keras
    shape: Sequence[int | None], dtype: str | None = None, name: str | None = None
) -> SymbolicTensor:
    """Return the symbolic tensor through which data enters a model.

    Parameters
    ----------
    shape : sequence of int or None
        Shape of one example, without the batch axis; ``None`` leaves an axis free.
    dtype : {"float32", "float64", "int32"}, optional
        ``"int32"`` for ids; by default the model's own.
    name : str, optional
        By default the model gives one: ``"input_1"``.

    Returns
    -------
    SymbolicTensor
        Of shape ``(None, *shape)``.

    Raises
    ------
    TypeError
        If `shape` is a number: write ``Input((784,))``.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.Input((784,)).shape
    (None, 784)
    """
    return _core.input_tensor(as_axes("Input: shape", shape), as_dtype_name(dtype), name)
