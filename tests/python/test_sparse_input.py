# SPDX-License-Identifier: BSD-3-Clause
"""A CSR matrix as x: the bits of the dense array, batch by batch, and never dense as a whole."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import laminar as lm
import numpy as np
import pytest
from scipy import sparse
from support.networks import mlp, same_bits, weights_of

M, N = 37, 12
Y = np.arange(M) % 3


def matrix(dtype="f8", index="i4", kind=sparse.csr_matrix):
    """Return a matrix with an empty first and last row, and whole numbers so that sums have one result."""
    rng = np.random.default_rng(1)
    x = sparse.random_array((M, N), density=0.3, rng=rng, format="csr").toarray() * 100
    x[[0, 5, M - 1]] = 0
    x = kind(np.round(x).astype(dtype))
    x.indices, x.indptr = x.indices.astype(index), x.indptr.astype(index)
    return x


def unsorted(x):
    """Return the same matrix with the entries of each row upside down."""
    x = x.copy()
    for begin, end in zip(x.indptr, x.indptr[1:], strict=False):
        x.indices[begin:end] = x.indices[begin:end][::-1].copy()
        x.data[begin:end] = x.data[begin:end][::-1].copy()
    x.has_sorted_indices = False
    return x


def repeated(x):
    """Return a matrix whose entries all stand there twice, once in a wrong order."""
    indptr = 2 * x.indptr
    data, indices = np.empty(2 * x.nnz, x.dtype), np.empty(2 * x.nnz, x.indices.dtype)
    for row in range(x.shape[0]):
        of_row = slice(x.indptr[row], x.indptr[row + 1])
        data[indptr[row] : indptr[row + 1]] = np.concatenate([x.data[of_row], x.data[of_row][::-1]])
        indices[indptr[row] : indptr[row + 1]] = np.concatenate([x.indices[of_row], x.indices[of_row][::-1]])
    return type(x)((data, indices, indptr), shape=x.shape)


MATRICES = {
    "float32": matrix("f4"),
    "float64": matrix("f8"),
    "int8": matrix("i1"),
    "int64": matrix("i8"),
    "bool": matrix("?"),
    "int64 indices": matrix(index="i8"),
    "array": matrix(kind=sparse.csr_array),
    "unsorted": unsorted(matrix()),
    "repeated": repeated(matrix()),
    "strided": SimpleNamespace(
        format="csr",
        shape=(M, N),
        data=np.repeat(matrix().data, 2)[::2],
        indices=np.repeat(matrix().indices, 2)[::2],
        indptr=matrix().indptr.astype("i8"),  # of another type than the indices
        toarray=matrix().toarray,
    ),
}


@pytest.fixture(params=MATRICES)
def x(request):
    return MATRICES[request.param]


def model_of(dtype="float32", metrics=("accuracy",)):
    model = mlp((N, 8, 3), "tanh", "softmax", dtype=dtype)
    model.compile(lm.optim.Adam(), "cross_entropy", metrics=metrics)
    return model


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_call_has_the_bits_of_the_dense_array(x, dtype):
    dense = x.toarray()
    weight = np.linspace(0.5, 2, M)
    ours, theirs = model_of(dtype), model_of(dtype)
    histories = [
        model.fit(
            data,
            Y,
            batch_size=5,
            epochs=2,
            sample_weight=weight,
            class_weight={0: 2.0},
            validation_data=(data, Y, weight),
            verbose=0,
        )
        for model, data in ((ours, x), (theirs, dense))
    ]
    assert histories[0].history == histories[1].history
    assert same_bits(weights_of(ours), weights_of(theirs))
    assert ours.train_on_batch(x, Y, weight) == theirs.train_on_batch(dense, Y, weight)
    assert ours.evaluate(x, Y, 7, weight) == theirs.evaluate(dense, Y, 7, weight)
    assert np.array_equal(ours.predict(x), theirs.predict(dense))
    assert np.array_equal(ours.predict(x, batch_size=4), theirs.predict(dense, batch_size=4))
    assert np.array_equal(ours(x), theirs(dense))
    assert np.array_equal(ours.predict_batch(x), theirs.predict_batch(dense))
    out = np.empty((M, 3), dtype)
    assert ours.predict(x, out=out) is out
    assert np.array_equal(out, theirs.predict(dense))
    loss, by_name, dx = ours.value_and_grad(x, Y, wrt="both")
    dense_loss, dense_by_name, dense_dx = theirs.value_and_grad(dense, Y, wrt="both")
    assert loss == dense_loss
    assert same_bits(by_name, dense_by_name)
    assert dx.tobytes() == dense_dx.tobytes()


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("split", [0.0, 0.3])
def test_training_on_several_threads(threads, shuffle, split):
    """Wide enough that threads share the rows of a batch; metrics of whole arrays predict once more."""
    rng = np.random.default_rng(0)
    x = sparse.random_array((150, 3000), density=0.01, rng=rng, dtype="f4", format="csr")
    y = rng.integers(0, 3, 150)
    runs = []
    for data in (x, x.toarray()):
        model = mlp((3000, 16, 3), "relu", "softmax", dtype="float32")
        model.compile(
            "sgd", "cross_entropy", metrics=["accuracy", lambda t, p: float(np.mean(t == p.argmax(1)))]
        )
        history = model.fit(
            data, y, batch_size=64, epochs=2, shuffle=shuffle, validation_split=split, verbose=0
        )
        runs.append((history.history, weights_of(model)))
    assert runs[0][0] == runs[1][0]
    assert same_bits(runs[0][1], runs[1][1])


def test_minimize(x):
    results = []
    for data in (x, x.toarray()):
        model = model_of("float64")
        results.append(model.minimize(data, Y, max_iterations=10))
        results.append(weights_of(model))
    assert results[0].fun == results[2].fun
    assert results[0].nit == results[2].nit > 1
    assert same_bits(results[1], results[3])


def test_check_gradients():
    model, x = model_of("float64"), matrix()[:3]
    assert str(lm.check_gradients(model, x, Y[:3])) == str(lm.check_gradients(model, x.toarray(), Y[:3]))


def test_several_inputs(rng):
    x = matrix("f4")
    dense = rng.normal(size=(M, 4)).astype("f4")
    a, b = lm.Input((N,), name="words"), lm.Input((4,), name="numbers")
    model = lm.Model([a, b], lm.Dense(1)(lm.Concatenate()([a, b])), seed=0)
    expected = model.predict((x.toarray(), dense))
    assert np.array_equal(model.predict((x, dense)), expected)
    assert np.array_equal(model.predict({"numbers": dense, "words": x}), expected)
    with pytest.raises(lm.ShapeError, match=r"x\['words'\]: expected 12 features .*, got 11"):
        model.predict((x[:, :11], dense))
    with pytest.raises(TypeError, match=r"x: expected a tuple of 2 arrays .*, got csr_matrix"):
        model.predict(x)


def test_the_first_data_may_be_sparse():
    model = lm.Sequential([lm.Dense(2)], seed=0)
    x = matrix("f4")
    assert np.array_equal(model.predict(x), model.predict(x.toarray()))
    assert model.input_shapes == [(None, N)]


def test_no_rows_and_one_row():
    model, x = model_of(), matrix("f4")
    assert model.predict(x[:0]).shape == (0, 3)
    assert model(x[:0]).shape == (0, 3)
    assert np.array_equal(model(x[3]), model(x[3].toarray()))
    with pytest.raises(ValueError, match=r"x: expected at least one row, got shape \(0, 12\)"):
        model.fit(x[:0], Y[:0])


def test_rounding_is_that_of_the_dense_array(rng):
    """Numbers that float32 rounds, and that add up before they are rounded."""
    x = sparse.csr_matrix((rng.normal(size=(M, N))) * (rng.random((M, N)) < 0.5))
    for data in (x, unsorted(x), repeated(x)):
        assert np.array_equal(model_of().predict(data), model_of().predict(data.toarray()))


FORMATS = ("bsr", "coo", "csc", "dia", "dok", "lil")


@pytest.mark.parametrize("kind", ["matrix", "array"])
@pytest.mark.parametrize("name", FORMATS)
def test_other_formats_are_to_be_converted(name, kind):
    model = model_of()
    x = getattr(sparse, f"{name}_{kind}")(matrix("f4"))
    message = rf"x: expected an array or a CSR matrix, got {name}_{kind}; convert it with \.tocsr\(\)"
    for call in (model.predict, model, lambda x: model.fit(x, Y), lambda x: model.evaluate(x, Y)):
        with pytest.raises(TypeError, match=message):
            call(x)
    assert model.predict(x.tocsr()).shape == (M, 3)


def changed(**changes):
    """Return what has the attributes of a CSR matrix of two rows and N columns, some of them changed."""
    attributes = {
        "format": "csr",
        "shape": (2, N),
        "data": np.array([1.0, 2.0, 3.0]),
        "indices": np.array([0, N - 1, 4], "i4"),
        "indptr": np.array([0, 2, 3], "i4"),
    }
    return SimpleNamespace(**(attributes | changes))


def numbers(*values, dtype="i4"):
    return np.array(values, dtype)


BAD = {
    "start": (changed(indptr=numbers(1, 2, 3)), ValueError, "x: expected an indptr that starts at 0, got 1"),
    "falls": (changed(indptr=numbers(0, 4, 3)), ValueError, r"never falls, got 3 after 4 at \[2\]"),
    "negative": (changed(indptr=numbers(0, -7, 3)), ValueError, r"never falls, got -7 after 0 at \[1\]"),
    "end": (changed(indptr=numbers(0, 2, 4)), ValueError, "within the 3 entries of data and indices, got 4"),
    "few_data": (changed(data=np.ones(2)), ValueError, "within the 2 entries of data and indices, got 3"),
    "few_indices": (changed(indices=numbers(0, 1)), ValueError, "within the 2 entries .*, got 3"),
    "indptr_short": (changed(indptr=numbers(0, 3)), lm.ShapeError, "one number more than the 2 rows, got 2"),
    "indptr_none": (changed(indptr=numbers()), lm.ShapeError, "one number more than the 2 rows, got 0"),
    "rows": (changed(shape=(10**15, N)), lm.ShapeError, "one number more than the 1000000000000000 rows"),
    "column": (changed(indices=numbers(0, N, 4)), ValueError, "columns from 0 to 11 .*, got 12 in row 0"),
    "column_negative": (changed(indices=numbers(0, 1, -1)), ValueError, "got -1 in row 1"),
    "column_huge": (
        changed(indices=numbers(0, 2**40, 1, dtype="i8")),
        ValueError,
        "got 1099511627776 in row 0",
    ),
    "nan": (
        changed(data=np.array([1, 2, np.nan])),
        ValueError,
        r"x: expected finite .*, got nan at \[1, 4\]",
    ),
    "infinity": (changed(data=np.array([1, np.inf, 1])), ValueError, r"got inf at \[0, 11\]"),
    "float32": (changed(data=np.array([1, 1e300, 1])), ValueError, r"got 1e\+300 at \[0, 11\]"),
    "features": (changed(shape=(2, N + 1)), lm.ShapeError, r"x: expected 12 features .*, got 13"),
    "one_axis": (
        changed(shape=(N,), indptr=numbers(0, 3)),
        lm.ShapeError,
        r"shape \(None, 12\), got \(12,\)",
    ),
    "three_axes": (changed(shape=(2, 3, 4)), lm.ShapeError, r"shape \(None, 12\), got \(2, 3, 4\)"),
    "shape_negative": (
        changed(shape=(-1, N), indptr=numbers()),
        ValueError,
        r"x\.shape: expected axes of length 0",
    ),
    "shape_text": (changed(shape="wide"), TypeError, r"x\.shape: expected whole numbers, got 'wide'"),
    "complex": (
        changed(data=np.ones(3, complex)),
        TypeError,
        r"x\.data: expected real numbers, got .*complex",
    ),
    "objects": (changed(data=np.array([1, 2, None])), TypeError, r"x\.data: expected real numbers"),
    "data_axes": (
        changed(data=np.ones((3, 1))),
        lm.ShapeError,
        r"x\.data: expected one axis, got shape \(3, 1\)",
    ),
    "float_indices": (
        changed(indices=np.zeros(3)),
        TypeError,
        r"x\.indices: expected whole numbers, got .*float64",
    ),
    "float_indptr": (
        changed(indptr=np.zeros(3)),
        TypeError,
        r"x\.indptr: expected whole numbers, got .*float64",
    ),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_cannot_be_read_is_named(bad):
    x, error, message = BAD[bad]
    model = model_of()
    before = weights_of(model)
    calls = (
        model,
        model.predict,
        lambda x: model.fit(x, Y[:2], verbose=0),
        lambda x: model.train_on_batch(x, Y[:2]),
        lambda x: model.evaluate(x, Y[:2]),
        lambda x: model.value_and_grad(x, Y[:2]),
        lambda x: model.minimize(x, Y[:2]),
    )
    for call in calls:
        with pytest.raises(error, match=message):
            call(x)
    with pytest.raises(error, match=f"validation_data: .*{message.removeprefix('x: ')}"):
        model.fit(matrix(), Y, validation_data=(x, Y[:2]), verbose=0)
    assert same_bits(before, weights_of(model))
    assert model.predict(changed()).shape == (2, 3)


def test_only_x_may_be_sparse():
    model, x = model_of(), matrix("f4")
    column = x[:, :1]
    for name, call in {
        "y": lambda: model.fit(x, column),
        "sample_weight": lambda: model.train_on_batch(x, Y, column),
        "out": lambda: model.predict(x, out=x),
        r"weights\[0\]": lambda: model.set_weights([column] * 4),
        "adapt: x": lambda: lm.Normalization().adapt(x),
    }.items():
        with pytest.raises(TypeError, match=f"{name}: expected an array, got a sparse matrix"):
            call()


def test_rows_of_images_are_not_sparse():
    model = lm.Sequential([lm.Input((3, 4)), lm.Flatten(), lm.Dense(1)])
    with pytest.raises(
        TypeError, match=r"x: expected an array of shape \(None, 3, 4\) .*, got a sparse matrix"
    ):
        model.predict(matrix())


def test_the_matrix_is_left_alone():
    for x in (unsorted(matrix()), repeated(matrix())):
        before = x.data.copy(), x.indices.copy(), x.indptr.copy()
        model = model_of()
        model.fit(x, Y, epochs=2, verbose=0)
        model.value_and_grad(x, Y, wrt="both")
        after = x.data, x.indices, x.indptr
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_arrays_that_are_replaced_during_training_stay_alive():
    x, twin = matrix("f4"), model_of()
    twin.fit(x.copy(), Y, epochs=3, verbose=0)

    def replace(epoch, logs):
        x.data, x.indices, x.indptr = np.zeros(1, "f4"), np.zeros(1, "i4"), np.zeros(M + 1, "i4")

    model = model_of()
    model.fit(x, Y, epochs=3, verbose=0, callbacks=[replace])
    assert same_bits(weights_of(model), weights_of(twin))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x: x.indices.fill(10**9),
        lambda x: x.indices.fill(-(10**9)),
        lambda x: x.indptr.fill(10**9),
        lambda x: x.indptr.fill(-(10**9)),
    ],
)
def test_numbers_that_are_spoilt_during_training_are_never_followed(spoil):
    x, model = matrix("f4"), model_of()
    with pytest.raises(RuntimeError, match="x: the sparse matrix was changed while it was in use"):
        model.fit(x, Y, epochs=2, verbose=0, callbacks=[lambda epoch, logs: spoil(x)])
    assert model.predict(matrix()).shape == (M, 3)


def test_laminar_does_not_import_scipy():
    code = (
        "import sys, types, laminar as lm, numpy as np; a = np.array;"
        "x = types.SimpleNamespace(format='csr', shape=(1, 2), data=a([1.0]), indices=a([1]));"
        "x.indptr = a([0, 1]);"
        "print(lm.Sequential([lm.Input((2,)), lm.Dense(1)])(x).shape, 'scipy' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "(1, 1) False\n"


# The dense matrix would take 1,600 MB; a batch of it takes 1.3 MB.
PEAK = """
import laminar as lm, numpy as np
from scipy import sparse

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024

rng = np.random.default_rng(0)
x = sparse.random_array((20_000, 20_000), density=1e-4, rng=rng, dtype="f4", format="csr")
y = np.arange(20_000) % 2
model = lm.Sequential([lm.Input((20_000,)), lm.Dense(2, "softmax")], seed=0)
model.compile("sgd", "cross_entropy")
model.train_on_batch(x[:16], y[:16])
before = peak()
model.fit(x, y, batch_size=16, verbose=0)
model.evaluate(x, y, batch_size=16)
model.predict(x, batch_size=16)
print(peak() - before)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak is read from /proc")
def test_a_large_matrix_is_never_dense():
    command = [sys.executable, "-W", "error", "-c", PEAK]
    result = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert float(result.stdout) < 20
