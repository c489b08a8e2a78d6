#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compare every kernel with Eigen compiled with the same flags, and write the table into docs/kernels.md.

cmake --preset bench && cmake --build --preset bench
python benchmarks/kernel_ratios.py

Only what stands below the marker in docs/kernels.md is replaced; the words above it are written by hand.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
MARKER = "<!-- Below this line everything is written by benchmarks/kernel_ratios.py. -->"
ISAS = ("avx2", "avx512")
DTYPES = ("f32", "f64")
NOT_RUNNABLE = 77
EARNS = 1.2  # what a hand-written kernel must gain over Eigen
SLOWER = 0.95  # below it Eigen is faster beyond the noise, whatever the machine's limit


class Row(NamedTuple):
    """One kernel on one shape: the least time of a call over all rounds, in microseconds."""

    kernel: str
    shape: str
    dtype: str
    isa: str
    laminar_us: float
    eigen_us: float
    limit_us: float
    rough_us: float | None

    @property
    def ratio(self) -> float:
        """How many times faster than Eigen."""
        return self.eigen_us / self.laminar_us

    @property
    def room(self) -> float:
        """How many times faster than Eigen a kernel at the limit of the machine would be."""
        return self.eigen_us / self.limit_us

    @property
    def loses(self) -> bool:
        """Whether it fails the rule although the machine would let it pass, or is slower than Eigen."""
        return self.ratio < SLOWER or self.ratio < EARNS <= self.room


class Run(NamedTuple):
    """The output of one program."""

    isa: str
    eigen: str
    limits: dict[str, str]
    rows: list[Row]


def parse(lines: Iterable[str]) -> Run:
    head, *records = (json.loads(line) for line in lines)
    rows = [
        Row(
            record["kernel"],
            record["shape"],
            record["dtype"],
            record["isa"],
            record["laminar_us"],
            min(record["eigen_table_us"], record["eigen_best_us"]),
            record["limit_us"],
            record.get("eigen_rough_us"),
        )
        for record in records
    ]
    return Run(head["isa"], head["eigen"], {dtype: head[dtype] for dtype in DTYPES}, rows)


def measure(build: Path, isa: str) -> list[str] | None:
    """Run the program of one instruction set; None where this machine lacks it."""
    program = build / "benchmarks" / "cpp" / f"laminar_ratios_{isa}"
    if not program.exists():
        return None
    result = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode == NOT_RUNNABLE:
        return None
    if result.returncode != 0:
        sys.exit(f"{program.name}: exit status {result.returncode}")
    return result.stdout.splitlines()


def cpu_name() -> str:
    """Name the processor, as well as the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def by(key: Callable[[Row], str], rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Sort rows into groups; groups and rows keep their order."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def geometric_mean(numbers: list[float]) -> float:
    return math.exp(sum(map(math.log, numbers)) / len(numbers))


def us(microseconds: float) -> str:
    """Write three digits, but no exponent."""
    decimals = max(0, 2 - math.floor(math.log10(microseconds)))
    return f"{microseconds:.{decimals}f}"


def ratio_text(row: Row) -> str:
    return f"**{row.ratio:.2f}**" if row.loses else f"{row.ratio:.2f}"


def summary(runs: list[Run]) -> Iterator[str]:
    """Give one line a kernel: over all shapes and both dtypes."""
    yield (
        "| kernel | "
        + " | ".join(f"{run.isa}: mean ratio | least | most | below {EARNS} | losses" for run in runs)
        + " |"
    )
    yield "|---|" + "---:|" * (5 * len(runs))
    groups = [by(lambda row: row.kernel, run.rows) for run in runs]
    for kernel in groups[0]:
        cells = []
        for group in groups:
            rows = group[kernel]
            ratios = [row.ratio for row in rows]
            below = sum(ratio < EARNS for ratio in ratios)
            losing = sum(row.loses for row in rows)
            cells.append(
                f"{geometric_mean(ratios):.2f} | {min(ratios):.2f} | {max(ratios):.2f}"
                f" | {below} of {len(rows)} | {losing}"
            )
        yield f"| {kernel} | " + " | ".join(cells) + " |"


def rough_table(runs: list[Run]) -> Iterator[str]:
    """List where Eigen is faster at the price of accuracy."""
    yield "| kernel | n | dtype | ISA | laminar us | Eigen us | less accurate Eigen us |"
    yield "|---|---:|---|---|---:|---:|---:|"
    for row in (row for run in runs for row in run.rows):
        if row.rough_us is not None and row.rough_us < min(row.laminar_us, row.eigen_us):
            yield (
                f"| {row.kernel} | {row.shape} | {row.dtype} | {row.isa}"
                f" | {us(row.laminar_us)} | {us(row.eigen_us)} | {us(row.rough_us)} |"
            )


def full_table(run: Run) -> Iterator[str]:
    """Give one line a kernel and shape, with both dtypes beside each other."""
    columns = " | ".join(f"{dtype}: laminar us | Eigen us | ratio | room" for dtype in DTYPES)
    yield f"| kernel | shape | {columns} |"
    yield "|---|---|" + "---:|" * (4 * len(DTYPES))
    for rows in by(lambda row: f"{row.kernel}/{row.shape}", run.rows).values():
        cells = [
            f"{us(row.laminar_us)} | {us(row.eigen_us)} | {ratio_text(row)} | {row.room:.2f}" for row in rows
        ]
        yield f"| {rows[0].kernel} | {rows[0].shape} | " + " | ".join(cells) + " |"


def report(runs: list[Run]) -> str:
    lines = [
        f"Measured on {cpu_name()}, one thread, with Eigen {runs[0].eigen}. The machine's limits:",
        "",
        *(f"- {run.isa}, {dtype}: {run.limits[dtype]}" for run in runs for dtype in DTYPES),
        "",
        "## Summary",
        "",
        *summary(runs),
        "",
        "## Where Eigen is faster and less accurate",
        "",
        *rough_table(runs),
    ]
    for run in runs:
        lines += ["", f"## {run.isa}", "", *full_table(run)]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure or read, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "bench", help="where cmake built")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "kernels.md")
    parser.add_argument("--save", type=Path, help="folder for the programs' output, one <isa>.json each")
    parser.add_argument("--load", type=Path, help="read that folder in place of measuring")
    arguments = parser.parse_args()

    start = time.monotonic()
    runs = []
    for isa in ISAS:
        if arguments.load:
            stored = arguments.load / f"{isa}.json"
            lines = stored.read_text(encoding="utf-8").splitlines() if stored.exists() else None
        else:
            lines = measure(arguments.build, isa)
        if lines is None:
            print(f"{isa}: not measured", file=sys.stderr)
            continue
        if arguments.save:
            arguments.save.mkdir(parents=True, exist_ok=True)
            (arguments.save / f"{isa}.json").write_text("\n".join(lines) + "\n", encoding="utf-8")
        runs.append(parse(lines))
    if not runs:
        sys.exit(f"nothing was measured: is {arguments.build} built, and does this machine have AVX2?")

    text = report(runs)
    print(text)
    introduction, found, _ = arguments.output.read_text(encoding="utf-8").partition(MARKER)
    if not found:
        sys.exit(f"{arguments.output}: the marker line is missing")
    arguments.output.write_text(f"{introduction}{MARKER}\n\n{text}", encoding="utf-8")
    print(f"{time.monotonic() - start:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
