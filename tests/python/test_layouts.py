# SPDX-License-Identifier: BSD-3-Clause
"""Arrays of every layout and real dtype are read right, where they lie, and never copied as a whole."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings

import laminar as lm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.networks import mlp, same_bits, weights_of

M, N = 9, 5


class Frame:
    """What pandas and others have in common: an object that NumPy can turn into an array."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype)


def unaligned(a):
    """Return a copy that starts at an odd address."""
    raw = np.zeros(a.nbytes + 1, "u1")[1:]
    result = (
        raw.view(a.dtype).reshape(a.shape) if a.dtype.itemsize > 1 else raw.reshape(a.shape).view(a.dtype)
    )
    result[...] = a
    return result


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


def inside(a):
    """Return a copy with strange rows and columns between its own."""
    whole = np.full([3 * n + 1 for n in a.shape], 77).astype(a.dtype)
    view = whole[tuple(slice(1, None, 3) for _ in a.shape)]
    view[...] = a
    return view


LAYOUTS = {
    "plain": lambda a: a.copy(),
    "fortran": lambda a: np.array(a, order="F"),
    "strided": inside,
    "rows_reversed": lambda a: a[::-1].copy()[::-1],
    "all_reversed": lambda a: np.flip(np.flip(a).copy()),
    "read_only": read_only,
    "swapped": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "swapped_strided": lambda a: inside(a.astype(a.dtype.newbyteorder(">"))),
    "unaligned": unaligned,
    "list": lambda a: a.tolist(),
    "frame": Frame,
    "subclass": lambda a: a.view(np.ma.MaskedArray),
}
FLOATS = ["f2", "f4", "f8", "g"]
INTEGERS = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]

numbers = {
    "u": st.integers(0, 100),
    "b": st.integers(0, 1),
    "i": st.integers(-100, 100),
    "f": st.integers(-800, 800).map(lambda n: n / 8),  # exact in half precision
}


def arrays(dtype, shape, draw):
    values = numbers[np.dtype(dtype).kind]
    size = int(np.prod(shape))
    return np.array(draw(st.lists(values, min_size=size, max_size=size)), dtype=dtype).reshape(shape)


def model_of(dtype):
    model = mlp((N, 4, 3), "tanh", "softmax", dtype=dtype)
    model.compile(lm.optim.SGD(0.01), "cross_entropy")
    return model


MODELS = {dtype: model_of(dtype) for dtype in ("float32", "float64")}


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.data())
def test_any_layout_is_its_contiguous_float_copy(data):
    """Every layout and dtype in x, y and weights at once; all bits are those of plain floats."""
    choose = lambda options: data.draw(st.sampled_from(options))  # noqa: E731
    m = data.draw(st.integers(1, M))
    model = MODELS[choose(list(MODELS))]
    x = arrays(choose(FLOATS + INTEGERS), (m, N), data.draw)
    y = (np.arange(m) % 3).astype(choose([d for d in FLOATS + INTEGERS if d != "?"]))
    w = np.arange(1, m + 1).astype(choose(FLOATS + INTEGERS))
    laid = [LAYOUTS[choose(list(LAYOUTS))](a) for a in (x, y, w)]
    plain = x.astype(model.dtype), y.astype("i8"), w.astype(model.dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(model.predict(laid[0]), model.predict(plain[0]))
        assert np.array_equal(model(laid[0]), model(plain[0]))
        assert model.evaluate(laid[0], laid[1], None, laid[2]) == model.evaluate(
            plain[0], plain[1], None, plain[2]
        )
        ours, theirs = model.value_and_grad(*laid), model.value_and_grad(*plain)
    assert ours[0] == theirs[0]
    assert same_bits(ours[1], theirs[1])


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["f2", "f8", "i2", "u1"])
def test_training_reads_every_layout(layout, dtype, shuffle):
    """Rows are gathered for shuffled batches and copied or read in place for the others."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 50, (23, N)).astype(dtype), rng.integers(0, 3, 23)
    runs = []
    for arrays in ((x.astype("f4"), y), (LAYOUTS[layout](x), LAYOUTS[layout](y))):
        model = model_of("float32")
        model.fit(*arrays, batch_size=5, epochs=2, shuffle=shuffle, verbose=0)
        runs.append(weights_of(model))
    assert same_bits(*runs)


def test_targets_of_one_column(rng):
    """(m,) is (m, 1), in every layout."""
    x, y = rng.normal(size=(M, N)), rng.normal(size=M)
    runs = []
    for target in (y, y[:, None], np.array(np.stack([y, -y], 1))[:, :1], y[::-1].copy()[::-1], y.tolist()):
        model = mlp((N, 1))
        model.compile("sgd", "squared_error")
        model.fit(x, target, batch_size=4, verbose=0)
        runs.append(weights_of(model))
    assert all(same_bits(runs[0], run) for run in runs)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_images_of_any_order(dtype, rng):
    """Axes beyond the second: channels first, seen as channels last, is no copy of NumPy's."""
    images = rng.integers(0, 256, (7, 3, 4, 5)).astype("u1").transpose(0, 2, 3, 1)
    model = lm.Sequential([lm.Input((4, 5, 3)), lm.Flatten(), lm.Dense(2)], dtype=dtype, seed=0)
    assert np.array_equal(model.predict(images), model.predict(np.ascontiguousarray(images, dtype)))


def test_one_row_and_no_row():
    model = model_of("float32")
    x = np.ones((4, N), "f4")
    assert np.array_equal(model.predict(x[:1]), model.predict(x, batch_size=1)[:1])
    assert model.train_on_batch(x[:1], [0]) > 0
    for empty in (x[:0], np.zeros((0, N)), np.zeros((0, N), "u1")):
        assert model.predict(empty).shape == (0, 3)
        assert model(empty).shape == (0, 3)
        assert model.predict(empty).dtype == np.float32
    out = np.empty((0, 3), "f4")
    assert model.predict(x[:0], out=out) is out


def test_given_arrays_are_left_alone(rng):
    """Also where they are read in place: no layer may work inside the caller's memory."""
    layers = [lm.Input((N,)), lm.Activation("relu"), lm.Dropout(0.5), lm.Dense(3), lm.Activation("softmax")]
    model = lm.Sequential(layers, dtype="float64", seed=0)
    model.compile("adam", "cross_entropy")
    x, y, w = rng.normal(size=(M, N)), rng.integers(0, 3, M), rng.uniform(1, 2, M)
    copies = x.copy(), y.copy(), w.copy()
    model.fit(x, y, sample_weight=w, class_weight={0: 3.0}, epochs=2, verbose=0)
    model.fit(x, y, sample_weight=w, shuffle=False, verbose=0)
    model.train_on_batch(x, y, w)
    model.value_and_grad(x, y, w, wrt="both")
    model.predict(x)
    assert all(np.array_equal(a, b) for a, b in zip((x, y, w), copies, strict=True))


def test_results_are_new_arrays():
    """What a call returned does not change when the next call runs, for models that do nothing either."""
    x = np.ones((M, N), "f4")
    for layers in ([lm.Dense(3)], [lm.Activation("linear")], [lm.Flatten()], [lm.Dropout(0.5)]):
        model = lm.Sequential([lm.Input((N,)), *layers])
        for call in (model.predict, model):
            first = call(x)
            kept = first.copy()
            call(2 * x)
            assert np.array_equal(first, kept)
            assert not np.shares_memory(first, x)


# A model in float32 and 200 MB of data in another dtype: the peak of the process may grow by staging for a
# batch, not by a converted copy, which would be 100 MB (from float64) or 800 MB (from uint8).

PEAK = """
import sys
import laminar as lm, numpy as np

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024

kind, shuffle = sys.argv[1], sys.argv[2] == "True"
rows = 200_000_000 // 500 // np.dtype(kind).itemsize
x = np.ones((rows, 500), kind)
y = np.zeros(rows, "u1")
model = lm.Sequential([lm.Input((500,)), lm.Dense(4, "relu"), lm.Dense(2, "softmax")], seed=0)
model.compile("sgd", "cross_entropy")
model.fit(x[:256], y[:256], batch_size=256, verbose=0)
model.predict(x[:2048])
before = peak()
model.fit(x, y, batch_size=256, shuffle=shuffle, verbose=0, validation_split=0.1)
model.evaluate(x, y)
out = model.predict(x)
print(peak() - before - out.nbytes / 2**20)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak is read from /proc")
@pytest.mark.parametrize(("kind", "shuffle"), [("f8", True), ("f8", False), ("u1", True)])
def test_no_second_copy_of_x(kind, shuffle):
    command = [sys.executable, "-W", "error", "-c", PEAK, kind, str(shuffle)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    # The order of the rows takes 8 bytes each; staging for 1,024 rows of an evaluation 2 MB.
    rows = 200e6 / 500 / np.dtype(kind).itemsize
    assert float(result.stdout) < 8 * rows / 2**20 + 10
