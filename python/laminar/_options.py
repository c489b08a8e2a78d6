# SPDX-License-Identifier: BSD-3-Clause
"""What layers, losses, optimizers and option objects have in common: fields, equality, a repr."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    class Configurable(Protocol):
        """An object of the compiled core that is made of a type and named options."""

        _made: bool

        @property
        def type(self) -> str: ...
        @property
        def options(self) -> dict[str, Any]: ...


class Option:
    """Base of activations, initializers and regularizers that are given as objects."""

    type: ClassVar[str]

    def config(self) -> dict[str, Any]:
        """Return the plain values that the compiled core builds the option from.

        Returns
        -------
        dict
            ``"type"`` and the fields, or the fields alone.
        """
        return {"type": self.type, **vars(self)}

    def __repr__(self) -> str:
        return call_text(type(self).__name__, vars(self))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))


def call_text(name: str, arguments: Mapping[str, Any]) -> str:
    """Return the call that would make an object: ``Dense(units=3)``."""
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


def describe(thing: Configurable, **more: Any) -> str:
    """Return the call that would make `thing`, without the arguments that have their default.

    A constructor that raised leaves an object without a core, and tracebacks may print it.
    """
    if not thing._made:
        return f"<{type(thing).__name__}: not constructed>"
    from inspect import signature

    defaults = {name: parameter.default for name, parameter in signature(type(thing)).parameters.items()}
    shown = {key: value for key, value in thing.options.items() if defaults.get(key, thing) != value}
    return call_text(type(thing).__name__, shown | more)


def same(a: Configurable, b: object) -> bool:
    """Return whether two such objects are of one class and have equal options."""
    return type(a) is type(b) and a.type == b.type and a.options == b.options


def type_name(value: object) -> str:
    """Return how an argument of the wrong type is named in an error: ``int``, ``the class Adam``."""
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def as_list(where: str, values: Any, kind: str = "integers") -> list[Any]:
    """Return what an iterable yields; TypeError for anything else, a string among it."""
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise TypeError(f"{where}: expected a sequence of {kind}, got {type_name(values)}")
    return list(values)


def as_integer(where: str, value: Any) -> int:
    """Return a whole number as an int; TypeError for anything else."""
    try:
        return index(value)
    except TypeError:
        raise TypeError(f"{where}: expected an integer, got {value!r}") from None


def as_axes(where: str, values: Any) -> list[int | None]:
    """Return a shape's axes, None for a free one; each is a whole number that fits 64 bits."""
    axes = [value if value is None else as_integer(where, value) for value in as_list(where, values)]
    for axis in axes:
        if axis is not None and not -(2**63) <= axis < 2**63:
            raise ValueError(f"{where}: expected axes that fit 64 bits, got {axis}")
    return axes


def as_dtype_name(dtype: Any) -> Any:
    """Return the name of a NumPy dtype or scalar type; a string is left to the core to judge."""
    return dtype if isinstance(dtype, str) or dtype is None else np.dtype(dtype).name
