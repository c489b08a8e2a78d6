# SPDX-License-Identifier: BSD-3-Clause
"""Where the boxes of a directed acyclic graph stand: levels downwards, few crossings, straight edges.

The method is Sugiyama's: levels by longest path, a *bend* wherever an edge passes a level, an order of each
level by the mean place of the neighbours, and places that are as near to the neighbours as the order allows.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_ORDER_SWEEPS = 8
_PLACE_SWEEPS = 41  # odd: the last one goes downwards


class Layout(NamedTuple):
    """Places of boxes and of edges; the first level is 0."""

    levels: list[int]
    centres: list[float]
    edges: list[tuple[int, int, list[tuple[float, int]]]]  # source, target, bends as (place, level)


def lay_out(sources: Sequence[Sequence[int]], widths: Sequence[float], gap: float) -> Layout:
    """Return where each node stands.

    Parameters
    ----------
    sources : sequence of sequence of int
        The nodes that each node reads; they come before it. A node may read another one twice.
    widths : sequence of float
        The nodes' widths.
    gap : float
        The least distance of two nodes on a level, and the width that a passing edge is given.

    Returns
    -------
    Layout
        Levels, centres and edges.

    Examples
    --------
    >>> layout = lay_out([[], [0], [0, 1]], [1.0, 1.0, 1.0], 0.5)
    >>> layout.levels
    [0, 1, 2]
    >>> [(source, target, len(bends)) for source, target, bends in layout.edges]
    [(0, 1, 0), (0, 2, 1), (1, 2, 0)]
    """
    levels = _levels(sources)
    place_levels, place_widths = list(levels), list(widths)
    chains: list[list[int]] = []  # of each edge: its source, bends and target
    for target, reads in enumerate(sources):
        for source in reads:
            bends = range(levels[source] + 1, levels[target])
            first = len(place_levels)
            place_levels += bends
            place_widths += [gap] * len(bends)
            chains.append([source, *range(first, first + len(bends)), target])
    above: list[list[int]] = [[] for _ in place_levels]
    below: list[list[int]] = [[] for _ in place_levels]
    for chain in chains:
        for upper, lower in pairwise(chain):
            above[lower].append(upper)
            below[upper].append(lower)
    rows = _ordered(place_levels, above, below)
    centres = _placed(rows, np.asarray(place_widths), gap, above, below)
    for chain in chains:
        _straighten(chain[1:-1], rows, place_levels, place_widths, gap, centres)
    n = len(levels)
    edges = [
        (chain[0], chain[-1], [(float(centres[bend]), place_levels[bend]) for bend in chain[1:-1]])
        for chain in chains
    ]
    return Layout(levels, centres[:n].tolist(), edges)


def _levels(sources: Sequence[Sequence[int]]) -> list[int]:
    """Return each node's level: one below the lowest that it reads, an input one above the first reader."""
    levels: list[int] = []
    for reads in sources:
        levels.append(1 + max((levels[source] for source in reads), default=-1))
    for node, reads in enumerate(sources):
        readers = [levels[reader] for reader, its in enumerate(sources) if node in its]
        if not reads and readers:
            levels[node] = min(readers) - 1
    return levels


def _ordered(
    levels: Sequence[int], above: Sequence[Sequence[int]], below: Sequence[Sequence[int]]
) -> list[list[int]]:
    """Return the places of each level from left to right, in the order with the fewest crossings found."""
    rows: list[list[int]] = [[] for _ in range(max(levels) + 1)]
    for place, level in enumerate(levels):
        rows[level].append(place)
    best, fewest = [list(row) for row in rows], _crossings(rows, above)
    for sweep in range(_ORDER_SWEEPS):
        downward = sweep % 2 == 0
        neighbours = above if downward else below
        at = {place: i / max(len(row) - 1, 1) for row in rows for i, place in enumerate(row)}
        for row in rows if downward else reversed(rows):
            row.sort(key=lambda place: _mean(at, neighbours[place] or [place]))
            at.update({place: i / max(len(row) - 1, 1) for i, place in enumerate(row)})
        crossings = _crossings(rows, above)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _mean(values: Any, places: Sequence[int]) -> float:
    return float(sum(values[place] for place in places) / len(places))


def _crossings(rows: Sequence[Sequence[int]], above: Sequence[Sequence[int]]) -> int:
    at = {place: i for row in rows for i, place in enumerate(row)}
    crossings = 0
    for row in rows:
        ends = [(at[upper], i) for i, place in enumerate(row) for upper in above[place]]
        crossings += sum(a < c and b > d for a, b in ends for c, d in ends)
    return crossings


def _placed(
    rows: Sequence[Sequence[int]],
    widths: NDArray[np.float64],
    gap: float,
    above: Sequence[Sequence[int]],
    below: Sequence[Sequence[int]],
) -> NDArray[np.float64]:
    """Return the centres: each row in turn as near to its neighbours as order and widths allow."""
    centres = np.zeros(len(widths))
    # How far right of the row's first centre each one is if the row is packed.
    packed = {}
    for number, row in enumerate(rows):
        steps = [(widths[a] + widths[b]) / 2 + gap for a, b in pairwise(row)]
        packed[number] = np.concatenate([[0.0], np.cumsum(steps)])
        centres[row] = packed[number] - packed[number].mean()
    for _, number in zip(range(_PLACE_SWEEPS * len(rows)), _there_and_back(len(rows)), strict=False):
        row = rows[number]
        # In the least-squares sense: places minus packed places must not fall from left to right.
        wanted = np.array([_mean(centres, [*above[p], *below[p]] or [p]) for p in row])
        centres[row] = packed[number] + _rising(wanted - packed[number])
    left: float = centres.min()
    return centres - left


def _straighten(
    bends: Sequence[int],
    rows: Sequence[Sequence[int]],
    levels: Sequence[int],
    widths: Sequence[float],
    gap: float,
    centres: NDArray[np.float64],
) -> None:
    """Put the bends of one edge under each other where the boxes beside them leave room for that."""
    if len(bends) < 2:
        return
    least, most = -np.inf, np.inf
    for bend in bends:
        row = rows[levels[bend]]
        i = row.index(bend)
        if i > 0:
            other = row[i - 1]
            least = max(least, centres[other] + (widths[other] + widths[bend]) / 2 + gap)
        if i + 1 < len(row):
            other = row[i + 1]
            most = min(most, centres[other] - (widths[other] + widths[bend]) / 2 - gap)
    if least <= most:
        centres[list(bends)] = np.clip(centres[list(bends)].mean(), least, most)


def _there_and_back(n: int) -> Iterator[int]:
    while True:
        yield from range(n)
        yield from reversed(range(n))


def _rising(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nearest sequence that nowhere falls: neighbours that would are replaced by their mean."""
    blocks: list[tuple[float, int]] = []
    for value in values.tolist():
        mean, size = value, 1
        while blocks and blocks[-1][0] > mean:
            other, count = blocks.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        blocks.append((mean, size))
    return np.concatenate([np.full(size, mean) for mean, size in blocks])
