# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from laminar import _core
from laminar._options import describe, same
from laminar.schedules import with_schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        Its options, plain values or a schedule.

    Notes
    -----
    Every optimizer takes these keywords:

    clipvalue : float, optional
        Limits each number of the gradient to ``[-clipvalue, clipvalue]``, above 0.
    clipnorm : float, optional
        Shortens each parameter's gradient to this norm where it is longer:
        ``g *= clipnorm / max(||g||, clipnorm)``, above 0.
    global_clipnorm : float, optional
        Shortens the gradient of all trainable parameters together likewise. At most one of the three is
        given; each sees the gradient with that of the penalties.
    ema_momentum : float, optional
        Keeps a moving average of the weights, in (0, 1): after step t it is the mean of the weights after the
        steps i = 1 to t, weighted by ``ema_momentum^(t - i)``, so that it leans on no first value. See
        :meth:`laminar.Model.use_averaged_weights`.
    gradient_accumulation_steps : int, optional
        Takes one step every so many batches, k, as if they were one: its gradient is the mean of theirs,
        weighted by their sums of sample weights (of all outputs together), and penalties count once. The last
        step of an epoch takes the batches that are left, so that ``fit`` with batches of b examples is
        ``fit`` with batches of k b, but for rounding and for layers that look at a batch as a whole or draw
        random numbers. ``train_on_batch`` moves the weights at every k-th call; what its calls have gathered
        is dropped by ``fit`` and ``compile``. ``model.steps`` counts the optimizer's steps.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.optim.SGD(0.5) == lm.optim.SGD(learning_rate=0.5)
    True
    >>> schedule = lm.schedules.CosineDecay(1e-3, decay_steps=1000)
    >>> lm.optim.Adam(schedule, global_clipnorm=1.0)
    Adam(learning_rate=CosineDecay(initial_learning_rate=0.001, decay_steps=1000), global_clipnorm=1.0)
    """

    _made = False  # whether the core's constructor has succeeded

    def __init__(self, type: str, options: Mapping[str, Any]) -> None:
        super().__init__(type, options)
        self._made = True

    @property
    def options(self) -> dict[str, Any]:
        """The options by name; a schedule is an object again."""
        return with_schedule(super().options)

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
