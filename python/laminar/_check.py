# SPDX-License-Identifier: BSD-3-Clause
"""Gradients compared with central differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._keywords import known_keywords

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from laminar._core import Arrays
    from laminar._network import Network

    Vector = NDArray[np.float64]

# A score below the number earns the word.
_GREAT = 1e-7
BANDS = ((_GREAT, "great"), (1e-5, "check"), (1e-3, "worry"), (float("inf"), "wrong"))


class GradientReport:
    """How far a model's gradient is from central differences.

    Parameters
    ----------
    difference : float
        ``||approx - grad|| / (||approx|| + ||grad||)`` over everything that was compared.
    by_parameter : mapping of str to float
        The same for each parameter and input.
    rounding_floor : float
        The difference that rounding alone is likely to cause.
    kinks : int
        Components left out because a relu switched between the two points.
    loss : float
        J at the point.
    epsilon : float
        Half the distance of the two points.

    Attributes
    ----------
    difference, by_parameter, rounding_floor, kinks, loss, epsilon
        As above.
    verdict : str
        "great" below 1e-7, "check" below 1e-5, "worry" below 1e-3, else "wrong"; "inconclusive" instead of
        the last three where rounding explains the difference.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.GradientReport(2e-9, {"dense_1.kernel": 2e-9}, 1e-9, 0, 0.5, 1e-7).verdict
    'great'
    """

    def __init__(
        self,
        difference: float,
        by_parameter: Mapping[str, float],
        rounding_floor: float,
        kinks: int,
        loss: float,
        epsilon: float,
    ) -> None:
        self.difference = difference
        self.by_parameter = dict(by_parameter)
        self.rounding_floor = rounding_floor
        self.kinks = kinks
        self.loss = loss
        self.epsilon = epsilon
        self.verdict = _verdict(difference, rounding_floor)

    def __repr__(self) -> str:
        rows = [(name, f"{score:.2e}") for name, score in self.by_parameter.items()]
        rows += [("all", f"{self.difference:.2e}")]
        lines = [f"gradient check: {self.verdict}"]
        lines += _table_lines(("parameter", "difference"), rows, right=(1,))
        lines += [f"rounding floor {self.rounding_floor:.2e}, kinks left out: {self.kinks}"]
        return "\n".join(lines)


@known_keywords
def check_gradients(
    model: Network,
    x: Arrays,
    y: Arrays | None = None,
    sample_weight: Arrays | None = None,
    epsilon: float = 1e-7,
) -> GradientReport:
    """Compare a model's gradient with central differences, for every parameter and input.

    ``approx_i = (J(theta + epsilon e_i) - J(theta - epsilon e_i)) / (2 epsilon)`` with the whole J, penalties
    and weights included. A parameter whose two norms lie under ``u |J| sqrt(n) / epsilon`` counts as 0, with
    u the machine epsilon and n the parameter's size. Where the score is not great, the quotients are taken
    again with twice the epsilon, and what they differ by is the rounding floor if it is larger.

    Parameters
    ----------
    model : Model
        A compiled model of dtype float64 without active dropout; its state is not changed.
    x : array of shape (m, ...)
        A batch; a few examples are enough.
    y : array, optional
        Its targets.
    sample_weight : array of shape (m,), optional
        Its weights.
    epsilon : float, default 1e-7
        Half the distance of the two points.

    Returns
    -------
    GradientReport
        The scores and a verdict.

    Raises
    ------
    ValueError
        If the model is float32, or a dropout layer is active: use ``model.freeze_dropout()``.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((3,)), lm.Dense(4, "tanh"), lm.Dense(1)], dtype="float64", seed=0)
    >>> model.compile(loss="squared_error")
    >>> rng = np.random.default_rng(0)
    >>> lm.check_gradients(model, rng.normal(size=(5, 3)), rng.normal(size=5)).verdict
    'great'
    """
    raw = model.check_gradients(x, y, sample_weight, epsilon)
    loss = float(raw["loss"])
    # Rounding moves each J by about one part in 1/u, and a difference quotient by that over epsilon.
    # At a perfect fit J is 0, but what it is made of rounds all the same: u times a slope of about epsilon.
    floor = float(np.finfo(np.float64).eps) * max(abs(loss), epsilon) / epsilon
    parts = {name: _counted(*part) for name, part in raw["parts"].items()}
    loud = {name: part for name, part in parts.items() if not _is_noise(*part, floor)}
    by_parameter = {name: _difference(*loud[name]) if name in loud else 0.0 for name in parts}
    approx = np.concatenate([np.empty(0), *(part[0] for part in loud.values())])
    grad = np.concatenate([np.empty(0), *(part[1] for part in loud.values())])
    difference = _difference(approx, grad)
    relative_floor = _relative(floor * approx.size**0.5, approx, grad)
    if difference >= _GREAT:
        # Where J is a small remainder of larger numbers its rounding is theirs: measure it.
        again = model.check_gradients(x, y, sample_weight, 2 * epsilon)["parts"]
        moved = [_moved(raw["parts"][name], again[name]) for name in loud]
        relative_floor = max(relative_floor, _relative(float(np.linalg.norm(moved)), approx, grad))
    return GradientReport(difference, by_parameter, relative_floor, int(raw["kinks"]), loss, epsilon)


def _vector(values: Any, mask: Any) -> Vector:
    vector: Vector = np.asarray(values, dtype=np.float64).ravel()[np.asarray(mask, dtype=bool).ravel()]
    return vector


def _counted(approx: Any, grad: Any, counted: Any) -> tuple[Vector, Vector]:
    """Return both vectors without the components that are left out."""
    return _vector(approx, counted), _vector(grad, counted)


def _moved(part: Any, other: Any) -> float:
    """Return how far two estimates of a gradient are apart; without rounding they would agree."""
    both = np.logical_and(part[2], other[2])
    return float(np.linalg.norm(_vector(part[0], both) - _vector(other[0], both)))


def _is_noise(approx: Vector, grad: Vector, floor: float) -> bool:
    limit = floor * approx.size**0.5
    return bool(np.linalg.norm(approx) <= limit and np.linalg.norm(grad) <= limit)


def _difference(approx: Vector, grad: Vector) -> float:
    return _relative(float(np.linalg.norm(approx - grad)), approx, grad)


def _relative(distance: float, approx: Vector, grad: Vector) -> float:
    norms = float(np.linalg.norm(approx) + np.linalg.norm(grad))
    return distance / norms if norms > 0 else 0.0


def _verdict(difference: float, rounding_floor: float) -> str:
    word = next((word for limit, word in BANDS if difference < limit), "wrong")
    # The floor is the size of the rounding errors, not a bound of them.
    return "inconclusive" if word != "great" and difference <= 2 * rounding_floor else word


def _table_lines(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> Iterator[str]:
    """Yield a table's lines; the columns in `right` are set flush right."""
    widths = [max(len(line[column]) for line in (header, *rows)) for column in range(len(header))]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    for line in (header, None, *rows, None):
        if line is None:
            yield rule
            continue
        cells = [
            f"{cell:>{width}}" if column in right else f"{cell:<{width}}"
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
