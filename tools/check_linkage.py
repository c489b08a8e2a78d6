# SPDX-License-Identifier: BSD-3-Clause
"""Check what liblaminar.a shows of itself and what it needs.

Its own symbols are hidden, so that a shared library which links it neither offers them to others nor takes
those of another copy. Only what the compiler emits for the standard library is shared, as it is everywhere.
A library that was compiled with default visibility shows besides what laminar's headers define inline, as
weak symbols. Whatever links it needs the C++ runtime and OpenMP's, and nothing else.
"""

import argparse
import re
import subprocess
import sys

OURS = re.compile(r"laminar|nlohmann|Eigen")
STANDARD = re.compile(r"\b(std|__gnu_cxx)::")
RUNTIME = re.compile(
    r"(libstdc\+\+|libc\+\+|libc\+\+abi|libgcc_s|libm|libc|libpthread|ld-linux[-\w]*|libg?i?omp5?)\.so"
)
SYMBOL = re.compile(r"^ *\d+: [0-9a-f]+ +\S+ +\S+ +(\S+) +(\S+) +(.*?(?:\[.*?\] +)?)(UND|ABS|COM|\d+) (.+)$")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def shown_symbols(readelf, path, dynamic):
    """Yield (binding, name) of each symbol that the file defines for everybody."""
    for line in run(readelf, "--dyn-syms" if dynamic else "-s", "-W", "-C", path).splitlines():
        match = SYMBOL.match(line)
        if not match:
            continue
        binding, visibility, _, section, name = match.groups()
        if binding != "LOCAL" and section != "UND" and visibility in ("DEFAULT", "PROTECTED"):
            yield binding, name.split("@")[0]


def check_archive(readelf, path):
    symbols = sorted({name for _, name in shown_symbols(readelf, path, dynamic=False)})
    if not symbols:
        return [f"{path}: shows no symbol at all, not even the standard library's, so nothing was checked"]
    return [f"{path}: shows {name}" for name in symbols if OURS.search(name) or not STANDARD.search(name)]


def check_plugin(readelf, path, hidden):
    symbols = sorted(set(shown_symbols(readelf, path, dynamic=True)))
    complaints = [
        f"{path}: shows {binding} {name}"
        for binding, name in symbols
        if OURS.search(name) and (hidden or binding != "WEAK")
    ]
    if ("GLOBAL", "plugin_isa") not in symbols:
        complaints.append(f"{path}: expected to find plugin_isa, got {len(symbols)} symbols without it")
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", run(readelf, "-d", "-W", path))
    if not needed:
        complaints.append(f"{path}: needs nothing, so nothing was checked")
    complaints += [f"{path}: needs {name}" for name in needed if not RUNTIME.match(name)]
    return complaints


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--archive", required=True, help="liblaminar.a")
    parser.add_argument("--shown", required=True, help="a library that links it, with default visibility")
    parser.add_argument("--hidden", required=True, help="the same with hidden visibility")
    parser.add_argument("--readelf", default="readelf", help="the readelf program to run")
    options = parser.parse_args()
    try:
        complaints = [
            *check_archive(options.readelf, options.archive),
            *check_plugin(options.readelf, options.shown, hidden=False),
            *check_plugin(options.readelf, options.hidden, hidden=True),
        ]
    except (OSError, subprocess.CalledProcessError) as error:
        complaints = [(getattr(error, "stderr", None) or str(error)).strip()]
    print("\n".join(complaints) if complaints else "ok")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
