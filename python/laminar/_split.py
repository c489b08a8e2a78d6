# SPDX-License-Identifier: BSD-3-Clause
"""Data divided into training, dev and test rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._keywords import known_keywords
from laminar._options import as_integer, as_list, type_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Integers = NDArray[np.int64]


@known_keywords
def split(
    *arrays: Any,
    shares: Sequence[float] = (0.6, 0.2, 0.2),
    stratify: ArrayLike | None = None,
    seed: int | None = None,
    indices: bool = False,
) -> list[Any]:
    """Divide rows at random into parts of given shares: train, dev and test, and perhaps train-dev.

    Of n rows part k gets ``n_k = floor(shares_k n)``; what is missing to n goes one each to the parts with
    the largest remainders. With `stratify` part k has of a class of n_c rows ``n_c n_k / n``, up or down to a
    whole number. Every row is in exactly one part; within a part rows come in random order.

    Parameters
    ----------
    arrays : array, DataFrame or anything else with rows
        Data of one length, indexed by integer arrays; lists become arrays.
    shares : sequence of float, default (0.6, 0.2, 0.2)
        One number above 0 a part; their sum is 1.
    stratify : array of shape (m,), optional
        The class of each row: integers, strings or booleans.
    seed : int, optional
        Determines the parts, the same on every machine; by default they differ from call to call.
    indices : bool, default False
        Whether to return row numbers instead of rows.

    Returns
    -------
    list
        One entry a part: a tuple with that part of each array; the part itself where there is one array; with
        `indices` an array of row numbers.

    Raises
    ------
    ValueError
        If the shares do not add up to 1, a part would have no row, lengths differ, a label is NaN, or a class
        has fewer rows than there are parts.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> x, y = np.arange(20.0).reshape(10, 2), np.repeat([0, 1], 5)
    >>> (x_train, y_train), (x_dev, y_dev), (x_test, y_test) = lm.split(x, y, stratify=y, seed=0)
    >>> y_train.size, sorted(y_dev.tolist()), sorted(y_test.tolist())
    (6, [0, 1], [0, 1])

    A train-dev set, of the training data's own distribution, where dev and test come from another:

    >>> train, train_dev = lm.split(x, shares=(0.9, 0.1), seed=0, indices=True)
    >>> len(train), len(train_dev)
    (9, 1)
    """
    if not arrays:
        raise TypeError("split: expected at least one array, got none")
    tables = [np.asarray(array) if isinstance(array, list | tuple) else array for array in arrays]
    n = _common_length(tables)
    sizes = _sizes(n, _as_shares(shares))
    classes = np.zeros(n, dtype=np.int64) if stratify is None else _as_classes(stratify, n, sizes.size)
    # Sorting random numbers, unlike a shuffle, is the same in every version of NumPy.
    generator = np.random.Generator(
        np.random.PCG64(None if seed is None else as_integer("split: seed", seed))
    )
    order = np.argsort(generator.random(n), kind="stable")
    counts = _class_counts(np.bincount(classes), sizes)
    part_of = np.empty(n, dtype=np.int64)  # by place in `order`
    by_class = np.argsort(classes[order], kind="stable")
    part_of[by_class] = np.repeat(np.tile(np.arange(sizes.size), len(counts)), counts.ravel())
    parts = [order[part_of == part] for part in range(sizes.size)]
    if indices:
        return parts
    rows = [tuple(_take(table, part) for table in tables) for part in parts]
    return [part[0] for part in rows] if len(tables) == 1 else rows


def _length(table: Any) -> int:
    if hasattr(table, "shape"):
        if len(table.shape) == 0:
            raise ValueError("split: arrays: expected rows, got a single number")
        return int(table.shape[0])
    if not hasattr(table, "__len__") or not hasattr(table, "__getitem__"):
        raise TypeError(f"split: arrays: expected arrays, got {type_name(table)}")
    return len(table)


def _common_length(tables: Sequence[Any]) -> int:
    lengths = [_length(table) for table in tables]
    if len(set(lengths)) > 1:
        raise ValueError(f"split: arrays: expected one length, got {', '.join(map(str, lengths))} rows")
    return lengths[0]


def _take(table: Any, rows: Integers) -> Any:
    return table.iloc[rows] if hasattr(table, "iloc") else table[rows]


def _as_shares(shares: Any) -> NDArray[np.float64]:
    values = as_list("split: shares", shares, "numbers")
    if not values or any(isinstance(value, str) or not value > 0 for value in values):
        raise ValueError(f"split: shares: expected numbers above 0, got {shares!r}")
    result = np.array(values, dtype=np.float64)
    if not abs(result.sum() - 1) <= 1e-9:
        raise ValueError(
            f"split: shares: expected numbers that add up to 1, got {shares!r}, which add up to "
            f"{result.sum():.10g}"
        )
    return result


def _sizes(n: int, shares: NDArray[np.float64]) -> Integers:
    """Return how many rows each part gets, by largest remainder; equal remainders favour earlier parts."""
    quotas = np.round(n * shares, 9)  # 0.29 * 100 is a little less than 29
    sizes = np.floor(quotas).astype(np.int64)
    sizes[np.argsort(sizes - quotas, kind="stable")[: n - sizes.sum()]] += 1
    if (sizes == 0).any():
        part = int(np.argmin(sizes))
        raise ValueError(
            f"split: shares: expected shares that give each part a row of {n}, "
            f"got {shares[part]:g} for part {part}"
        )
    return sizes


def _as_classes(stratify: ArrayLike, n: int, parts: int) -> Integers:
    """Return the number of each row's class."""
    labels = np.asarray(stratify)
    if labels.shape != (n,):
        raise ValueError(f"split: stratify: expected shape ({n},), got {labels.shape}")
    if (labels != labels).any():  # NaN, also among objects
        raise ValueError("split: stratify: expected labels, got NaN")
    names, classes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    rare = int(np.argmin(counts))
    if counts[rare] < parts:
        raise ValueError(
            f"split: stratify: expected at least one row a part, {parts} in all, of each class, "
            f"got {counts[rare]} of class {names[rare]}"
        )
    return classes.astype(np.int64)


def _class_counts(class_sizes: Integers, sizes: Integers) -> Integers:
    """Return how many rows of each class each part gets: (n_classes, n_parts) with these sums.

    An entry is the class's rows times the part's share, up or down to a whole number. What the floors leave
    of a class goes one row each to the parts that lack most: that way the parts' sums always work out.
    """
    counts: Integers = class_sizes[:, None] * sizes // sizes.sum()
    lacking = sizes - counts.sum(axis=0)
    for row, size in zip(counts, class_sizes, strict=True):
        favoured = np.argsort(-lacking, kind="stable")[: size - row.sum()]
        row[favoured] += 1
        lacking[favoured] -= 1
    return counts
