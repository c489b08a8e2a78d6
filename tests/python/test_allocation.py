# SPDX-License-Identifier: BSD-3-Clause
"""Warm training steps and predictions into `out=` allocate nothing; the plan knows the memory beforehand.

A shim in C counts every malloc, calloc, realloc, aligned_alloc and operator new of the process. Python's
small objects come from pymalloc, which asks for whole arenas by mmap, so nothing at all is left to count.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import laminar as lm
import numpy as np
import pytest
from support.networks import mlp

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="LD_PRELOAD is Linux's")


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        pytest.skip("no C compiler to build the counting shim with")
    library = tmp_path_factory.mktemp("shim") / "count_allocations.so"
    source = Path(__file__).parent / "support" / "count_allocations.c"
    command = [compiler, "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0 and "__libc" in result.stderr:
        pytest.skip("this libc has no __libc_malloc to pass calls on to")
    assert result.returncode == 0, result.stderr
    return library


PRELUDE = """
import ctypes, gc, json, sys
import laminar as lm, numpy as np
shim = ctypes.CDLL(None)
for name in ("ours", "ours_bytes", "others"):
    getattr(shim, "count_" + name).restype = ctypes.c_long
shim.count_who.restype = ctypes.c_char_p
start, stop = shim.count_start, shim.count_stop

def counted():
    names = ("ours", "ours_bytes", "others")
    result = {name: getattr(shim, "count_" + name)() for name in names}
    return result | {"who": shim.count_who().decode()}

rng = np.random.default_rng(0)
"""

WARM = """
kind, threads = sys.argv[1], int(sys.argv[2])
lm.set_num_threads(threads)
x = rng.normal(size=(128, 784)).astype("f4" if kind != "converted" else "f8")
y = rng.integers(0, 10, 128)
out = np.empty((128, 10), "f4")
penalty = lm.regularizers.L1L2(1e-4, 1e-4)
if kind == "graph":
    i = lm.Input((784,))
    h = lm.Dense(64, "relu", kernel_regularizer=penalty)(i)
    h = lm.Add()([lm.BatchNormalization()(h), lm.Dropout(0.3)(lm.Dense(64, "gelu")(h))])
    h = lm.GaussianNoise(0.1)(lm.LayerNormalization()(h))
    model = lm.Model(i, lm.Dense(10, "softmax")(lm.Concatenate()([h, lm.Reshape((-1,))(h)])), seed=0)
else:
    hidden = [lm.Dense(512, "relu"), lm.Dropout(0.2), lm.Dense(256, "tanh")]
    model = lm.Sequential([lm.Input((784,)), *hidden, lm.Dense(10, "softmax")], seed=0)
model.compile("rmsprop" if kind == "graph" else "adam", "cross_entropy")
results = {}
arguments = (x, y, np.ones(128)) if kind == "weighted" else (x, y)
for name, call in {
    "train_on_batch": lambda: model.train_on_batch(*arguments),
    "predict": lambda: model.predict(x, out=out),
    "predict in parts": lambda: model.predict(x, batch_size=50, out=out),
}.items():
    for _ in range(5):
        call()
    gc.collect()
    gc.disable()
    start()
    for _ in range(100):
        call()
    stop()
    gc.enable()
    results[name] = counted()
print(json.dumps(results))
"""

FIRST = """
lm.set_num_threads(2)
batch = int(sys.argv[1])
hidden = [lm.Dense(400, "relu"), lm.Dropout(0.2), lm.Dense(200, "gelu")]
layers = [lm.Input((300,)), *hidden, lm.Dense(10, "softmax")]
x, y = rng.normal(size=(batch, 300)), rng.integers(0, 10, batch)
start()
model = lm.Sequential(layers, seed=0)
model.compile("adam", "cross_entropy")
model.train_on_batch(x, y)
stop()
print(json.dumps(counted() | {"planned": model.plan_bytes(batch), "held": model.allocated_bytes()}))
"""


def run(shim, code, *arguments):
    environment = os.environ | {"LD_PRELOAD": str(shim)}
    result = subprocess.run(
        [sys.executable, "-c", PRELUDE + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@linux
def test_the_shim_counts(shim):
    """New arrays of a converted layout are NumPy's, a new model's arenas are ours."""
    assert run(shim, "start(); np.ones(100_000); stop(); print(json.dumps(counted()))")["others"] > 0
    built = run(
        shim, "start(); lm.Sequential([lm.Input((9,)), lm.Dense(9)]); stop(); print(json.dumps(counted()))"
    )
    assert built["ours"] > 0


@linux
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", ["main_job", "graph", "converted", "weighted"])
def test_warm_calls_allocate_nothing(kind, threads, shim):
    for name, counts in run(shim, WARM, kind, threads).items():
        assert counts["ours"] == 0, f"{name}:\n{counts['who'][:500]}"
        assert counts["others"] == 0, f"{name}:\n{counts['who'][:500]}"


@linux
@pytest.mark.parametrize("batch", [32, 500])
def test_the_plan_is_what_the_first_step_allocates(batch, shim):
    counts = run(shim, FIRST, batch)
    planned = sum(counts["planned"][name] for name in ("parameters", "gradients", "moments", "training"))
    assert counts["ours_bytes"] == pytest.approx(planned, rel=0.1)


MODELS = {
    "sequential": lambda: mlp((300, 400, 200, 10), "relu", "softmax", dtype="float32"),
    "deep": lambda: mlp((50, *[60] * 20, 10), "gelu", "softmax", dtype="float64"),
    "wide_input": lambda: mlp((5000, 20, 10), "tanh", "softmax", dtype="float32"),
}


@pytest.mark.parametrize("batch", [1, 32, 777])
@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_plan_is_what_is_held(kind, optimizer, batch):
    model = MODELS[kind]()
    model.compile(optimizer, "cross_entropy")
    width = model.input_shapes[0][1]
    # A dtype that is not the model's, so that a batch has to be staged.
    model.train_on_batch(np.zeros((batch, width), "i4"), np.zeros(batch, int))
    model.predict(np.zeros((batch, width), "i4"), batch_size=batch)
    planned, held = model.plan_bytes(batch), model.allocated_bytes()
    assert sum(held.values()) == pytest.approx(sum(planned.values()), rel=0.1)
    for name in ("parameters", "gradients", "moments"):
        assert held[name] == planned[name]


def test_parameters_and_moments_are_counted():
    model = mlp((100, 50, 10), dtype="float64")
    numbers = 100 * 50 + 50 + 50 * 10 + 10
    for optimizer, moments in (("sgd", 0), (lm.optim.SGD(0.1, momentum=0.9), 1), ("adam", 2)):
        model.compile(optimizer, "squared_error")
        planned = model.plan_bytes(32)
        assert planned["parameters"] == pytest.approx(8 * numbers, rel=0.01)
        assert planned["moments"] == moments * planned["parameters"]


def test_smaller_batches_reuse_the_arena():
    model = mlp((100, 200, 10), dtype="float32")
    model.compile("sgd", "squared_error")
    sizes = []
    for rows in (64, 8, 33, 64):
        model.train_on_batch(np.zeros((rows, 100)), np.zeros((rows, 10)))
        sizes.append(model.allocated_bytes()["training"])
    assert len(set(sizes)) == 1
