# SPDX-License-Identifier: BSD-3-Clause
"""The command ``laminar``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those that the program was started with.

    Returns
    -------
    int
        The exit status: 0, or 1 after an error that was printed.
    """
    options = _parser().parse_args(arguments)
    if options.command == "config":
        from laminar._runtime import show_config

        show_config()
        return 0
    from laminar._demo import run_demo

    try:
        run_demo(options.data, options.epochs, options.output, options.seed)
    except (ImportError, OSError, ValueError) as error:
        print(f"laminar demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("laminar demo: interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    from laminar._core import __version__

    parser = argparse.ArgumentParser(prog="laminar", description="Neural networks on CPUs.")
    parser.add_argument("--version", action="version", version=f"laminar {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("config", help="print version, instruction set, threads and compiler")
    demo = commands.add_parser(
        "demo",
        help="train and test a network on handwritten digits",
        description="Train on handwritten digits, print the accuracy on the test set, and write "
        "learning_curve.png and worst_mistakes.png.",
    )
    demo.add_argument(
        "--data",
        metavar="DIR",
        help="a folder with MNIST's IDX files, plain or gzipped; by default scikit-learn's bundled digits",
    )
    demo.add_argument(
        "--epochs", metavar="N", type=int, default=40, help="passes over the training set (default: 40)"
    )
    demo.add_argument("--output", metavar="DIR", default=".", help="where the pictures go (default: here)")
    demo.add_argument("--seed", metavar="N", type=int, default=0, help="determines every random choice")
    return parser
