# SPDX-License-Identifier: BSD-3-Clause
"""The table that ``Model.summary`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from laminar._core import Model


def summary_lines(model: Model, batch_size: int) -> Iterator[str]:
    """Yield the lines of a model's summary: its layers, its parameters, its memory."""
    rows = [_row(entry) for entry in model.layer_table()]
    yield f"{type(model).__name__}, {model.dtype}, seed {model.seed}"
    yield from table_lines(("layer", "output shape", "parameters", "connected to"), rows, right=(2,))
    total = sum(entry["parameters"] for entry in model.layer_table())
    trained = sum(entry["parameters"] for entry in model.layer_table() if entry["trainable"])
    yield f"parameters: {total:,}, of which trained: {trained:,}"
    memory = model.plan_bytes(batch_size)
    kept = ("parameters", "gradients", "moments")
    parts = [f"{name} {bytes_text(memory[name])}" for name in kept if memory.get(name)]
    yield f"memory: {', '.join(parts)}"
    yield (
        f"activations and scratch at batch size {batch_size}: training {bytes_text(memory['training'])}, "
        f"prediction {bytes_text(memory['prediction'])}"
    )
    yield f"peak of a training step: {bytes_text(sum(memory[name] for name in (*kept, 'training')))}"


def table_lines(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> Iterator[str]:
    """Yield a table's lines; the columns in `right` are set flush right."""
    widths = [max(len(line[column]) for line in (header, *rows)) for column in range(len(header))]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    for line in (header, None, *rows, None):
        if line is None:
            yield rule
            continue
        cells = [
            f"{cell:>{width}}" if column in right else f"{cell:<{width}}"
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def bytes_text(n: int) -> str:
    """Return a number of bytes in a unit that fits: ``2.610 MB``.

    Examples
    --------
    >>> bytes_text(512), bytes_text(2_610_000)
    ('512 B', '2.610 MB')
    """
    if n < 1000:
        return f"{n} B"
    exponent = min(len(str(n)) - 1, 14) // 3
    return f"{n / 1000**exponent:#.4g} {('kB', 'MB', 'GB', 'TB')[exponent - 1]}"


def _row(entry: dict[str, Any]) -> tuple[str, str, str, str]:
    frozen = "" if entry["trainable"] or not entry["parameters"] else " (frozen)"
    return (
        f"{entry['name']} ({entry['type']}){frozen}",
        str(tuple(entry["output_shape"])),
        f"{entry['parameters']:,}",
        ", ".join(entry["inputs"]),
    )
