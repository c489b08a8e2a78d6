# SPDX-License-Identifier: BSD-3-Clause
"""`lm.split`: exact sizes, every row once, classes in every part alike."""

from __future__ import annotations

import re

import laminar as lm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


@st.composite
def shares(draw, most=5):
    weights = draw(st.lists(st.integers(1, 20), min_size=1, max_size=most))
    return [weight / sum(weights) for weight in weights]


def largest_remainder(n, parts):
    """Return the sizes by the rule as it is written, in plain Python."""
    quotas = [round(n * share, 9) for share in parts]
    sizes = [int(quota) for quota in quotas]
    for part in sorted(range(len(parts)), key=lambda k: (sizes[k] - quotas[k], k))[: n - sum(sizes)]:
        sizes[part] += 1
    return sizes


@settings(deadline=None)
@given(shares(), st.integers(1, 300), st.integers(0, 2**32))
def test_sizes_are_exact_and_every_row_comes_once(parts, n, seed):
    sizes = largest_remainder(n, parts)
    if min(sizes) == 0:
        with pytest.raises(ValueError, match="shares: expected shares that give each part a row"):
            lm.split(np.zeros(n), shares=parts)
        return
    rows = lm.split(np.zeros(n), shares=parts, seed=seed, indices=True)
    assert [part.size for part in rows] == sizes
    assert np.array_equal(np.sort(np.concatenate(rows)), np.arange(n))


@settings(deadline=None)
@given(shares(4), st.lists(st.integers(4, 40), min_size=1, max_size=6), st.integers(0, 2**32))
def test_each_class_is_within_one_row_of_its_share(parts, class_sizes, seed):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(class_sizes)), class_sizes))
    n = labels.size
    if min(largest_remainder(n, parts)) == 0:
        return
    rows = lm.split(labels, shares=parts, stratify=labels, seed=seed, indices=True)
    assert [part.size for part in rows] == largest_remainder(n, parts)
    assert np.array_equal(np.sort(np.concatenate(rows)), np.arange(n))
    counts = np.array([np.bincount(labels[part], minlength=len(class_sizes)) for part in rows])
    ideal = np.outer([part.size for part in rows], class_sizes) / n
    assert (np.abs(counts - ideal) < 1 + 1e-9).all()


def test_the_notes_shares():
    """98, 1 and 1 per cent of a million, 60, 20 and 20 of a hundred; 0.29 * 100 is 29, in floats too."""
    x = np.zeros(1_000_000, dtype="u1")
    assert [part.size for part in lm.split(x, shares=(0.98, 0.01, 0.01), seed=0)] == [980_000, 10_000, 10_000]
    assert [part.size for part in lm.split(x[:100])] == [60, 20, 20]
    assert [part.size for part in lm.split(x[:100], shares=(0.29, 0.71))] == [29, 71]
    assert [part.size for part in lm.split(x[:4], shares=(1 / 3, 1 / 3, 1 / 3))] == [2, 1, 1]


def test_the_seed_decides_and_the_rows_are_the_same_everywhere():
    x = np.arange(12)
    train, dev, test = lm.split(x, shares=(0.5, 0.25, 0.25), seed=7)
    again = lm.split(x, shares=(0.5, 0.25, 0.25), seed=7)
    assert all(np.array_equal(a, b) for a, b in zip((train, dev, test), again, strict=True))
    assert (train.tolist(), dev.tolist(), test.tolist()) == ([6, 3, 11, 4, 10, 9], [0, 2, 8], [7, 5, 1])
    assert not np.array_equal(train, lm.split(x, shares=(0.5, 0.25, 0.25), seed=8)[0])
    assert not np.array_equal(
        np.concatenate(lm.split(np.arange(1000))), np.concatenate(lm.split(np.arange(1000)))
    )


def test_rows_of_several_arrays_stay_together():
    x, y, w = np.arange(40.0).reshape(20, 2), [f"row {i}" for i in range(20)], np.arange(20)
    for part_x, part_y, part_w in lm.split(x, y, w, seed=0):
        assert np.array_equal(part_x[:, 0], 2 * part_w)
        assert part_y.tolist() == [f"row {i}" for i in part_w]


def test_parts_are_not_sorted_by_class():
    y = np.repeat([0, 1], 500)
    train = lm.split(y, shares=(0.8, 0.2), stratify=y, seed=0)[0]
    assert 100 < train[:400].sum() < 300


def test_what_has_rows_may_come():
    class Table:
        """As much of a DataFrame as matters."""

        def __init__(self, values):
            self.values, self.shape = values, (len(values), 3)

        @property
        def iloc(self):
            return Rows(self.values)

        def __getitem__(self, name):
            raise KeyError(name)

    class Rows:
        def __init__(self, values):
            self.values = values

        def __getitem__(self, rows):
            return Table(self.values[rows])

    values = np.arange(10)
    rows = lm.split(values, seed=1, indices=True)
    for part, expected in zip(lm.split(Table(values), seed=1), rows, strict=True):
        assert np.array_equal(part.values, expected)
    from scipy.sparse import csr_array

    for part, expected in zip(lm.split(csr_array(np.eye(10)), seed=1), rows, strict=True):
        assert np.array_equal(part.toarray(), np.eye(10)[expected])


@pytest.mark.parametrize(
    "labels", [list("aabbaabbab"), np.array([True, False] * 5), np.repeat([1.0, 2.0], 5)]
)
def test_labels_of_any_kind(labels):
    parts = lm.split(np.asarray(labels), shares=(0.6, 0.4), stratify=labels, seed=0)
    assert [sorted(part.tolist()) for part in parts] == [
        sorted(list(np.unique(labels)) * 3), sorted(list(np.unique(labels)) * 2)
    ]  # fmt: skip


X = np.zeros((10, 2))
BAD = {
    "nothing": (lambda: lm.split(), TypeError, "at least one array, got none"),
    "lengths": (lambda: lm.split(X, X[:9]), ValueError, "arrays: expected one length, got 10, 9 rows"),
    "a number": (lambda: lm.split(3), TypeError, "arrays: expected arrays, got int"),
    "rank 0": (lambda: lm.split(np.array(3)), ValueError, "arrays: expected rows, got a single number"),
    "sum": (lambda: lm.split(X, shares=(0.5, 0.6)), ValueError, "shares: .*add up to 1, got .*add up to 1.1"),
    "negative": (lambda: lm.split(X, shares=(1.5, -0.5)), ValueError, "shares: expected numbers above 0"),
    "nan": (lambda: lm.split(X, shares=(0.5, np.nan)), ValueError, "shares: expected numbers above 0"),
    "no shares": (lambda: lm.split(X, shares=()), ValueError, "shares: expected numbers above 0"),
    "words": (lambda: lm.split(X, shares="train"), TypeError, "shares: expected a sequence of numbers"),
    "an empty part": (
        lambda: lm.split(X, shares=(0.98, 0.02)),
        ValueError,
        "a row of 10, got 0.02 for part 1",
    ),
    "no rows": (lambda: lm.split(X[:0]), ValueError, "a row of 0"),
    "labels": (lambda: lm.split(X, stratify=np.zeros(9)), ValueError, r"stratify: expected shape \(10,\)"),
    "one-hot": (
        lambda: lm.split(X, stratify=X),
        ValueError,
        r"stratify: expected shape \(10,\), got \(10, 2\)",
    ),
    "nan label": (
        lambda: lm.split(X, stratify=[np.nan] * 10),
        ValueError,
        "stratify: expected labels, got NaN",
    ),
    "rare": (lambda: lm.split(X, stratify=[7] * 2 + [1] * 8), ValueError, "got 2 of class 7"),
    "seed": (lambda: lm.split(X, seed=0.5), TypeError, "seed: expected an integer, got 0.5"),
    "keyword": (lambda: lm.split(X, share=(0.5, 0.5)), TypeError, "did you mean 'shares'"),
}


@pytest.mark.parametrize(("call", "error", "words"), BAD.values(), ids=BAD)
def test_bad_arguments_are_named(call, error, words):
    with pytest.raises(error, match=words) as caught:
        call()
    assert re.match("split: ", str(caught.value))
