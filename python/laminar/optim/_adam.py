# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

from typing import TYPE_CHECKING

from laminar._keywords import known_keywords
from laminar.optim._base import Optimizer

if TYPE_CHECKING:
    from laminar.schedules import LearningRate


class Adam(Optimizer):
    """Step sizes from bias-corrected averages of the gradient and of its square.

    | ``m = beta_1 m + (1 - beta_1) g``, ``m^ = m / (1 - beta_1^t)``
    | ``s = beta_2 s + (1 - beta_2) g^2``, ``s^ = s / (1 - beta_2^t)``
    | ``W -= learning_rate m^ / (sqrt(s^) + epsilon)``

    Parameters
    ----------
    learning_rate : float or Schedule, default 1e-3
        Step size, at least 0.
    beta_1 : float, default 0.9
        Decay of the average of g, in [0, 1).
    beta_2 : float, default 0.999
        Decay of the average of g^2, in [0, 1).
    epsilon : float, default 1e-8
        Keeps the divisor away from 0.
    epsilon_inside : bool, default False
        Whether to divide by ``sqrt(s^ + epsilon)`` instead.
    epsilon_hat : bool, default False
        Whether to divide by ``sqrt(s^) + epsilon / sqrt(1 - beta_2^t)`` instead, as Keras and scikit-learn
        do: the first steps of weights with the smallest gradients are smaller.
    clipvalue, clipnorm, global_clipnorm, ema_momentum, gradient_accumulation_steps : optional
        What every optimizer takes: see :class:`Optimizer`.

    References
    ----------
    Kingma and Ba, "Adam: a method for stochastic optimization", 2015 (arXiv:1412.6980).

    Examples
    --------
    >>> import laminar as lm
    >>> lm.optim.Adam(3e-4)
    Adam(learning_rate=0.0003)
    """

    @known_keywords
    def __init__(
        self,
        learning_rate: LearningRate = 1e-3,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        epsilon_inside: bool = False,
        *,
        epsilon_hat: bool = False,
        clipvalue: float | None = None,
        clipnorm: float | None = None,
        global_clipnorm: float | None = None,
        ema_momentum: float | None = None,
        gradient_accumulation_steps: int | None = None,
    ) -> None:
        super().__init__(
            "Adam",
            {
                "learning_rate": learning_rate,
                "beta_1": beta_1,
                "beta_2": beta_2,
                "epsilon": epsilon,
                "epsilon_inside": epsilon_inside,
                "epsilon_hat": epsilon_hat,
                "clipvalue": clipvalue,
                "clipnorm": clipnorm,
                "global_clipnorm": global_clipnorm,
                "ema_momentum": ema_momentum,
                "gradient_accumulation_steps": gradient_accumulation_steps,
            },
        )


class AdamW(Optimizer):
    """Adam with weight decay that does not pass through the averages.

    ``W -= learning_rate weight_decay W`` before each of :class:`Adam`'s updates, biases included.

    Parameters
    ----------
    learning_rate : float or Schedule, default 1e-3
        Step size, at least 0.
    beta_1 : float, default 0.9
        Decay of the average of g, in [0, 1).
    beta_2 : float, default 0.999
        Decay of the average of g^2, in [0, 1).
    epsilon : float, default 1e-8
        Keeps the divisor away from 0.
    epsilon_inside : bool, default False
        Whether to divide by ``sqrt(s^ + epsilon)`` instead.
    epsilon_hat : bool, default False
        Whether to divide by ``sqrt(s^) + epsilon / sqrt(1 - beta_2^t)`` instead, as Keras and scikit-learn
        do: the first steps of weights with the smallest gradients are smaller.
    weight_decay : float, default 0.01
        Share of W that a step of size 1 takes away.
    clipvalue, clipnorm, global_clipnorm, ema_momentum, gradient_accumulation_steps : optional
        What every optimizer takes: see :class:`Optimizer`.

    References
    ----------
    Loshchilov and Hutter, "Decoupled weight decay regularization", 2019 (arXiv:1711.05101).

    Examples
    --------
    >>> import laminar as lm
    >>> lm.optim.AdamW(weight_decay=0.1)
    AdamW(weight_decay=0.1)
    """

    @known_keywords
    def __init__(
        self,
        learning_rate: LearningRate = 1e-3,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        epsilon_inside: bool = False,
        weight_decay: float = 0.01,
        *,
        epsilon_hat: bool = False,
        clipvalue: float | None = None,
        clipnorm: float | None = None,
        global_clipnorm: float | None = None,
        ema_momentum: float | None = None,
        gradient_accumulation_steps: int | None = None,
    ) -> None:
        super().__init__(
            "AdamW",
            {
                "learning_rate": learning_rate,
                "beta_1": beta_1,
                "beta_2": beta_2,
                "epsilon": epsilon,
                "epsilon_inside": epsilon_inside,
                "epsilon_hat": epsilon_hat,
                "weight_decay": weight_decay,
                "clipvalue": clipvalue,
                "clipnorm": clipnorm,
                "global_clipnorm": global_clipnorm,
                "ema_momentum": ema_momentum,
                "gradient_accumulation_steps": gradient_accumulation_steps,
            },
        )
