# SPDX-License-Identifier: BSD-3-Clause
"""Schedules: the course notes' numbers, Keras's formulas, and what an optimizer makes of them."""

from __future__ import annotations

import copy
import math
import pickle

import laminar as lm
import numpy as np
import pytest
from support.networks import fed

S = lm.schedules

SCHEDULES = [
    S.InverseTimeDecay(0.2, 3, 0.5, staircase=True, by="epoch"),
    S.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5),
    S.PowerDecay(0.3, power=1.0, by="epoch"),
    S.PiecewiseConstantDecay([2, 5], [0.1, 0.2, 0.05]),
    S.CosineDecay(0.1, 20, alpha=0.1),
    S.Warmup(0.1, 4, by="epoch"),
    S.Warmup(S.Warmup(S.CosineDecay(0.1, 20), 3, by="epoch"), 5),
]


def stair(t, n):
    return t // n


# t = 0, 1, ... by the formula; with by="epoch" an epoch has three steps below.
FORMULAS = [
    (S.InverseTimeDecay, (0.2, 4, 1.5), lambda t: 0.2 / (1 + 1.5 * t / 4)),
    (S.InverseTimeDecay, (0.2, 4, 1.5, True), lambda t: 0.2 / (1 + 1.5 * stair(t, 4))),
    (S.ExponentialDecay, (0.2, 4, 0.9), lambda t: 0.2 * 0.9 ** (t / 4)),
    (S.ExponentialDecay, (0.2, 4, 0.9, True), lambda t: 0.2 * 0.9 ** stair(t, 4)),
    (S.PowerDecay, (0.2, 0.7), lambda t: 0.2 / (t + 1) ** 0.7),
    (S.PiecewiseConstantDecay, ((2, 7), (1.0, 3.0, 2.0)), lambda t: 1.0 if t < 2 else 3.0 if t < 7 else 2.0),
    (
        S.CosineDecay,
        (0.2, 8, 0.1),
        lambda t: 0.2 * (0.9 * (1 + math.cos(math.pi * min(t / 8, 1))) / 2 + 0.1),
    ),
    (S.Warmup, (0.2, 4), lambda t: 0.2 * min(1, (t + 1) / 5)),
]


@pytest.mark.parametrize(("kind", "arguments", "formula"), FORMULAS)
def test_formulas(kind, arguments, formula):
    expected = [formula(t) for t in range(12)]
    assert kind(*arguments).rates(12) == pytest.approx(expected, rel=1e-14)
    by_epoch = kind(*arguments, by="epoch")
    assert by_epoch.rates(36, steps_per_epoch=3) == pytest.approx(np.repeat(expected, 3), rel=1e-14)
    assert [by_epoch(epoch=t, step=99) for t in range(12)] == pytest.approx(expected, rel=1e-14)


# 2.48 to 2.50: the notes' numbers


def test_decay_of_one_over_the_epoch():
    schedule = S.InverseTimeDecay(0.2, decay_steps=1, decay_rate=1, by="epoch")
    assert [round(schedule(epoch=epoch), 3) for epoch in range(1, 5)] == [0.1, 0.067, 0.05, 0.04]


def test_exponential_decay_of_the_notes():
    schedule = S.ExponentialDecay(0.2, 1, 0.95, by="epoch")
    for epoch in range(50):
        assert schedule(epoch=epoch) == pytest.approx(0.95**epoch * 0.2, rel=1e-14)


@pytest.mark.parametrize(("power", "root"), [(1.0, lambda e: e), (0.5, math.sqrt)])
def test_k_over_the_epoch_or_its_root(power, root):
    """k = 2, alpha_0 = 0.1; the notes' epochs count from 1."""
    schedule = S.PowerDecay(2 * 0.1, power, by="epoch")
    for epoch in range(1, 20):
        assert schedule(epoch=epoch - 1) == pytest.approx(2 / root(epoch) * 0.1, rel=1e-14)


def test_smaller_steps_settle_nearer_the_minimum():
    """2.52: on noisy gradients of w^2 / 2 a falling rate ends nearer 0 than a constant one."""

    def end(rate):
        rng = np.random.default_rng(0)
        model = lm.Sequential([lm.Input((1,)), lm.Dense(1, use_bias=False)], dtype="float64", seed=0)
        model.compile(lm.optim.SGD(rate), "squared_error")
        places = []
        for _ in range(400):
            model.train_on_batch(np.ones((1, 1)), rng.normal(size=1))
            places.append(model.get_weights()[0].item())
        return np.std(places[200:])

    assert end(S.InverseTimeDecay(0.9, 10, 1.0)) < end(0.9) / 5


# Warm-up


def test_a_warm_up_puts_off_only_what_it_counts():
    inner = S.ExponentialDecay(1.0, 1, 0.5, by="epoch")
    assert S.Warmup(inner, 2, by="epoch").rates(5).tolist() == [1 / 3, 2 / 3, 1.0, 0.5, 0.25]
    by_step = S.Warmup(inner, 3)
    assert by_step(step=1, epoch=1) == 0.25
    assert by_step(step=3, epoch=1) == 0.5


def test_a_function_of_the_epoch_is_tabulated():
    schedule = S.PiecewiseConstantDecay(range(1, 9), [0.1 / (t + 2) for t in range(9)], by="epoch")
    assert [schedule(epoch=t) for t in range(9)] == [0.1 / (t + 2) for t in range(9)]
    assert schedule(epoch=1000) == 0.01


# In an optimizer


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
def test_every_optimizer_takes_the_rate_of_the_step(kind, rng):
    """Without weight decay no rule looks at the weights, so the steps are those of rate 0.1, scaled."""
    options = {"weight_decay": 0.0} if kind == "AdamW" else {}
    make, gradients = getattr(lm.optim, kind), rng.normal(size=6)
    steps = np.diff(fed(make(S.ExponentialDecay(0.1, 1, 0.7), **options), gradients))
    constant = np.diff(fed(make(0.1, **options), gradients))
    assert steps == pytest.approx(constant * 0.7 ** np.arange(6), rel=1e-9)
    by_epoch = S.ExponentialDecay(0.1, 1, 0.7, by="epoch")  # train_on_batch finishes no epoch
    assert np.array_equal(np.diff(fed(make(by_epoch, **options), gradients)), constant)


def test_by_epoch_counts_finished_epochs():
    """With a constant gradient of 1 the way of an epoch is its rate times its steps."""
    model = lm.Sequential(
        [lm.Input((1,)), lm.Dense(1, use_bias=False, kernel_initializer="zeros")], dtype="float64"
    )
    schedule = S.InverseTimeDecay(0.2, 1, 1.0, by="epoch")
    model.compile(lm.optim.SGD(schedule), lambda y, p: (p[:, 0], np.ones_like(p)))
    places = [0.0]
    model.fit(
        np.ones((6, 1)), np.zeros(6), batch_size=2, epochs=4, verbose=0,
        callbacks=[lambda epoch, logs: places.append(-model.get_weights()[0].item()) or False],
    )  # fmt: skip
    assert np.diff(places) == pytest.approx(3 * schedule.rates(4), rel=1e-12)


# As Python objects


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_equal(schedule, copied):
    twin = copied(schedule)
    assert type(twin) is type(schedule)
    assert twin == schedule
    assert hash(twin) == hash(schedule)
    assert np.array_equal(twin.rates(30, 4), schedule.rates(30, 4))
    assert eval(repr(schedule), vars(S)) == schedule
    optimizer = copied(lm.optim.Adam(schedule))
    assert optimizer == lm.optim.Adam(schedule)
    assert hash(optimizer) == hash(lm.optim.Adam(schedule))
    assert optimizer.options["learning_rate"] == schedule


def test_schedules_differ_by_class_and_options():
    assert len(set(SCHEDULES)) == len(SCHEDULES)
    assert S.Warmup(0.1, 3) != S.Warmup(0.1, 3, by="epoch")
    assert repr(lm.optim.SGD(S.PowerDecay(0.1))) == (
        "SGD(learning_rate=PowerDecay(initial_learning_rate=0.1))"
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: S.InverseTimeDecay(-0.1, 1, 1.0), ("InverseTimeDecay: initial_learning_rate", "-0.1")),
        (lambda: S.InverseTimeDecay(0.1, 0, 1.0), ("decay_steps", "at least 1", "0")),
        (lambda: S.InverseTimeDecay(0.1, 2.5, 1.0), ("decay_steps", "integer", "2.5")),
        (lambda: S.ExponentialDecay(0.1, 1, 0.0), ("ExponentialDecay: decay_rate", "above 0", "0")),
        (lambda: S.ExponentialDecay(float("nan"), 1, 0.5), ("initial_learning_rate", "nan")),
        (lambda: S.ExponentialDecay(0.1, 1, 0.5, by="epochs"), ("by", "did you mean 'epoch'")),
        (lambda: S.PowerDecay(0.1, -1.0), ("PowerDecay: power", "-1")),
        (lambda: S.PowerDecay("fast"), ("PowerDecay: initial_learning_rate", "number", "fast")),
        (lambda: S.PiecewiseConstantDecay([3, 2], [1, 1, 1]), ("boundaries[1]", "grow", "2 after 3")),
        (lambda: S.PiecewiseConstantDecay([3], [1.0]), ("values", "one more", "1")),
        (lambda: S.PiecewiseConstantDecay([3], [1.0, float("inf")]), ("values[1]", "inf")),
        (lambda: S.PiecewiseConstantDecay(3, [1.0]), ("boundaries", "sequence", "int")),
        (lambda: S.CosineDecay(0.1, 10, alpha=1.5), ("CosineDecay: alpha", "1.5")),
        (lambda: S.Warmup(0.1, 0), ("Warmup: warmup_steps", "at least 1", "0")),
        (lambda: S.Warmup(-0.1, 5), ("Warmup: learning_rate", "-0.1")),
        (lambda: S.Warmup(0.1, 5)(step=-1), ("step", "0 or more", "-1")),
        (lambda: S.Warmup(0.1, 5).rates(3, 0), ("steps_per_epoch", "at least 1", "0")),
        (lambda: lm.optim.SGD(lambda step: 0.1), ("SGD: learning_rate", "function")),
    ],
)
def test_bad_options(make, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("by", ["step", "epoch"])
def test_a_rate_that_is_no_number_is_named_before_anything_moves(by):
    """0.1 * 1e200^t is infinite at t = 2; the rate of 1e199 before it meets a gradient of 0."""
    x, y = np.zeros((2, 1)), np.zeros(2)
    model = lm.Sequential([lm.Input((1,)), lm.Dense(1)], dtype="float64", seed=0)
    model.compile(lm.optim.SGD(S.ExponentialDecay(0.1, 1, 1e200, by=by)), "squared_error")
    before = model.get_weights()
    with pytest.raises(ValueError, match="learning_rate: expected a finite number") as caught:
        model.fit(x, y, epochs=3, verbose=0)
    for word in ("ExponentialDecay", "step 2", "epoch 2", "inf"):
        assert word in str(caught.value)
    assert not isinstance(caught.value, lm.DivergedError)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert (model.steps, model.epochs) == (2, 2)
    assert model.history.epoch == [0, 1]
