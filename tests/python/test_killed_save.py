# SPDX-License-Identifier: BSD-3-Clause
"""A process that is killed while it saves a model leaves the old file or the new one, whole."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import laminar as lm
import numpy as np
import pytest

WIDTH = 1024  # 4 MiB: a save takes much longer than it takes to kill a process
KILLS = 100

# Imports once, then forks a child for each number that it reads. The child tells its id, saves the number,
# and says so unless it is killed before.
CHILDREN = """
import os, signal, sys
import laminar as lm, numpy as np
path, width = sys.argv[1], int(sys.argv[2])
model = lm.Sequential([lm.Input((width,)), lm.Dense(width)], seed=0)
for line in sys.stdin:
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        os.write(1, b"gone\\n")
        continue
    model.set_weights([np.full((width, width), float(line)), np.full(width, float(line))])
    os.write(1, b"%d\\n" % os.getpid())
    model.save(path)
    os.write(1, b"saved\\n")
    signal.pause()
"""


class Saver:
    """Children that save a model full of a number, one after the other."""

    def __init__(self, path):
        command = [sys.executable, "-c", CHILDREN, str(path), str(WIDTH)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait() == 0

    def begin(self, number):
        """Return the id of a child that begins to save this moment."""
        self._process.stdin.write(b"%d\n" % number)
        return int(self._process.stdout.readline())

    def kill(self, pid):
        os.kill(pid, signal.SIGKILL)
        while self._process.stdout.readline() != b"gone\n":
            pass

    def seconds(self, number):
        """Return how long a save takes."""
        pid = self.begin(number)
        start = time.perf_counter()
        assert self._process.stdout.readline() == b"saved\n"
        taken = time.perf_counter() - start
        self.kill(pid)
        return taken


def number_in(path):
    """Return the number that a whole file is full of."""
    kernel, bias = lm.load_model(path).get_weights()
    assert (kernel == bias[0]).all()
    assert (bias == bias[0]).all()
    return int(bias[0])


def state_after(path, old, new):
    """Check what a killed process left, and say what it was killed at."""
    number = number_in(path)
    names = {entry.name for entry in path.parent.iterdir()}
    if number == new:
        assert names == {"m"}
        return "done"
    assert number == old
    if names == {"m"}:
        return "not begun"
    assert names == {"m", ".m.partial"}
    partial = path.parent / ".m.partial"
    return "written" if partial.stat().st_size == path.stat().st_size else "half written"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_killed_at_any_moment_it_leaves_a_whole_file(tmp_path):
    path = tmp_path / "m"
    found = Counter()
    rng = np.random.default_rng(0)
    old = lm.Sequential([lm.Input((WIDTH,)), lm.Dense(WIDTH)], seed=0)
    with Saver(path) as saver:
        seconds = float(np.median([saver.seconds(number) for number in range(5)]))
        for kill in range(1, KILLS + 1):
            old.set_weights([np.full((WIDTH, WIDTH), -kill), np.full(WIDTH, -kill)])
            old.save(path)  # removes what the last one left
            assert [entry.name for entry in tmp_path.iterdir()] == ["m"]
            pid = saver.begin(kill)
            time.sleep(1.2 * seconds * (kill - rng.uniform()) / KILLS)
            saver.kill(pid)
            found[state_after(path, old=-kill, new=kill)] += 1
    old.save(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["m"]
    print(dict(found))  # pytest -s shows it
    assert found["half written"] + found["written"] >= KILLS // 10, found  # else nothing was tested
