# SPDX-License-Identifier: BSD-3-Clause
"""Bad calls other than bad data: names, shapes, order of calls, outputs, losses of the caller's."""

from __future__ import annotations

import laminar as lm
import numpy as np
import pytest
from support.networks import mlp, same_bits, weights_of

X, Y = np.random.default_rng(0).normal(size=(12, 4)), np.arange(12) % 3


@pytest.fixture
def model():
    model = mlp((4, 5, 3), "relu", "softmax", dtype="float32")
    model.compile("adam", "cross_entropy")
    return model


def raises(words, call, *errors):
    with pytest.raises(errors or (ValueError, TypeError)) as caught:
        call()
    for word in words:
        assert word in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda m: lm.Dense(3, activation="rulu"), ("activation", "'rulu'", "did you mean 'relu'")),
        (lambda m: lm.Activation("sofmax"), ("'sofmax'", "did you mean 'softmax'")),
        (lambda m: m.compile("adm", "cross_entropy"), ("'adm'", "did you mean 'adam'")),
        (lambda m: m.compile("adam", "crossentropy"), ("'crossentropy'", "did you mean 'cross_entropy'")),
        (lambda m: m.compile("adam", "mse"), ("'mse'", "mean_squared_error")),
        (lambda m: m.compile("adam", "cross_entropy", metrics=["acuracy"]), ("did you mean 'accuracy'",)),
        (lambda m: m.compile(optimiser="adam"), ("optimiser", "did you mean 'optimizer'")),
        (lambda m: lm.Dense(3, activaton="relu"), ("activaton", "did you mean 'activation'")),
        (lambda m: lm.optim.Adam(lr=0.1), ("lr", "learning_rate")),
        (lambda m: m.get_layer("dense_3"), ("dense_3", "dense_")),
        (lambda m: m.predict(X, outt=None), ("outt", "did you mean 'out'")),
    ],
)
def test_unknown_names_get_the_nearest(make, words, model):
    before, options = weights_of(model), model.compile_options
    raises(words, lambda: make(model))
    assert same_bits(before, weights_of(model))
    assert repr(model.compile_options["optimizer"].options) == repr(options["optimizer"].options)
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.fit(X, Y, verbose=0),
        lambda m: m.train_on_batch(X, Y),
        lambda m: m.evaluate(X, Y),
        lambda m: m.value_and_grad(X, Y),
        lambda m: lm.check_gradients(m, X, Y),
    ],
    ids=["fit", "train_on_batch", "evaluate", "value_and_grad", "check_gradients"],
)
@pytest.mark.parametrize("built", [True, False])
def test_compile_comes_first(call, built):
    layers = [lm.Input((4,))] if built else []
    model = lm.Sequential([*layers, lm.Dense(3, "softmax")], dtype="float64")
    raises(("compile",), lambda: call(model), RuntimeError)
    model.predict(X)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: lm.Sequential([lm.Input((2**40,)), lm.Dense(2**40)]), ("Dense", "1099511627776")),
        (lambda: lm.Sequential([lm.Input((2**31, 2**31, 2**31)), lm.Flatten()]), ("Flatten", "2147483648")),
        (lambda: lm.Sequential([lm.Input((4,)), lm.Dense(2**62)]), ("Dense", str(2**62))),
        (lambda: lm.Sequential([lm.Input((4,)), lm.Dense(10**30)]), ("units",)),
        (lambda: lm.Input((2**70,)), ("Input: shape", "64 bits", str(2**70))),
        (lambda: lm.Input((2.5,)), ("Input: shape", "integer", "2.5")),
        (lambda: lm.Reshape((2**40, 2**40))(lm.Input((4,))), ("Reshape", "1099511627776")),
        (lambda: lm.Input((-3,)), ("-3",)),
    ],
)
def test_shapes_that_overflow(make, words):
    raises(words, make, ValueError, TypeError, OverflowError)


def test_a_model_too_large_for_memory_is_a_memory_error():
    """2^45 numbers fit in no machine; the product of the shape does not overflow."""
    with pytest.raises((MemoryError, ValueError)):
        lm.Sequential([lm.Input((2**22,)), lm.Dense(2**23)])


@pytest.mark.parametrize(
    ("out", "words"),
    [
        (np.empty((12, 3)), ("float32", "float64")),
        (np.empty((11, 3), "f4"), ("(12, 3)", "(11, 3)")),
        (np.empty((3, 12), "f4").T, ("contiguous", "(12, 3)")),
        (np.empty((12, 6), "f4")[:, ::2], ("contiguous",)),
        (np.broadcast_to(np.zeros(3, "f4"), (12, 3)), ("out", "(12, 3)")),
        ([[0.0] * 3] * 12, ("out", "(12, 3)")),
    ],
)
def test_bad_out(out, words, model):
    raises(("out", *words), lambda: model.predict(X, out=out))


@pytest.mark.parametrize("out", [[[0.0] * 3] * 12, np.zeros((12, 3), ">f8")], ids=["list", "swapped"])
def test_an_out_that_numpy_would_copy_is_an_error(out):
    """The result must land in what was given, not in a converted copy of it."""
    raises(("out", "byte order"), lambda: mlp((4, 3)).predict(X, out=out))
    raises(("out", "byte order"), lambda: mlp((4, 3)).predict(X.tolist(), out=out))


def test_read_only_out(model):
    out = np.zeros((12, 3), "f4")
    out.flags.writeable = False
    raises(("out", "writable", "read-only"), lambda: model.predict(X, out=out))
    assert not out.any()


@pytest.mark.parametrize("batch_size", [0, -1, 1.5])
def test_bad_batch_sizes(batch_size, model):
    raises(("batch_size", str(batch_size)), lambda: model.predict(X, batch_size=batch_size))
    raises(("batch_size", str(batch_size)), lambda: model.evaluate(X, Y, batch_size=batch_size))


class CustomError(Exception):
    pass


def failing(y, p):
    raise CustomError("from inside")


BAD_LOSSES = {
    "raises": (failing, CustomError, ("from inside",)),
    "nothing": (lambda y, p: None, TypeError, ("tuple", "NoneType")),
    "one array": (lambda y, p: p[:, 0], TypeError, ("tuple", "ndarray")),
    "a number": (lambda y, p: (0.0, p), lm.ShapeError, ("losses", "(12,)", "()")),
    "a column": (lambda y, p: (p[:, :1], p), lm.ShapeError, ("losses", "(12,)", "(12, 1)")),
    "too few": (lambda y, p: (p[1:, 0], p), lm.ShapeError, ("losses", "(12,)", "(11,)")),
    "slope": (lambda y, p: (p[:, 0], p[:, 0]), lm.ShapeError, ("derivative", "(12, 3)", "(12,)")),
    "words": (lambda y, p: (np.array(["a"] * 12), p), TypeError, ("losses", "real numbers", "<U1")),
    "complex": (lambda y, p: (p[:, 0], p * 1j), TypeError, ("derivative", "real numbers", "complex")),
    "nan": (lambda y, p: (p[:, 0] * np.nan, p), lm.DivergedError, ("nan",)),
    "nan slope": (lambda y, p: (p[:, 0], p * np.nan), lm.DivergedError, ("gradient",)),
    "arguments": (lambda y: y, TypeError, ("argument",)),
}


@pytest.mark.parametrize("call", ["fit", "train_on_batch"])
@pytest.mark.parametrize(("loss", "error", "words"), BAD_LOSSES.values(), ids=BAD_LOSSES)
def test_bad_callable_losses(loss, error, words, call):
    model = mlp((4, 5, 3), "relu", dtype="float32")
    model.compile("adam", loss)
    before = weights_of(model)
    y = np.ones((12, 3))
    options = {"verbose": 0} if call == "fit" else {}
    raises(words, lambda: getattr(model, call)(X, y, **options), error)
    assert same_bits(before, weights_of(model))
    assert model.steps == 0
    model.compile("adam", "squared_error")
    model.fit(X, y, verbose=0)
    assert model.steps == 1


def test_a_loss_that_fails_later_leaves_a_whole_step():
    calls = []

    def fails_third(y, p):
        calls.append(1)
        if len(calls) == 3:
            raise CustomError("third")
        return ((p - y) ** 2).sum(axis=1) / 2, p - y

    model, twin = mlp((4, 3)), mlp((4, 3))
    model.compile("adam", fails_third)
    twin.compile("adam", "squared_error")
    y = np.ones((12, 3))
    raises(("third",), lambda: model.fit(X, y, batch_size=4, shuffle=False, verbose=0), CustomError)
    for rows in (slice(0, 4), slice(4, 8)):
        twin.train_on_batch(X[rows], y[rows])
    assert model.steps == 2
    assert all(
        np.allclose(a, b, rtol=1e-12) for a, b in zip(model.get_weights(), twin.get_weights(), strict=True)
    )


def test_a_loss_may_keep_and_change_what_it_is_given():
    kept = []

    def greedy(y, p):
        kept.append((y, p.copy(), p))
        result = ((p - y) ** 2).sum(axis=1) / 2, p - y
        y[...], p[...] = 7.0, 7.0
        return result

    model, twin = mlp((4, 3)), mlp((4, 3))
    model.compile(lm.optim.SGD(0.1), greedy)
    twin.compile(lm.optim.SGD(0.1), "squared_error")
    y = np.ones((12, 3))
    for _ in range(3):
        assert model.train_on_batch(X, y) == pytest.approx(twin.train_on_batch(X, y), rel=1e-12)
    assert (y == 1).all()
    assert all((p == 7).all() for _, _, p in kept)
    assert all(
        np.allclose(a, b, rtol=1e-12) for a, b in zip(model.get_weights(), twin.get_weights(), strict=True)
    )
