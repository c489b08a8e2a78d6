# SPDX-License-Identifier: BSD-3-Clause
"""What every layer does: be called, be printed, be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laminar import _core
from laminar._options import describe, type_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from laminar._core import SymbolicTensor


class Layer(_core.Layer):
    """Base of the layers: options, a name, and parameters that two calls share.

    Calling a layer on symbolic tensors puts it into a graph. Its ``trainable`` may be set to ``False``:
    training then leaves its parameters bit for bit unchanged, from the next ``fit`` or ``train_on_batch`` on.
    Models that are made of the same layer share its parameters; a deep copy has its own.

    Parameters
    ----------
    type : str
        The layer's type, such as ``"Dense"``.
    options : mapping of str to object
        Its options, plain values.
    name : str, optional
        By default the model that the layer becomes part of gives one: ``"dense_1"``.

    Examples
    --------
    >>> import laminar as lm
    >>> layer = lm.Dense(3)
    >>> a, b = lm.Input((2,)), lm.Input((2,))
    >>> shared = lm.Model([a, b], lm.Add()([layer(a), layer(b)]))
    >>> sorted(shared.parameters())
    ['dense_1.bias', 'dense_1.kernel']
    """

    _made = False  # whether the core's constructor has succeeded

    def __init__(self, type: str, options: Mapping[str, Any], name: str | None = None) -> None:
        super().__init__(type, options, name)
        self._made = True

    def __call__(self, inputs: SymbolicTensor | Sequence[SymbolicTensor]) -> SymbolicTensor:
        """Apply the layer to symbolic tensors.

        Parameters
        ----------
        inputs : SymbolicTensor or sequence of SymbolicTensor
            What :func:`laminar.Input` or other layers yield; several for layers that join them.

        Returns
        -------
        SymbolicTensor
            The output.

        Raises
        ------
        ShapeError
            If the inputs' shapes do not fit the layer.
        TypeError
            If an input is an array: a layer has no weights until it is part of a model.
        """
        (output,) = self.call(as_tensors(inputs, self.name or type(self).__name__))
        return output

    def __repr__(self) -> str:
        return describe(self, **({"name": self.name} if self.name else {}))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.type, self.options, self.name, self.trainable), vars(self)


def as_tensors(inputs: object, caller: str) -> list[SymbolicTensor]:
    """Return one tensor or a sequence of them as a list; TypeError for anything else."""
    tensors = inputs if isinstance(inputs, list | tuple) else [inputs]
    for tensor in tensors:
        if not isinstance(tensor, _core.SymbolicTensor):
            raise TypeError(
                f"{caller}: expected symbolic tensors, made by Input or by calling layers on them, "
                f"got {type_name(tensor)}"
            )
    return list(tensors)


def make_layer(cls: type[Layer], type: str, options: Mapping[str, Any], name: str | None = None) -> Layer:
    """Make a layer of a class from what its ``type`` and ``options`` say."""
    layer = cls.__new__(cls)
    Layer.__init__(layer, type, options, name)
    return layer


def _rebuild(cls: type[Layer], type: str, options: Mapping[str, Any], name: str, trainable: bool) -> Layer:
    layer = make_layer(cls, type, options, name or None)
    layer.trainable = trainable
    return layer
