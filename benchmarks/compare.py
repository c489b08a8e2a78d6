#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compare laminar with every installed peer: a table, JSON and plots.

python benchmarks/compare.py                                   everything, about half an hour
python benchmarks/compare.py --quick                           the table, roughly, in a few minutes
python benchmarks/compare.py --workloads mnist --peers jax     one network, ours and one peer
python benchmarks/compare.py --isa avx2 --no-sweeps            ours held to AVX2

README.md beside this file states the protocol and what is not claimed.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import peers
from harness import report
from harness.machine import available_cpus
from harness.run import Options, Outcome, run
from harness.sweeps import SWEEPS
from harness.workloads import TABLE

RESULTS = Path(__file__).resolve().parent / "results"


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    workloads = [workload.name for workload in TABLE] + [sweep.name for sweep in SWEEPS]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )

    def names(known: list[str]) -> Callable[[str], list[str]]:
        def split(text: str) -> list[str]:
            chosen = text.split(",")
            if unknown := sorted(set(chosen) - set(known)):
                raise argparse.ArgumentTypeError(
                    f"unknown {', '.join(unknown)}; known are {', '.join(known)}"
                )
            return chosen

        return split

    def threads(text: str) -> list[int]:
        counts = [int(count) for count in text.split(",")]
        if not all(1 <= count <= len(available_cpus()) for count in counts):
            raise argparse.ArgumentTypeError(f"this process may use 1 to {len(available_cpus())} CPUs")
        return counts

    default_threads = [count for count in (1, 2) if count <= len(available_cpus())]
    parser.add_argument("--threads", type=threads, default=default_threads, help="numbers, with commas (1,2)")
    parser.add_argument("--workloads", type=names(workloads), help=f"of {', '.join(workloads)}")
    parser.add_argument(
        "--peers", type=names(peers.names()), help=f"of {', '.join(peers.names())}; ours always runs"
    )
    parser.add_argument("--rounds", type=int, help="turns of each process (5)")
    parser.add_argument("--seconds", type=float, help="of one measurement in one turn (0.25)")
    parser.add_argument("--isa", help="instruction set of our kernels (the best that the CPU has)")
    parser.add_argument(
        "--probabilities", action="store_true", help="predict probabilities, not logits, everywhere"
    )
    parser.add_argument(
        "--sweeps", action=argparse.BooleanOptionalAction, help="time against size (yes, unless --quick)"
    )
    parser.add_argument(
        "--table", action=argparse.BooleanOptionalAction, default=True, help="the table (yes)"
    )
    parser.add_argument(
        "--out", type=Path, default=RESULTS, help="folder for JSON and plots (benchmarks/results)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="2 rounds of 0.05 s, no sweeps: to see that all runs"
    )
    return parser.parse_args(arguments)


def options_of(chosen: argparse.Namespace) -> Options:
    options = Options(
        workloads=chosen.workloads,
        peers=chosen.peers,
        isa=chosen.isa,
        probabilities=chosen.probabilities,
        table=chosen.table,
        sweeps=not chosen.quick if chosen.sweeps is None else chosen.sweeps,
    )
    if chosen.quick:
        options = replace(options, rounds=2, seconds=0.05)
    if chosen.rounds is not None:
        options = replace(options, rounds=chosen.rounds)
    if chosen.seconds is not None:
        options = replace(options, seconds=chosen.seconds)
    return options


def write(outcomes: list[Outcome], options: Options, folder: Path) -> None:
    """Write what there is so far: a long run that is stopped keeps its first half."""
    folder.mkdir(parents=True, exist_ok=True)
    suffix = f"_{options.isa}" if options.isa else ""
    report.write_json(folder / f"compare{suffix}.json", report.record(outcomes, options))
    (folder / f"compare{suffix}.md").write_text(
        "\n\n".join(report.text(outcome) for outcome in outcomes) + "\n", encoding="utf-8"
    )
    if importlib.util.find_spec("matplotlib") is None:
        print("no plots: matplotlib is not installed", file=sys.stderr)
        return
    from harness import plot

    plot.plot_table(outcomes, folder / f"compare{suffix}.png")
    plot.plot_sweeps(outcomes[-1], folder / f"sweeps_{outcomes[-1].settings.threads}{suffix}.png")


def main() -> int:
    chosen = parse()
    options = options_of(chosen)
    outcomes: list[Outcome] = []
    for threads in chosen.threads:
        outcomes.append(run(threads, options))
        print(report.text(outcomes[-1]), end="\n\n", flush=True)
        write(outcomes, options, chosen.out)
    return int(any(peers.OURS not in outcome.about for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
