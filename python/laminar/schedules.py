# SPDX-License-Identifier: BSD-3-Clause
"""Schedules: learning rates that change while a model trains; any optimizer takes one for its rate.

The time t of a schedule is the number of optimizer steps taken (``by="step"``) or of epochs finished
(``by="epoch"``), both from 0 and both counted by the model, so that a resumed training goes on where it
stopped. :meth:`Schedule.rates` tabulates a schedule, to look at it or to draw it.

Rates are computed in the compiled core, and no Python runs during an epoch. Any function f of the epoch is
tabulated beforehand: ``PiecewiseConstantDecay(range(1, n), [f(t) for t in range(n)], by="epoch")``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from laminar import _core
from laminar._keywords import known_keywords
from laminar._options import as_integer, as_list, describe, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

LearningRate: TypeAlias = "float | Schedule"

__all__ = [
    "CosineDecay",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PowerDecay",
    "Schedule",
    "Warmup",
]


class Schedule(_core.Schedule):
    """Base of the schedules; two are equal when class and options are.

    Parameters
    ----------
    type : str
        The schedule's name.
    options : mapping of str to object
        Its options, plain values or schedules.

    Examples
    --------
    >>> import laminar as lm
    >>> schedule = lm.schedules.ExponentialDecay(0.5, decay_steps=1, decay_rate=0.5)
    >>> schedule(step=2)
    0.125
    >>> lm.optim.SGD(schedule).options["learning_rate"] == schedule
    True
    """

    _made = False  # whether the core's constructor has succeeded

    def __init__(self, type: str, options: Mapping[str, Any]) -> None:
        super().__init__(type, options)
        self._made = True

    def __call__(self, step: int = 0, epoch: int = 0) -> float:
        """Return the rate of a step.

        Parameters
        ----------
        step : int, default 0
            Optimizer steps taken before it.
        epoch : int, default 0
            Epochs finished before it.

        Returns
        -------
        float
            The learning rate.
        """
        return self.rate(as_integer("step", step), as_integer("epoch", epoch))

    def rates(self, steps: int, steps_per_epoch: int = 1) -> NDArray[np.float64]:
        """Return the rates of the first steps of a training.

        Parameters
        ----------
        steps : int
            How many.
        steps_per_epoch : int, default 1
            Steps of an epoch; with 1 a schedule's rates are those of t = 0, 1, ... whatever it counts.

        Returns
        -------
        array of shape (steps,)
            The rate of each step.

        Examples
        --------
        >>> import laminar as lm
        >>> lm.schedules.InverseTimeDecay(1.0, decay_steps=1, decay_rate=1.0, by="epoch").rates(4, 2).tolist()
        [1.0, 1.0, 0.5, 0.5]
        """
        return super().rates(as_integer("steps", steps), as_integer("steps_per_epoch", steps_per_epoch))

    @property
    def options(self) -> dict[str, Any]:
        """The options by name; a schedule inside is an object again."""
        return with_schedule(super().options)

    def config(self) -> dict[str, Any]:
        """Return the plain values that the compiled core builds the schedule from.

        Returns
        -------
        dict
            ``"type"`` and the options.
        """
        return {"type": self.type, **super().options}

    def __repr__(self) -> str:
        return describe(self)

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    def __hash__(self) -> int:
        return hash((type(self), repr(super().options)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.type, super().options)

    # For those who make an object without its constructor and then hand it its state, as skops does.
    def __getstate__(self) -> dict[str, Any]:
        return {"type": self.type, "options": super().options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Schedule.__init__(self, state["type"], state["options"])


def _rebuild(kind: type[Schedule], name: str, options: dict[str, Any]) -> Schedule:
    schedule = kind.__new__(kind)
    Schedule.__init__(schedule, name, options)
    return schedule


def with_schedule(options: dict[str, Any]) -> dict[str, Any]:
    """Return the core's options with the object for a schedule that stands for the learning rate."""
    rate = options.get("learning_rate")
    if not isinstance(rate, dict):
        return options
    name = rate["type"]
    kind = next(kind for kind in _KINDS if kind.__name__ == name)
    return options | {
        "learning_rate": _rebuild(kind, name, {key: rate[key] for key in rate if key != "type"})
    }


class InverseTimeDecay(Schedule):
    """A rate that falls like one over the time.

    ``initial_learning_rate / (1 + decay_rate t / decay_steps)``

    Parameters
    ----------
    initial_learning_rate : float
        The rate at t = 0, at least 0.
    decay_steps : int
        Steps (or epochs) after which the divisor has grown by `decay_rate`, at least 1.
    decay_rate : float
        By how much it grows, at least 0.
    staircase : bool, default False
        Whether to round ``t / decay_steps`` down, so that the rate falls in stairs.
    by : {"step", "epoch"}, default "step"
        What t counts.

    Examples
    --------
    >>> import laminar as lm
    >>> schedule = lm.schedules.InverseTimeDecay(0.2, decay_steps=1, decay_rate=1.0, by="epoch")
    >>> [round(schedule(epoch=t), 3) for t in range(5)]
    [0.2, 0.1, 0.067, 0.05, 0.04]
    """

    @known_keywords
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        by: str = "step",
    ) -> None:
        super().__init__(
            "InverseTimeDecay",
            {
                "initial_learning_rate": initial_learning_rate,
                "decay_steps": decay_steps,
                "decay_rate": decay_rate,
                "staircase": staircase,
                "by": by,
            },
        )


class ExponentialDecay(Schedule):
    """A rate that falls by the same share again and again.

    ``initial_learning_rate decay_rate^(t / decay_steps)``; with `staircase` the step decay that multiplies
    the rate by `decay_rate` every `decay_steps`.

    Parameters
    ----------
    initial_learning_rate : float
        The rate at t = 0, at least 0.
    decay_steps : int
        Steps (or epochs) after which the rate is multiplied by `decay_rate`, at least 1.
    decay_rate : float
        What it is multiplied by, above 0; above 1 the rate grows, as in a search for a good one.
    staircase : bool, default False
        Whether to round ``t / decay_steps`` down, so that the rate falls in stairs.
    by : {"step", "epoch"}, default "step"
        What t counts.

    Examples
    --------
    >>> import laminar as lm
    >>> schedule = lm.schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5, staircase=True)
    >>> schedule(step=9), schedule(step=10)
    (0.1, 0.05)
    """

    @known_keywords
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        by: str = "step",
    ) -> None:
        super().__init__(
            "ExponentialDecay",
            {
                "initial_learning_rate": initial_learning_rate,
                "decay_steps": decay_steps,
                "decay_rate": decay_rate,
                "staircase": staircase,
                "by": by,
            },
        )


class PowerDecay(Schedule):
    """A rate that falls like a power of the time, which counts from 1 here.

    ``initial_learning_rate / (t + 1)^power``

    Parameters
    ----------
    initial_learning_rate : float
        The first rate, at least 0.
    power : float, default 0.5
        At least 0; 0.5 divides by the root of the time.
    by : {"step", "epoch"}, default "step"
        What t counts.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.schedules.PowerDecay(0.6, power=1.0).rates(3).round(3).tolist()
    [0.6, 0.3, 0.2]
    """

    @known_keywords
    def __init__(self, initial_learning_rate: float, power: float = 0.5, by: str = "step") -> None:
        super().__init__(
            "PowerDecay", {"initial_learning_rate": initial_learning_rate, "power": power, "by": by}
        )


class PiecewiseConstantDecay(Schedule):
    """Rates that are set by hand, each for a stretch of time.

    ``values[i]`` while ``boundaries[i - 1] <= t < boundaries[i]``

    Parameters
    ----------
    boundaries : iterable of int
        When the next value comes, growing and at least 1.
    values : iterable of float
        The rates, one more than boundaries.
    by : {"step", "epoch"}, default "step"
        What t counts.

    Examples
    --------
    >>> import laminar as lm
    >>> schedule = lm.schedules.PiecewiseConstantDecay([30, 60], [0.1, 0.01, 0.001], by="epoch")
    >>> schedule(epoch=29), schedule(epoch=30)
    (0.1, 0.01)
    """

    @known_keywords
    def __init__(self, boundaries: Iterable[int], values: Iterable[float], by: str = "step") -> None:
        super().__init__(
            "PiecewiseConstantDecay",
            {
                "boundaries": as_list("PiecewiseConstantDecay: boundaries", boundaries),
                "values": as_list("PiecewiseConstantDecay: values", values, "numbers"),
                "by": by,
            },
        )


class CosineDecay(Schedule):
    """A rate that falls along half a cosine: slowly, then fast, then slowly.

    ``initial_learning_rate ((1 - alpha) (1 + cos(pi min(t / decay_steps, 1))) / 2 + alpha)``

    Parameters
    ----------
    initial_learning_rate : float
        The rate at t = 0, at least 0.
    decay_steps : int
        Steps (or epochs) until the lowest rate, which stays, at least 1.
    alpha : float, default 0.0
        The lowest rate as a share of the first, in [0, 1].
    by : {"step", "epoch"}, default "step"
        What t counts.

    References
    ----------
    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017 (arXiv:1608.03983).

    Examples
    --------
    >>> import laminar as lm
    >>> lm.schedules.CosineDecay(1.0, decay_steps=4).rates(6).round(3).tolist()
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """

    @known_keywords
    def __init__(
        self, initial_learning_rate: float, decay_steps: int, alpha: float = 0.0, by: str = "step"
    ) -> None:
        super().__init__(
            "CosineDecay",
            {
                "initial_learning_rate": initial_learning_rate,
                "decay_steps": decay_steps,
                "alpha": alpha,
                "by": by,
            },
        )


class Warmup(Schedule):
    """A rate that grows linearly to the first rate of another schedule, then follows that.

    | ``r(0) (t + 1) / (warmup_steps + 1)`` while ``t < warmup_steps``
    | ``r(t - warmup_steps)`` from then on

    The schedule r that follows starts its own time when the warm-up is over, where both count the same
    thing; of the other count nothing is taken away.

    Parameters
    ----------
    learning_rate : float or Schedule
        What follows.
    warmup_steps : int
        Steps (or epochs) of the warm-up, at least 1.
    by : {"step", "epoch"}, default "step"
        What t counts.

    References
    ----------
    Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017 (arXiv:1706.02677).

    Examples
    --------
    >>> import laminar as lm
    >>> schedule = lm.schedules.Warmup(lm.schedules.CosineDecay(1.0, decay_steps=2), warmup_steps=3)
    >>> schedule.rates(6).round(3).tolist()
    [0.25, 0.5, 0.75, 1.0, 0.5, 0.0]
    >>> lm.schedules.Warmup(0.1, 4)
    Warmup(learning_rate=0.1, warmup_steps=4)
    """

    @known_keywords
    def __init__(self, learning_rate: LearningRate, warmup_steps: int, by: str = "step") -> None:
        super().__init__("Warmup", {"learning_rate": learning_rate, "warmup_steps": warmup_steps, "by": by})


_KINDS = (CosineDecay, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PowerDecay, Warmup)
