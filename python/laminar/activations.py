# SPDX-License-Identifier: BSD-3-Clause
"""Activations: the functions g in ``a = g(z)``.

Most have no parameter and are given by name; :func:`names` lists them.

=============== =============================================================
name            g(z)
=============== =============================================================
``linear``      z
``sigmoid``     1 / (1 + exp(-z))
``tanh``        tanh(z)
``relu``        max(0, z), derivative 0 at 0
``leaky_relu``  z for z > 0, else 0.01 z; :class:`LeakyReLU` sets the slope
``elu``         z for z > 0, else exp(z) - 1
``selu``        1.0507 (z for z > 0, else 1.6733 (exp(z) - 1))
``gelu``        z Phi(z) with the normal distribution function Phi
``gelu_tanh``   the tanh approximation of ``gelu``
``silu``        z / (1 + exp(-z))
``softplus``    log(1 + exp(z))
``exponential`` exp(z)
``softmax``     exp(z_j) / sum_k exp(z_k) over the last axis
=============== =============================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from laminar._keywords import known_keywords
from laminar._options import Option

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    ActivationLike: TypeAlias = "str | ActivationFunction | Mapping[str, Any]"

__all__ = ["ActivationFunction", "LeakyReLU", "names"]

_NAMES = (
    "linear",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "gelu_tanh",
    "silu",
    "softplus",
    "exponential",
    "softmax",
)


def names() -> tuple[str, ...]:
    """Return the names that an ``activation`` argument accepts.

    Returns
    -------
    tuple of str
        Every activation's name.

    Examples
    --------
    >>> import laminar as lm
    >>> "relu" in lm.activations.names()
    True
    """
    return _NAMES


class ActivationFunction(Option):
    """Base of the activations that have a parameter.

    Examples
    --------
    >>> import laminar as lm
    >>> isinstance(lm.activations.LeakyReLU(0.2), lm.activations.ActivationFunction)
    True
    """


class LeakyReLU(ActivationFunction):
    """Rectifier that lets a part of the negative values through.

    ``g(z) = z`` for ``z > 0``, else ``slope * z``; the derivative at 0 is `slope`.

    Parameters
    ----------
    slope : float, default 0.01
        Slope for ``z <= 0``.

    References
    ----------
    Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.Dense(8, activation=lm.activations.LeakyReLU(0.2)).options["activation"]
    {'type': 'leaky_relu', 'slope': 0.2}
    """

    type = "leaky_relu"

    @known_keywords
    def __init__(self, slope: float = 0.01) -> None:
        self.slope = slope
