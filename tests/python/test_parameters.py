# SPDX-License-Identifier: BSD-3-Clause
"""Parameters as live views, weights as copies, gradients that leave the model alone."""

from __future__ import annotations

import gc

import laminar as lm
import numpy as np
import pytest
from support.networks import distance, mlp, same_bits, weights_of


@pytest.fixture(params=["float32", "float64"])
def model(request):
    model = mlp((4, 6, 3), "tanh", "softmax", dtype=request.param)
    model.compile("adam", "cross_entropy")
    return model


@pytest.fixture
def data(rng):
    return rng.normal(size=(10, 4)), rng.integers(0, 3, 10)


def test_views_are_what_they_promise(model):
    views = model.parameters()
    assert list(views) == ["dense_1.kernel", "dense_1.bias", "dense_2.kernel", "dense_2.bias"]
    for view in views.values():
        assert view.dtype == model.dtype
        assert view.flags.c_contiguous
        assert view.flags.writeable
        assert not view.flags.owndata
        assert view.ctypes.data % 64 == 0
    again = model.parameters()
    assert all(np.shares_memory(view, again[name]) for name, view in views.items())
    assert not any(
        np.shares_memory(view, w) for view, w in zip(views.values(), model.get_weights(), strict=True)
    )


@pytest.mark.parametrize("batch_size", [None, 3])
def test_what_is_written_counts_at_once(batch_size, model, data):
    """Between two predictions, and in training, evaluation and gradients."""
    x, y = data
    views = model.parameters()
    before = model.predict(x, batch_size=batch_size)
    views["dense_2.bias"][...] = [10, 0, 0]
    assert (model.predict(x, batch_size=batch_size)[:, 0] > 0.9).all()
    assert (model(x)[:, 0] > 0.9).all()
    views["dense_2.bias"][...] = 0
    assert np.array_equal(model.predict(x, batch_size=batch_size), before)
    for view in views.values():
        view[...] = 0
    assert model.evaluate(x, y)["loss"] == pytest.approx(np.log(3), rel=1e-6)
    assert model.value_and_grad(x, y)[0] == pytest.approx(np.log(3), rel=1e-6)
    model.train_on_batch(x, y)
    assert views["dense_2.bias"].any()


def test_views_see_training_and_set_weights(model, data):
    views, before = model.parameters(), weights_of(model)
    model.fit(*data, verbose=0)
    assert all((views[name] != before[name]).any() for name in views)
    model.set_weights(list(before.values()))
    assert same_bits(views, before)


def test_views_outlive_the_model():
    model = mlp((300, 400), dtype="float64")
    expected = weights_of(model)
    views = model.parameters()
    del model
    gc.collect()
    other = [mlp((300, 400), dtype="float64", seed=i) for i in range(5)]  # would reuse freed memory
    assert len(other) == 5
    assert same_bits(views, expected)
    views["dense_1.kernel"][...] = 1.0
    assert views["dense_1.kernel"].sum() == 300 * 400


def test_views_of_a_model_built_late(data):
    model = lm.Sequential([lm.Dense(6), lm.Dense(3)], seed=0)
    assert model.parameters() == {}
    assert model.get_weights() == []
    model.predict(data[0])
    assert [view.shape for view in model.parameters().values()] == [(4, 6), (6,), (6, 3), (3,)]


def test_value_and_grad_leaves_the_model_alone(data):
    x, y = data
    layers = [lm.Input((4,)), lm.Dense(8, "relu"), lm.Dropout(0.5), lm.Dense(3, "softmax")]
    looked, plain = (lm.Sequential(layers_of(layers), dtype="float64", seed=0) for _ in range(2))
    for model in (looked, plain):
        model.compile("adam", "cross_entropy")
        model.train_on_batch(x, y)
    before = weights_of(looked)
    first = looked.value_and_grad(x, y)
    for wrt in ("parameters", "inputs", "both"):
        for training in (True, False):
            looked.value_and_grad(x, y, wrt=wrt, training=training)
    assert same_bits(first[1], looked.value_and_grad(x, y)[1])  # the step's masks, again and again
    assert same_bits(before, weights_of(looked))
    assert (looked.steps, looked.epochs) == (plain.steps, plain.epochs) == (1, 0)
    assert looked.train_on_batch(x, y) == plain.train_on_batch(x, y)
    assert same_bits(weights_of(looked), weights_of(plain))


def layers_of(layers):
    """Return new layers like these: a layer may belong to several models, which would share its weights."""
    import copy

    return [layers[0], *copy.deepcopy(layers[1:])]


def test_gradients_are_fresh_arrays(model, data):
    first = model.value_and_grad(*data)[1]
    kept = {name: gradient.copy() for name, gradient in first.items()}
    model.parameters()["dense_1.kernel"][...] += 1
    model.value_and_grad(*data)
    model.train_on_batch(*data)
    assert same_bits(first, kept)
    assert list(first) == list(model.parameters())


def test_gradients_of_frozen_parts_are_still_there(model, data):
    """`trainable` is about training; a gradient that was asked for is computed."""
    expected = model.value_and_grad(*data)[1]
    model.layers[0].trainable = False
    assert same_bits(expected, model.value_and_grad(*data)[1])


@pytest.mark.parametrize("wrt", ["parameter", "weights", ""])
def test_unknown_wrt(wrt, model, data):
    with pytest.raises(ValueError, match="wrt") as caught:
        model.value_and_grad(*data, wrt=wrt)
    assert "'both'" in str(caught.value)


def test_weights_round_trip(model, data):
    weights = model.get_weights()
    expected = model.predict(data[0])
    model.fit(*data, verbose=0)
    model.set_weights(weights)
    assert np.array_equal(model.predict(data[0]), expected)
    assert all(a is not b for a, b in zip(weights, model.get_weights(), strict=True))


@pytest.mark.parametrize(
    "turn",
    [
        lambda w: w.astype("float64"),
        lambda w: w.astype("float16").astype("float32"),
        lambda w: np.asfortranarray(w),
        lambda w: w[::-1].copy()[::-1],
        lambda w: w.tolist(),
        lambda w: w.astype(w.dtype.newbyteorder(">")),
    ],
    ids=["float64", "float32", "fortran", "negative", "list", "swapped"],
)
def test_set_weights_takes_any_layout(turn):
    model = mlp((4, 6, 3), dtype="float32")
    weights = [w.astype("float16").astype("float32") for w in model.get_weights()]
    model.set_weights([np.zeros_like(w) for w in weights])
    model.set_weights([turn(w) for w in weights])
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), weights, strict=True))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w[:3], ("4", "3")),
        (lambda w: [*w, w[0]], ("4", "5")),
        (lambda w: [], ("4", "0")),
        (lambda w: [w[0].T, *w[1:]], ("dense_1.kernel", "(4, 6)", "(6, 4)")),
        (lambda w: [*w[:3], w[3][:1]], ("dense_2.bias", "(3,)", "(1,)")),
        (lambda w: [*w[:3], w[3][:, None]], ("dense_2.bias", "(3,)", "(3, 1)")),
        (lambda w: [*w[:3], 1.0], ("dense_2.bias", "(3,)", "()")),
        (lambda w: [*w[:3], np.array(["a", "b", "c"])], ("weights[3]", "real numbers", "<U1")),
        (lambda w: [*w[:3], w[3] * 1j], ("weights[3]", "real numbers", "complex")),
    ],
)
def test_bad_weights_change_nothing(change, words, model):
    before = weights_of(model)
    with pytest.raises((ValueError, TypeError)) as caught:
        model.set_weights(change([w + 1 for w in model.get_weights()]))
    for word in words:
        assert word in str(caught.value), str(caught.value)
    assert same_bits(before, weights_of(model))


# Shared layers


def test_two_models_that_share_a_layer_train_the_same_weights(data):
    x, y = data
    body, inputs = lm.Dense(5, "tanh", name="body"), lm.Input((4,))
    h = body(inputs)
    first = lm.Model(inputs, lm.Dense(3, "softmax", name="a")(h), seed=0)
    second = lm.Model(inputs, lm.Dense(1, name="b")(h), seed=1)
    ours, theirs = first.parameters()["body.kernel"], second.parameters()["body.kernel"]
    assert np.shares_memory(ours, theirs)
    first.compile("adam", "cross_entropy")
    second.compile("sgd", "squared_error")
    before, seen = ours.copy(), second.predict(x)
    first.fit(x, y, verbose=0)
    assert (ours != before).any()
    assert (second.predict(x) != seen).any()
    before = ours.copy()
    second.fit(x, y, verbose=0)
    assert (ours != before).any()


def test_a_model_in_a_model_shares_its_weights(data):
    x, y = data
    base = lm.Sequential([lm.Input((4,)), lm.Dense(5, "tanh"), lm.Dense(4)], dtype="float64", seed=0)
    inputs = lm.Input((4,))
    outer = lm.Model(inputs, lm.Dense(3, "softmax", name="head")(base(base(inputs))), dtype="float64", seed=1)
    outer.compile(lm.optim.SGD(0.1), "cross_entropy")
    before = weights_of(base)
    outer.train_on_batch(x, y)
    assert not same_bits(before, weights_of(base))
    head = outer.parameters()["head.kernel"], outer.parameters()["head.bias"]
    z = base.predict(base.predict(x)) @ head[0] + head[1]
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert distance(outer.predict(x), p) <= 1e-12


def test_a_shared_layer_in_another_dtype_is_an_error():
    layer = lm.Dense(3, name="shared")
    lm.Sequential([lm.Input((4,)), layer])
    with pytest.raises(ValueError, match="shared") as caught:
        lm.Sequential([lm.Input((4,)), layer], dtype="float64")
    assert "float32" in str(caught.value)
    with pytest.raises(lm.ShapeError, match=r"\(4, 3\)"):
        lm.Sequential([lm.Input((5,)), layer])
