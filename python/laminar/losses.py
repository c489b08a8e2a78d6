# SPDX-License-Identifier: BSD-3-Clause
"""Losses: one number L an example from predictions p and targets y.

The cost is ``J = sum_i w_i L_i / sum_i w_i`` over the batch, with weight 1 where none is given. A loss is
given as an object, by name, or as a callable ``(y_true, y_pred) -> (losses (m,), d losses / d y_pred)``
on NumPy arrays. sigmoid with binary cross-entropy and softmax with cross-entropy are computed together
from the logits: exact at any size of z, with ``dZ = A - Y``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from laminar import _core
from laminar._keywords import known_keywords
from laminar._options import describe, same

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BinaryCrossEntropy",
    "CrossEntropy",
    "Huber",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Pinball",
    "Poisson",
    "SquaredError",
    "names",
]

_NAMES = (
    "binary_cross_entropy",
    "cross_entropy",
    "squared_error",
    "mean_squared_error",
    "mean_absolute_error",
    "huber",
    "poisson",
    "pinball",
)


def names() -> tuple[str, ...]:
    """Return the names that stand for a loss with its defaults.

    Returns
    -------
    tuple of str
        The name of every loss.

    Examples
    --------
    >>> import laminar as lm
    >>> "cross_entropy" in lm.losses.names()
    True
    """
    return _NAMES


class Loss(_core.Loss):
    """Base of the losses; two are equal when class and options are.

    Parameters
    ----------
    type : str
        The loss's name.
    options : mapping of str to object
        Its options, plain values.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.losses.Huber(2.0) == lm.losses.Huber(2.0)
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

    # For those who make an object without its constructor and then hand it its state, as skops does.
    def __getstate__(self) -> dict[str, Any]:
        return {"type": self.type, "options": self.options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Loss.__init__(self, state["type"], state["options"])


def _rebuild(kind: type[Loss], name: str, options: dict[str, Any]) -> Loss:
    loss = kind.__new__(kind)
    Loss.__init__(loss, name, options)
    return loss


class CrossEntropy(Loss):
    """Cross-entropy between classes that exclude each other.

    ``L = -sum_j y_j log p_j`` over the last axis; for an integer label c that is ``-log p_c``.

    Targets are integer labels (any integer dtype, or whole floats) of shape (m,) or (m, 1), or rows of
    probabilities of shape (m, classes), one-hot rows among them.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the predictions are logits z with ``p = softmax(z)`` instead of probabilities.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((4,)), lm.Activation("linear")])
    >>> model.compile(loss=lm.losses.CrossEntropy())
    >>> round(model.evaluate(np.array([[0.3, 0.2, 0.1, 0.4]]), np.array([1]))["loss"], 4)
    1.6094
    """

    @known_keywords
    def __init__(self, from_logits: bool = False) -> None:
        super().__init__("CrossEntropy", {"from_logits": from_logits})


class BinaryCrossEntropy(Loss):
    """Cross-entropy of yes-or-no outputs, each on its own.

    ``L = -(y log p + (1 - y) log(1 - p))``, mean or sum over the outputs of an example.

    With ``missing="ignore"`` an entry of y that is NaN is not labelled: no loss and no gradient come from
    it. Let ``l_ij`` be the loss of output j of example i, ``n_i`` the number of its labelled outputs, and
    the sums over j go over these. Then

    | ``J = sum_i w_i sum_j l_ij / sum_i w_i n_i`` for the mean: over all labelled entries of the batch,
    | ``J = sum_i w_i sum_j l_ij / sum_i w_i`` for the sum: over its m examples,

    and 0 for a batch without a label, on which the mean makes no step. Where nothing is missing both are
    the plain loss to the last bit. Penalties keep m, the sum of the weights of all examples.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the predictions are logits z with ``p = sigmoid(z)`` instead of probabilities.
    reduce_outputs : {"mean", "sum"}, default "mean"
        How the outputs of one example become one number.
    missing : {"error", "ignore"}, default "error"
        Whether NaN in y is a mistake or stands for a label that is not known. Metrics of such an output
        leave the same entries out.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> lm.losses.BinaryCrossEntropy(reduce_outputs="sum")
    BinaryCrossEntropy(reduce_outputs='sum')
    >>> model = lm.Sequential([lm.Input((2,)), lm.Activation("linear")])
    >>> model.compile(loss=lm.losses.BinaryCrossEntropy(missing="ignore"))
    >>> p, y = np.array([[0.5, 0.9], [0.2, 0.5]]), np.array([[1, np.nan], [np.nan, 0]])
    >>> round(model.evaluate(p, y)["loss"], 4)  # of two labels at 0.5
    0.6931
    """

    @known_keywords
    def __init__(
        self,
        from_logits: bool = False,
        reduce_outputs: Literal["mean", "sum"] = "mean",
        missing: Literal["error", "ignore"] = "error",
    ) -> None:
        options = {"from_logits": from_logits, "reduce_outputs": reduce_outputs, "missing": missing}
        super().__init__("BinaryCrossEntropy", options)


class SquaredError(Loss):
    """Half the squared distance.

    ``L = 1/2 sum_j (p_j - y_j)^2``, so that ``dL/dp = p - y``.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.losses.SquaredError()
    SquaredError()
    """

    @known_keywords
    def __init__(self) -> None:
        super().__init__("SquaredError", {})


class MeanSquaredError(Loss):
    """Squared error, mean over the outputs, without the factor 1/2.

    ``L = mean_j (p_j - y_j)^2``.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.losses.MeanSquaredError()
    MeanSquaredError()
    """

    @known_keywords
    def __init__(self) -> None:
        super().__init__("MeanSquaredError", {})


class MeanAbsoluteError(Loss):
    """Absolute error, mean over the outputs: its best constant is the median.

    ``L = mean_j |p_j - y_j|``, with derivative 0 where p equals y.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.losses.MeanAbsoluteError()
    MeanAbsoluteError()
    """

    @known_keywords
    def __init__(self) -> None:
        super().__init__("MeanAbsoluteError", {})


class Huber(Loss):
    """Squared error for small differences, absolute error for large ones.

    ``L = mean_j h(p_j - y_j)`` with ``h(d) = d^2 / 2`` for ``|d| <= delta``, else
    ``h(d) = delta (|d| - delta / 2)``.

    Parameters
    ----------
    delta : float, default 1.0
        Where the two meet, above 0.

    References
    ----------
    Huber, "Robust estimation of a location parameter", 1964.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.losses.Huber(delta=0.5)
    Huber(delta=0.5)
    """

    @known_keywords
    def __init__(self, delta: float = 1.0) -> None:
        super().__init__("Huber", {"delta": delta})


class Poisson(Loss):
    """Negative log-likelihood of counts, up to a constant.

    ``L = mean_j (p_j - y_j log p_j)``, or ``mean_j (exp(z_j) - y_j z_j)`` from logits; y is at least 0.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the predictions are ``z = log p`` instead of the expected counts p.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.losses.Poisson(from_logits=True)
    Poisson(from_logits=True)
    """

    @known_keywords
    def __init__(self, from_logits: bool = False) -> None:
        super().__init__("Poisson", {"from_logits": from_logits})


class Pinball(Loss):
    """Loss whose best constant is a quantile of the targets.

    ``L = mean_j max(q (y_j - p_j), (q - 1) (y_j - p_j))``.

    Parameters
    ----------
    quantile : float, default 0.5
        The quantile q, between 0 and 1; 0.5 is half the absolute error.

    References
    ----------
    Koenker and Bassett, "Regression quantiles", 1978.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.losses.Pinball(quantile=0.9)
    Pinball(quantile=0.9)
    """

    @known_keywords
    def __init__(self, quantile: float = 0.5) -> None:
        super().__init__("Pinball", {"quantile": quantile})
