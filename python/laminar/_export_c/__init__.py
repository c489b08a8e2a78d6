# SPDX-License-Identifier: BSD-3-Clause
"""A trained network as one file of C99."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from laminar import _core
from laminar._keywords import known_keywords
from laminar._options import type_name

if TYPE_CHECKING:
    from typing import Any

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)


class CSource(NamedTuple):
    """A network in C, and the memory that it takes; printed, it tells the sizes.

    Parameters
    ----------
    name : str
        What the names in the file begin with.
    text : str
        The file.
    weight_bytes : int
        Size of the constant arrays: flash, on a microcontroller.
    buffer_bytes : int
        Size of the array on the stack that a prediction takes, besides a few scalars.

    Examples
    --------
    >>> import laminar as lm
    >>> print(lm.CSource("gate", "...", 36, 8))
    gate_predict: 36 bytes of weights, 8 bytes of buffers
    """

    name: str
    text: str
    weight_bytes: int
    buffer_bytes: int

    def __str__(self) -> str:
        return f"{self.name}_predict: {self._sizes()}"

    def __repr__(self) -> str:
        return f"<CSource: {self}>"

    def _sizes(self) -> str:
        return f"{self.weight_bytes:,} bytes of weights, {self.buffer_bytes:,} bytes of buffers"


@known_keywords
def export_c(
    model: _core.Model, path: str | os.PathLike[str] | None = None, *, name: str = "model"
) -> CSource:
    """Write a network as one C99 file that needs nothing but ``math.h``: for microcontrollers.

    The file defines ``void NAME_predict(const float x[n_in], float y[n_out])``, which computes the prediction
    for one example; with several inputs or outputs the arguments are ``x_1, x_2, ...`` and ``y_1, ...``, in
    the model's order. Arrays of more axes are flat, the last axis runs fastest. The arguments must not
    overlap. It takes nothing from the heap and keeps no state: weights are ``static const``, what lies
    between two layers is on the stack, so several tasks and interrupts may call it at once. It compiles as
    C++ too. The comment on top of the file tells shapes and sizes.

    Parameters
    ----------
    model : Model or Sequential
        A network with known shapes, of float32 or float64 (``double`` in C), made of the layers ``Dense``,
        ``Activation``, ``BatchNormalization``, ``LayerNormalization``, ``Normalization``, ``Dropout``,
        ``GaussianNoise``, ``Flatten``, ``Reshape``, ``Add`` and ``Concatenate``. A normalization with fixed
        numbers that follows a dense layer is folded into its weights.
    path : str or path, optional
        Where the file is written, all or nothing; by default nowhere.
    name : str, default "model"
        What every name in the file begins with: ASCII letters, digits and underscores, a letter first.

    Returns
    -------
    CSource
        ``text``, ``weight_bytes`` and ``buffer_bytes``. The same model gives the same text.

    Raises
    ------
    ValueError
        If `name` is no such word, a weight is not finite, or there are layers that have no form in C; the
        message names all of these.
    RuntimeError
        If the model has no input shape yet.
    ShapeError
        If an axis besides the batch is free.
    OSError
        If `path` cannot be written; what was there stays.

    Examples
    --------
    >>> import laminar as lm
    >>> model = lm.Sequential([lm.Input((2,)), lm.Dense(4, "tanh"), lm.Dense(2, "softmax")], seed=0)
    >>> source = lm.export_c(model, name="gate")
    >>> print(source)
    gate_predict: 88 bytes of weights, 16 bytes of buffers
    >>> "void gate_predict(const float x[2], float y[2]);" in source.text
    True
    """
    if not isinstance(model, _core.Model):
        raise TypeError(f"export_c: model: expected a Model or Sequential, got {type_name(model)}")
    if not isinstance(name, str):
        raise TypeError(f"export_c: name: expected a string, got {type_name(name)}")
    if not _NAME.fullmatch(name):
        raise ValueError(
            "export_c: name: expected ASCII letters, digits and underscores, a letter first, for names in C, "
            f"got {name!r}"
        )
    place = None if path is None else _as_path(path)

    from laminar._export_c._fold import fold_scales
    from laminar._export_c._read import read
    from laminar._export_c._write import write

    program = read(model)
    fold_scales(program)
    source = CSource(name, *write(program, name))
    if place is not None:
        _core.write_file(place, source.text.encode("ascii"))
    return source


def _as_path(path: Any) -> str:
    try:
        return os.fsdecode(path)
    except TypeError:
        raise TypeError(f"export_c: path: expected a path, got {type_name(path)}") from None
