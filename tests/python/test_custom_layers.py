# SPDX-License-Identifier: BSD-3-Clause
"""Layers written in Python: values, gradients in any graph, every way that they can go wrong."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
import weakref

import laminar as lm
import numpy as np
import pytest
from support.custom_layers import (
    CustomDense,
    Doubling,
    Maxout,
    MeanOverTime,
    Pick,
    Product,
    Scale,
    Swish,
    TripletLoss,
)
from support.networks import distance, mlp, same_bits, weights_of
from support.records import OPTIMIZERS

GREAT = 1e-7  # see test_gradients


def squares(y, p):
    """Return a squared error as a user would write it."""
    return ((p - y) ** 2).sum(axis=1) / 2, p - y


def gradient_score(model, x, y=None, sample_weight=None):
    before = weights_of(model)
    report = lm.check_gradients(model, x, y, sample_weight)
    assert same_bits(before, weights_of(model))
    assert report.kinks == 0
    assert any(score > 0 for score in report.by_parameter.values())
    return report.difference


# Values


@pytest.mark.parametrize("record", OPTIMIZERS, ids=lambda r: r.id)
def test_a_dense_layer_in_python_trains_like_ours(record, rng):
    """Initial values, penalties, optimizers and shuffles are those of `lm.Dense`."""
    penalty = lm.regularizers.L1L2(0.01, 0.1)
    x, y = rng.normal(size=(40, 5)), rng.normal(size=(40, 2))

    def trained(first, last):
        model = lm.Sequential([lm.Input((5,)), first, lm.Activation("tanh"), last], dtype="float64", seed=4)
        model.compile(record.ours(), "squared_error")
        history = model.fit(x, y, batch_size=16, epochs=5, verbose=0)
        return model.get_weights(), history.history["loss"]

    weights, losses = trained(CustomDense(6, penalty), CustomDense(2))
    ours, expected = trained(lm.Dense(6, kernel_regularizer=penalty), lm.Dense(2))
    assert distance(weights, ours) <= 1e-9
    assert losses == pytest.approx(expected, rel=1e-9)


def test_values_in_float32(rng):
    x = rng.normal(size=(300, 6)).astype("f4")
    model = lm.Sequential([lm.Input((6,)), lm.Dense(4), Swish(0.7), Maxout(2)], seed=0)
    W, b, beta = model.get_weights()
    z = x @ W + b
    assert np.allclose(beta, 0.7)
    expected = (z / (1 + np.exp(-beta * z))).reshape(300, 2, 2).max(axis=2)
    assert model.predict(x).dtype == np.float32
    assert distance(model.predict(x), expected) <= 1e-5
    assert np.array_equal(model.predict(x, batch_size=7), model.predict(x[:, :]))


def test_the_arrays_are_of_the_models_dtype_and_the_users_own():
    kept = []

    class Greedy(lm.CustomLayer):
        def parameters(self, input_shape):
            return {"c": lm.ParameterSpec((2,), "ones")}

        def forward(self, x, c):
            kept.extend([x, c])
            y = x * c
            x[...], c[...] = 7, 7
            return y.astype("f8"), y

        def backward(self, d_y, cache):
            kept.append(d_y)
            return d_y, np.zeros(2, "f2")

    model = lm.Sequential([lm.Input((2,)), Greedy(), lm.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "squared_error")
    x = np.ones((3, 2), "f4")
    assert model(x).tolist() == [[2.0]] * 3
    model.train_on_batch(x, np.zeros(3))
    assert (x == 1).all()
    assert all(array.dtype == np.float32 for array in kept)
    assert np.array_equal(kept[0], np.full((3, 2), 7))
    assert model.parameters()["greedy_1.c"].tolist() == [1, 1]


def test_training_is_told(rng):
    model = lm.Sequential([lm.Input((3,)), Doubling()], dtype="float64")
    model.compile("sgd", squares)
    x = rng.normal(size=(5, 3))
    assert np.array_equal(model.predict(x), x)
    assert model.evaluate(x, x)["loss"] == 0
    expected = (x**2).sum() / 2 / 5
    for training, loss in ((True, expected), (False, 0.0)):
        assert model.value_and_grad(x, x, training=training, wrt="inputs")[0] == pytest.approx(loss)
    assert gradient_score(model, x, 3 * x) < GREAT


def test_free_axes(rng):
    model = lm.Sequential(
        [lm.Input((None, 3)), Swish(), CustomDense(4), MeanOverTime()], dtype="float64", seed=1
    )
    assert model.output_shapes == [(None, 4)]
    model.compile("adam", "squared_error")
    for rows, length in ((4, 5), (2, 1), (6, 9)):
        x, y = rng.normal(size=(rows, length, 3)), rng.normal(size=(rows, 4))
        beta, W, b = model.get_weights()
        expected = (x / (1 + np.exp(-beta * x)) @ W + b).mean(axis=1)
        assert distance(model.predict(x), expected) <= 1e-12
        assert gradient_score(model, x, y) < GREAT
        model.train_on_batch(x, y)


def test_the_same_bits_at_any_number_of_threads(threads):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(256, 40)).astype("f4"), rng.integers(0, 3, 256)
    layers = [lm.Input((40,)), lm.Dense(64), Swish(), lm.Dense(3, "softmax")]
    model = lm.Sequential(layers, seed=0)
    model.compile("adam", "cross_entropy")
    model.fit(x, y, epochs=2, verbose=0)
    lm.set_num_threads(1)
    twin = lm.Sequential([lm.Input((40,)), lm.Dense(64), Swish(), lm.Dense(3, "softmax")], seed=0)
    twin.compile("adam", "cross_entropy")
    twin.fit(x, y, epochs=2, verbose=0)
    assert same_bits(weights_of(model), weights_of(twin))


# Gradients


def random_graph(rng, loss):
    """A graph of up to ten calls on two inputs, of ours and of the user's layers, some of them shared."""
    tensors = [lm.Input((4,), name="a"), lm.Input((4,), name="b")]
    inputs = list(tensors)
    shared = [lm.Dense(4, "tanh"), Swish(0.8), CustomDense(4)]

    def pick():
        return tensors[int(rng.integers(len(tensors)))]

    for _ in range(int(rng.integers(3, 11))):
        kind = int(rng.integers(8))
        if kind < 3:
            tensors.append(shared[kind](pick()))
        elif kind == 3:
            tensors.append(Product()([pick(), pick()]))
        elif kind == 4:
            tensors.append(Maxout(2)(lm.Concatenate()([pick(), pick()])))
        elif kind == 5:
            tensors.append(lm.Add()([pick(), pick()]))
        elif kind == 6:
            tensors.append(Swish(1.2)(lm.Dense(4)(pick())))
        else:
            tensors.append(Scale()(lm.Activation("sigmoid")(pick())))
    last = lm.Add()([lm.Activation("tanh")(tensor) for tensor in tensors])
    outputs = [lm.Dense(2, name="p")(last), CustomDense(3, name="q")(pick())]
    model = lm.Model(inputs, outputs, dtype="float64", seed=int(rng.integers(1000)))
    model.add_loss(TripletLoss(100.0)([pick(), pick(), pick()]), weight=0.3)
    model.compile("sgd", [loss, squares], loss_weights=[1.0, 0.7])
    return model


@pytest.mark.parametrize("seed", range(25))
def test_random_graphs(seed):
    rng = np.random.default_rng(seed)
    model = random_graph(rng, squares if seed % 2 else "huber")
    x = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    y = rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
    weights = tuple(rng.uniform(0.1, 2, 5) for _ in y) if seed % 3 else None
    assert gradient_score(model, x, y, weights) < GREAT
    twin = copy.deepcopy(model)
    frozen = model.layers[int(rng.integers(len(model.layers)))]
    frozen.trainable = False
    for each in (model, twin):
        each.train_on_batch(x, y, sample_weight=weights)
    after = weights_of(twin)
    for name, view in model.parameters().items():
        if not name.startswith(f"{frozen.name}."):
            assert view.tobytes() == after[name].tobytes()


def test_integer_inputs(rng):
    x, ids = lm.Input((4,)), lm.Input((1,), dtype="int32", name="ids")
    model = lm.Model([x, ids], Pick()([lm.Dense(4)(x), ids]), dtype="float64", seed=0)
    model.compile("sgd", "squared_error")
    data = rng.normal(size=(6, 4)), rng.integers(0, 4, size=(6, 1))
    assert gradient_score(model, data, rng.normal(size=6)) < GREAT


def test_gradients_of_two_calls_add_up(rng):
    x, layer = lm.Input((3,)), CustomDense(3)
    model = lm.Model(x, layer(layer(x)), dtype="float64", seed=0)
    ours = lm.Dense(3)
    twin = lm.Model(x, ours(ours(x)), dtype="float64", seed=0)
    data = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    for each in (model, twin):
        each.compile("sgd", "squared_error")
    assert len(model.parameters()) == 2
    assert distance(
        list(model.value_and_grad(*data)[1].values()), list(twin.value_and_grad(*data)[1].values())
    ) <= 1e-12  # fmt: skip


def test_a_wrong_backward_is_found(rng):
    class Wrong(Swish):
        def backward(self, d_y, cache):
            d_x, d_beta = super().backward(d_y, cache)
            return d_x, 2 * d_beta

    model = lm.Sequential([lm.Input((3,)), Wrong(), lm.Dense(2)], dtype="float64", seed=0)
    model.compile("sgd", "squared_error")
    report = lm.check_gradients(model, rng.normal(size=(4, 3)), rng.normal(size=(4, 2)))
    assert report.verdict == "wrong"
    assert max(report.by_parameter, key=report.by_parameter.get) == "wrong_1.beta"


def test_what_nobody_wants_is_not_computed(rng):
    """Below the lowest layer that trains no backward runs; a frozen layer above it hands gradients on."""
    ran = []

    class Watched(Swish):
        def backward(self, d_y, cache):
            ran.append(self.name)
            return super().backward(d_y, cache)

    layers = [Watched(name="low"), lm.Dense(3, name="middle"), Watched(name="high"), lm.Dense(1)]
    model = lm.Sequential([lm.Input((3,)), *layers], seed=0)
    model.compile("sgd", "squared_error")
    x, y = rng.normal(size=(4, 3)), rng.normal(size=4)
    frozen = {"low": ["high"], "low high": ["high"], "low middle": ["high"], "low middle high": []}
    for names, expected in {"": ["high", "low"], **frozen}.items():
        for layer in layers:
            layer.trainable = layer.name not in names.split()
        ran.clear()
        before = weights_of(model)
        model.train_on_batch(x, y)
        assert ran == expected, names
        for name, view in model.parameters().items():
            assert (view.tobytes() == before[name].tobytes()) == (name.split(".")[0] in names.split())


def test_a_triplet_network_learns(rng):
    inputs = [lm.Input((2,), name=name) for name in ("anchor", "positive", "negative")]
    encoder = lm.Dense(4, "tanh", name="encoder")
    encoded = [encoder(tensor) for tensor in inputs]
    model = lm.Model(inputs, encoded[0], dtype="float64", seed=0)
    model.add_loss(TripletLoss(3.0)(encoded))
    model.compile(lm.optim.Adam(0.05))
    x = tuple(rng.normal(size=(50, 2)) * 0.1 + centre for centre in (0.1, 0.1, -0.1))
    before = model.evaluate(x)["loss"]
    model.fit(x, epochs=20, verbose=0)
    assert model.evaluate(x)["loss"] < 0.5 * before


# Copies


def network():
    model = lm.Sequential([lm.Input((3,)), Swish(beta=0.5), CustomDense(4), Scale(), lm.Dense(1)], seed=0)
    model.compile("adam", "squared_error")
    return model


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deep", "pickle"]
)
def test_models_with_custom_layers_copy(copied, rng):
    model, x, y = network(), rng.normal(size=(20, 3)), rng.normal(size=20)
    model.layers[0].trainable = False
    model.fit(x, y, epochs=2, verbose=0)
    twin = copied(model)
    assert [type(layer) for layer in twin.layers] == [type(layer) for layer in model.layers]
    assert [repr(layer) for layer in twin.layers] == [repr(layer) for layer in model.layers]
    assert twin.layers[0] is not model.layers[0]
    assert (twin.layers[0].trainable, twin.layers[0].beta) == (False, 0.5)
    for each in (model, twin):
        each.fit(x, y, epochs=3, verbose=0)
    assert same_bits(weights_of(model), weights_of(twin))


def test_weights_of_a_single_number():
    model = network()
    weights = [array + 1 for array in model.get_weights()]
    model.set_weights(weights)
    assert model.parameters()["scale_1.c"] == 2.5
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), weights, strict=True))


def test_layers_keep_their_arguments():
    class Many(Swish):
        def __init__(self, beta, *more, flag=False, name=None, **rest):
            super().__init__(beta, name)

    assert Swish(2.0, name="s").options == {"beta": 2.0}
    assert repr(Swish(2.0, name="s")) == "Swish(beta=2.0, name='s')"
    assert Product().options == {}
    assert Many(1.0, 2, flag=True, extra=3).options == {
        "beta": 1.0, "more": (2,), "flag": True, "rest": {"extra": 3}
    }  # fmt: skip
    assert copy.deepcopy(Swish(2.0)).options == {"beta": 2.0}
    assert Swish()(lm.Input((3,))).shape == (None, 3)


def test_nothing_outlives_its_models_and_tensors():
    """The core refers to a layer's object, and the object to the core; that must not be a circle."""
    model, x = network(), lm.Input((3,))
    model.train_on_batch(np.ones((2, 3)), np.ones(2))
    layer, whole = weakref.ref(model.layers[0]), weakref.ref(model)
    tensor = layer()(x)
    del model
    gc.collect()
    assert whole() is None
    assert lm.Model(x, tensor).predict(np.ones((1, 3))).shape == (1, 3)
    del tensor
    gc.collect()
    assert layer() is None


# Mistakes


class CustomError(Exception):
    pass


def layer_with(**methods):
    """Return a Swish with some of its methods replaced."""
    return type("Odd", (Swish,), methods)()


def raising(self, *arguments, **more):
    raise CustomError("from inside")


BAD_AT_BUILD = {
    "parameters raises": ({"parameters": raising}, CustomError, "from inside"),
    "output_shape raises": ({"output_shape": raising}, CustomError, "from inside"),
    "parameters": ({"parameters": lambda self, s: [3]}, TypeError, "parameters: expected a dict, got list"),
    "spec": ({"parameters": lambda self, s: {"beta": (3,)}}, TypeError, "a ParameterSpec, got tuple"),
    "name": ({"parameters": lambda self, s: {"b c": lm.ParameterSpec(())}}, TypeError, "forward, got 'b c'"),
    "free": (
        {"parameters": lambda self, s: {"beta": lm.ParameterSpec((s[0],))}}, lm.ShapeError,
        r"^Odd: parameters: beta: shape: expected axes of known length, got \(None,\)",
    ),
    "initializer": (
        {"parameters": lambda self, s: {"beta": lm.ParameterSpec((3,), "zeroes")}}, ValueError,
        "^Odd: parameters: beta: initializer.*did you mean 'zeros'",
    ),
    "no batch": ({"output_shape": lambda self, s: (3,)}, lm.ShapeError, r"Odd: output_shape: .*got \(3,\)"),
    "no tuple": ({"output_shape": lambda self, s: 3}, lm.ShapeError, "Odd: output_shape: .*got 3"),
    "no axes": ({"output_shape": lambda self, s: (None, "3")}, TypeError, "Odd: output_shape: .*got '3'"),
}  # fmt: skip


@pytest.mark.parametrize(("methods", "error", "words"), BAD_AT_BUILD.values(), ids=BAD_AT_BUILD)
def test_mistakes_that_show_when_it_is_built(methods, error, words):
    with pytest.raises(error, match=words):
        layer_with(**methods)(lm.Input((3,)))


BAD_FORWARD = {
    "raises": (raising, CustomError, "from inside"),
    "nothing": (lambda self, x, beta: None, lm.ShapeError, r"odd_1 \(Odd\): forward"),
    "shape": (
        lambda self, x, beta: x[:, 1:],
        lm.ShapeError,
        r"odd_1 \(Odd\): forward: .*\(4, 3\), got \(4, 2\)",
    ),
    "rows": (lambda self, x, beta: (x[1:], x), lm.ShapeError, r"expected shape \(4, 3\), got \(3, 3\)"),
    "complex": (lambda self, x, beta: (x * 1j, x), lm.ShapeError, r"odd_1 \(Odd\): forward: .*complex"),
    "words": (lambda self, x, beta: (x.astype(str), x), lm.ShapeError, r"forward: expected real numbers"),
    "three": (lambda self, x, beta: (x, x, x), TypeError, r"odd_1 \(Odd\): forward: .*a tuple of 3"),
    "arguments": (lambda self, x: (x, x), TypeError, "beta"),
    "nan": (lambda self, x, beta: (x * np.nan, (x, beta, x)), lm.DivergedError, "loss is nan"),
}
BAD_BACKWARD = {
    "raises": (raising, CustomError, "from inside"),
    "one": (
        lambda self, d, c: d,
        lm.ShapeError,
        r"odd_1 \(Odd\): backward: expected 2 gradients \(1.*beta\), got 1",
    ),
    "three": (lambda self, d, c: (d, d, d), lm.ShapeError, "expected 2 gradients .*got 3"),
    "input": (
        lambda self, d, c: (d[:, 1:], d[0]),
        lm.ShapeError,
        r"backward: gradient 1: .*\(4, 3\), got \(4, 2\)",
    ),
    "parameter": (
        lambda self, d, c: (d, d),
        lm.ShapeError,
        r"odd_1 \(Odd\): backward: gradient 2: .*\(3,\), got",
    ),
    "complex": (lambda self, d, c: (d * 1j, d[0]), lm.ShapeError, "gradient 1: .*complex"),
    "nan": (lambda self, d, c: (d, d[0] * np.nan), lm.DivergedError, "gradient is not finite"),
    "interrupt": (lambda self, d, c: interrupt(), KeyboardInterrupt, "Ctrl-C"),
}


def interrupt():
    raise KeyboardInterrupt("Ctrl-C")


@pytest.mark.parametrize("call", ["fit", "train_on_batch"])
@pytest.mark.parametrize(
    ("method", "function", "error", "words"),
    [pytest.param("forward", *row, id=f"forward {name}") for name, row in BAD_FORWARD.items()]
    + [pytest.param("backward", *row, id=f"backward {name}") for name, row in BAD_BACKWARD.items()],
)
def test_mistakes_leave_the_model_as_it_was(method, function, error, words, call, rng):
    model = lm.Sequential(
        [lm.Input((3,)), lm.Dense(3), layer_with(**{method: function}), lm.Dense(1)], seed=0
    )
    model.compile("adam", "squared_error")
    before = weights_of(model)
    x, y = rng.normal(size=(4, 3)), rng.normal(size=4)
    for _ in range(2):
        with pytest.raises(error, match=words):
            getattr(model, call)(x, y, **({"verbose": 0} if call == "fit" else {}))
    assert same_bits(before, weights_of(model))
    assert model.steps == 0


@pytest.mark.parametrize("frozen", ["layer", "below"])
def test_wrong_shapes_show_whatever_is_frozen(frozen, rng):
    """A gradient that nobody wants now is checked all the same."""
    wrong = {"layer": lambda self, d, c: (d, d), "below": lambda self, d, c: (d[:, 1:], d[0])}[frozen]
    odd = layer_with(backward=wrong)
    model = lm.Sequential([lm.Input((3,)), lm.Dense(3), odd, lm.Dense(1)], seed=0)
    model.layers[1 if frozen == "layer" else 0].trainable = False
    model.compile("sgd", "squared_error")
    with pytest.raises(lm.ShapeError, match=r"gradient [12]"):
        model.train_on_batch(rng.normal(size=(4, 3)), rng.normal(size=4))


def test_none_is_a_gradient_of_zeros(rng):
    odd = layer_with(backward=lambda self, d, c: (d, None))
    model = lm.Sequential([lm.Input((3,)), lm.Dense(3), odd, lm.Dense(1)], dtype="float64", seed=0)
    model.compile("sgd", "squared_error")
    x, y = rng.normal(size=(4, 3)), rng.normal(size=4)
    assert (model.value_and_grad(x, y)[1]["odd_1.beta"] == 0).all()


def test_a_layer_that_fails_later_leaves_a_whole_step(rng):
    calls = []

    def fails_third(self, d_y, cache):
        calls.append(1)
        if len(calls) == 3:
            raise CustomError
        return Swish.backward(self, d_y, cache)

    def build(layer):
        model = lm.Sequential([lm.Input((3,)), layer, lm.Dense(1)], seed=0)
        model.compile("adam", "squared_error")
        return model

    x, y = rng.normal(size=(12, 3)), rng.normal(size=12)
    model, twin = build(layer_with(backward=fails_third)), build(Swish())
    with pytest.raises(CustomError):
        model.fit(x, y, batch_size=4, shuffle=False, verbose=0)
    assert model.steps == 2
    for first in (0, 4):
        twin.train_on_batch(x[first : first + 4], y[first : first + 4])
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), twin.get_weights(), strict=True))
    model.fit(x, y, verbose=0)


def test_classes_without_their_methods():
    with pytest.raises(TypeError, match="CustomLayer: expected a method 'forward', found none"):
        lm.CustomLayer()
    with pytest.raises(TypeError, match="Half: expected a method 'backward', found none"):
        type("Half", (lm.CustomLayer,), {"forward": lambda self, x: x})()
    with pytest.raises(TypeError, match="unknown keyword 'nam'; did you mean 'name'"):
        Product(nam="p")
    with pytest.raises(TypeError, match="symbolic tensors"):
        Product()(np.ones((2, 3)))
    with pytest.raises(lm.ShapeError, match=r"product_1|Product: .*floating-point"):
        Product()([lm.Input((1,), dtype="int32")] * 2)


# Threads


def test_predictions_in_threads_do_not_wait_for_each_other(rng):
    """Plans for ever new shapes are made while other threads hold Python's lock and ask for plans."""
    model = lm.Sequential([lm.Input((None, 3)), Swish(), CustomDense(2), MeanOverTime()], seed=0)
    model.compile("sgd", "squared_error")
    x = rng.normal(size=(16, 12, 3)).astype("f4")
    expected = {t: model.predict(x[:, :t]) for t in range(1, 13)}
    fresh = copy.deepcopy(model)
    errors = []

    def work(worker):
        try:
            for rows in range(1, 12):
                for t in range(1, 13):
                    p = fresh.predict(x[:rows, : (t + worker) % 12 + 1])
                    assert distance(p, expected[(t + worker) % 12 + 1][:rows]) <= 1e-6
                    fresh(x[:rows, :t])
                fresh.value_and_grad(x[:rows], np.zeros((rows, 2)))
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
        assert not worker.is_alive()
    assert errors == []


def test_training_lets_other_threads_run(rng):
    """`fit` holds Python's lock only within the layer's methods: another model trains meanwhile."""
    x, y = rng.normal(size=(400, 3)), rng.normal(size=400)
    results = {}

    def trained(key):
        model = network()
        model.fit(x, y, epochs=3, verbose=0)
        results[key] = weights_of(model)

    workers = [threading.Thread(target=trained, args=(i,), daemon=True) for i in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    trained("alone")
    assert len(results) == 4
    assert all(same_bits(weights, results["alone"]) for weights in results.values())


def test_a_layer_may_use_another_model(rng):
    inner = mlp((3, 3), dtype="float32")

    class Borrowed(lm.CustomLayer):
        def forward(self, x):
            return x + inner.predict(x)

        def backward(self, d_y, cache):
            return None

    model = lm.Sequential([lm.Input((3,)), Borrowed(), lm.Dense(1)], seed=0)
    model.compile("sgd", "squared_error")
    x = rng.normal(size=(64, 3)).astype("f4")
    model.fit(x, x[:, 0], epochs=2, verbose=0)
    assert model.steps == 4
