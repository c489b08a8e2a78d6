# SPDX-License-Identifier: BSD-3-Clause
"""Layers and the models made of them, as Python objects."""

from __future__ import annotations

import copy
import pickle
import re

import laminar as lm
import numpy as np
import pytest

LAYERS = [
    lm.Dense(3),
    lm.Dense(
        3,
        activation=lm.activations.LeakyReLU(0.2),
        use_bias=False,
        kernel_initializer=lm.initializers.Normal(0.1),
        kernel_regularizer=lm.regularizers.L1L2(0.1, 0.2),
        name="wide",
    ),
    lm.Activation("gelu"),
    lm.Dropout(0.25),
    lm.Flatten(),
    lm.Reshape((3, -1)),
    lm.Add(name="sum"),
    lm.Concatenate(axis=1),
    lm.BatchNormalization(momentum=0.9, center=False),
    lm.LayerNormalization(epsilon=1e-3, gamma_initializer="zeros"),
    lm.Normalization([1.0, 2.0], [3.0, 0.0]),
    lm.GaussianNoise(0.1),
]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_alike(layer, copied):
    layer.trainable = False
    twin = copied(layer)
    layer.trainable = True
    assert type(twin) is type(layer)
    assert (twin.type, twin.options, twin.name) == (layer.type, layer.options, layer.name)
    assert twin.trainable is False
    assert repr(twin) == repr(layer)


class Wide(lm.Dense):
    """A user's class with a constructor of its own."""

    def __init__(self):
        super().__init__(512, activation="relu")


def test_subclasses_copy():
    assert type(copy.deepcopy(Wide())) is Wide
    assert copy.deepcopy(Wide()).options["units"] == 512


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (lm.Dense(3), "Dense(units=3)"),
        (lm.Dense(3, None), "Dense(units=3)"),
        (lm.Dense(3, "relu", name="h"), "Dense(units=3, activation='relu', name='h')"),
        (lm.Dropout(0.5), "Dropout(rate=0.5)"),
        (lm.Flatten(), "Flatten()"),
        (lm.Concatenate(), "Concatenate()"),
        (lm.BatchNormalization(0.9), "BatchNormalization(momentum=0.9)"),
        (lm.LayerNormalization(scale=False), "LayerNormalization(scale=False)"),
        (lm.GaussianNoise(0.5), "GaussianNoise(stddev=0.5)"),
    ],
)
def test_repr(layer, text):
    assert repr(layer) == text


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: lm.Dense(0), ValueError, ("units", "0")),
        (lambda: lm.Dense(2.5), TypeError, ("units", "2.5")),
        (lambda: lm.Dense("3"), TypeError, ("units", "'3'")),
        (lambda: lm.Dense(3, activation="rleu"), ValueError, ("activation", "'rleu'", "did you mean 'relu'")),
        (lambda: lm.Dense(3, kernel_initializer="he_norml"), ValueError, ("did you mean 'he_normal'",)),
        (lambda: lm.Dense(3, kernel_regularizer={"l3": 1}), TypeError, ("l3",)),
        (lambda: lm.Dropout(1.0), ValueError, ("rate", "1")),
        (lambda: lm.Dropout(-0.1), ValueError, ("rate", "-0.1")),
        (lambda: lm.Reshape(3), TypeError, ("target_shape", "sequence", "int")),
        (lambda: lm.Reshape((-1, -1)), ValueError, ("target_shape", "-1")),
        (lambda: lm.Input(784), TypeError, ("Input: shape", "sequence", "int")),
        (lambda: lm.Input("784"), TypeError, ("Input: shape", "sequence", "str")),
        (lambda: lm.Input((3,), dtype="int8"), ValueError, ("Input: dtype", "int8")),
    ],
)
def test_bad_options(make, error, words):
    with pytest.raises(error) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_numpy_numbers_are_numbers():
    penalty = lm.regularizers.L2(np.float32(0.5))
    layer = lm.Dense(np.int64(3), use_bias=np.bool_(True), kernel_regularizer=penalty)
    assert layer.options["units"] == 3
    assert layer.options["use_bias"] is True
    assert layer.options["kernel_regularizer"] == {"l1": 0.0, "l2": 0.5}


def test_calls_give_shapes():
    x = lm.Input((28, 28))
    assert x.shape == (None, 28, 28)
    assert lm.Flatten()(x).shape == (None, 784)
    assert lm.Reshape((14, -1))(x).shape == (None, 14, 56)
    assert lm.Dense(5)(x).shape == (None, 28, 5)
    assert lm.Concatenate(axis=1)([x, x]).shape == (None, 56, 28)
    assert lm.Add()((x, x)).shape == (None, 28, 28)
    assert lm.Input((None, 3), dtype="int32").shape == (None, None, 3)


def test_a_layer_on_an_array_says_what_it_wants():
    with pytest.raises(TypeError, match=r"Dense: expected symbolic tensors.*got ndarray"):
        lm.Dense(3)(np.zeros((2, 3)))


def test_inputs_that_do_not_fit():
    with pytest.raises(lm.ShapeError, match=r"Add.*\(None, 3\).*\(None, 4\)"):
        lm.Add()([lm.Input((3,)), lm.Input((4,))])


def test_models_return_the_layers_they_were_given():
    layers = [lm.Dense(4), lm.Dropout(0.5), lm.Dense(2)]
    model = lm.Sequential([lm.Input((3,)), *layers])
    assert all(a is b for a, b in zip(model.layers, layers, strict=True))
    assert [layer.name for layer in model.layers] == ["dense_1", "dropout_1", "dense_2"]
    assert model.get_layer("dense_2") is layers[2]
    with pytest.raises(ValueError, match="no layer is named 'dens_2'; did you mean 'dense_2'"):
        model.get_layer("dens_2")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: lm.Sequential(lm.Dense(3)), ("layers", "sequence", "Dense")),
        (lambda: lm.Sequential([lm.Dense]), ("layers[0]", "the class Dense")),
        (lambda: lm.Sequential([lm.Dense(3), "relu"]), ("layers[1]", "str")),
        (lambda: lm.Model(lm.Dense(3), lm.Dense(3)), ("Model: inputs", "Dense")),
        (lambda: lm.Model(lm.Input((3,)), [lm.Dense(3)]), ("Model: outputs", "Dense")),
        (lambda: lm.Sequential([lm.Dense(3)], seed="x"), ("seed", "'x'")),
    ],
)
def test_bad_models(make, words):
    with pytest.raises(TypeError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_dtypes_and_seeds():
    assert lm.Sequential([lm.Dense(3)], dtype=np.float64).dtype == "float64"
    assert lm.Sequential([lm.Dense(3)], seed=np.int32(7)).seed == 7
    with pytest.raises(ValueError, match="float16"):
        lm.Sequential([lm.Dense(3)], dtype="float16")


def two_branches() -> lm.Model:
    a, b = lm.Input((3,), name="a"), lm.Input((3,), name="b")
    shared = lm.Dense(4, activation="tanh", name="shared")
    return lm.Model([a, b], lm.Dense(2, name="out")(lm.Concatenate()([shared(a), shared(b)])), seed=1)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_models_copy(copied, rng, small_model):
    x = rng.normal(size=(5, 3))
    model = two_branches()
    twin = copied(model)
    assert type(twin) is lm.Model
    assert [type(layer) for layer in twin.layers] == [type(layer) for layer in model.layers]
    np.testing.assert_array_equal(twin((x, x)), model((x, x)))
    twin.parameters()["out.bias"][:] = 3
    assert not model.parameters()["out.bias"].any()

    sequential = small_model()
    sequential.fit(rng.normal(size=(6, 4)), [0, 1, 2, 0, 1, 2], epochs=2, verbose=0)
    twin = copied(sequential)
    assert type(twin) is lm.Sequential
    assert twin.history.history == sequential.history.history
    assert twin.steps == sequential.steps


def test_copied_models_train_on_alike(rng, small_model):
    x, y = rng.normal(size=(40, 4)), rng.integers(0, 3, 40)
    model = small_model(optimizer="adam")
    model.fit(x, y, epochs=2, verbose=0)
    twin = pickle.loads(pickle.dumps(model))
    for each in (model, twin):
        each.fit(x, y, epochs=5, initial_epoch=2, verbose=0)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


class Named(lm.Sequential):
    """A user's model class with state of its own."""

    def __init__(self, label):
        super().__init__([lm.Dense(2)], seed=0)
        self.label = label


def test_model_subclasses_copy():
    twin = copy.deepcopy(Named("mine"))
    assert type(twin) is Named
    assert twin.label == "mine"
    assert not twin.built


def test_models_are_layers(rng):
    block = lm.Sequential([lm.Input((3,)), lm.Dense(2, activation="tanh")], seed=0)
    x = lm.Input((3,))
    whole = lm.Model(x, lm.Dense(1)(block(x)), seed=0)
    data = rng.normal(size=(4, 3)).astype("float32")
    assert whole(data).shape == (4, 1)
    assert block(data).shape == (4, 2)


def test_calling_takes_arrays_of_every_kind(rng, small_model):
    model = small_model()
    x = rng.normal(size=(5, 4)).astype("float32")
    expected = model.predict(x)
    np.testing.assert_array_equal(model(x), expected)
    np.testing.assert_array_equal(model(x.tolist()), expected)
    pair = two_branches()
    z = rng.normal(size=(5, 3))
    np.testing.assert_array_equal(pair((z, z)), pair({"a": z, "b": z}))


def test_building_late():
    model = lm.Sequential([lm.Dense(3), lm.Dense(2)], seed=0)
    assert not model.built
    assert repr(model) == "<Sequential: 2 layers, not built, float32>"
    model.build((4,))
    assert repr(model) == "<Sequential: 2 layers, 23 parameters, float32>"
    with pytest.raises(TypeError, match="input_shape: expected a sequence"):
        lm.Sequential([lm.Dense(3)]).build(4)


def test_summary_tells_layers_parameters_and_memory(small_model):
    model = small_model(optimizer="adam")
    model.layers[0].trainable = False
    lines = []
    model.summary(print_fn=lines.append, batch_size=16)
    text = "\n".join(lines)
    assert re.search(r"dense_1 \(Dense\) \(frozen\) +\(None, 8\) +40 +input_1", text)
    assert re.search(r"dense_2 \(Dense\) +\(None, 3\) +27 +dense_1", text)
    assert "parameters: 67, of which trained: 27" in text
    assert "batch size 16" in text
    assert "peak of a training step" in text


def test_freezing_dropout_nests_and_ends():
    model = lm.Sequential([lm.Input((4,)), lm.Dropout(0.5)])
    with model.freeze_dropout():
        with model.freeze_dropout():
            assert model.dropout_frozen
        assert model.dropout_frozen
    assert not model.dropout_frozen
    with pytest.raises(RuntimeError), model.freeze_dropout():
        raise RuntimeError
    assert not model.dropout_frozen
