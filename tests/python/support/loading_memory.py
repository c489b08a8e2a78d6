# SPDX-License-Identifier: BSD-3-Clause
"""What loading a model file takes of memory, in a process of its own."""

import subprocess
import sys

import pytest

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of its memory from /proc")

SCRIPT = """
import sys, laminar as lm
def memory(key):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(key))
try:
    lm.load_model("/nowhere")
except OSError:
    pass
before, refused = memory("VmRSS"), False
with open("/proc/self/clear_refs", "w") as peak:
    peak.write("5")
try:
    lm.load_model(sys.argv[1])
except lm.FormatError:
    refused = True
print(memory("VmHWM") - before, refused)
"""


def peak_of_loading(path):
    """Return by how many bytes the peak grows, and whether the file is refused."""
    command = [sys.executable, "-c", SCRIPT, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    grown, refused = run.stdout.split()
    return int(grown), refused == "True"
