# SPDX-License-Identifier: BSD-3-Clause
"""Dropout."""

from __future__ import annotations

from laminar._keywords import known_keywords
from laminar.layers._base import Layer


class Dropout(Layer):
    """Inverted dropout: in training a random share of the inputs is set to 0.

    ``y = x D / keep`` with ``keep = 1 - rate`` and ``D = [u < keep]``, u uniform and fresh for each step and
    element; ``y = x`` at prediction. ``model.freeze_dropout()`` keeps the masks as they are.

    Parameters
    ----------
    rate : float
        The fraction dropped, at least 0 and below 1.
    name : str, optional
        By default the model gives one: ``"dropout_1"``.

    Raises
    ------
    ValueError
        If `rate` is not in [0, 1).

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent neural
    networks from overfitting", 2014.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.Dropout(0.2)
    Dropout(rate=0.2)
    """

    @known_keywords
    def __init__(self, rate: float, name: str | None = None) -> None:
        super().__init__("Dropout", {"rate": rate}, name)
