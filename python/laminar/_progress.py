# SPDX-License-Identifier: BSD-3-Clause
"""What ``fit`` shows while it runs: a bar through tqdm or rich, or a line an epoch.

A display must never end a training run: the first exception that one raises switches it off.
"""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO


_SECONDS_BETWEEN_DRAWINGS = 0.1


class Display(Protocol):
    """What shows the progress of one ``fit``; positions are in epochs and may be fractions."""

    def update(self, position: float, epoch: int, logs: Mapping[str, float]) -> None: ...
    def end_epoch(self, position: float, epoch: int, logs: Mapping[str, float]) -> None: ...
    def close(self) -> None: ...


class Progress:
    """The display of one ``fit``, made when there is something to show, behind a guard.

    Parameters
    ----------
    make : callable
        Makes the display.
    wants_steps : bool
        Whether the display moves between the ends of epochs.
    initial_epoch : int
        The first epoch's number.
    """

    def __init__(self, make: Callable[[], Display], wants_steps: bool, initial_epoch: int) -> None:
        self.wants_steps = wants_steps
        self._make = make
        self._initial_epoch = initial_epoch
        self._display: Display | None = None
        self._broken = False

    def step(self, epoch: int, done: int, total: int, logs: Mapping[str, float]) -> None:
        """Show that `done` of the `total` steps of an epoch have been made."""
        position = epoch - self._initial_epoch + done / max(total, 1)
        self._guarded(lambda display: display.update(position, epoch, logs))

    def end_epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Show that an epoch has ended."""
        self._guarded(lambda display: display.end_epoch(epoch + 1 - self._initial_epoch, epoch, logs))

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._display is not None:
            self._guarded(lambda display: display.close())

    def _guarded(self, action: Callable[[Display], None]) -> None:
        if self._broken:
            return
        try:
            if self._display is None:
                self._display = self._make()
            action(self._display)
        except Exception:  # a closed pipe, an encoding without block characters: training goes on
            self._broken = True


def make_progress(verbose: object, epochs: int, initial_epoch: int) -> Progress | None:
    """Return what `verbose` asks for, None for nothing; ValueError when it is not one of its values."""
    if verbose not in ("auto", 0, 1, 2):
        raise ValueError(f"fit: verbose: expected 'auto', 0, 1 or 2, got {verbose!r}")
    if verbose == 0:
        return None
    stream = _terminal() if verbose == "auto" else sys.stderr if verbose == 1 else None
    start = monotonic()

    def make() -> Display:
        return _make_bar(stream, epochs, initial_epoch) or Lines(epochs, start)

    return Progress(make, stream is not None, initial_epoch)


class Lines:
    """One line an epoch on standard output."""

    def __init__(self, epochs: int, start: float) -> None:
        self._epochs = epochs
        self._start = start

    def update(self, position: float, epoch: int, logs: Mapping[str, float]) -> None:
        """Show nothing: the epoch goes on."""

    def end_epoch(self, position: float, epoch: int, logs: Mapping[str, float]) -> None:
        """Print the epoch's results and the seconds that it took."""
        now = monotonic()
        seconds, self._start = now - self._start, now
        number = f"{epoch + 1:>{len(str(self._epochs))}}/{self._epochs}"
        print(f"epoch {number}  {metrics_text(logs)}  {seconds:.2f} s", flush=True)

    def close(self) -> None:
        """Do nothing: every line is complete."""


class _TqdmBar:
    def __init__(self, tqdm: Callable[..., Any], stream: TextIO, epochs: int, initial_epoch: int) -> None:
        self._epochs = epochs
        self._logs: dict[str, float] = {}
        self._drawn = monotonic()
        self._bar = tqdm(
            total=epochs - initial_epoch,
            desc=f"epoch {initial_epoch + 1}/{epochs}",
            file=stream,
            dynamic_ncols=True,
            bar_format="{desc} {percentage:3.0f}% |{bar:20}| {elapsed}<{remaining}{postfix}",
        )

    def update(self, position: float, epoch: int, logs: Mapping[str, float]) -> None:
        self._logs.update(logs)
        self._bar.n = position
        self._bar.set_description_str(f"epoch {epoch + 1}/{self._epochs}", refresh=False)
        self._bar.set_postfix_str(metrics_text(self._logs), refresh=False)
        now = monotonic()
        if now - self._drawn >= _SECONDS_BETWEEN_DRAWINGS:
            self._drawn = now
            self._bar.refresh()

    end_epoch = update

    def close(self) -> None:
        self._bar.refresh()
        self._bar.close()


class _RichBar:
    def __init__(self, rich_progress: Any, console: Any, epochs: int, initial_epoch: int) -> None:
        self._epochs = epochs
        self._logs: dict[str, float] = {}
        self._progress = rich_progress.Progress(
            rich_progress.TextColumn("{task.description}"),
            rich_progress.TaskProgressColumn(),
            rich_progress.BarColumn(bar_width=20),
            rich_progress.TimeElapsedColumn(),
            rich_progress.TimeRemainingColumn(),
            rich_progress.TextColumn("{task.fields[metrics]}"),
            console=console,
        )
        self._task = self._progress.add_task(
            f"epoch {initial_epoch + 1}/{epochs}", total=epochs - initial_epoch, metrics=""
        )
        self._progress.start()

    def update(self, position: float, epoch: int, logs: Mapping[str, float]) -> None:
        self._logs.update(logs)
        self._progress.update(
            self._task,
            completed=position,
            description=f"epoch {epoch + 1}/{self._epochs}",
            metrics=metrics_text(self._logs),
        )

    end_epoch = update

    def close(self) -> None:
        self._progress.stop()


def metrics_text(logs: Mapping[str, float]) -> str:
    """Return losses and metrics as they are shown: ``loss 0.2512  accuracy 0.9261``.

    Examples
    --------
    >>> metrics_text({"loss": 0.25118, "accuracy": 0.92613})
    'loss 0.2512  accuracy 0.9261'
    """
    return "  ".join(f"{name} {_number_text(value)}" for name, value in logs.items())


def _number_text(value: float) -> str:
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.3e}"


def _terminal() -> TextIO | None:
    """Return standard error or output, whichever is a terminal; None when neither is."""
    for stream in (sys.stderr, sys.stdout):
        try:
            if stream is not None and stream.isatty():
                return stream
        except Exception:  # a closed or replaced stream
            continue
    return None


def _make_bar(stream: TextIO | None, epochs: int, initial_epoch: int) -> Display | None:
    """Return a bar on `stream`; None without a stream or where neither tqdm nor rich is installed."""
    if stream is None:
        return None
    try:
        return _make_tqdm_bar(stream, epochs, initial_epoch)
    except Exception:  # not installed, or not at ease with this terminal
        pass
    try:
        return _make_rich_bar(stream, epochs, initial_epoch)
    except Exception:
        return None


def _make_tqdm_bar(stream: TextIO, epochs: int, initial_epoch: int) -> Display:
    from tqdm import tqdm

    return _TqdmBar(tqdm, stream, epochs, initial_epoch)


def _make_rich_bar(stream: TextIO, epochs: int, initial_epoch: int) -> Display:
    from rich import console, progress

    return _RichBar(progress, console.Console(file=stream), epochs, initial_epoch)
