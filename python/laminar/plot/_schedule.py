# SPDX-License-Identifier: BSD-3-Clause
"""Learning rates over time."""

from __future__ import annotations

from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._keywords import known_keywords, nearest
from laminar._options import as_integer, type_name
from laminar.plot._axes import PALETTE, axes_for, legend, tidy
from laminar.schedules import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_UNITS = ("step", "epoch")
_FEW = 40  # so many points are marked one by one


@known_keywords
def schedule(
    schedule: Any,
    n: int,
    by: str | None = None,
    steps_per_epoch: int = 1,
    label: str | None = None,
    ax: Any = None,
) -> Axes:
    """Draw the learning rate over the first `n` steps or epochs.

    Call it again with the same `ax` to compare schedules.

    Parameters
    ----------
    schedule : object with ``rates(n)``, or callable
        A callable is called with those of ``step`` and ``epoch``, both counted from 0, that it names, else
        with the one number that `by` says.
    n : int
        The number of steps or epochs.
    by : {"step", "epoch"}, optional
        What the horizontal axis counts; by default the schedule's own ``by``, else ``"step"``.
    steps_per_epoch : int, default 1
        What ties steps and epochs together for a callable that names both.
    label : str, optional
        The line's name in a legend.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        Where it is drawn.

    Raises
    ------
    ValueError
        If `n` or `steps_per_epoch` is less than 1, `by` is unknown, or a rate is not a finite number.

    Examples
    --------
    >>> import laminar as lm
    >>> ax = lm.plot.schedule(lambda epoch: 0.1 / (1 + epoch), 4, by="epoch")
    >>> ax.get_xlabel(), [round(rate, 3) for rate in ax.lines[0].get_ydata().tolist()]
    ('epoch', [0.1, 0.05, 0.033, 0.025])
    """
    count = _at_least_one("n", n)
    unit = _unit_of(schedule) if by is None else by
    if unit not in _UNITS:
        raise ValueError(f"schedule: by: unknown unit {unit!r}{nearest(str(unit), _UNITS)}")
    rates = _rates(schedule, count, unit, _at_least_one("steps_per_epoch", steps_per_epoch))
    axes = axes_for("schedule", ax, (5.6, 3.2))
    colour = PALETTE[len(axes.lines) % len(PALETTE)]
    marker = "o" if count <= _FEW else ""
    axes.plot(np.arange(count), rates, color=colour, marker=marker, markersize=4, label=label)
    axes.set(xlabel=unit, ylabel="learning rate")
    axes.set_ylim(bottom=min(0.0, float(rates.min())))
    tidy(axes)
    if label is not None:
        legend(axes, loc="upper right")
    return axes


def _unit_of(schedule: Any) -> Any:
    """Return what the time of a schedule is counted in; of a function, steps."""
    if isinstance(schedule, Schedule):
        return schedule.options["by"]
    return getattr(schedule, "by", "step")


def _at_least_one(name: str, value: Any) -> int:
    number = as_integer(f"schedule: {name}", value)
    if number < 1:
        raise ValueError(f"schedule: {name}: expected at least 1, got {number}")
    return number


def _rates(schedule: Any, n: int, unit: str, steps_per_epoch: int) -> NDArray[np.float64]:
    values: Any
    if isinstance(schedule, Schedule):
        every = 1 if unit == "step" else steps_per_epoch
        values = schedule.rates(n * every, steps_per_epoch)[::every]
    elif callable(getattr(schedule, "rates", None)):
        values = schedule.rates(n)
    elif callable(schedule):
        rate_at = _by_keywords(schedule, unit, steps_per_epoch)
        values = [rate_at(i) for i in range(n)]
    else:
        raise TypeError(
            f"schedule: schedule: expected a callable or an object with rates(n), got {type_name(schedule)}"
        )
    rates = np.asarray(values, dtype=np.float64)
    if rates.shape != (n,):
        raise ValueError(f"schedule: schedule: expected {n} rates, got an array of shape {rates.shape}")
    if not np.isfinite(rates).all():
        at = int(np.flatnonzero(~np.isfinite(rates))[0])
        raise ValueError(f"schedule: schedule: expected finite rates, got {rates[at]} at {unit} {at}")
    return rates


def _by_keywords(schedule: Callable[..., Any], unit: str, steps_per_epoch: int) -> Callable[[int], Any]:
    """Return the schedule as a function of one number: steps where `unit` is "step", else epochs."""
    parameters = signature(schedule).parameters
    takes_any = any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters.values())
    named = [name for name in _UNITS if takes_any or name in parameters]
    if not named:
        return schedule

    def rate_at(i: int) -> Any:
        times = {"step": i, "epoch": i // steps_per_epoch}
        if unit == "epoch":
            times = {"step": i * steps_per_epoch, "epoch": i}
        return schedule(**{name: times[name] for name in named})

    return rate_at
