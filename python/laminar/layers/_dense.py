# SPDX-License-Identifier: BSD-3-Clause
"""The fully connected layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laminar._keywords import known_keywords
from laminar.layers._base import Layer

if TYPE_CHECKING:
    from laminar.activations import ActivationLike
    from laminar.initializers import InitializerLike
    from laminar.regularizers import RegularizerLike


class Dense(Layer):
    """Fully connected layer on the last axis.

    ``y = g(x W + b)`` with x of shape (m, ..., n_in), W of shape (n_in, units) and b of shape (units,).

    Parameters
    ----------
    units : int
        Number of outputs, at least 1.
    activation : str or ActivationFunction, default "linear"
        The function g; :func:`laminar.activations.names` lists them. ``None`` stands for ``"linear"``.
    use_bias : bool, default True
        Whether b is added.
    kernel_initializer : str or Initializer, optional
        How W starts. By default He normal before the relu kinds (relu, leaky_relu, elu, gelu, silu) and
        Glorot uniform otherwise.
    bias_initializer : str or Initializer, default "zeros"
        How b starts.
    kernel_regularizer : Regularizer, optional
        A penalty on W in the loss.
    name : str, optional
        By default the model gives one: ``"dense_1"``.

    Raises
    ------
    ValueError
        If `units` is below 1 or a name is unknown; the message proposes the nearest one.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.Dense(10, activation="softmax")(lm.Input((784,))).shape
    (None, 10)
    """

    @known_keywords
    def __init__(
        self,
        units: int,
        activation: ActivationLike | None = "linear",
        use_bias: bool = True,
        kernel_initializer: InitializerLike | None = None,
        bias_initializer: InitializerLike = "zeros",
        kernel_regularizer: RegularizerLike | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            "Dense",
            {
                "units": units,
                "activation": "linear" if activation is None else activation,
                "use_bias": use_bias,
                "kernel_initializer": kernel_initializer,
                "bias_initializer": bias_initializer,
                "kernel_regularizer": kernel_regularizer,
            },
            name,
        )
