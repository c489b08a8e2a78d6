# SPDX-License-Identifier: BSD-3-Clause
"""What a model computes for one example, as calls of C functions on buffers."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Value:
    """A tensor of one example: the buffer that holds it, which views share, and its shape."""

    buffer: int
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)

    @property
    def rows(self) -> int:
        """The product of all axes but the last."""
        return prod(self.shape[:-1])

    @property
    def features(self) -> int:
        """The length of the last axis."""
        return self.shape[-1] if self.shape else 1


@dataclass(frozen=True)
class Op:
    """One call: ``function(sizes, inputs, constants, numbers, output + offset)``."""

    function: str
    sizes: tuple[int, ...]
    inputs: tuple[int, ...]  # buffers
    output: int  # a buffer
    constants: tuple[str | None, ...] = ()  # names of arrays
    numbers: tuple[float, ...] = ()
    offset: int = 0
    in_place: bool = False  # whether the output may lie where the first input does


@dataclass
class Program:
    """Calls in order, the buffers and the constant arrays that they use."""

    dtype: np.dtype[Any]
    inputs: list[Value] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)  # numbers in each buffer
    ops: list[Op] = field(default_factory=list)
    arrays: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    # What the comment on top says
    input_names: list[str] = field(default_factory=list)
    output_names: list[str] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)

    def new(self, shape: tuple[int, ...]) -> Value:
        """Return a tensor in a buffer of its own."""
        self.sizes.append(prod(shape))
        return Value(len(self.sizes) - 1, shape)

    def map(self, function: str, x: Value, *sizes: int, **more: Any) -> Value:
        """Return a tensor of x's shape, made of x by a function that may work in place."""
        y = self.new(x.shape)
        self.ops.append(Op(function, sizes, (x.buffer,), y.buffer, in_place=True, **more))
        return y

    def constant(self, name: str, array: NDArray[np.float64] | None) -> str | None:
        """Keep an array and return its name."""
        if array is None:
            return None
        self.arrays[name] = array
        return name
