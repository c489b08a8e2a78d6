# SPDX-License-Identifier: BSD-3-Clause
"""Threads, signals and forks around a model."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import laminar as lm
import numpy as np
import pytest
from support.networks import mlp, same_bits, weights_of

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and POSIX signals")


@pytest.fixture
def long_fit():
    """Return a model and data whose fit takes much longer than any test, and can be stopped by a flag."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4096, 100)).astype("f4"), rng.integers(0, 10, 4096)
    model = mlp((100, 128, 10), "relu", "softmax", dtype="float32")
    model.compile("adam", "cross_entropy")
    model.fit(x[:64], y[:64], verbose=0)
    return model, x, y


class Training(threading.Thread):
    """A fit in another thread, until it is told to stop."""

    def __init__(self, model, x, y):
        super().__init__(daemon=True)
        self.arguments, self.stop, self.error = (model, x, y), False, None
        self.running = threading.Event()

    def run(self):
        model, x, y = self.arguments
        try:
            model.fit(x, y, batch_size=32, epochs=10_000, verbose=0, callbacks=[self.watch])
        except Exception as error:
            self.error = error

    def watch(self, epoch, logs):
        self.running.set()
        return self.stop

    def __enter__(self):
        self.start()
        assert self.running.wait(60)
        return self

    def __exit__(self, *_):
        self.stop = True
        self.join(60)
        assert not self.is_alive()


def in_threads(n, work):
    """Run work(0) ... work(n - 1) at once and return the exceptions."""
    errors, barrier = [], threading.Barrier(n)

    def run(index):
        try:
            barrier.wait(30)
            work(index)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return errors


@pytest.mark.parametrize("threads", [1, 2])
def test_predictions_at_the_same_time_are_right(threads, rng):
    before = lm.get_num_threads()
    lm.set_num_threads(threads)
    model = mlp((30, 200, 5), "relu", "softmax", dtype="float32")
    model.compile("sgd", "cross_entropy")
    data = [rng.normal(size=(50 + 100 * i, 30)).astype("f4") for i in range(8)]
    labels = [rng.integers(0, 5, len(x)) for x in data]
    expected = [(model.predict(x), model.evaluate(x, y)) for x, y in zip(data, labels, strict=True)]

    def work(i):
        for _ in range(20):
            assert np.array_equal(model.predict(data[i]), expected[i][0])
            assert np.array_equal(model(data[i]), model.predict(data[i], batch_size=len(data[i])))
            assert model.evaluate(data[i], labels[i]) == expected[i][1]
            model.value_and_grad(data[i], labels[i])

    try:
        assert in_threads(8, work) == []
    finally:
        lm.set_num_threads(before)


def test_models_of_their_own_train_at_the_same_time(rng):
    """As in cross-validation by threads: the same bits as one after the other."""
    x, y = rng.normal(size=(300, 20)).astype("f4"), rng.integers(0, 3, 300)

    def trained(seed):
        model = mlp((20, 64, 3), "relu", "softmax", dtype="float32", seed=seed)
        model.compile("adam", "cross_entropy")
        model.fit(x, y, epochs=5, verbose=0)
        return weights_of(model)

    together = {}
    assert in_threads(4, lambda seed: together.update({seed: trained(seed)})) == []
    for seed in range(4):
        assert same_bits(together[seed], trained(seed))


def test_training_a_model_in_training_is_an_error(long_fit):
    model, x, y = long_fit
    with Training(model, x, y) as training:
        for call in (
            lambda: model.fit(x, y, verbose=0),
            lambda: model.train_on_batch(x, y),
            lambda: model.predict(x),
            lambda: model.evaluate(x, y),
            lambda: model.set_weights(model.get_weights()),
        ):
            with pytest.raises(RuntimeError, match="another"):
                call()
    assert training.error is None
    model.fit(x, y, verbose=0)


def test_many_fits_at_once(long_fit):
    """One of them trains, the others are refused, and nothing crashes."""
    model, x, y = long_fit
    steps = model.steps
    errors = in_threads(8, lambda _: model.fit(x, y, batch_size=512, verbose=0))
    assert all(isinstance(error, RuntimeError) for error in errors)
    assert model.steps == steps + 8 * (8 - len(errors))
    assert len(errors) < 8


def test_python_goes_on_while_a_model_trains(long_fit):
    """A pure Python loop would stand still if fit held the GIL; half of its speed is far from that."""

    def ticks(seconds):
        count, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            count += 1
            time.sleep(0.001)
        return count

    model, x, y = long_fit
    lm_threads = lm.get_num_threads()
    lm.set_num_threads(1)
    try:
        with Training(model, x, y):
            assert ticks(0.3) > 50
    finally:
        lm.set_num_threads(lm_threads)


# Ctrl-C in a process of its own, where the main thread is the one that trains.

INTERRUPTED = """
import os, signal, sys, threading, time
import laminar as lm, numpy as np

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's is ignored
rng = np.random.default_rng(0)
x, y = rng.normal(size=(20_000, 300)).astype("f4"), rng.integers(0, 10, 20_000)

def network():
    layers = [lm.Input((300,)), lm.Dense(128, "relu"), lm.Dropout(0.2), lm.Dense(10, "softmax")]
    model = lm.Sequential(layers, seed=0)
    model.compile("adam", "cross_entropy")
    model.fit(x[:64], y[:64], verbose=0)
    return model

model = network()
before = model.steps
sent = [0.0]

def interrupt():
    time.sleep(0.4)
    sent[0] = time.perf_counter()
    os.kill(os.getpid(), signal.SIGINT)

if sys.argv[1] == "validating":
    options = {"validation_data": (np.tile(x, (20, 1)), np.tile(y, 20)), "epochs": 1000}
    xs, ys = x[:32], y[:32]
elif sys.argv[1] == "short epochs":  # shorter than the time between two looks at signals
    options, (xs, ys) = {"epochs": 1_000_000}, (x[:50], y[:50])
else:
    options, (xs, ys) = {"epochs": 1000}, (x, y)
threading.Thread(target=interrupt).start()
try:
    model.fit(xs, ys, batch_size=32, shuffle=False, verbose=0, **options)
except KeyboardInterrupt:
    took = time.perf_counter() - sent[0]
else:
    raise SystemExit("not interrupted")

# A whole step: the same steps, one by one, from the same start give the same bits.
twin = network()
per_epoch = -(-len(xs) // 32)
for step in range(model.steps - before):
    rows = slice(step % per_epoch * 32, (step % per_epoch + 1) * 32)
    twin.train_on_batch(xs[rows], ys[rows])
assert model.steps > before
assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), twin.get_weights()))
assert (model.steps - before) // per_epoch - len(model.history.epoch) in (0, 1)
steps = model.steps
model.train_on_batch(x[:32], y[:32])
assert model.steps == steps + 1
model.fit(xs[:64], ys[:64], verbose=0)
print(took)
"""


@posix
@pytest.mark.parametrize("what", ["training", "short epochs", "validating"])
def test_control_c(what):
    """Within 0.3 s, or one step, which takes about a millisecond here."""
    result = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, what], capture_output=True, text=True, timeout=30, check=False
    )
    assert result.returncode == 0, result.stderr
    print(f"took {result.stdout}")
    assert float(result.stdout) < 0.3


# A child of a fork has no threads but its own: it must not wait for those that its parent had.

FORKED = """
import os, sys, warnings
import laminar as lm, numpy as np
warnings.simplefilter("ignore")
lm.set_num_threads(2)
rng = np.random.default_rng(0)
x, y = rng.normal(size=(512, 256)).astype("f4"), rng.integers(0, 10, 512)
model = lm.Sequential([lm.Input((256,)), lm.Dense(512, "relu"), lm.Dense(10, "softmax")], seed=0)
model.compile("adam", "cross_entropy")
model.fit(x, y, batch_size=128, verbose=0)
expected = model.predict(x)
pids = []
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        assert np.array_equal(model.predict(x), expected)
        model.fit(x, y, batch_size=128, verbose=0)
        os.write(1, str(hash(b"".join(w.tobytes() for w in model.get_weights()))).encode() + b"\\n")
        os._exit(0)
    pids.append(pid)
model.fit(x, y, batch_size=128, verbose=0)
os.write(1, str(hash(b"".join(w.tobytes() for w in model.get_weights()))).encode() + b"\\n")
sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids))
"""


@posix
def test_after_a_fork():
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    result = subprocess.run(
        [sys.executable, "-c", FORKED],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
    )
    assert result.returncode == 0, result.stderr
    lines = result.stdout.split()
    assert len(lines) == 3
    assert len(set(lines)) == 1  # the children's bits are the parent's


# Threads that wait for the next call must not keep a CPU from others.

IDLE = """
import resource, time
import laminar as lm, numpy as np
lm.set_num_threads(2)
rng = np.random.default_rng(0)
x, y = rng.normal(size=(512, 256)).astype("f4"), rng.integers(0, 10, 512)
model = lm.Sequential([lm.Input((256,)), lm.Dense(512, "relu"), lm.Dense(10, "softmax")], seed=0)
model.compile("adam", "cross_entropy")

def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime

calls = [lambda: model.fit(x, y, epochs=3, verbose=0), lambda: model.train_on_batch(x, y), lambda: model(x)]
for call in calls:
    call()
    time.sleep(0.05)
    before = cpu()
    time.sleep(0.2)
    print(cpu() - before)
"""


@posix
def test_nothing_runs_50_ms_after_a_call():
    result = subprocess.run(
        [sys.executable, "-c", IDLE],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    assert result.returncode == 0, result.stderr
    used = [float(line) for line in result.stdout.split()]
    assert len(used) == 3
    assert max(used) < 0.01


@posix
def test_signal_handlers_that_do_not_raise_do_not_stop(long_fit):
    model, x, y = long_fit
    seen = []
    before = signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        timer.start()
        history = model.fit(
            x, y, batch_size=32, epochs=10_000, verbose=0, callbacks=[lambda epoch, logs: bool(seen)]
        )
    finally:
        timer.cancel()
        signal.signal(signal.SIGUSR1, before)
    assert seen == [1]
    assert len(history.epoch) < 10_000
