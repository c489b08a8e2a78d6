# SPDX-License-Identifier: BSD-3-Clause
"""Check that objects compiled for one instruction set share nothing with the rest of the program.

A linker keeps one copy of each weak symbol. Were that the AVX-512 copy of a function which the
baseline code calls too, an older CPU would die of it. So every symbol that such an object defines
for others must lie in ``laminar::kernels::<isa>``.
"""

import argparse
import re
import subprocess
import sys

NAMESPACES = ("avx2", "avx512")
# An object's name or archive member tells nothing, so the symbols themselves say which set it is for.
ALLOWED = re.compile(r"(?:guard variable for |vtable for |typeinfo (?:name )?for )?laminar::kernels::(\w+)::")
DEFINED = re.compile(r"^[0-9a-fA-F]+ ([A-Za-z]) (.+)$")
# nm: U undefined, N debugging, - stabs; a lower case letter is local to the object, save u, v and w.
IGNORED_TYPES = set("UN-")


def defined_symbols(path, nm):
    """Yield (member, type, name) for each global or weak symbol that the file defines."""
    listing = subprocess.run([nm, "-C", path], check=True, capture_output=True, text=True).stdout
    member = path
    for line in listing.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            member = f"{path}({line[:-1]})"
        match = DEFINED.match(line)
        if not match:
            continue
        kind, name = match.groups()
        if kind in IGNORED_TYPES or (kind.islower() and kind not in "uvw"):
            continue
        yield member, kind, name


def check(path, namespaces, nm):
    """Return the number of symbols that the file defines and the complaints about them."""
    count, complaints, found = 0, [], {}
    for member, kind, name in defined_symbols(path, nm):
        count += 1
        match = ALLOWED.match(name)
        if match and match.group(1) in namespaces:
            found.setdefault(member, set()).add(match.group(1))
        else:
            complaints.append(f"{member}: {kind} {name}")
    complaints += [
        f"{member}: symbols of {', '.join(sorted(sets))} in one object"
        for member, sets in found.items()
        if len(sets) > 1
    ]
    return count, complaints


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "paths", nargs="+", metavar="OBJECT_OR_ARCHIVE", help="compiled for one instruction set"
    )
    parser.add_argument(
        "--isa", action="append", choices=NAMESPACES, help="namespaces allowed (default: all)"
    )
    parser.add_argument("--nm", default="nm", help="the nm program to run")
    options = parser.parse_args()
    failed = False
    for path in options.paths:
        try:
            count, complaints = check(path, options.isa or NAMESPACES, options.nm)
        except (OSError, subprocess.CalledProcessError) as error:
            count, complaints = 0, [f"{path}: {getattr(error, 'stderr', None) or error}".strip()]
        if count == 0 and not complaints:
            complaints = [f"{path}: defines no symbol, so nothing was checked"]
        failed = failed or bool(complaints)
        print(f"{path}: {count} defined symbols, {'ok' if not complaints else f'{len(complaints)} wrong'}")
        for complaint in complaints:
            print(f"  {complaint}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
