# SPDX-License-Identifier: BSD-3-Clause
"""Models in files: what a file can only name is found here."""

from __future__ import annotations

from os import fspath
from typing import TYPE_CHECKING, Any

from laminar import _core, layers
from laminar._keywords import known_keywords
from laminar._model import Model
from laminar._network import Network
from laminar._options import type_name
from laminar._sequential import Sequential
from laminar.layers._base import Layer, make_layer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

_KINDS: dict[str, type[Model]] = {"Sequential": Sequential, "Model": Model}
# The only layers that a file can make by itself.
_LAYERS: dict[str, type[Layer]] = {
    name: cls
    for name in layers.__all__
    if isinstance(cls := getattr(layers, name), type)
    and issubclass(cls, Layer)
    and cls not in (Layer, layers.CustomLayer)
}


@known_keywords
def load_model(path: str | PathLike[str], custom: Mapping[str, Callable[..., Any]] | None = None) -> Model:
    """Load a model that :meth:`laminar.Model.save` has written.

    It predicts, and trains on, to the same bits as the model that was saved. A file is data: nothing in it is
    run or imported, and what it says is checked before memory is given out for it.

    Parameters
    ----------
    path : str or path-like
        The file.
    custom : mapping of str to class or function, optional
        What the file only names: classes of your own layers, which are made anew from the arguments that they
        were constructed with, and functions that are losses or metrics.

    Returns
    -------
    Sequential or Model
        As it was saved, compiled if it was.

    Raises
    ------
    FormatError
        If the file is not one of laminar's, or damaged: the message says what is wrong and where.
    ValueError
        If the file names something that is not in `custom`.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
    >>> model = lm.Sequential([lm.Input((4,)), lm.Dense(3)])
    >>> model.save(path)
    >>> same = lm.load_model(path)
    >>> x = np.ones((2, 4), dtype="float32")
    >>> bool((same(x) == model(x)).all())
    True
    """
    path = fspath(path)
    known = dict(custom or {})

    def find(name: str, what: str) -> Callable[..., Any]:
        if name not in known:
            raise ValueError(
                f"load_model: custom: expected the {what} '{name}', which the file only names, "
                f"got {sorted(known) or 'nothing'}"
            )
        return known[name]

    def layer_for(type: str, options: dict[str, Any]) -> _core.Layer:
        if type in _LAYERS and type not in known:
            try:
                return make_layer(_LAYERS[type], type, options)
            except (TypeError, ValueError) as error:
                raise _core.FormatError(f"{path}: architecture: {error}") from None
        layer = find(type, "layer")(**options)
        if not isinstance(layer, Layer):
            raise TypeError(
                f"load_model: custom: {type}: expected a class of layers, got one of {type_name(layer)}"
            )
        return layer

    file = _core.ModelFile(path)
    cls = _KINDS[file.kind]
    model = cls.__new__(cls)
    Network.__init__(model, file, layer_for, find)
    return model
