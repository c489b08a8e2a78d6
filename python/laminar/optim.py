# SPDX-License-Identifier: BSD-3-Clause
"""Optimizers: how a gradient g moves a parameter W.

``compile`` copies the settings; the moments belong to the model. An optimizer is given as an object or,
with its defaults, by name: ``"adam"``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laminar import _core
from laminar._keywords import known_keywords
from laminar._options import describe, same

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "names"]

_NAMES = ("sgd", "adam", "adamw", "rmsprop", "adagrad")


def names() -> tuple[str, ...]:
    """Return the names that stand for an optimizer with its defaults.

    Returns
    -------
    tuple of str
        The name of every optimizer.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.optim.names()
    ('sgd', 'adam', 'adamw', 'rmsprop', 'adagrad')
    """
    return _NAMES


class Optimizer(_core.Optimizer):
    """Base of the optimizers; two are equal when class and options are.

    Parameters
    ----------
    type : str
        The optimizer's name.
    options : mapping of str to object
        Its options, plain values.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.optim.SGD(0.5) == lm.optim.SGD(learning_rate=0.5)
    True
    """

    _made = False  # whether the core's constructor has succeeded

    def __init__(self, type: str, options: Mapping[str, Any]) -> None:
        super().__init__(type, options)
        self._made = True

    def __repr__(self) -> str:
        return describe(self)

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    def __hash__(self) -> int:
        return hash((type(self), *self.options.values()))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.type, self.options)


def _rebuild(kind: type[Optimizer], name: str, options: dict[str, Any]) -> Optimizer:
    optimizer = kind.__new__(kind)
    Optimizer.__init__(optimizer, name, options)
    return optimizer


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted.

    | ``g' = g + weight_decay W``
    | ``v = momentum v + (1 - dampening) g'``
    | ``W -= learning_rate v``, or ``learning_rate (g' + momentum v)`` with `nesterov`

    Parameters
    ----------
    learning_rate : float, default 0.01
        Step size, at least 0.
    momentum : float, default 0.0
        Decay of the velocity v, in [0, 1]; ``dampening=momentum`` makes v a moving average of g.
    dampening : float, default 0.0
        What the gradient loses on its way into v, from the first step on.
    nesterov : bool, default False
        Whether to look one step ahead; needs momentum and no dampening.
    weight_decay : float, default 0.0
        Multiple of W that is added to its gradient, biases included.

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
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            "SGD",
            {
                "learning_rate": learning_rate,
                "momentum": momentum,
                "dampening": dampening,
                "nesterov": nesterov,
                "weight_decay": weight_decay,
            },
        )


class Adam(Optimizer):
    """Step sizes from bias-corrected averages of the gradient and of its square.

    | ``m = beta_1 m + (1 - beta_1) g``, ``m^ = m / (1 - beta_1^t)``
    | ``s = beta_2 s + (1 - beta_2) g^2``, ``s^ = s / (1 - beta_2^t)``
    | ``W -= learning_rate m^ / (sqrt(s^) + epsilon)``

    Parameters
    ----------
    learning_rate : float, default 1e-3
        Step size, at least 0.
    beta_1 : float, default 0.9
        Decay of the average of g, in [0, 1).
    beta_2 : float, default 0.999
        Decay of the average of g^2, in [0, 1).
    epsilon : float, default 1e-8
        Keeps the divisor away from 0.
    epsilon_inside : bool, default False
        Whether to divide by ``sqrt(s^ + epsilon)`` instead.

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
        learning_rate: float = 1e-3,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        epsilon_inside: bool = False,
    ) -> None:
        super().__init__(
            "Adam",
            {
                "learning_rate": learning_rate,
                "beta_1": beta_1,
                "beta_2": beta_2,
                "epsilon": epsilon,
                "epsilon_inside": epsilon_inside,
            },
        )


class AdamW(Optimizer):
    """Adam with weight decay that does not pass through the averages.

    ``W -= learning_rate weight_decay W`` before each of :class:`Adam`'s updates, biases included.

    Parameters
    ----------
    learning_rate : float, default 1e-3
        Step size, at least 0.
    beta_1 : float, default 0.9
        Decay of the average of g, in [0, 1).
    beta_2 : float, default 0.999
        Decay of the average of g^2, in [0, 1).
    epsilon : float, default 1e-8
        Keeps the divisor away from 0.
    epsilon_inside : bool, default False
        Whether to divide by ``sqrt(s^ + epsilon)`` instead.
    weight_decay : float, default 0.01
        Share of W that a step of size 1 takes away.

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
        learning_rate: float = 1e-3,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        epsilon_inside: bool = False,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(
            "AdamW",
            {
                "learning_rate": learning_rate,
                "beta_1": beta_1,
                "beta_2": beta_2,
                "epsilon": epsilon,
                "epsilon_inside": epsilon_inside,
                "weight_decay": weight_decay,
            },
        )


class RMSprop(Optimizer):
    """Step sizes from a moving average of the squared gradient.

    | ``s = rho s + (1 - rho) g^2``
    | ``W -= learning_rate g / (sqrt(s) + epsilon)``

    Parameters
    ----------
    learning_rate : float, default 1e-3
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
        learning_rate: float = 1e-3,
        rho: float = 0.9,
        epsilon: float = 1e-8,
        momentum: float = 0.0,
        centered: bool = False,
        epsilon_inside: bool = False,
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
            },
        )


class Adagrad(Optimizer):
    """Step sizes from the sum of all squared gradients.

    | ``s += g^2``
    | ``W -= learning_rate g / (sqrt(s) + epsilon)``

    Parameters
    ----------
    learning_rate : float, default 1e-2
        Step size, at least 0.
    epsilon : float, default 1e-10
        Keeps the divisor away from 0.

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
    def __init__(self, learning_rate: float = 1e-2, epsilon: float = 1e-10) -> None:
        super().__init__("Adagrad", {"learning_rate": learning_rate, "epsilon": epsilon})
