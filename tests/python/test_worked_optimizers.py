# SPDX-License-Identifier: BSD-3-Clause
"""The course notes' numbers on moving averages, optimizers and softmax."""

from __future__ import annotations

import math

import laminar as lm
import numpy as np
import pytest
from support.networks import distance, fed, mlp, randomize, same_bits, weights_of

ONCE = 1e-12


def averages(beta, values):
    """Return v_t = beta v_(t-1) + (1 - beta) theta_t, which damped momentum at rate 1 walks along."""
    return -np.diff(fed(lm.optim.SGD(1.0, momentum=beta, dampening=beta), values))


# 2.41-2.42: exponentially weighted averages


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.98])
def test_the_weights_of_an_average_sum_to_1_minus_beta_to_the_t(beta):
    assert distance(averages(beta, [1.0] * 30), 1 - beta ** np.arange(1, 31)) <= ONCE


def test_an_average_forgets_within_1_over_1_minus_beta_days():
    v = averages(0.9, [1.0] + [0.0] * 10)
    assert v[10] / v[0] == pytest.approx(0.9**10, rel=1e-10)
    assert v[10] / v[0] == pytest.approx(0.35, abs=0.005)
    assert v[10] / v[0] == pytest.approx(1 / math.e, abs=0.02)
    v = averages(0.98, [1.0] + [0.0] * 50)
    assert v[50] / v[0] == pytest.approx(1 / math.e, abs=0.005)


@pytest.mark.parametrize(("beta", "shrunk"), [(0.9, 0.19), (0.98, 0.0396)])
def test_without_correction_the_second_average_is_too_small(beta, shrunk):
    assert averages(beta, [1.0, 1.0])[1] == pytest.approx(shrunk, rel=ONCE)


@pytest.mark.parametrize(("theta", "share"), [((1.0, 1e-6), 0.4949), ((1e-6, 1.0), 0.5051)])
def test_bias_correction(theta, share):
    """beta = 0.98, t = 2: 0.4949 theta_1 + 0.5051 theta_2; Adam with beta_2 = 0 divides it by |theta_2|."""
    steps = -np.diff(fed(lm.optim.Adam(1.0, beta_1=0.98, beta_2=0.0, epsilon=1e-30), theta))
    assert steps[1] * theta[1] == pytest.approx(share, abs=1e-4)


def test_corrected_weights_sum_to_1():
    steps = -np.diff(fed(lm.optim.Adam(0.5, epsilon=1e-30), [3.0] * 20))
    assert distance(steps, np.full(20, 0.5)) <= ONCE  # both averages are exactly 3 and 9


# 2.43-2.47: the rules by hand


def test_two_steps_of_momentum():
    assert distance(fed(lm.optim.SGD(0.1, momentum=0.9), [2.0, 1.0]), np.array([0, -0.2, -0.48])) <= ONCE
    damped = fed(lm.optim.SGD(0.1, momentum=0.9, dampening=0.9), [2.0, 1.0])
    assert distance(damped, np.array([0, -0.02, -0.048])) <= ONCE
    ahead = fed(lm.optim.SGD(0.1, momentum=0.9, nesterov=True), [2.0, 1.0])
    assert distance(ahead, np.array([0, -0.38, -0.732])) <= ONCE


def test_momentum_0_is_descent(rng):
    x, y = rng.normal(size=(10, 4)), rng.normal(size=(10, 2))
    runs = []
    for optimizer in (lm.optim.SGD(0.1), lm.optim.SGD(0.1, momentum=0.0, dampening=0.0)):
        model = mlp((4, 5, 2))
        model.compile(optimizer, "squared_error")
        model.fit(x, y, batch_size=3, epochs=3, verbose=0)
        runs.append(weights_of(model))
    assert same_bits(*runs)


def test_weight_decay_comes_before_momentum():
    """From W = -0.2 on the second gradient is 1 + 0.5 W = 0.9, v = 0.9 * 2 + 0.9 = 2.7."""
    places = fed(lm.optim.SGD(0.1, momentum=0.9, weight_decay=0.5), [2.0, 1.0])
    assert distance(places, np.array([0, -0.2, -0.47])) <= ONCE


def test_two_steps_of_rmsprop():
    first = 0.1 * 2 / (math.sqrt(0.4) + 1e-8)
    second = 0.1 * 1 / (math.sqrt(0.9 * 0.4 + 0.1) + 1e-8)
    assert distance(fed(lm.optim.RMSprop(0.1), [2.0, 1.0]), -np.array([0, first, first + second])) <= ONCE


def test_two_steps_of_adagrad():
    places = fed(lm.optim.Adagrad(0.1, epsilon=0.5), [2.0, 1.0])
    assert distance(places, -np.array([0, 0.2 / 2.5, 0.2 / 2.5 + 0.1 / (math.sqrt(5) + 0.5)])) <= ONCE


@pytest.mark.parametrize("g", [5.0, -0.3, 1e-3, -1e4])
@pytest.mark.parametrize("kind", [lm.optim.Adam, lm.optim.AdamW])
def test_adam_s_first_step_is_alpha_times_the_sign(kind, g):
    """alpha g / (|g| + 1e-8): off by 1e-5 at most for these gradients."""
    assert fed(kind(0.001), [g])[1] == pytest.approx(-0.001 * np.sign(g), rel=2e-5)


@pytest.mark.parametrize(("inside", "divisor"), [(False, 2e-8), (True, math.sqrt(1e-16 + 1e-8))])
@pytest.mark.parametrize("kind", [lm.optim.Adam, lm.optim.AdamW])
def test_where_epsilon_stands_matters_at_s_of_1e_16(kind, inside, divisor):
    step = fed(kind(1.0, epsilon_inside=inside), [1e-8])[1]
    assert step == pytest.approx(-1e-8 / divisor, rel=1e-9)


def test_adam_s_defaults():
    options = lm.optim.Adam().options
    assert {key: options[key] for key in ("beta_1", "beta_2", "epsilon")} == {
        "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8,
    }  # fmt: skip


def test_adamw_decays_the_weight_and_not_the_gradient():
    """From W_1 = -a the second step starts at W_1 (1 - rate decay)."""
    plain = np.diff(fed(lm.optim.Adam(0.1), [2.0, 2.0]))
    decayed = fed(lm.optim.AdamW(0.1, weight_decay=0.5), [2.0, 2.0])
    assert decayed[2] == pytest.approx(decayed[1] * (1 - 0.05) + plain[1], rel=ONCE)


# 2.62-2.66: softmax


def softmax_of(z, dtype="float64"):
    z = np.atleast_2d(np.asarray(z, dtype=dtype))
    return lm.Sequential([lm.Input((z.shape[1],)), lm.Activation("softmax")], dtype=dtype).predict(z)


def test_softmax_of_5_2_minus1_3():
    t = np.exp([5.0, 2.0, -1.0, 3.0])
    assert np.round(t, 1).tolist() == [148.4, 7.4, 0.4, 20.1]
    assert round(t.sum(), 1) == 176.3
    a = softmax_of([5, 2, -1, 3])
    assert np.round(a, 3).tolist() == [[0.842, 0.042, 0.002, 0.114]]
    assert distance(a, np.atleast_2d(t / t.sum())) <= 1e-15
    assert np.eye(4)[a.argmax(axis=1)].tolist() == [[1, 0, 0, 0]]


def test_softmax_does_not_change_with_a_shift(rng):
    """Whole numbers shift without rounding, so all bits stay."""
    z = rng.integers(-20, 20, size=(5, 7)).astype(float)
    for shift in (1.0, -64.0, 1024.0):
        assert softmax_of(z + shift).tobytes() == softmax_of(z).tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_far_out(dtype):
    assert softmax_of([1000, 0, -1000], dtype).tolist() == [[1, 0, 0]]
    assert softmax_of([-1000, -1000], dtype).tolist() == [[0.5, 0.5]]
    assert softmax_of([1000, 1000, 1000, 1000], dtype).tolist() == [[0.25] * 4]


@pytest.mark.parametrize(("y", "loss"), [([1], -math.log(0.2)), ([3], -math.log(0.4))])
def test_cross_entropy_of_a_probability_of_a_fifth(y, loss):
    """The loss of [.3 .2 .1 .4] when class 2 (label 1) is right: 1.6094."""
    model = lm.Sequential([lm.Input((4,)), lm.Activation("softmax")], dtype="float64")
    model.compile("sgd", "cross_entropy")
    p = np.array([[0.3, 0.2, 0.1, 0.4]])
    assert model.evaluate(np.log(p), np.array(y))["loss"] == pytest.approx(loss, rel=ONCE)
    assert y != [1] or round(loss, 4) == 1.6094
    _, dz = model.value_and_grad(np.log(p), np.array(y), wrt="inputs")
    assert distance(dz, p - np.eye(4)[y]) <= ONCE


def test_two_classes_are_a_sigmoid(rng):
    """softmax([z1, z2])[0] = sigmoid(z1 - z2), and cross-entropy is binary cross-entropy."""
    two, one = randomize(mlp((3, 2), output="softmax"), rng), mlp((3, 1), output="sigmoid")
    W, b = two.get_weights()
    one.set_weights([W[:, 1:] - W[:, :1], b[1:] - b[:1]])
    x, y = rng.normal(size=(9, 3)), rng.integers(0, 2, 9)
    two.compile("sgd", "cross_entropy")
    one.compile("sgd", "binary_cross_entropy")
    assert distance(two.predict(x)[:, 1:], one.predict(x)) <= ONCE
    assert two.evaluate(x, y)["loss"] == pytest.approx(one.evaluate(x, y)["loss"], rel=ONCE)
    a, b = two.value_and_grad(x, y)[1], one.value_and_grad(x, y)[1]
    assert distance(a["dense_1.kernel"][:, 1:], b["dense_1.kernel"]) <= ONCE


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "float32", "bool"])
def test_labels_are_one_hot_rows(dtype, rng):
    model = mlp((3, 2), output="softmax")
    model.compile("sgd", "cross_entropy", metrics=["accuracy"])
    x, y = rng.normal(size=(9, 3)), rng.integers(0, 2, 9)
    hot, gradients = model.evaluate(x, np.eye(2)[y]), model.value_and_grad(x, np.eye(2)[y])[1]
    for labels in (y.astype(dtype), y.astype(dtype)[:, None]):
        assert model.evaluate(x, labels) == pytest.approx(hot, rel=ONCE)
        given = model.value_and_grad(x, labels)[1]
        assert distance(list(given.values()), list(gradients.values())) <= ONCE


def test_a_tie_goes_to_the_first_class():
    model = lm.Sequential([lm.Input((3,)), lm.Activation("linear")], dtype="float64")
    model.compile("sgd", "cross_entropy", metrics=["accuracy"])
    p = np.array([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4]])
    assert model.evaluate(p, np.array([0, 1]))["accuracy"] == 1.0
    assert model.evaluate(p, np.array([1, 2]))["accuracy"] == 0.0
