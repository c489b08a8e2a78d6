# SPDX-License-Identifier: BSD-3-Clause
"""Initializers: how a parameter's first values are drawn.

Of a parameter's shape, ``fan_out`` is the last axis and ``fan_in`` the product of the others, so a
kernel is ``(fan_in, fan_out)``. The same seed gives the same values on every machine, at any number of
threads. An initializer is given as an object or, with its defaults, by name: ``"he_normal"``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from laminar._keywords import known_keywords
from laminar._options import Option

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    InitializerLike: TypeAlias = "str | Initializer | Mapping[str, Any]"

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Normal",
    "Ones",
    "Orthogonal",
    "Uniform",
    "Zeros",
    "names",
]


class Initializer(Option):
    """Base of the initializers.

    Examples
    --------
    >>> import laminar as lm
    >>> isinstance(lm.initializers.HeNormal(), lm.initializers.Initializer)
    True
    """


def names() -> tuple[str, ...]:
    """Return the names that stand for an initializer with its defaults.

    Returns
    -------
    tuple of str
        The name of every initializer.

    Examples
    --------
    >>> import laminar as lm
    >>> "glorot_uniform" in lm.initializers.names()
    True
    """
    return tuple(kind.type for kind in _KINDS)


class Zeros(Initializer):
    """All zeros: for biases.

    Units of one layer whose kernel starts at zero stay equal to each other for ever.

    Examples
    --------
    >>> import laminar as lm
    >>> model = lm.Sequential([lm.Input((2,)), lm.Dense(3, kernel_initializer=lm.initializers.Zeros())])
    >>> model.parameters()["dense_1.kernel"].tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """

    type = "zeros"


class Ones(Initializer):
    """All ones.

    Examples
    --------
    >>> import laminar as lm
    >>> model = lm.Sequential([lm.Input((2,)), lm.Dense(1, kernel_initializer=lm.initializers.Ones())])
    >>> model.parameters()["dense_1.kernel"].tolist()
    [[1.0], [1.0]]
    """

    type = "ones"


class Constant(Initializer):
    """One number everywhere.

    Parameters
    ----------
    value : float, default 0.0
        The number.

    Examples
    --------
    >>> import laminar as lm
    >>> model = lm.Sequential([lm.Input((2,)), lm.Dense(1, bias_initializer=lm.initializers.Constant(0.5))])
    >>> model.parameters()["dense_1.bias"].tolist()
    [0.5]
    """

    type = "constant"

    @known_keywords
    def __init__(self, value: float = 0.0) -> None:
        self.value = value


class Normal(Initializer):
    """Normal numbers of variance ``stddev^2``.

    Parameters
    ----------
    stddev : float, default 0.05
        Standard deviation, at least 0.
    mean : float, default 0.0
        Mean.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.initializers.Normal(stddev=0.01)
    Normal(stddev=0.01, mean=0.0)
    """

    type = "normal"

    @known_keywords
    def __init__(self, stddev: float = 0.05, mean: float = 0.0) -> None:
        self.stddev = stddev
        self.mean = mean


class Uniform(Initializer):
    """Uniform numbers of variance ``(high - low)^2 / 12``.

    Parameters
    ----------
    low : float, default -0.05
        Lower limit.
    high : float, default 0.05
        Upper limit, at least `low`.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.initializers.Uniform(-0.1, 0.1)
    Uniform(low=-0.1, high=0.1)
    """

    type = "uniform"

    @known_keywords
    def __init__(self, low: float = -0.05, high: float = 0.05) -> None:
        self.low = low
        self.high = high


class _Scaled(Initializer):
    """Base of the initializers whose spread follows from the shape and a gain."""

    @known_keywords
    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain


class HeNormal(_Scaled):
    """Normal numbers for layers before a rectifier.

    Mean 0, variance ``2 gain^2 / fan_in``.

    Parameters
    ----------
    gain : float, default 1.0
        Factor of the standard deviation.

    References
    ----------
    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015 (arXiv:1502.01852).

    Examples
    --------
    >>> import laminar as lm
    >>> lm.initializers.HeNormal(gain=2.0)
    HeNormal(gain=2.0)
    """

    type = "he_normal"


class HeUniform(_Scaled):
    """Uniform numbers for layers before a rectifier.

    Within ``+-gain sqrt(6 / fan_in)``, so the variance is ``2 gain^2 / fan_in``.

    Parameters
    ----------
    gain : float, default 1.0
        Factor of the standard deviation.

    References
    ----------
    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015 (arXiv:1502.01852).

    Examples
    --------
    >>> import laminar as lm
    >>> lm.initializers.HeUniform(gain=2.0)
    HeUniform(gain=2.0)
    """

    type = "he_uniform"


class GlorotNormal(_Scaled):
    """Normal numbers for layers before a symmetric activation such as tanh.

    Mean 0, variance ``2 gain^2 / (fan_in + fan_out)``.

    Parameters
    ----------
    gain : float, default 1.0
        Factor of the standard deviation.

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.initializers.GlorotNormal(gain=2.0)
    GlorotNormal(gain=2.0)
    """

    type = "glorot_normal"


class GlorotUniform(_Scaled):
    """Uniform numbers for layers before a symmetric activation such as tanh.

    Within ``+-gain sqrt(6 / (fan_in + fan_out))``, so the variance is ``2 gain^2 / (fan_in + fan_out)``.

    Parameters
    ----------
    gain : float, default 1.0
        Factor of the standard deviation.

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.initializers.GlorotUniform(gain=2.0)
    GlorotUniform(gain=2.0)
    """

    type = "glorot_uniform"


class LecunNormal(_Scaled):
    """Normal numbers that keep the variance of the inputs, for selu.

    Mean 0, variance ``gain^2 / fan_in``.

    Parameters
    ----------
    gain : float, default 1.0
        Factor of the standard deviation.

    References
    ----------
    LeCun, Bottou, Orr and Mueller, "Efficient BackProp", 1998.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.initializers.LecunNormal(gain=2.0)
    LecunNormal(gain=2.0)
    """

    type = "lecun_normal"


class LecunUniform(_Scaled):
    """Uniform numbers that keep the variance of the inputs, for selu.

    Within ``+-gain sqrt(3 / fan_in)``, so the variance is ``gain^2 / fan_in``.

    Parameters
    ----------
    gain : float, default 1.0
        Factor of the standard deviation.

    References
    ----------
    LeCun, Bottou, Orr and Mueller, "Efficient BackProp", 1998.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.initializers.LecunUniform(gain=2.0)
    LecunUniform(gain=2.0)
    """

    type = "lecun_uniform"


class Orthogonal(_Scaled):
    """A matrix with orthonormal rows or columns, whichever are fewer, times a gain.

    From the QR factorization of normal numbers; the variance is ``gain^2 / max(fan_in, fan_out)``.

    Parameters
    ----------
    gain : float, default 1.0
        Factor of the matrix.

    References
    ----------
    Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks", 2014 (arXiv:1312.6120).

    Examples
    --------
    >>> import laminar as lm
    >>> lm.initializers.Orthogonal(gain=2.0)
    Orthogonal(gain=2.0)
    """

    type = "orthogonal"


_KINDS: tuple[type[Initializer], ...] = (
    Zeros,
    Ones,
    Constant,
    Normal,
    Uniform,
    HeNormal,
    HeUniform,
    GlorotNormal,
    GlorotUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
)
