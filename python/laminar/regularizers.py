# SPDX-License-Identifier: BSD-3-Clause
"""Regularizers: penalties on a kernel W that are part of the loss.

With m the sum of the batch's sample weights (the number of examples where there are none) a penalty is
``(l1 * sum |W| + l2 * sum W^2) / (2 m)``. It is counted in the reported loss and in the gradient;
biases are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from laminar._keywords import known_keywords
from laminar._options import Option

if TYPE_CHECKING:
    from collections.abc import Mapping

    RegularizerLike: TypeAlias = "Regularizer | Mapping[str, float]"

__all__ = ["L1", "L1L2", "L2", "Regularizer"]


class Regularizer(Option):
    """Base of the regularizers.

    Examples
    --------
    >>> import laminar as lm
    >>> isinstance(lm.regularizers.L2(0.1), lm.regularizers.Regularizer)
    True
    """


class L1(Regularizer):
    """Penalty on the absolute values, which makes a kernel sparse.

    ``lam / (2 m) * sum |W|``; the gradient at 0 is 0.

    Parameters
    ----------
    lam : float
        Strength, at least 0.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.Dense(8, kernel_regularizer=lm.regularizers.L1(0.1)).options["kernel_regularizer"]
    {'l1': 0.1, 'l2': 0.0}
    """

    @known_keywords
    def __init__(self, lam: float) -> None:
        self.lam = lam

    def config(self) -> dict[str, Any]:
        """Return the plain values that the compiled core builds the penalty from.

        Returns
        -------
        dict
            ``{"l1": lam, "l2": 0}``.
        """
        return {"l1": self.lam, "l2": 0.0}


class L2(Regularizer):
    """Penalty on the squares, which keeps a kernel small (weight decay in the loss).

    ``lam / (2 m) * sum W^2``; its gradient is ``lam / m * W``.

    Parameters
    ----------
    lam : float
        Strength, at least 0.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.Dense(8, kernel_regularizer=lm.regularizers.L2(0.1)).options["kernel_regularizer"]
    {'l1': 0.0, 'l2': 0.1}
    """

    @known_keywords
    def __init__(self, lam: float) -> None:
        self.lam = lam

    def config(self) -> dict[str, Any]:
        """Return the plain values that the compiled core builds the penalty from.

        Returns
        -------
        dict
            ``{"l1": 0, "l2": lam}``.
        """
        return {"l1": 0.0, "l2": self.lam}


class L1L2(Regularizer):
    """Both penalties at once (elastic net).

    ``(l1 * sum |W| + l2 * sum W^2) / (2 m)``.

    Parameters
    ----------
    l1 : float, default 0.0
        Strength of the absolute values, at least 0.
    l2 : float, default 0.0
        Strength of the squares, at least 0.

    References
    ----------
    Zou and Hastie, "Regularization and variable selection via the elastic net", 2005.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.regularizers.L1L2(l1=0.1, l2=0.2)
    L1L2(l1=0.1, l2=0.2)
    """

    @known_keywords
    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = l1
        self.l2 = l2

    def config(self) -> dict[str, Any]:
        """Return the plain values that the compiled core builds the penalty from.

        Returns
        -------
        dict
            ``{"l1": l1, "l2": l2}``.
        """
        return {"l1": self.l1, "l2": self.l2}
