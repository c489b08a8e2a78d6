# SPDX-License-Identifier: BSD-3-Clause
"""``import laminar`` costs next to nothing on top of ``import numpy``."""

from __future__ import annotations

import os
import subprocess
import sys

BUDGET_SECONDS = 0.025
ALLOWED = {"__future__", "laminar"}


def run(code: str) -> str:
    # As users run it: an installed package has its bytecode on disk.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


def test_nothing_is_imported_beside_numpy_and_the_package():
    code = (
        "import sys, numpy; before = set(sys.modules); import laminar; "
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    assert set(run(code).split()) <= ALLOWED


def test_what_is_only_needed_later_is_not_imported():
    code = "import sys, numpy, laminar; print(*sys.modules)"
    later = {
        "laminar._cli",
        "laminar._demo",
        "laminar._idx",
        "laminar._progress",
        "laminar.onnx",
        "laminar.plot",
        "matplotlib",
        "onnx",
    }
    assert not later & set(run(code).split())


def test_the_time_budget():
    code = "import numpy, time; t = time.perf_counter(); import laminar; print(time.perf_counter() - t)"
    assert min(float(run(code)) for _ in range(7)) < BUDGET_SECONDS


def test_a_missing_core_is_explained():
    code = (
        "import sys\n"
        "sys.modules['laminar._core'] = None\n"
        "try: import laminar\n"
        "except ImportError as error: print(error)"
    )
    assert "pip install" in run(code)
