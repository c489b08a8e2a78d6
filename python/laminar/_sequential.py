# SPDX-License-Identifier: BSD-3-Clause
"""A model that is one layer after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laminar import _core
from laminar._keywords import known_keywords
from laminar._model import Model
from laminar._network import Network
from laminar._options import as_axes, as_dtype_name, as_integer, as_list, type_name

if TYPE_CHECKING:
    from collections.abc import Sequence


class Sequential(Model):
    """A model whose layers stand one after another.

    Parameters
    ----------
    layers : sequence of Layer
        The layers; the first may be ``Input(shape)``, else the shape is taken from the first data.
    dtype : {"float32", "float64"}, default "float32"
        The type of parameters and results.
    seed : int, optional
        Determines initial values, shuffles and masks; by default one is drawn, see ``seed``.

    Raises
    ------
    TypeError
        If something in `layers` is not a layer.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.Sequential([lm.Input((784,)), lm.Dense(512, activation="relu"), lm.Dense(10)])
    <Sequential: 2 layers, 407,050 parameters, float32>
    """

    _kind = "Sequential"

    @known_keywords
    def __init__(
        self,
        layers: Sequence[_core.Layer | _core.SymbolicTensor],
        dtype: str = "float32",
        seed: int | None = None,
    ) -> None:
        parts = as_list("Sequential: layers", layers, "layers")
        for position, part in enumerate(parts):
            if not isinstance(part, _core.Layer | _core.SymbolicTensor):
                hint = ": call it to make a layer" if isinstance(part, type) else ""
                raise TypeError(
                    f"Sequential: layers[{position}]: expected a layer, got {type_name(part)}{hint}"
                )
        Network.__init__(
            self,
            parts,
            None,
            as_dtype_name(dtype),
            seed if seed is None else as_integer("Sequential: seed", seed),
        )

    @known_keywords
    def build(self, input_shape: Sequence[int | None]) -> None:  # type: ignore[override]
        """Make the parameters of a model that was given no ``Input``.

        Parameters
        ----------
        input_shape : sequence of int or None
            Shape of one example, without the batch axis; ``None`` leaves an axis free.

        Raises
        ------
        ShapeError
            If a layer does not take such inputs.
        RuntimeError
            If the model is built already.

        Examples
        --------
        >>> import laminar as lm
        >>> model = lm.Sequential([lm.Dense(3)])
        >>> model.build((2,))
        >>> model.output_shapes
        [(None, 3)]
        """
        super().build([as_axes("build: input_shape", input_shape)])
