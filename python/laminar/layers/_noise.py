# SPDX-License-Identifier: BSD-3-Clause
"""Additive noise."""

from __future__ import annotations

from laminar._keywords import known_keywords
from laminar.layers._base import Layer


class GaussianNoise(Layer):
    """Normal noise that is added to the inputs in training.

    ``y = x + z`` with z normal, of mean 0 and standard deviation `stddev`, fresh for each step and element;
    ``y = x`` at prediction. ``model.freeze_dropout()`` keeps the noise as it is.

    Parameters
    ----------
    stddev : float
        The standard deviation, at least 0. No number drawn is further than 6.7 of them from 0.
    name : str, optional
        By default the model gives one: ``"gaussian_noise_1"``.

    Raises
    ------
    ValueError
        If `stddev` is negative or not finite.

    References
    ----------
    Bishop, "Training with noise is equivalent to Tikhonov regularization", 1995.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((3,)), lm.GaussianNoise(0.1)])
    >>> model(np.ones((1, 3))).tolist()
    [[1.0, 1.0, 1.0]]
    """

    @known_keywords
    def __init__(self, stddev: float, name: str | None = None) -> None:
        super().__init__("GaussianNoise", {"stddev": stddev}, name)
