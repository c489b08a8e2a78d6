# SPDX-License-Identifier: BSD-3-Clause
"""Several inputs, several outputs, shared layers and added losses, in training and prediction."""

from __future__ import annotations

import copy

import laminar as lm
import numpy as np
import pytest
from support.networks import distance, same_bits, weights_of


def two_by_two(dtype="float64", loss_weights=None, metrics=None):
    """Inputs a and b, outputs c (3 classes) and d (one number)."""
    a, b = lm.Input((4,), name="a"), lm.Input((2,), name="b")
    h = lm.Dense(6, "tanh")(lm.Concatenate()([lm.Dense(4)(a), b]))
    outputs = [lm.Dense(3, "softmax", name="c")(h), lm.Dense(1, name="d")(h)]
    model = lm.Model([a, b], outputs, dtype=dtype, seed=0)
    losses = {"c": "cross_entropy", "d": "squared_error"}
    model.compile(lm.optim.Adam(0.01), losses, metrics=metrics, loss_weights=loss_weights)
    return model


@pytest.fixture
def data(rng):
    x = {"a": rng.normal(size=(20, 4)), "b": rng.normal(size=(20, 2))}
    y = {"c": rng.integers(0, 3, 20), "d": rng.normal(size=20)}
    return x, y


def test_dicts_are_tuples_in_model_order(data):
    x, y = data
    model, twin = two_by_two(), two_by_two()
    weights = {"c": np.arange(20.0), "d": np.arange(20.0)[::-1]}
    model.fit(x, y, sample_weight=weights, batch_size=8, epochs=2, verbose=0)
    in_order = [tuple(part.values()) for part in (x, y, weights)]
    twin.fit(in_order[0], in_order[1], sample_weight=in_order[2], batch_size=8, epochs=2, verbose=0)
    assert same_bits(weights_of(model), weights_of(twin))
    assert model.evaluate(x, y) == twin.evaluate(*in_order[:2])
    turned = {"b": x["b"], "a": x["a"]}
    for ours, theirs in zip(model.predict(turned), twin.predict(list(in_order[0])), strict=True):
        assert np.array_equal(ours, theirs)
    assert [output.shape for output in model(in_order[0])] == [(20, 3), (20, 1)]


def test_the_loss_is_the_weighted_sum_of_the_outputs(data):
    x, y = data
    model = two_by_two(
        loss_weights={"c": 0.3, "d": 2.0}, metrics={"c": "accuracy", "d": ["mean_squared_error"]}
    )
    result = model.evaluate(x, y)
    assert list(result) == ["loss", "c_loss", "d_loss", "c_accuracy", "d_mean_squared_error"]
    assert result["loss"] == pytest.approx(0.3 * result["c_loss"] + 2 * result["d_loss"], rel=1e-12)
    assert result["d_mean_squared_error"] == pytest.approx(2 * result["d_loss"], rel=1e-12)
    p = model.predict(x)[0]
    assert result["c_accuracy"] == pytest.approx((p.argmax(axis=1) == y["c"]).mean())
    assert list(model.fit(x, y, verbose=0).history) == list(result)


def test_predictions_go_into_given_arrays(data):
    model = two_by_two()
    out = (np.empty((20, 3)), np.empty((20, 1)))
    results = model.predict(data[0], batch_size=7, out=out)
    assert all(result is array for result, array in zip(results, out, strict=True))
    assert distance(list(out), list(model(data[0]))) <= 1e-12


def test_gradients_of_several_inputs(data):
    x, y = data
    loss, gradients, dx = two_by_two().value_and_grad(x, y, wrt="both")
    assert [g.shape for g in dx] == [(20, 4), (20, 2)]
    assert gradients.keys() == two_by_two().parameters().keys()
    only = two_by_two().value_and_grad(x, y, wrt="inputs")
    assert only[0] == loss
    assert distance(list(only[1]), list(dx)) <= 1e-15


def test_an_output_without_a_loss(data):
    x, y = data
    model = two_by_two()
    model.compile(lm.optim.SGD(0.1), {"c": "cross_entropy"})
    before = weights_of(model)
    model.fit(x, {"c": y["c"]}, epochs=2, verbose=0)
    moved = {name for name, view in model.parameters().items() if view.tobytes() != before[name].tobytes()}
    assert moved == set(before) - {"d.kernel", "d.bias"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": lambda x: x["a"]}, ("x", "tuple of 2", "a, b", "ndarray")),
        ({"x": lambda x: (x["a"],)}, ("x", "2 arrays", "a, b", "1")),
        ({"x": lambda x: {"a": x["a"]}}, ("x", "'b'")),
        ({"x": lambda x: x | {"bb": x["b"]}}, ("x", "'bb'", "did you mean 'b'")),
        ({"x": lambda x: {"a": x["a"], "b": x["b"][:19]}}, ("x['b']", "20", "19")),
        ({"x": lambda x: {"a": x["a"], "b": x["a"]}}, ("x['b']", "2 features", "4")),
        ({"y": lambda y: {"c": y["c"]}}, ("y['d']", "squared_error", "none")),
        ({"y": lambda y: {"c": y["c"], "d": y["d"][1:]}}, ("y['d']", "20", "(19,)")),
        ({"y": lambda y: {"c": y["c"] + 5, "d": y["d"]}}, ("y['c']", "0 to 2")),
        ({"sample_weight": lambda _: {"c": np.ones(3)}}, ("sample_weight['c']", "(20,)", "(3,)")),
    ],
)
def test_bad_arrays_are_named(change, words, data):
    model = two_by_two()
    before = weights_of(model)
    arrays = dict(zip(("x", "y"), data, strict=True))
    arrays |= {name: make(arrays.get(name)) for name, make in change.items()}
    with pytest.raises((ValueError, TypeError)) as caught:
        model.fit(**arrays, verbose=0)
    for word in words:
        assert word.lower().replace("_", "") in str(caught.value).lower().replace("_", ""), str(caught.value)
    assert same_bits(before, weights_of(model))
    model.fit(*data, verbose=0)


def with_added_loss(weight=0.5, dtype="float64"):
    x = lm.Input((3,))
    h = lm.Dense(4, "tanh", name="h")(x)
    model = lm.Model(x, lm.Dense(2, name="p")(h), dtype=dtype, seed=0)
    model.add_loss(lm.Dense(1, "softplus", name="extra")(h), weight=weight)
    return model


def test_added_losses_are_weighted_means(rng):
    x, y, w = rng.normal(size=(9, 3)), rng.normal(size=(9, 2)), rng.uniform(0, 2, 9)
    model = with_added_loss()
    model.compile("sgd", "squared_error")
    names = model.parameters()
    h = np.tanh(x @ names["h.kernel"] + names["h.bias"])
    extra = np.log1p(np.exp(h @ names["extra.kernel"] + names["extra.bias"]))[:, 0]
    squares = ((model.predict(x) - y) ** 2).sum(axis=1) / 2
    assert model.evaluate(x, y)["loss"] == pytest.approx((squares + 0.5 * extra).mean(), rel=1e-12)
    weighted = (w * (squares + 0.5 * extra)).sum() / w.sum()
    assert model.evaluate(x, y, sample_weight=w)["loss"] == pytest.approx(weighted, rel=1e-12)


def test_added_losses_alone_need_no_targets(rng):
    model, x = with_added_loss(weight=1.0), rng.normal(size=(9, 3))
    model.compile(lm.optim.SGD(0.5))
    before = weights_of(model)
    losses = [model.train_on_batch(x) for _ in range(30)]
    assert losses[-1] < 0.5 * losses[0]
    assert model.parameters()["p.kernel"].tobytes() == before["p.kernel"].tobytes()
    history = model.fit(x, epochs=2, batch_size=4, verbose=0, validation_data=(x, None))
    assert history.history["val_loss"][-1] == pytest.approx(model.evaluate(x)["loss"], rel=1e-12)


def test_models_with_added_losses_copy(rng):
    model, x, y = with_added_loss(), rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
    model.compile("adam", "squared_error")
    model.train_on_batch(x, y)
    twin = copy.deepcopy(model)
    assert twin.train_on_batch(x, y) == model.train_on_batch(x, y)
    assert same_bits(weights_of(model), weights_of(twin))


def test_gradients_of_two_calls_add_up(rng):
    """f(f(x)) with one layer has the gradient of two layers with equal weights, summed."""
    layer, x = lm.Dense(3, "tanh", name="f"), lm.Input((3,))
    shared = lm.Model(x, layer(layer(x)), dtype="float64", seed=0)
    two = lm.Sequential([lm.Input((3,)), lm.Dense(3, "tanh"), lm.Dense(3, "tanh")], dtype="float64")
    two.set_weights(shared.get_weights() * 2)
    data = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    for model in (shared, two):
        model.compile("sgd", "squared_error")
    (loss, summed), (expected, apart) = shared.value_and_grad(*data), two.value_and_grad(*data)
    assert loss == pytest.approx(expected, rel=1e-12)
    for part in ("kernel", "bias"):
        assert distance(summed[f"f.{part}"], apart[f"dense_1.{part}"] + apart[f"dense_2.{part}"]) <= 1e-12


def test_free_axes_take_several_lengths(rng):
    inputs = lm.Input((None, 3))
    model = lm.Model(inputs, lm.Dense(2, "tanh")(inputs), dtype="float64", seed=0)
    model.compile(lm.optim.SGD(0.1), "mean_squared_error")
    W, b = model.get_weights()
    for length in (5, 2, 7):
        x = rng.normal(size=(4, length, 3))
        assert distance(model.predict(x), np.tanh(x @ W + b)) <= 1e-12
    for length in (5, 2, 7):
        x, y = rng.normal(size=(4, length, 3)), rng.normal(size=(4, length, 2))
        before = model.evaluate(x, y)["loss"]
        assert model.train_on_batch(x, y) == pytest.approx(before, rel=1e-12)
        assert model.evaluate(x, y)["loss"] < before


def test_skip_connections_are_looked_at_once_each():
    x = tensor = lm.Input((2,))
    for _ in range(50):  # 2^50 ways through
        tensor = lm.Add()([tensor, lm.Dropout(0.1)(tensor)])
    model = lm.Model(x, tensor)
    assert len(model.layers) == 100
    assert model(np.ones((1, 2), "float32"))[0, 0] == 2.0**50
