# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

from typing import TYPE_CHECKING

from laminar._keywords import known_keywords
from laminar.optim._base import Optimizer

if TYPE_CHECKING:
    from laminar.schedules import LearningRate


class RMSprop(Optimizer):
    """Step sizes from a moving average of the squared gradient.

    | ``s = rho s + (1 - rho) g^2``
    | ``W -= learning_rate g / (sqrt(s) + epsilon)``

    Parameters
    ----------
    learning_rate : float or Schedule, default 1e-3
        Step size, at least 0.
    rho : float, default 0.9
        Decay of the average, in [0, 1).
    epsilon : float, default 1e-8
        Keeps the divisor away from 0.
    momentum : float, default 0.0
        Decay of a velocity that sums up the updates, in [0, 1].
    centered : bool, default False
        Whether to use ``s - a^2`` with the moving average a of g.
    epsilon_inside : bool, default False
        Whether to divide by ``sqrt(s + epsilon)`` instead.
    clipvalue, clipnorm, global_clipnorm, ema_momentum, gradient_accumulation_steps : optional
        What every optimizer takes: see :class:`Optimizer`.

    References
    ----------
    Tieleman and Hinton, "Lecture 6.5: rmsprop", 2012; centered: Graves, 2013 (arXiv:1308.0850).

    Examples
    --------
    >>> import laminar as lm
    >>> lm.optim.RMSprop(rho=0.99, centered=True)
    RMSprop(rho=0.99, centered=True)
    """

    @known_keywords
    def __init__(
        self,
        learning_rate: LearningRate = 1e-3,
        rho: float = 0.9,
        epsilon: float = 1e-8,
        momentum: float = 0.0,
        centered: bool = False,
        epsilon_inside: bool = False,
        *,
        clipvalue: float | None = None,
        clipnorm: float | None = None,
        global_clipnorm: float | None = None,
        ema_momentum: float | None = None,
        gradient_accumulation_steps: int | None = None,
    ) -> None:
        super().__init__(
            "RMSprop",
            {
                "learning_rate": learning_rate,
                "rho": rho,
                "epsilon": epsilon,
                "momentum": momentum,
                "centered": centered,
                "epsilon_inside": epsilon_inside,
                "clipvalue": clipvalue,
                "clipnorm": clipnorm,
                "global_clipnorm": global_clipnorm,
                "ema_momentum": ema_momentum,
                "gradient_accumulation_steps": gradient_accumulation_steps,
            },
        )


class Adagrad(Optimizer):
    """Step sizes from the sum of all squared gradients.

    | ``s += g^2``
    | ``W -= learning_rate g / (sqrt(s) + epsilon)``

    Parameters
    ----------
    learning_rate : float or Schedule, default 1e-2
        Step size, at least 0.
    epsilon : float, default 1e-10
        Keeps the divisor away from 0.
    clipvalue, clipnorm, global_clipnorm, ema_momentum, gradient_accumulation_steps : optional
        What every optimizer takes: see :class:`Optimizer`.

    References
    ----------
    Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", 2011.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.optim.Adagrad(0.1)
    Adagrad(learning_rate=0.1)
    """

    @known_keywords
    def __init__(
        self,
        learning_rate: LearningRate = 1e-2,
        epsilon: float = 1e-10,
        *,
        clipvalue: float | None = None,
        clipnorm: float | None = None,
        global_clipnorm: float | None = None,
        ema_momentum: float | None = None,
        gradient_accumulation_steps: int | None = None,
    ) -> None:
        super().__init__(
            "Adagrad",
            {
                "learning_rate": learning_rate,
                "epsilon": epsilon,
                "clipvalue": clipvalue,
                "clipnorm": clipnorm,
                "global_clipnorm": global_clipnorm,
                "ema_momentum": ema_momentum,
                "gradient_accumulation_steps": gradient_accumulation_steps,
            },
        )
