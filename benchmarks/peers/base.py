# SPDX-License-Identifier: BSD-3-Clause
"""The door that every peer has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.workloads import Workload


@dataclass(frozen=True)
class Task:
    """A call that is timed, how many steps one call makes, and a mode that is entered once for many calls."""

    call: Callable[[], object]
    steps: int = 1
    scope: Callable[[], AbstractContextManager[object]] = nullcontext


@dataclass
class Prepared:
    """A workload, ready: its tasks by kind, and what proves that peers do the same work.

    ``outputs`` predicts the batch with the initial weights; ``weights`` are those that training moves,
    kernel and bias in turn, kernels as (n_in, n_out).
    """

    tasks: dict[str, Task] = field(default_factory=dict)
    outputs: Callable[[], Any] | None = None
    weights: Callable[[], list[Any]] | None = None


class Peer(Protocol):
    """A library with its best settings."""

    about: dict[str, Any]  # versions and settings

    def prepare(self, workload: Workload, kinds: Sequence[str]) -> Prepared:
        """Build what the kinds need; a kind that the library does not have is left out."""

    def release(self) -> None:
        """Drop what the last workload left behind."""
