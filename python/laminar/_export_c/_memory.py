# SPDX-License-Identifier: BSD-3-Clause
"""Where each buffer of a program lies: in an argument, or in one array that buffers share in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from laminar._export_c._program import Program

    Offsets = dict[int, int]


@dataclass(frozen=True)
class Layout:
    """The array and the first element of each buffer, and the length of the shared array, ``work``."""

    places: list[tuple[str, int]]
    work_size: int


@dataclass(frozen=True)
class _Life:
    """A run of memory and the ops, first to last, that it is needed for."""

    owner: int
    first: int
    last: int
    size: int

    def meets(self, other: _Life) -> bool:
        return self.first <= other.last and other.first <= self.last


def lay_out(program: Program, inputs: Sequence[str], outputs: Sequence[str]) -> Layout:
    """Place the buffers, `inputs` and `outputs` being the names of the arguments."""
    owners = _owners(program)
    arguments = {value.buffer: name for value, name in zip(program.inputs, inputs, strict=True)}
    arguments |= {owners[value.buffer]: name for value, name in zip(program.outputs, outputs, strict=True)}
    lives = [life for life in _lives(program, owners) if life.owner not in arguments]
    offsets = _pack(lives)
    places = [
        # A product that a scale was folded into no longer has its first buffer: nobody asks for that.
        (arguments[owner], 0) if owner in arguments else ("work", offsets.get(owner, 0))
        for owner in owners
    ]
    return Layout(places, _height(lives, offsets))


def _owners(program: Program) -> list[int]:
    """Return for each buffer the one whose memory it has: its own, or that of the input it replaces."""
    owners = list(range(len(program.sizes)))
    last = {buffer: i for i, op in enumerate(program.ops) for buffer in (*op.inputs, op.output)}
    kept = {value.buffer for value in (*program.inputs, *program.outputs)}
    for i, op in enumerate(program.ops):
        source = op.inputs[0]
        if op.in_place and source not in kept and last[source] == i:
            owners[op.output] = owners[source]
    return owners


def _lives(program: Program, owners: Sequence[int]) -> list[_Life]:
    """Return the life of each owner, in order of the first op."""
    touched: dict[int, tuple[int, int]] = {}
    for i, op in enumerate(program.ops):
        for buffer in (*op.inputs, op.output):
            first, _ = touched.get(owners[buffer], (i, i))
            touched[owners[buffer]] = (first, i)
    return [_Life(owner, first, last, program.sizes[owner]) for owner, (first, last) in touched.items()]


def _pack(lives: Sequence[_Life]) -> Offsets:
    """Return the offsets in a shared array that is as short as three attempts make it."""
    # No array is shorter than what lives at once; a chain needs no more, if it writes to both ends in turn.
    peak = max((sum(a.size for a in lives if a.first <= b.first <= a.last) for b in lives), default=0)
    best = _both_ends(lives, peak)
    if best is not None:
        return best
    orders = (lives, sorted(lives, key=lambda life: -life.size))
    return min(map(_first_fit, orders), key=lambda offsets: _height(lives, offsets))


def _both_ends(lives: Sequence[_Life], length: int) -> Offsets | None:
    """Return offsets within a length, low and high by turns; None where they do not fit."""
    offsets: Offsets = {}
    for turn, life in enumerate(lives):
        taken = _taken(life, lives, offsets)
        if turn % 2:
            taken = [(length - end, length - begin) for begin, end in taken]
        offset = _first_gap(life.size, taken)
        if offset + life.size > length:
            return None
        offsets[life.owner] = length - offset - life.size if turn % 2 else offset
    return offsets


def _first_fit(lives: Sequence[_Life]) -> Offsets:
    offsets: Offsets = {}
    for life in lives:
        offsets[life.owner] = _first_gap(life.size, _taken(life, lives, offsets))
    return offsets


def _taken(life: _Life, lives: Sequence[_Life], offsets: Offsets) -> list[tuple[int, int]]:
    """Return where buffers lie already that are needed at the same time."""
    return [
        (offsets[other.owner], offsets[other.owner] + other.size)
        for other in lives
        if other.owner in offsets and other.meets(life)
    ]


def _first_gap(size: int, taken: Sequence[tuple[int, int]]) -> int:
    offset = 0
    for begin, end in sorted(taken):
        if offset + size <= begin:
            break
        offset = max(offset, end)
    return offset


def _height(lives: Sequence[_Life], offsets: Offsets) -> int:
    return max((offsets[life.owner] + life.size for life in lives), default=0)
