# SPDX-License-Identifier: BSD-3-Clause
"""The course notes' first part, number by number; the ids are rows of its inventory (docs/notation.md).

Where nothing else is said both sides are float64 and one or two roundings apart: 1e-12.
"""

from __future__ import annotations

import itertools
import math

import laminar as lm
import numpy as np
import pytest
from support import reference
from support.networks import distance, mlp, randomize, same_bits, weights_of

ONCE = 1e-12


def applied(activation, z):
    """Return an activation's values and, as a pair, its derivatives."""
    z = np.atleast_2d(np.asarray(z, dtype=np.float64))
    model = lm.Sequential([lm.Input((z.shape[1],)), lm.Activation(activation)], dtype="float64")
    model.compile("sgd", lambda y, p: (p.sum(axis=1), np.ones_like(p)))
    _, dz = model.value_and_grad(z, np.zeros_like(z), wrt="inputs")
    return model.predict(z), dz * len(z)


# 1.01-1.06: shapes


def test_an_image_of_64_by_64_has_12288_numbers():
    assert lm.Flatten()(lm.Input((64, 64, 3))).shape == (None, 12288)
    x = np.arange(2 * 64 * 64 * 3).reshape(2, 64, 64, 3)
    flat = lm.Sequential([lm.Input((64, 64, 3)), lm.Flatten()], dtype="float64").predict(x)
    assert np.array_equal(flat, x.reshape(2, -1))


@pytest.mark.parametrize(("widths", "depth"), [((2, 3, 5, 4, 2, 1), 5), ((3, 5, 5, 3, 1), 4), ((4, 1), 1)])
def test_layers_and_shapes(widths, depth, rng):
    model = mlp(widths, "relu", "sigmoid")
    model.compile("sgd", "binary_cross_entropy")
    assert model.n_layers == depth
    shapes = [shape for pair in itertools.pairwise(widths) for shape in (pair, pair[1:])]
    assert [view.shape for view in model.parameters().values()] == shapes
    _, gradients = model.value_and_grad(rng.normal(size=(6, widths[0])), rng.integers(0, 2, 6))
    assert [gradient.shape for gradient in gradients.values()] == shapes


def test_the_bias_is_added_to_every_row_and_its_gradient_sums_over_rows(rng):
    model = randomize(mlp((3, 4)), rng)
    model.compile("sgd", "squared_error")
    x, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))
    W, b = model.get_weights()
    loop = [[sum(x[i, k] * W[k, j] for k in range(3)) + b[j] for j in range(4)] for i in range(5)]
    assert distance(model.predict(x), np.array(loop)) <= ONCE
    _, gradients = model.value_and_grad(x, y)
    assert distance(gradients["dense_1.bias"], (np.array(loop) - y).sum(axis=0) / 5) <= ONCE


def test_one_number_an_example_never_becomes_a_square(rng):
    """y of shape (m,) is (m, 1); broadcasting it against (m, 1) would give (m, m) differences."""
    model = mlp((3, 1))
    model.compile("sgd", "mean_squared_error")
    x, y = rng.normal(size=(6, 3)), rng.normal(size=6)
    flat, column = model.value_and_grad(x, y), model.value_and_grad(x, y[:, None])
    assert flat[0] == column[0]
    assert flat[0] == pytest.approx(np.mean((model.predict(x)[:, 0] - y) ** 2), rel=ONCE)
    assert same_bits(flat[1], column[1])
    with pytest.raises(lm.ShapeError):
        model.value_and_grad(x, y[None, :])


# 1.11-1.22: activations


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("name", "low", "high"), [("sigmoid", 0, 1), ("tanh", -1, 1), ("relu", 0, 1000), ("softplus", 0, 1000)]
)
def test_far_out(name, low, high, dtype):
    model = lm.Sequential([lm.Input((2,)), lm.Activation(name)], dtype=dtype)
    assert model.predict(np.array([[-1000.0, 1000.0]])).tolist() == [[low, high]]


def test_sigmoid_of_0_is_a_half():
    value, slope = applied("sigmoid", [0.0])
    assert (value.item(), slope.item()) == (0.5, 0.25)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize(
    ("activation", "slope"), [("relu", 0.0), ("leaky_relu", 0.01), (lm.activations.LeakyReLU(0.3), 0.3)]
)
def test_the_derivative_at_0(activation, slope, zero, dtype):
    model = lm.Sequential([lm.Input((40,)), lm.Activation(activation)], dtype=dtype)
    model.compile("sgd", lambda y, p: (p.sum(axis=1), np.ones_like(p)))
    _, dz = model.value_and_grad(np.full((1, 40), zero), np.zeros((1, 40)), wrt="inputs")
    assert np.array_equal(dz, np.full((1, 40), slope, dtype))


def test_leaky_relu_is_not_clipped():
    assert applied("leaky_relu", [-100.0, -1.0, 2.0])[0].tolist() == [[-1.0, -0.01, 2.0]]


def test_dead_units_learn_nothing_and_leaky_ones_do(rng):
    x, y = rng.uniform(0.1, 1, (8, 3)), rng.normal(size=(8, 1))
    norms = {}
    for name in ("relu", "leaky_relu"):
        model = mlp((3, 4, 1), name)
        model.compile("sgd", "squared_error")
        model.parameters()["dense_1.kernel"][...] = -1.0
        norms[name] = np.abs(model.value_and_grad(x, y)[1]["dense_1.kernel"]).max()
    assert norms["relu"] == 0.0
    assert norms["leaky_relu"] > 0.0


# 1.19: linear layers


def test_linear_layers_compose(rng):
    deep, flat = randomize(mlp((4, 6, 3), "linear"), rng), mlp((4, 3))
    W1, b1, W2, b2 = deep.get_weights()
    flat.set_weights([W1 @ W2, b1 @ W2 + b2])
    x = rng.normal(size=(7, 4))
    assert distance(deep.predict(x), flat.predict(x)) <= ONCE


def test_linear_hidden_units_leave_logistic_regression(rng):
    deep, flat = randomize(mlp((4, 6, 1), "linear", "sigmoid"), rng), mlp((4, 1), output="sigmoid")
    W1, b1, W2, b2 = deep.get_weights()
    flat.set_weights([W1 @ W2, b1 @ W2 + b2])
    x = rng.normal(size=(7, 4))
    assert distance(deep.predict(x), flat.predict(x)) <= ONCE


# 1.30-1.38: losses


def loss_of(loss, p, y):
    model = lm.Sequential([lm.Input((np.shape(p)[1],)), lm.Activation("linear")], dtype="float64")
    model.compile("sgd", loss)
    return model.evaluate(np.array(p, dtype=np.float64), np.array(y))["loss"]


@pytest.mark.parametrize(
    ("loss", "p", "y", "value"),
    [
        ("squared_error", [[3.0]], [1.0], 2.0),
        ("mean_squared_error", [[3.0]], [1.0], 4.0),
        ("squared_error", [[1.0, 2.0]], [[0.0, 0.0]], 2.5),
        ("mean_squared_error", [[1.0, 2.0]], [[0.0, 0.0]], 2.5),
        ("squared_error", [[1.0], [3.0]], [0.0, 0.0], 2.5),
        ("binary_cross_entropy", [[0.2]], [1], math.log(5)),
        ("binary_cross_entropy", [[0.2]], [0], math.log(1.25)),
        ("binary_cross_entropy", [[0.5], [0.2]], [1, 1], math.log(10) / 2),
        ("cross_entropy", [[0.3, 0.2, 0.1, 0.4]], [1], 1.6094379124341003),
        ("cross_entropy", [[0.3, 0.2, 0.1, 0.4]], [[0.0, 1.0, 0.0, 0.0]], 1.6094379124341003),
    ],
)
def test_losses_by_hand(loss, p, y, value):
    assert loss_of(loss, p, y) == pytest.approx(value, rel=ONCE)


def test_the_likelihood_view(rng):
    """P(y|x) = p^y (1-p)^(1-y), and the loss is its negative logarithm; independent examples multiply."""
    p, y = rng.uniform(0.05, 0.95, (6, 1)), rng.integers(0, 2, 6)
    likelihood = np.prod(np.where(y[:, None], p, 1 - p))
    assert math.exp(-6 * loss_of("binary_cross_entropy", p, y)) == pytest.approx(likelihood, rel=ONCE)


def test_log_of_0_is_never_taken():
    for p, y in (([[0.0]], [1]), ([[1.0]], [0])):
        assert 30 < loss_of("binary_cross_entropy", p, y) < 40  # -log of float64's eps is 36.04
    assert 30 < loss_of("cross_entropy", [[0.0, 1.0]], [0]) < 40


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("z", "y", "loss"), [(1000, 1, 0), (1000, 0, 1000), (-1000, 0, 0), (-1000, 1, 1000)])
def test_sigmoid_with_cross_entropy_is_exact_far_out(z, y, loss, dtype):
    model = lm.Sequential([lm.Input((1,)), lm.Activation("sigmoid")], dtype=dtype)
    model.compile("sgd", "binary_cross_entropy")
    value, dz = model.value_and_grad(np.array([[z]]), np.array([y]), wrt="inputs")
    assert value == loss
    assert dz.item() == (1 if z > 0 else 0) - y


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_with_cross_entropy_is_exact_far_out(dtype):
    model = lm.Sequential([lm.Input((3,)), lm.Activation("softmax")], dtype=dtype)
    model.compile("sgd", "cross_entropy")
    z = np.array([[1000.0, -1000.0, 0.0]])
    for label, loss in ((0, 0), (1, 2000), (2, 1000)):
        value, dz = model.value_and_grad(z, np.array([label]), wrt="inputs")
        assert value == loss
        assert dz.tolist() == (np.eye(3)[[0]] - np.eye(3)[[label]]).tolist()


PAIRS = [
    (
        "sigmoid",
        "binary_cross_entropy",
        reference.binary_cross_entropy,
        lambda rng: rng.integers(0, 2, (6, 3)),
    ),
    ("softmax", "cross_entropy", reference.cross_entropy, lambda rng: rng.dirichlet(np.ones(3), 6)),
]


@pytest.mark.parametrize(("activation", "loss", "formula", "targets"), PAIRS, ids=["sigmoid", "softmax"])
def test_fused_equals_unfused(activation, loss, formula, targets, rng):
    """The product dA g'(Z) against dZ = (A - Y) / m: through a callable, and through a layer between."""
    x, y = rng.normal(size=(6, 4)), targets(rng).astype(float)
    tails = {"fused": [], "layer between": [lm.Activation("linear")], "callable": []}
    results = {}
    for name, tail in tails.items():
        layers = [lm.Input((4,)), lm.Dense(3, activation), *tail]
        model = randomize(lm.Sequential(layers, dtype="float64"), np.random.default_rng(1))
        model.compile(
            "sgd", loss if name != "callable" else lambda y, p: (formula[0](y, p), formula[1](y, p))
        )
        results[name] = model.value_and_grad(x, y, wrt="both")
        a = model.predict(x)
    per_output = 3 if activation == "sigmoid" else 1  # binary cross-entropy is the mean over outputs
    assert distance(results["fused"][1]["dense_1.bias"], (a - y).sum(axis=0) / 6 / per_output) <= ONCE
    for name in ("layer between", "callable"):
        assert results[name][0] == pytest.approx(results["fused"][0], rel=ONCE)
        assert distance(list(results[name][1].values()), list(results["fused"][1].values())) <= ONCE
        assert distance(results[name][2], results["fused"][2]) <= ONCE


def test_doubling_the_batch_leaves_the_gradient(rng):
    model = mlp((4, 5, 2), "tanh")
    model.compile("sgd", "squared_error")
    x, y = rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
    once, twice = model.value_and_grad(x, y), model.value_and_grad(np.tile(x, (2, 1)), np.tile(y, (2, 1)))
    assert once[0] == pytest.approx(twice[0], rel=ONCE)
    assert distance(list(once[1].values()), list(twice[1].values())) <= ONCE


def test_backward_repeats(rng):
    model = mlp((4, 5, 2), "tanh")
    model.compile("sgd", "squared_error")
    x, y = rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
    assert same_bits(model.value_and_grad(x, y)[1], model.value_and_grad(x, y)[1])


# 1.41-1.49: descent


def test_one_step_of_descent(rng):
    model = randomize(mlp((4, 5, 2), "tanh"), rng)
    model.compile(lm.optim.SGD(0.25), "squared_error")
    x, y = rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
    before, (_, gradients) = weights_of(model), model.value_and_grad(x, y)
    model.train_on_batch(x, y)
    for name, view in model.parameters().items():
        assert distance(view, before[name] - 0.25 * gradients[name]) <= 1e-15


def test_logistic_regression_is_the_loop(rng):
    """Starting from zeros, which is fine here."""
    x = rng.normal(size=(20, 3))
    y = (x @ [1.0, -2.0, 0.5] > 0.1).astype(int)
    w, b, alpha = [0.0, 0.0, 0.0], 0.0, 0.5
    for _ in range(30):
        dw, db = [0.0, 0.0, 0.0], 0.0
        for i in range(20):
            z = sum(w[k] * x[i, k] for k in range(3)) + b
            dz = 1 / (1 + math.exp(-z)) - y[i]
            dw = [dw[k] + dz * x[i, k] / 20 for k in range(3)]
            db += dz / 20
        w, b = [w[k] - alpha * dw[k] for k in range(3)], b - alpha * db
    model = mlp((3, 1), output="sigmoid", kernel_initializer="zeros")
    model.compile(lm.optim.SGD(alpha), "binary_cross_entropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=20, epochs=30, shuffle=False, verbose=0)
    assert distance(model.get_weights(), [np.array(w)[:, None], np.array([b])]) <= ONCE
    assert model.evaluate(x, y)["accuracy"] >= 0.9


def test_a_prediction_of_a_half_is_class_0():
    model = lm.Sequential([lm.Input((1,)), lm.Activation("linear")], dtype="float64")
    model.compile("sgd", "binary_cross_entropy", metrics=["accuracy"])
    p = np.array([[0.5], [np.nextafter(0.5, 1)]])
    assert model.evaluate(p, np.array([0, 1]))["accuracy"] == 1.0


@pytest.mark.parametrize("bits", [2, 4])
def test_parity_needs_a_hidden_layer(bits):
    x = np.array(list(itertools.product([0.0, 1.0], repeat=bits)))
    y = x.sum(axis=1) % 2
    accuracy = {}
    for widths in ((bits, 16, 1), (bits, 1)):
        model = mlp(widths, "tanh", "sigmoid")
        model.compile(lm.optim.Adam(0.02), "binary_cross_entropy", metrics=["accuracy"])
        model.fit(x, y, batch_size=len(x), epochs=1500, verbose=0)
        accuracy[len(widths)] = model.evaluate(x, y)
    assert accuracy[3] == {"loss": pytest.approx(0, abs=0.05), "accuracy": 1.0}
    assert accuracy[2]["loss"] == pytest.approx(math.log(2), abs=1e-3)  # nothing linear helps


def test_the_learning_rate_makes_a_difference(rng):
    x = rng.normal(size=(30, 3))
    y = x @ rng.normal(size=(3, 1))

    def run(rate):
        model = mlp((3, 1))
        model.compile(lm.optim.SGD(rate), "squared_error")
        return [model.train_on_batch(x, y) for _ in range(60)]

    small, larger, far_too_large = run(0.01), run(0.3), run(3.0)
    assert all(b < a for a, b in itertools.pairwise(small))
    assert larger[-1] < small[-1]
    assert far_too_large[-1] > 1e6 * far_too_large[0]
