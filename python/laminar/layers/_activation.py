# SPDX-License-Identifier: BSD-3-Clause
"""An activation as a layer of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laminar._keywords import known_keywords
from laminar.layers._base import Layer

if TYPE_CHECKING:
    from laminar.activations import ActivationLike


class Activation(Layer):
    """Activation as a layer of its own.

    ``y = g(x)`` element by element; softmax runs over the last axis.

    Parameters
    ----------
    activation : str or ActivationFunction
        The function g; :func:`laminar.activations.names` lists them.
    name : str, optional
        By default the model gives one: ``"activation_1"``.

    Raises
    ------
    ValueError
        If the name is unknown; the message proposes the nearest one.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((3,)), lm.Activation("relu")])
    >>> model(np.array([[-1.0, 0.0, 2.0]])).tolist()
    [[0.0, 0.0, 2.0]]
    """

    @known_keywords
    def __init__(self, activation: ActivationLike, name: str | None = None) -> None:
        super().__init__("Activation", {"activation": activation}, name)
