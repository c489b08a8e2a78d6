# SPDX-License-Identifier: BSD-3-Clause
"""The same build, instruction set, seed and data give the same bits, at any number of threads."""

from __future__ import annotations

import os
import subprocess
import sys

import laminar as lm
import numpy as np
import pytest
from support.networks import mlp, same_bits, weights_of

THREADS = [1, 2, 3, 4]


@pytest.fixture
def set_threads():
    before = lm.get_num_threads()
    yield lm.set_num_threads
    lm.set_num_threads(before)


def dropped():
    return [lm.Dropout(0.2)]


def normalizing():
    return [lm.BatchNormalization(), lm.Activation("tanh"), lm.GaussianNoise(0.1), lm.LayerNormalization()]


def everything():
    return [*normalizing(), *dropped()]


def network(widths, dtype, activation="relu", optimizer="adam", between=dropped, **dense):
    layers = [lm.Input((widths[0],))]
    for n in widths[1:-1]:
        layers += [lm.Dense(n, activation, **dense), *between()]
    layers.append(lm.Dense(widths[-1], "softmax"))
    model = lm.Sequential(layers, dtype=dtype, seed=11)
    model.compile(optimizer, "cross_entropy", metrics=["accuracy"])
    return model


def data(m, widths):
    rng = np.random.default_rng(5)
    return rng.normal(size=(m, widths[0])).astype("float32"), rng.integers(0, widths[-1], m)


# Large enough that products, elementwise passes, sums and the optimizer are all shared out; the last batch of
# each is short, and none of the numbers is a multiple of a tile.
BIG = (784, 512, 256, 10)
PLANS = {
    "main_job": (BIG, 128, 128 * 4 + 37, {}),
    "odd": ((391, 517, 259, 7), 99, 99 * 3 + 50, {"activation": "gelu"}),
    "penalty": ((200, 700, 10), 64, 64 * 3, {"kernel_regularizer": lm.regularizers.L1L2(1e-3, 1e-2)}),
    "tall": ((20, 33, 4), 4096, 9000, {"activation": "tanh", "optimizer": lm.optim.SGD(0.1, momentum=0.9)}),
    "normalized": ((70, 517, 259, 7), 299, 599 + 50, {"activation": "linear", "between": normalizing}),
    "small": ((8, 5, 3), 10, 63, {"optimizer": "rmsprop"}),
}


def fitted(plan, dtype, threads, set_threads):
    widths, batch, m, options = PLANS[plan]
    set_threads(threads)
    model = network(widths, dtype, **options)
    x, y = data(m, widths)
    model.fit(x, y, batch_size=batch, epochs=2, verbose=0, validation_split=0.1)
    results = weights_of(model) | {name: np.array(v) for name, v in model.history.history.items()}
    loss, gradients, dx = model.value_and_grad(x[:batch], y[:batch], wrt="both")
    results |= {f"d {name}": gradient for name, gradient in gradients.items()}
    return results | {"dx": dx, "value": np.array(loss), "p": model.predict(x, batch_size=200)}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("plan", PLANS)
def test_threads_do_not_change_a_bit(plan, dtype, set_threads):
    runs = {threads: fitted(plan, dtype, threads, set_threads) for threads in THREADS}
    for threads in THREADS[1:]:
        differing = [name for name in runs[1] if not same_bits({0: runs[1][name]}, {0: runs[threads][name]})]
        assert not differing, f"{threads} threads"


@pytest.mark.parametrize("rows", [96, 97])
@pytest.mark.parametrize("optimizer", ["adam", lm.optim.SGD(0.1, momentum=0.9)], ids=["adam", "momentum"])
def test_fits_of_one_epoch_each_equal_one_fit(optimizer, rows):
    """Shuffles, masks, noise, moments and moving averages go on where they were; 97 rows leave one over."""
    x, y = data(rows, (8, 3))
    models = []
    for calls in ([(0, 4)], [(0, 1), (1, 2), (2, 3), (3, 4)], [(0, 2), (2, 4)]):
        model = network((8, 6, 3), "float32", optimizer=optimizer, between=everything)
        for initial, epochs in calls:
            model.fit(x, y, batch_size=16, epochs=epochs, initial_epoch=initial, verbose=0)
        models.append(dict(enumerate(model.get_weights())) | {"p": model.predict(x)})
    assert same_bits(models[0], models[1])
    assert same_bits(models[0], models[2])


def test_the_threads_are_real():
    """Else the comparison of bits would compare runs on one thread."""
    if not os.path.isdir("/proc/self/task"):
        pytest.skip("threads are counted through /proc")
    counting = CODE.replace("sums.add(", "print(len(os.listdir('/proc/self/task'))); sums.add(")
    counts = run("import os\n" + counting, lm.isa(), LAMINAR_ISA=lm.isa()).stdout.splitlines()[:4]
    assert [int(n) - int(counts[0]) for n in counts] == [0, 1, 2, 3]


def test_the_same_run_twice_and_another_seed(set_threads):
    first, again = (fitted("small", "float32", 2, set_threads) for _ in range(2))
    assert same_bits(first, again)
    other = lm.Sequential([lm.Input((8,)), lm.Dense(5)], seed=12)
    same_shape = lm.Sequential([lm.Input((8,)), lm.Dense(5)], seed=11)
    assert not same_bits(weights_of(other), weights_of(same_shape))


def test_changing_the_threads_half_way_changes_nothing(set_threads):
    widths, batch, m, _ = PLANS["main_job"]
    x, y = data(m, widths)
    runs = []
    for threads in ((1, 1, 1), (3, 1, 2)):
        model = network(widths, "float32")
        for n in threads:
            set_threads(n)
            model.fit(x, y, batch_size=batch, verbose=0)
        runs.append(weights_of(model))
    assert same_bits(*runs)


def test_rows_are_predicted_alike_wherever_they_stand(set_threads):
    """A row's result does not depend on its neighbours: bit for bit where batches have one size."""
    model = mlp((50, 64, 10), "relu", "softmax", dtype="float32")
    x = np.random.default_rng(0).normal(size=(64, 50)).astype("float32")
    whole = model.predict(x, batch_size=16)
    order = np.random.default_rng(1).permutation(64)
    assert np.array_equal(model.predict(x[order], batch_size=16), whole[order])


# Each instruction set in a process of its own: it is chosen once, at import.

CODE = """
import sys, zlib
import laminar as lm, numpy as np
assert lm.isa() == sys.argv[1], lm.isa()
rng = np.random.default_rng(5)
x, y = rng.normal(size=(300, 391)), rng.integers(0, 7, 300)
for dtype in ("float32", "float64"):
    sums = set()
    for threads in (1, 2, 3, 4):
        lm.set_num_threads(threads)
        layers = [lm.Input((391,)), lm.LayerNormalization(), lm.Dense(517, "relu"), lm.Dropout(0.2)]
        layers += [lm.BatchNormalization(), lm.GaussianNoise(0.1), lm.Dense(7, "softmax")]
        model = lm.Sequential(layers, dtype=dtype, seed=1)
        model.compile("adam", "cross_entropy")
        model.fit(x, y, batch_size=99, epochs=2, verbose=0)
        sums.add(zlib.crc32(b"".join(w.tobytes() for w in model.get_weights())))
    assert len(sums) == 1, (dtype, sums)
    model = lm.Sequential([lm.Input((30,)), lm.Dense(40, "gelu"), lm.Dense(7)], dtype=dtype, seed=1)
    model.compile("adam", "mean_squared_error")
    print(*model.value_and_grad(x[:50, :30], x[:50, 30:37])[1]["dense_1.kernel"].ravel()[:200])
"""


def run(code, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def per_isa():
    return {isa: run(CODE, isa, LAMINAR_ISA=isa) for isa in lm.available_isas()}


@pytest.mark.parametrize("isa", lm.available_isas())
def test_each_isa_is_the_one_named_and_keeps_its_bits(isa, per_isa):
    assert per_isa[isa].returncode == 0, per_isa[isa].stderr


def test_the_isas_agree_within_rounding(per_isa):
    """Gradients of size 1 and sums of 50 products: 1e-5 in float32, 1e-13 in float64."""
    results = [
        [np.array(line.split(), float) for line in run.stdout.splitlines()] for run in per_isa.values()
    ]
    for result in results[1:]:
        assert np.abs(result[0] - results[0][0]).max() < 1e-5
        assert np.abs(result[1] - results[0][1]).max() < 1e-13


@pytest.mark.parametrize("name", ["sse9", "AVX2 ", "avx10"])
def test_an_unavailable_isa_is_an_error_at_import(name):
    result = run("import laminar", LAMINAR_ISA=name)
    assert result.returncode != 0
    assert name.strip() in result.stderr
    assert "generic" in result.stderr  # what there is


@pytest.mark.parametrize(
    ("environment", "threads"),
    [
        ({"LAMINAR_NUM_THREADS": "3", "OMP_NUM_THREADS": "2"}, 3),
        ({"LAMINAR_NUM_THREADS": "", "OMP_NUM_THREADS": "2"}, 2),
        ({"LAMINAR_NUM_THREADS": "1", "OMP_NUM_THREADS": ""}, 1),
    ],
)
def test_threads_by_environment(environment, threads):
    assert run("import laminar as lm; print(lm.get_num_threads())", **environment).stdout.strip() == str(
        threads
    )


def test_limits_of_threadpoolctl_hold():
    """Under a limit of 1 a fit must not use more processor time than time passes, save for noise."""
    threadpoolctl = pytest.importorskip("threadpoolctl", reason="it sets the limits that are tested")
    import time

    if (os.cpu_count() or 1) < 2:
        pytest.skip("two threads on one core take no more processor time than one")
    lm.set_num_threads(2)
    model, (x, y) = network(BIG, "float32"), data(1024, BIG)
    model.fit(x, y, batch_size=128, verbose=0)
    with threadpoolctl.threadpool_limits(1, user_api="openmp"):
        cpu, wall = time.process_time(), time.perf_counter()
        model.fit(x, y, batch_size=128, epochs=3, verbose=0)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    assert cpu < 1.15 * wall


@pytest.mark.parametrize(("n", "words"), [(0, "0"), (-1, "-1"), (10**30, "4096"), (2.5, "2.5")])
def test_bad_numbers_of_threads(n, words):
    before = lm.get_num_threads()
    with pytest.raises((ValueError, TypeError), match=words):
        lm.set_num_threads(n)
    assert lm.get_num_threads() == before
