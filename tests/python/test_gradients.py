# SPDX-License-Identifier: BSD-3-Clause
"""`lm.check_gradients`: right gradients score below 1e-7, the notes' "great", and wrong ones do not.

Central differences at epsilon 1e-7 in float64 carry a rounding error of about 1e-16 |J| / 1e-7 = 1e-9 |J|, so
the notes' 1e-7 is what right gradients of size 0.01 and more must reach.
"""

from __future__ import annotations

import laminar as lm
import numpy as np
import pytest
from support.networks import mlp, randomize, same_bits, weights_of
from support.records import EVERY, LAYERS, LOSSES

GREAT = 1e-7
PENALTIES = {
    "plain": None,
    "l1": lm.regularizers.L1(0.05),
    "l2": lm.regularizers.L2(0.3),
    "both": lm.regularizers.L1L2(0.05, 0.3),
}
# Every activation in hidden layers with every loss, and at the output with every loss that takes its range.
HIDDEN = [pytest.param(name, r.output, r, id=f"{name}-{r.id}") for r in LOSSES for name in EVERY]
OUTPUT = [pytest.param("tanh", name, r, id=f"out-{name}-{r.id}") for r in LOSSES for name in r.outputs]


def check(model, x, y=None, sample_weight=None):
    assert sum(view.size for view in model.parameters().values()) <= 300
    before, steps = weights_of(model), model.steps
    report = lm.check_gradients(model, x, y, sample_weight)
    assert same_bits(before, weights_of(model))
    assert model.steps == steps
    return report


def assert_great(report, kinks=0):
    print(f"difference {report.difference:.1e}")
    assert report.difference < GREAT, report
    assert report.verdict == "great"
    assert report.kinks == kinks
    assert any(score > 0 for score in report.by_parameter.values())  # not all of them counted as noise


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize(("hidden", "output", "record"), HIDDEN + OUTPUT)
def test_every_activation_and_loss(hidden, output, record, penalty, weighted):
    rng = np.random.default_rng(7)
    model = mlp(
        (4, 6, 5, 3), hidden, output, kernel_regularizer=PENALTIES[penalty], bias_initializer="uniform"
    )
    model.compile("sgd", record.loss)
    x, y = rng.normal(size=(6, 4)), record.targets(rng, 6, 3)
    assert_great(check(model, x, y, rng.uniform(0.1, 3, 6) if weighted else None))


@pytest.mark.parametrize("record", LOSSES, ids=lambda r: r.id)
def test_after_training(record):
    """Near a minimum the gradient may sink into the rounding floor: then, and only then, "inconclusive"."""
    rng = np.random.default_rng(3)
    penalty = lm.regularizers.L2(0.05)
    model = mlp((4, 8, 3), "tanh", record.output, kernel_regularizer=penalty)
    model.compile(lm.optim.Adam(0.01), record.loss)
    x, y = rng.normal(size=(40, 4)), record.targets(rng, 40, 3)
    model.fit(x, y, batch_size=40, epochs=3000, verbose=0)
    assert model.steps == 3000
    report = check(model, x, y)
    print(f"difference {report.difference:.1e}, verdict {report.verdict}")
    assert report.verdict in ("great", "check", "inconclusive"), report
    if report.verdict == "inconclusive":
        assert report.rounding_floor > GREAT


def test_a_perfect_fit_is_not_called_wrong():
    """J = 0 and its gradient is 0: every parameter lies under the floor and counts as 0."""
    model = mlp((3, 2), output="linear")
    model.compile("sgd", "squared_error")
    x = np.random.default_rng(0).normal(size=(5, 3))
    report = check(model, x, model.predict(x))
    assert report.difference < GREAT
    assert report.verdict == "great"


def shared_layer():
    a, b = lm.Input((3,), name="a"), lm.Input((3,), name="b")
    shared = lm.Dense(4, "tanh", name="shared")
    return [a, b], lm.Dense(2)(lm.Concatenate()([shared(a), shared(b)]))


def shared_in_a_chain():
    x, square = lm.Input((4,)), lm.Dense(4, "sigmoid", kernel_regularizer=lm.regularizers.L2(0.1))
    return [x], lm.Dense(2)(square(square(square(x))))


def skip():
    x = lm.Input((4,))
    h = lm.Dense(4, "silu")(x)
    return [x], lm.Dense(2)(lm.Add()([x, h, lm.Dense(4, "gelu")(h), h]))


def reshaped():
    x = lm.Input((2, 6))
    h = lm.Reshape((3, -1))(lm.Dense(6, "tanh")(x))
    return [x], lm.Dense(2)(lm.Flatten()(lm.Concatenate(axis=1)([h, lm.Dense(4)(h)])))


def nested():
    layers = [lm.Input((4,)), lm.Dense(4, "tanh"), lm.Dense(4, "softplus")]
    block = lm.Sequential(layers, dtype="float64")
    x = lm.Input((4,))
    return [x], lm.Dense(2)(lm.Add()([block(x), block(block(x))]))


@pytest.mark.parametrize("graph", [shared_layer, shared_in_a_chain, skip, reshaped, nested])
def test_graphs(graph):
    rng = np.random.default_rng(2)
    inputs, output = graph()
    model = lm.Model(inputs, output, dtype="float64", seed=5)
    model.compile("sgd", "mean_squared_error")
    x = tuple(rng.normal(size=(5, *tensor.shape[1:])) for tensor in inputs)
    report = check(model, x if len(x) > 1 else x[0], rng.normal(size=(5, 2)))
    assert_great(report)
    assert set(report.by_parameter) == {*model.parameters(), *model.input_names}


# Every layer that normalizes: alone, before and behind others. The tanh is there since the mean of squares of
# what is normalized has no gradient.
PLACES = {
    "first": lambda layer: [layer, lm.Activation("tanh")],
    "behind_dense": lambda layer: [lm.Dense(4, "silu"), layer, lm.Activation("tanh")],
    "before_dense": lambda layer: [layer, lm.Dense(3, "tanh")],
    "before_relu": lambda layer: [lm.Dense(5, use_bias=False), layer, lm.Activation("relu"), lm.Dense(2)],
    "last": lambda layer: [lm.Dense(4, "tanh"), layer, lm.Activation("softmax")],
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("record", LAYERS, ids=lambda r: r.id)
def test_normalizing_layers(record, place):
    rng = np.random.default_rng(6)
    model = lm.Sequential([lm.Input((3,)), *PLACES[place](record.make())], dtype="float64", seed=4)
    randomize(model, rng)
    model.compile("sgd", "mean_squared_error")
    y = rng.normal(size=(6, model.output_shapes[0][1]))
    assert_great(check(model, rng.normal(size=(6, 3)), y))
    weights = rng.uniform(0.1, 3, 6)
    assert_great(check(model, rng.normal(size=(6, 3)), y, weights))


def test_statistics_over_several_axes():
    rng = np.random.default_rng(8)
    for record in LAYERS:
        layers = [lm.Input((2, 3)), record.make(), lm.Dense(2, "tanh"), record.make(), lm.Activation("tanh")]
        model = randomize(lm.Sequential(layers, dtype="float64", seed=4), rng)
        model.compile("sgd", "mean_squared_error")
        assert_great(check(model, rng.normal(size=(3, 2, 3)), rng.normal(size=(3, 2, 2))))


def test_given_statistics():
    rng = np.random.default_rng(9)
    layers = [lm.Normalization([1.0, 2, 3], [2.0, 0.5, 0.0]), lm.Dense(2, "tanh")]
    model = lm.Sequential([lm.Input((3,)), *layers], dtype="float64", seed=4)
    model.compile("sgd", "mean_squared_error")
    assert_great(check(model, rng.normal(size=(5, 3)), rng.normal(size=(5, 2))))


def random_graph(rng):
    """Return input and output of a random graph of tensors of 4 features, some layers called twice."""
    layers = [
        lambda: lm.Dense(4, "tanh"),
        lambda: lm.Dense(4, use_bias=False),
        lm.BatchNormalization,
        lambda: lm.BatchNormalization(center=False),
        lm.LayerNormalization,
        lambda: lm.LayerNormalization(scale=False),
        lambda: lm.GaussianNoise(0.1),
        lambda: lm.Dropout(0.2),
        lambda: lm.Activation("silu"),
        lambda: lm.Normalization(rng.normal(size=4), rng.uniform(0.5, 2, 4)),
    ]
    x = lm.Input((4,))
    tensors, used = [x, lm.Dense(4)(x)], []
    for _ in range(8):
        tensor = tensors[rng.integers(len(tensors))]
        kind = rng.integers(4)
        if kind == 0:
            tensors.append(lm.Add()([tensor, tensors[rng.integers(len(tensors))]]))
        elif kind == 1 and used:
            tensors.append(used[rng.integers(len(used))](tensor))
        else:
            used.append(layers[rng.integers(len(layers))]())
            tensors.append(used[-1](tensor))
    return x, lm.Dense(2)(lm.Activation("tanh")(lm.Concatenate()(tensors[-3:])))


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs(seed):
    rng = np.random.default_rng(seed)
    x, output = random_graph(rng)
    model = lm.Model(x, output, dtype="float64", seed=seed)
    model.compile("sgd", "mean_squared_error")
    with model.freeze_dropout():
        assert_great(check(model, rng.normal(size=(6, 4)), rng.normal(size=(6, 2))))


@pytest.mark.parametrize("loss_weights", [None, (0.3, 2.0), (1.0, 0.0)])
def test_two_outputs(loss_weights):
    rng = np.random.default_rng(4)
    x = lm.Input((4,))
    h = lm.Dense(6, "tanh")(x)
    a, b = lm.Dense(3, "softmax", name="a")(h), lm.Dense(1, "sigmoid", name="b")(h)
    model = lm.Model(x, [a, b], dtype="float64", seed=0)
    model.compile("sgd", ["cross_entropy", "binary_cross_entropy"], loss_weights=loss_weights)
    y = (rng.integers(0, 3, 5), rng.integers(0, 2, 5))
    assert_great(check(model, rng.normal(size=(5, 4)), y))
    weights = (rng.uniform(0.1, 1, 5), rng.uniform(0.1, 1, 5))
    assert_great(check(model, rng.normal(size=(5, 4)), y, weights))


@pytest.mark.parametrize("alone", [True, False])
def test_added_losses(alone):
    rng = np.random.default_rng(5)
    x = lm.Input((3,))
    h = lm.Dense(5, "tanh")(x)
    model = lm.Model(x, lm.Dense(2)(h), dtype="float64", seed=0)
    model.add_loss(lm.Dense(1, "softplus")(h), weight=0.7)
    model.compile("sgd", None if alone else "huber")
    assert_great(check(model, rng.normal(size=(4, 3)), None if alone else rng.normal(size=(4, 2))))


def dropout_model():
    layers = [lm.Input((5,)), lm.Dropout(0.3), lm.Dense(8, "tanh"), lm.Dropout(0.5), lm.Dense(2)]
    model = lm.Sequential(layers, dtype="float64", seed=3)
    model.compile("sgd", "squared_error")
    return model


def test_frozen_dropout(rng):
    model, x, y = dropout_model(), rng.normal(size=(6, 5)), rng.normal(size=(6, 2))
    for _ in range(3):
        with model.freeze_dropout():
            assert_great(check(model, x, y))
        model.train_on_batch(x, y)


def test_active_dropout_is_an_error(rng):
    x, y = rng.normal(size=(6, 5)), rng.normal(size=(6, 2))
    with pytest.raises(ValueError, match="freeze_dropout") as caught:
        lm.check_gradients(dropout_model(), x, y)
    assert "dropout_1" in str(caught.value)


def test_kinks_are_left_out_and_counted():
    """A relu's input at exactly 0 has a kink between its two points: x, weight and bias are left out."""
    layer = lm.Dense(1, "relu", kernel_initializer="ones")
    model = lm.Sequential([lm.Input((1,)), layer], dtype="float64")
    model.compile("sgd", "squared_error")
    model.parameters()["dense_1.bias"][...] = -2.0
    report = check(model, np.array([[2.0], [3.0]]), np.array([1.0, -1.0]))
    assert report.kinks == 3  # the kernel, the bias, and the first of the two inputs
    assert report.difference < GREAT
    assert report.by_parameter["dense_1.kernel"] == 0.0
    assert report.by_parameter["input_1"] > 0.0


def test_a_kernel_number_at_0_is_a_kink_of_l1():
    model = mlp((3, 2), output="linear", kernel_regularizer=lm.regularizers.L1(0.5))
    model.compile("sgd", "squared_error")
    model.parameters()["dense_1.kernel"][1, 1] = 0.0
    rng = np.random.default_rng(0)
    assert_great(check(model, rng.normal(size=(4, 3)), rng.normal(size=(4, 2))), kinks=1)


def planted(factor):
    """Return a squared error whose derivative is off by a factor."""
    return lambda y, p: (((p - y) ** 2).sum(axis=1) / 2, factor * (p - y))


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1.0, "great"), (1 + 1e-6, "check"), (1 + 1e-4, "worry"), (1.01, "wrong"), (-1.0, "wrong")],
)
def test_planted_errors_are_found(factor, verdict, rng):
    """A factor 1 + d gives the score d / 2."""
    model = mlp((4, 5, 2))
    model.compile("sgd", planted(factor))
    report = check(model, rng.normal(size=(6, 4)), rng.normal(size=(6, 2)))
    assert report.verdict == verdict
    assert report.difference == pytest.approx(abs(factor - 1) / (1 + abs(factor)), rel=0.1, abs=GREAT)


def test_the_planted_parameter_is_named(rng):
    """What is wrong in one head of two stays out of the other head's scores."""
    x = lm.Input((3,))
    heads = [lm.Dense(2, name="good")(x), lm.Dense(2, name="bad")(x)]
    model = lm.Model(x, heads, dtype="float64", seed=0)
    model.compile("sgd", [planted(1.0), planted(1.5)])
    report = check(model, rng.normal(size=(4, 3)), (rng.normal(size=(4, 2)), rng.normal(size=(4, 2))))
    assert report.verdict == "wrong"
    for part in ("kernel", "bias"):
        assert report.by_parameter[f"good.{part}"] < GREAT
        assert report.by_parameter[f"bad.{part}"] == pytest.approx(0.2, rel=1e-3)
    assert "bad.kernel" in repr(report)


def test_float32_is_an_error(rng):
    model = mlp((3, 2), dtype="float32")
    model.compile("sgd", "squared_error")
    with pytest.raises(ValueError, match="float64") as caught:
        lm.check_gradients(model, rng.normal(size=(4, 3)), rng.normal(size=(4, 2)))
    assert "float32" in str(caught.value)


@pytest.mark.parametrize("epsilon", [0.0, -1e-7, float("nan"), float("inf")])
def test_bad_epsilon(epsilon, rng):
    model = mlp((3, 2))
    model.compile("sgd", "squared_error")
    with pytest.raises(ValueError, match="epsilon"):
        lm.check_gradients(model, rng.normal(size=(4, 3)), rng.normal(size=(4, 2)), epsilon=epsilon)


@pytest.mark.parametrize("depth", range(1, 7))
def test_depth(depth, rng):
    model = mlp((4, *[5] * (depth - 1), 3), "tanh", "softmax")
    assert model.n_layers == depth
    model.compile("sgd", "cross_entropy")
    assert_great(check(model, rng.normal(size=(6, 4)), rng.integers(0, 3, 6)))
