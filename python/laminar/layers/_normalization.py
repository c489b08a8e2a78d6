# SPDX-License-Identifier: BSD-3-Clause
"""Layers that give their outputs mean 0 and variance 1, or a mean and variance that are learned."""

from __future__ import annotations

from reprlib import Repr
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar import _core
from laminar._keywords import known_keywords
from laminar._options import call_text
from laminar.layers._base import Layer

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from laminar.initializers import InitializerLike


class BatchNormalization(Layer):
    """Batch normalization: each feature gets mean 0 and variance 1 over a batch, then a scale and a shift.

    ``y = gamma (x - mean) / sqrt(variance + epsilon) + beta`` on the last axis. In training mean and (biased)
    variance are those of the batch, over all axes but the last, and moving averages follow them:
    ``moving = momentum * moving + (1 - momentum) * batch``. At prediction, and while the layer is frozen
    (``trainable = False``), they are the moving averages, which then stay as they are.

    A :class:`Dense` before it needs no bias: it would cancel. One row has no variance, so training on one
    row is an error; where the last batch of an epoch would have one, ``fit`` lets the last two batches share
    their rows evenly (or makes them one batch of three, where batches have two).

    Parameters
    ----------
    momentum : float, default 0.99
        What the moving averages keep at each step, from 0 to 1.
    epsilon : float, default 1e-5
        Added to the variance, above 0.
    center : bool, default True
        Whether beta is added.
    scale : bool, default True
        Whether gamma multiplies.
    beta_initializer : str or Initializer, default "zeros"
        How beta starts.
    gamma_initializer : str or Initializer, default "ones"
        How gamma starts.
    name : str, optional
        By default the model gives one: ``"batch_normalization_1"``.

    Raises
    ------
    ValueError
        If `momentum` is not in [0, 1] or `epsilon` not above 0.

    Notes
    -----
    ``get_weights()`` has gamma, beta, moving mean and moving variance, in this order; the last two start from
    0 and 1. PyTorch's ``momentum`` is what is taken: 1 minus this one.

    References
    ----------
    Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate
    shift", 2015.

    Examples
    --------
    >>> import laminar as lm
    >>> layers = [lm.Dense(64, use_bias=False), lm.BatchNormalization(), lm.Activation("relu"), lm.Dense(1)]
    >>> model = lm.Sequential([lm.Input((8,)), *layers])
    >>> [weights.shape for weights in model.get_weights()[1:5]]
    [(64,), (64,), (64,), (64,)]
    """

    @known_keywords
    def __init__(
        self,
        momentum: float = 0.99,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: InitializerLike = "zeros",
        gamma_initializer: InitializerLike = "ones",
        name: str | None = None,
    ) -> None:
        super().__init__(
            "BatchNormalization",
            {
                "momentum": momentum,
                "epsilon": epsilon,
                "center": center,
                "scale": scale,
                "beta_initializer": beta_initializer,
                "gamma_initializer": gamma_initializer,
            },
            name,
        )


class LayerNormalization(Layer):
    """Layer normalization: each row gets mean 0 and variance 1 over its features, then a scale and a shift.

    ``y = gamma (x - mean) / sqrt(variance + epsilon) + beta`` with the mean and the (biased) variance of the
    row's last axis, in training as at prediction.

    Parameters
    ----------
    epsilon : float, default 1e-5
        Added to the variance, above 0.
    center : bool, default True
        Whether beta is added.
    scale : bool, default True
        Whether gamma multiplies.
    beta_initializer : str or Initializer, default "zeros"
        How beta starts.
    gamma_initializer : str or Initializer, default "ones"
        How gamma starts.
    name : str, optional
        By default the model gives one: ``"layer_normalization_1"``.

    Raises
    ------
    ValueError
        If `epsilon` is not above 0.

    References
    ----------
    Ba, Kiros and Hinton, "Layer normalization", 2016.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> model = lm.Sequential([lm.Input((2,)), lm.LayerNormalization()])
    >>> model(np.array([[1.0, 3.0], [10.0, 10.0]])).round(3).tolist()
    [[-1.0, 1.0], [0.0, 0.0]]
    """

    @known_keywords
    def __init__(
        self,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: InitializerLike = "zeros",
        gamma_initializer: InitializerLike = "ones",
        name: str | None = None,
    ) -> None:
        super().__init__(
            "LayerNormalization",
            {
                "epsilon": epsilon,
                "center": center,
                "scale": scale,
                "beta_initializer": beta_initializer,
                "gamma_initializer": gamma_initializer,
            },
            name,
        )


class Normalization(Layer):
    """Standardization of the inputs with the mean and standard deviation of training data.

    ``y = (x - mean) / std`` on the last axis, and 0 where std is 0. :meth:`adapt` takes both from training
    data; what is predicted later is normalized with the same numbers. They are not trained.

    Parameters
    ----------
    mean : array of shape (n_features,), optional
        The mean, if it is known already; then `std` is to be given too.
    std : array of shape (n_features,), optional
        The standard deviation, at least 0.
    name : str, optional
        By default the model gives one: ``"normalization_1"``.

    Raises
    ------
    ValueError
        If only one of `mean` and `std` is given, or one of them is not finite.

    Notes
    -----
    Mean and std belong to the model's weights: ``get_weights()`` has them in this order, NaN before
    :meth:`adapt`. A model whose layer has none yet refuses to compute.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> x = np.array([[1.0, 5.0], [3.0, 5.0]])
    >>> normalization = lm.Normalization()
    >>> normalization.adapt(x)
    >>> model = lm.Sequential([normalization, lm.Dense(4, activation="relu"), lm.Dense(1)])
    >>> lm.Sequential([lm.Input((2,)), normalization])(x).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """

    @known_keywords
    def __init__(
        self, mean: ArrayLike | None = None, std: ArrayLike | None = None, name: str | None = None
    ) -> None:
        numbers = {"mean": _as_numbers("mean", mean), "std": _as_numbers("std", std)}
        super().__init__("Normalization", numbers, name)

    @known_keywords
    def adapt(self, x: ArrayLike) -> None:
        """Take mean and standard deviation from training data, in double precision.

        This may be done before or after the layer is part of a model; all models that share the layer get the
        numbers. Not while one of them is computing in another thread.

        Parameters
        ----------
        x : array of shape (m, ..., n_features)
            Training data, of any real dtype; it is converted a block of rows at a time. Statistics are over
            all axes but the last, the standard deviation is the biased one.

        Raises
        ------
        ValueError
            If `x` is empty or holds NaN or infinity.
        ShapeError
            If `x` has fewer than 2 axes, or other features than the model that the layer is part of.

        Examples
        --------
        >>> import laminar as lm
        >>> layer = lm.Normalization()
        >>> layer.adapt([[1.0], [2.0], [3.0], [6.0]])
        >>> layer
        Normalization(mean=[3.0], std=[1.8708286933869707])
        """
        _core.adapt(self, x)

    def __repr__(self) -> str:
        if not self._made:
            return super().__repr__()
        shown = {key: _Numbers(value) for key, value in self.options.items() if value is not None}
        return call_text(type(self).__name__, {**shown, **({"name": self.name} if self.name else {})})


class _Numbers(list[float]):
    """Numbers of which a repr shows the first few."""

    def __repr__(self) -> str:
        return Repr().repr_list(self, 1)


def _as_numbers(option: str, values: Any) -> list[float] | None:
    if values is None:
        return None
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "buif":
        raise ValueError(
            f"Normalization: {option}: expected real numbers of shape (n_features,), "
            f"got shape {array.shape} of {array.dtype}"
        )
    numbers: list[float] = array.astype(float).tolist()
    return numbers
