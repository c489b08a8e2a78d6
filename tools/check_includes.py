#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prove that every file includes only what stands below it, and print what each floor holds.

A public header may include public headers only. A source on a floor may include any public header,
its own floor and the floors below. Eigen, OpenMP, nlohmann-json and pybind11 each have the few places
named here.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Lowest first; floors on one line are neighbours and may not include each other.
LEVELS = (
    ("simd",),
    ("kernels",),
    ("core",),
    ("ops",),
    ("layers", "losses", "optimizers", "initializers", "schedules"),
    ("metrics",),
    ("graph",),
    ("model",),
    ("io",),
    ("bindings",),
)
NEIGHBOURS_ALLOWED = {("layers", "initializers"), ("losses", "initializers"), ("optimizers", "schedules")}
EIGEN_ALLOWED = ("cpp/src/kernels/generic/", "cpp/src/initializers/", "cpp/src/core/linear_algebra")
EIGEN_ADAPTOR = "laminar/eigen.hpp"
JSON_ALLOWED = ("cpp/src/io/json.cpp",)
OPENMP_ALLOWED = ("cpp/src/core/parallel",)
PYTHON_ALLOWED = ("bindings/",)
GENERATED = {"laminar/version.hpp"}
ISA_HEADER = "LAMINAR_ISA_HEADER"  # the one macro that stands for a header
ISA_ALLOWED = ("simd", "kernels")

SUFFIXES = {".hpp", ".cpp", ".h", ".inc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>|(\w+))')
OPENMP = re.compile(r'^\s*#\s*pragma\s+omp\b|_Pragma\s*\(\s*"omp\b')

HEIGHT = {floor: height for height, level in enumerate(LEVELS) for floor in level}


class Include(NamedTuple):
    """One line of a file that matters here."""

    line: int
    target: str
    kind: str  # "quoted", "system", "macro" or "openmp"


class Floor:
    """What was counted on one floor."""

    def __init__(self) -> None:
        self.files = self.lines = self.includes = 0


def read(path: Path) -> tuple[int, list[Include]]:
    """Count the lines of a file and list its includes and OpenMP pragmas."""
    found = []
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if match := INCLUDE.match(line):
            kinds = zip(("quoted", "system", "macro"), match.groups(), strict=True)
            found += [Include(number, target, kind) for kind, target in kinds if target]
        elif OPENMP.search(line):
            found.append(Include(number, "#pragma omp", "openmp"))
    return len(lines), found


def floor_of(path: Path) -> str | None:
    """Name the floor that a path relative to the root stands on, or None."""
    parts = path.parts
    if parts[:2] == ("cpp", "include"):
        return "public"
    if parts[:2] == ("cpp", "src"):
        return parts[2] if len(parts) > 3 and parts[2] in HEIGHT else None
    return "bindings" if parts[0] == "bindings" else None


def resolve(root: Path, file: Path, target: str) -> Path | None:
    """Find a quoted include the way the compiler does; the answer is relative to the root."""
    for folder in (root / file.parent, root / "cpp/src", root / "cpp/include"):
        candidate = (folder / target).resolve()
        if candidate.is_file() and candidate.is_relative_to(root):
            return candidate.relative_to(root)
    return None


def allowed(lower: str, upper: str) -> bool:
    """Say whether a file on floor `upper` may include one on floor `lower`."""
    if lower in ("public", upper):
        return True
    if upper == "public":
        return False
    return HEIGHT[lower] < HEIGHT[upper] or (upper, lower) in NEIGHBOURS_ALLOWED


def library_rule(file: str, include: Include) -> str | None:
    """Check the places where Eigen, OpenMP and Python may be used."""
    target = include.target
    if target.startswith(("Eigen/", "unsupported/Eigen/")):
        if not file.startswith(EIGEN_ALLOWED) and file != f"cpp/include/{EIGEN_ADAPTOR}":
            return f"only {', '.join(EIGEN_ALLOWED)} and {EIGEN_ADAPTOR} may include Eigen"
    elif include.kind == "openmp" or target == "omp.h":
        if not file.startswith(OPENMP_ALLOWED):
            return f"OpenMP belongs in {OPENMP_ALLOWED[0]}* only"
    elif target.startswith("nlohmann/"):
        if not file.startswith(JSON_ALLOWED):
            return f"only {JSON_ALLOWED[0]} may include nlohmann-json"
    elif target.startswith("pybind11/") or target == "Python.h":
        if not file.startswith(PYTHON_ALLOWED):
            return f"Python belongs in {PYTHON_ALLOWED[0]} only"
    elif target == EIGEN_ADAPTOR and file.startswith(("cpp/src/", "bindings/")):
        return f"{EIGEN_ADAPTOR} is for programs that bring their own Eigen"
    return None


def check_include(root: Path, file: Path, floor: str, include: Include) -> str | None:
    """Return what is wrong with one include, or None."""
    if problem := library_rule(file.as_posix(), include):
        return problem
    target = include.target
    if include.kind == "macro":
        if target != ISA_HEADER:
            return f"{target}: not a header that this check knows"
        if floor not in ISA_ALLOWED:
            return f"{target} is for {' and '.join(ISA_ALLOWED)} only"
        lower = "simd"
    elif target in GENERATED:
        lower = "public"
    elif include.kind == "quoted":
        path = resolve(root, file, target)
        if path is None:
            return f'"{target}" is no file of ours (other libraries go in <>)'
        found = floor_of(path)
        if found is None:
            return f'"{target}" stands on no floor'
        lower = found
        if lower == "public" and not target.startswith("laminar/"):
            return f'"{target}": public headers are included as "laminar/..."'
    elif target.startswith("laminar/"):
        return f'<{target}>: headers of ours go in ""'
    else:
        return None
    if allowed(lower, floor):
        return None
    return f"{floor} may not include {target} ({lower})"


def sources(root: Path) -> Iterator[Path]:
    """All C++ files under the floors, relative to the root."""
    for top in ("cpp/include", "cpp/src", "bindings"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SUFFIXES:
                yield path.relative_to(root)


def main() -> int:
    """Check the tree, print the table and the violations."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root.resolve()

    floors = {name: Floor() for name in ("public", *HEIGHT)}
    violations = []
    for file in sources(root):
        lines, includes = read(root / file)
        name = floor_of(file)
        if name is None:
            violations.append(f"{file}:1: stands on no floor")
            continue
        floor = floors[name]
        floor.files += 1
        floor.lines += lines
        floor.includes += len(includes)
        for include in includes:
            if problem := check_include(root, file, name, include):
                violations.append(f"{file}:{include.line}: {problem}")

    print(f"{'floor':<14}{'files':>7}{'lines':>8}{'includes':>10}")
    for name, floor in floors.items():
        print(f"{name:<14}{floor.files:>7}{floor.lines:>8}{floor.includes:>10}")
    totals = [sum(getattr(f, key) for f in floors.values()) for key in ("files", "lines", "includes")]
    print(f"{'all':<14}{totals[0]:>7}{totals[1]:>8}{totals[2]:>10}")
    for violation in violations:
        print(violation)
    print(f"{len(violations)} violation{'' if len(violations) == 1 else 's'}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
