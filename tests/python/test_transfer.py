# SPDX-License-Identifier: BSD-3-Clause
"""Freezing, a new head on a trained network, and layers that several models or branches share."""

from __future__ import annotations

import copy
import pickle

import laminar as lm
import numpy as np
import pytest
from support.networks import distance, mlp, same_bits, weights_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y, OTHER = RNG.integers(0, 5, 60), RNG.integers(0, 3, 60)


def trained():
    """Return a network that has learned a first task of five classes."""
    model = mlp((4, 8, 6, 5), "relu", "softmax")
    model.compile("adam", "cross_entropy")
    model.fit(X, Y, epochs=3, verbose=0)
    return model


def by_layers(base):
    return lm.Sequential([*base.layers[:-1], lm.Dense(3, "softmax", name="head")], dtype="float64", seed=1)


def by_output(base):
    head = lm.Dense(3, "softmax", name="head")
    return lm.Model(base.inputs, head(base.get_output("dense_2")), dtype="float64", seed=1)


def by_call(base):
    body = lm.Model(base.inputs, base.get_output("dense_2"), dtype="float64")
    x = lm.Input((4,))
    return lm.Model(x, lm.Dense(3, "softmax", name="head")(body(x)), dtype="float64", seed=1)


@pytest.mark.parametrize("build", [by_layers, by_output, by_call])
def test_a_new_head(build):
    """Train, replace the head, train the head alone, thaw: the course's recipe."""
    base = trained()
    base.trainable = False
    model = build(base)
    assert [layer.name for layer in model.layers] == ["dense_1", "dense_2", "head"]
    assert [layer.trainable for layer in model.layers] == [False, False, True]
    model.compile(lm.optim.AdamW(0.05, weight_decay=0.1), "cross_entropy")
    before, loss = weights_of(base), model.evaluate(X, OTHER)["loss"]
    model.fit(X, OTHER, epochs=10, verbose=0)
    assert same_bits(before, weights_of(base))
    assert model.evaluate(X, OTHER)["loss"] < loss

    model.trainable = True
    model.fit(X, OTHER, epochs=1, verbose=0)
    after = weights_of(base)
    moved = {name for name in before if before[name].tobytes() != after[name].tobytes()}
    assert moved == {name for name in before if not name.startswith("dense_3.")}


def test_the_head_trains_as_on_fixed_features():
    """A frozen body is a function: its features as data give the same head, bit for bit."""
    base = trained()
    model = by_output(base)
    model.layers[0].trainable = model.layers[1].trainable = False
    features = lm.Model(base.inputs, base.get_output("dense_2"), dtype="float64").predict(X)
    alone = lm.Sequential([lm.Input((6,)), lm.Dense(3, "softmax")], dtype="float64", seed=1)
    alone.set_weights(model.get_weights()[-2:])
    for each, data in ((model, X), (alone, features)):
        each.compile("adam", "cross_entropy")
        each.fit(data, OTHER, epochs=3, shuffle=False, verbose=0)
    assert distance(model.get_weights()[-2:], alone.get_weights()) <= 1e-12


def test_trainable_takes_effect_at_the_next_call():
    model = trained()
    for frozen in ({"dense_1"}, {"dense_2", "dense_3"}, set(), {"dense_1", "dense_2", "dense_3"}):
        for layer in model.layers:
            layer.trainable = layer.name not in frozen
        before = weights_of(model)
        model.fit(X, Y, epochs=1, verbose=0)
        moved = {n.split(".")[0] for n, v in model.parameters().items() if v.tobytes() != before[n].tobytes()}
        assert moved == {"dense_1", "dense_2", "dense_3"} - frozen


def test_trainable_may_change_during_fit():
    """From a callback too: gradual unfreezing."""
    model, states = trained(), []
    model.layers[0].trainable = False

    def thaw(epoch, logs):
        states.append(model.get_weights()[0].copy())
        model.layers[0].trainable = epoch >= 1

    model.fit(X, Y, epochs=3, verbose=0, callbacks=[thaw])
    model.fit(X, Y, epochs=4, initial_epoch=3, verbose=0, callbacks=[thaw])
    assert np.array_equal(states[0], states[1])
    assert not np.array_equal(states[2], states[3])


def test_a_models_trainable_is_that_of_its_layers():
    base = trained()
    assert base.trainable
    base.layers[0].trainable = False
    assert base.trainable
    base.trainable = False
    assert not any(layer.trainable for layer in base.layers)
    base.layers[-1].trainable = True
    assert base.trainable
    twin = copy.deepcopy(base)
    assert [layer.trainable for layer in twin.layers] == [False, False, True]


def test_moments_survive_freezing():
    """Freezing and thawing without a step between changes nothing."""
    model, twin = trained(), trained()
    model.trainable = False
    model.trainable = True
    for each in (model, twin):
        each.fit(X, Y, epochs=5, initial_epoch=3, verbose=0)
    assert same_bits(weights_of(model), weights_of(twin))


# Shared layers


def test_models_of_one_layer_share_its_parameters():
    base = trained()
    model = by_layers(base)
    model.compile("adam", "cross_entropy")
    p = base.predict(X)
    assert model.predict(X).shape == (60, 3)  # built
    assert np.array_equal(base.predict(X), p)
    model.fit(X, OTHER, epochs=1, verbose=0)
    assert not np.array_equal(base.predict(X), p)
    for name in ("dense_1.kernel", "dense_2.bias"):
        assert np.shares_memory(base.parameters()[name], model.parameters()[name])
    base.parameters()["dense_1.kernel"][...] = 0
    assert (model.get_weights()[0] == 0).all()


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deep", "pickle"]
)
def test_a_deep_copy_has_its_own(copied):
    base = trained()
    twin = copied(base)
    model = by_layers(twin)
    model.compile("adam", "cross_entropy")
    before = weights_of(base)
    model.fit(X, OTHER, epochs=1, verbose=0)
    assert same_bits(before, weights_of(base))
    assert not same_bits(before, weights_of(twin))


def test_models_copied_together_share_as_before():
    base = trained()
    model = by_output(base)
    twin_base, twin = copy.deepcopy((base, model))
    kernels = [each.parameters()["dense_1.kernel"] for each in (base, twin_base, twin, copy.copy(base))]
    assert np.shares_memory(kernels[1], kernels[2])
    assert not np.shares_memory(kernels[0], kernels[2])
    assert np.shares_memory(kernels[0], kernels[3])  # a shallow copy is of the same layers
    assert same_bits(weights_of(twin), weights_of(model))


def test_a_layer_of_two_branches_has_the_sum_of_their_gradients():
    """f shared by both branches against f and g of equal weights: d f = d f' + d g', also after ten steps."""

    def siamese(first, second):
        a, b = lm.Input((4,), name="a"), lm.Input((4,), name="b")
        both = lm.Concatenate()([first(a), lm.Activation("tanh")(second(b))])
        return lm.Model([a, b], lm.Dense(2, name="out")(both), dtype="float64", seed=0)

    f = lm.Dense(3, "tanh", name="f")
    shared = siamese(f, f)
    apart = siamese(lm.Dense(3, "tanh", name="f"), lm.Dense(3, "tanh", name="g"))
    kernel, bias, *rest = shared.get_weights()
    apart.set_weights([kernel, bias, kernel, bias, *rest])
    data = (X, X[::-1]), RNG.normal(size=(60, 2))
    for model in (shared, apart):
        model.compile(lm.optim.SGD(0.1), "squared_error")
    (loss, ours), (expected, parts) = shared.value_and_grad(*data), apart.value_and_grad(*data)
    assert loss == pytest.approx(expected, rel=1e-12)
    for part in ("kernel", "bias"):
        assert distance(ours[f"f.{part}"], parts[f"f.{part}"] + parts[f"g.{part}"]) <= 1e-12
    small = (X[:5], X[5:10]), data[1][:5]
    assert lm.check_gradients(shared, *small).verdict == "great"
    theta = weights_of(shared)
    for _ in range(10):
        gradients = shared.value_and_grad(*data)[1]
        theta = {name: theta[name] - 0.1 * gradients[name] for name in theta}
        shared.train_on_batch(*data)
        assert distance(list(weights_of(shared).values()), list(theta.values())) <= 1e-12


# Mistakes


def test_a_layer_of_another_width():
    base = trained()
    layers = base.layers
    words = (
        r"dense_2 \(Dense\): expected inputs that fit its dense_2.kernel of shape \(8, 6\), float64, "
        r"which it brings from another model, got inputs that need \(7, 6\), float64"
    )
    before = weights_of(base)
    with pytest.raises(lm.ShapeError, match=words):
        lm.Sequential([lm.Input((4,)), lm.Dense(7), *layers[1:]], dtype="float64")
    late = lm.Sequential([lm.Dense(7), *layers[1:]], dtype="float64")
    with pytest.raises(lm.ShapeError, match=words):
        late.predict(X)
    with pytest.raises(lm.ShapeError, match=r"dense_1 .* got inputs that need \(5, 8\)"):
        lm.Sequential([lm.Input((5,)), *layers], dtype="float64")
    with pytest.raises(lm.ShapeError, match=r"dense_1 .*float64, .* got inputs that need \(4, 8\), float32"):
        lm.Sequential([lm.Input((4,)), *layers])
    assert same_bits(before, weights_of(base))
    base.fit(X, Y, verbose=0)


def test_outputs_of_layers_that_are_not_there():
    base = trained()
    with pytest.raises(ValueError, match="get_layer: no layer is named 'dens_2'; did you mean 'dense_2'"):
        base.get_output("dens_2")
    with pytest.raises(RuntimeError, match="no shape yet"):
        lm.Sequential([lm.Dense(3, name="d")]).get_output("d")
    f, x = lm.Dense(4, name="f"), lm.Input((4,))
    twice = lm.Model(x, f(f(x)))
    with pytest.raises(ValueError, match="get_output: f: expected a layer that is called once, got 2 calls"):
        twice.get_output("f")
    with pytest.raises(RuntimeError, match="no shape yet"):
        lm.Sequential([lm.Dense(3)]).inputs  # noqa: B018


def test_inputs_and_outputs_build_the_same_model():
    base = trained()
    twin = lm.Model(base.inputs, base.outputs, dtype="float64")
    assert np.array_equal(twin.predict(X), base.predict(X))
    assert [tensor.shape for tensor in twin.inputs + twin.outputs] == [(None, 4), (None, 5)]
    assert twin.layers == base.layers
