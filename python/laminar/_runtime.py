# SPDX-License-Identifier: BSD-3-Clause
"""Threads, instruction sets and what the library was built with."""

from __future__ import annotations

from laminar import _core
from laminar._options import as_integer


def set_num_threads(n: int) -> None:
    """Set how many threads a call may use.

    The results of training and prediction are the same bits at any number. At first it is
    ``LAMINAR_NUM_THREADS``, else ``OMP_NUM_THREADS``, else what affinity and the cgroup's quota allow.

    Parameters
    ----------
    n : int
        At least 1; more than there are cores is allowed.

    Raises
    ------
    ValueError
        If `n` is less than 1.

    Examples
    --------
    >>> import laminar as lm
    >>> before = lm.get_num_threads()
    >>> lm.set_num_threads(2)
    >>> lm.get_num_threads()
    2
    >>> lm.set_num_threads(before)
    """
    _core.set_num_threads(as_integer("set_num_threads: n", n))


def get_num_threads() -> int:
    """Return how many threads a call may use.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.get_num_threads() >= 1
    True
    """
    return _core.get_num_threads()


def isa() -> str:
    """Return the instruction set whose kernels run, chosen once when the library is loaded.

    The environment variable ``LAMINAR_ISA`` forces one; an unavailable one is an error.

    Returns
    -------
    str
        ``"avx512"``, ``"avx2"`` or ``"generic"``.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.isa() in lm.available_isas()
    True
    """
    return _core.isa()


def available_isas() -> list[str]:
    """Return the instruction sets that this build and this machine have, best first.

    Returns
    -------
    list of str
        At least ``"generic"``.

    Examples
    --------
    >>> import laminar as lm
    >>> "generic" in lm.available_isas()
    True
    """
    return _core.available_isas()


def show_config() -> None:
    """Print version, instruction set, threads, compiler and Eigen version.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.show_config()  # doctest: +ELLIPSIS
    laminar ...
    """
    info = _core.build_info()
    rows = {
        "isa": f"{isa()} (available: {', '.join(available_isas())})",
        "threads": str(get_num_threads()),
        **{key: value for key, value in info.items() if key != "version"},
    }
    width = max(len(name) for name in rows)
    print(f"laminar {info['version']}")
    for name, value in rows.items():
        print(f"  {name:{width}}  {value}")
