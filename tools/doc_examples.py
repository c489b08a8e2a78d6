#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
r"""Write the examples of the C++ reference as one source of doctest cases.

In a header an example stands between ``\code{.cpp}`` and ``\endcode`` in ``///`` comments, on a page
between ```` ```cpp ```` and ```` ``` ````. Each becomes a test case of its own in a folder of its own, in
which namespace laminar is open and ``assert`` is a check. Errors of the compiler name the file and the line.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PROLOGUE = r"""// Written by tools/doc_examples.py.
#include "laminar/laminar.hpp"

#include <doctest/doctest.h>

#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "laminar/eigen.hpp"
#include "support/temporary_folder.hpp"

// An example may make a thing only to show how it is made.
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"

#undef assert
#define assert(...) CHECK((__VA_ARGS__))

using namespace laminar;

namespace {

class InFolder {
 public:
  InFolder() { std::filesystem::current_path(folder_.path()); }
  ~InFolder() { std::filesystem::current_path(before_); }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
  laminar::test::TemporaryFolder folder_;
};

}  // namespace
"""


class Marks(NamedTuple):
    """What stands around an example."""

    prefix: str  # of every line
    begin: str
    end: str


IN_HEADERS = Marks("/// ", r"\code{.cpp}", r"\endcode")
ON_PAGES = Marks("", "```cpp", "```")


def examples(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each example's first line, from 1, and its lines."""
    marks = ON_PAGES if path.suffix == ".md" else IN_HEADERS
    begin = None
    code: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = (line.strip() if marks.prefix else line).removeprefix(marks.prefix)
        if begin is None:
            if text == marks.begin:
                begin, code = number + 1, []
        elif text == marks.end:
            yield begin, code
            begin = None
        # A formatter that breaks a long line may draw the marks into it.
        elif marks.begin in text or marks.end in text or not line.strip().startswith(marks.prefix.strip()):
            raise SystemExit(f"{path}:{number}: expected {marks.end} on a line of its own")
        else:
            code.append(text)
    if begin is not None:
        raise SystemExit(f"{path}:{begin}: expected {marks.end} behind the example")


def test_cases(path: Path) -> Iterator[str]:
    """Yield the source of a test case for each example of a file."""
    for line, code in examples(path):
        name = f"{path.parent.name}/{path.name}:{line}"
        head = f'TEST_CASE_FIXTURE(InFolder, "the example of {name} runs") {{'
        yield "\n".join([head, f'#line {line} "{path.as_posix()}"', *code, "}"])


def main() -> int:
    """Write the source; files without an example are a mistake of the caller's."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("output", type=Path, help="the source to write")
    parser.add_argument("files", type=Path, nargs="+", help="headers and pages to read")
    arguments = parser.parse_args()
    cases = [case for path in arguments.files for case in test_cases(path)]
    if not cases:
        print("expected at least one example, got none", file=sys.stderr)
        return 1
    arguments.output.write_text("\n".join([PROLOGUE, *cases, ""]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
