# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

from typing import TYPE_CHECKING

from laminar._keywords import known_keywords
from laminar.optim._base import Optimizer

if TYPE_CHECKING:
    from laminar.schedules import LearningRate


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted.

    | ``g' = g + weight_decay W``
    | ``v = momentum v + (1 - dampening) g'``
    | ``W -= learning_rate v``, or ``learning_rate (g' + momentum v)`` with `nesterov`

    Parameters
    ----------
    learning_rate : float or Schedule, default 0.01
        Step size, at least 0.
    momentum : float, default 0.0
        Decay of the velocity v, in [0, 1]; ``dampening=momentum`` makes v a moving average of g.
    dampening : float, default 0.0
        What the gradient loses on its way into v, from the first step on.
    nesterov : bool, default False
        Whether to look one step ahead; needs momentum and no dampening.
    weight_decay : float, default 0.0
        Multiple of W that is added to its gradient, biases included.
    clipvalue, clipnorm, global_clipnorm, ema_momentum, gradient_accumulation_steps : optional
        What every optimizer takes: see :class:`Optimizer`.

    References
    ----------
    Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep
    learning", 2013.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.optim.SGD(0.1, momentum=0.9)
    SGD(learning_rate=0.1, momentum=0.9)
    """

    @known_keywords
    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        *,
        clipvalue: float | None = None,
        clipnorm: float | None = None,
        global_clipnorm: float | None = None,
        ema_momentum: float | None = None,
        gradient_accumulation_steps: int | None = None,
    ) -> None:
        super().__init__(
            "SGD",
            {
                "learning_rate": learning_rate,
                "momentum": momentum,
                "dampening": dampening,
                "nesterov": nesterov,
                "weight_decay": weight_decay,
                "clipvalue": clipvalue,
                "clipnorm": clipnorm,
                "global_clipnorm": global_clipnorm,
                "ema_momentum": ema_momentum,
                "gradient_accumulation_steps": gradient_accumulation_steps,
            },
        )
