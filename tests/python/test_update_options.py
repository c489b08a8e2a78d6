# SPDX-License-Identifier: BSD-3-Clause
"""What every optimizer takes: clipping, a moving average of the weights, several batches a step."""

from __future__ import annotations

import copy
import pickle

import laminar as lm
import numpy as np
import pytest
from support.networks import distance, fed, mlp, same_bits, weights_of

KINDS = ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"]
ROWS = 37
# Two computations of one sum in another order differ by rounding, which a few steps of Adam carry on.
ROUNDING = 1e-10


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    return rng.normal(size=(ROWS, 4)), rng.normal(size=(ROWS, 2))


def network(optimizer, dtype="float64", lam=0.5):
    model = mlp((4, 6, 2), dtype=dtype, kernel_regularizer=lm.regularizers.L1L2(lam / 5, lam))
    model.compile(optimizer, "squared_error")
    return model


def copies(model):
    return [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]


def step(model, data, rows=slice(None), weight=None):
    return model.train_on_batch(data[0][rows], data[1][rows], None if weight is None else weight[rows])


# Clipping


def clipped(gradients, clipvalue=None, clipnorm=None, global_clipnorm=None):
    """Return the gradients clipped, in NumPy."""
    if clipvalue:
        return {name: np.clip(g, -clipvalue, clipvalue) for name, g in gradients.items()}
    norms = {name: np.linalg.norm(g) for name, g in gradients.items()}
    if global_clipnorm:
        norms = dict.fromkeys(norms, np.linalg.norm(list(norms.values())))
    limit = clipnorm or global_clipnorm
    return {name: g * (limit / max(norms[name], limit)) for name, g in gradients.items()}


@pytest.mark.parametrize(
    "options", [{"clipvalue": 0.03}, {"clipnorm": 0.2}, {"global_clipnorm": 0.2}], ids=str
)
@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_a_step_goes_along_the_clipped_gradient(options, scale, data, threads):
    """Penalties' gradients are limited too; small gradients are left alone."""
    x, y = data[0], data[1] * scale
    model = network(lm.optim.SGD(1.0, **options), lam=0.5 * scale)
    model.set_weights([w * scale for w in model.get_weights()])
    gradients, before = model.value_and_grad(x, y)[1], weights_of(model)
    expected = clipped(gradients, **options)
    assert same_bits(expected, gradients) == (scale < 1)
    model.train_on_batch(x, y)
    for name, view in model.parameters().items():
        assert distance(before[name] - view, expected[name]) <= 1e-14


@pytest.mark.parametrize("kind", KINDS)
def test_every_optimizer_clips(kind, rng):
    """One weight: all three limits are the same, and the same as a gradient clipped by hand."""
    gradients = rng.normal(size=8) * 3
    by_hand = fed(getattr(lm.optim, kind)(), np.clip(gradients, -1, 1))
    for name in ("clipvalue", "clipnorm", "global_clipnorm"):
        assert fed(getattr(lm.optim, kind)(**{name: 1.0}), gradients) == pytest.approx(by_hand, rel=1e-12)


def test_frozen_parameters_do_not_count(data):
    model = network(lm.optim.SGD(1.0, global_clipnorm=0.1))
    model.layers[0].trainable = False
    before = weights_of(model)
    step(model, data)
    moved = [before[name] - view for name, view in model.parameters().items()]
    assert np.sqrt(sum(np.sum(part**2) for part in moved)) == pytest.approx(0.1, rel=1e-12)


def test_clipping_tames_a_rate_that_diverges(data):
    free, tame = (network(lm.optim.SGD(100.0, **o)) for o in ({}, {"clipnorm": 1e-3}))
    with pytest.raises(lm.DivergedError):
        free.fit(*data, epochs=300, verbose=0)
    tame.fit(*data, epochs=300, verbose=0)


# The average of the weights


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("momentum", [0.5, 0.99])
def test_the_average_is_the_mean_by_age(kind, momentum, data, threads):
    model = network(getattr(lm.optim, kind)(ema_momentum=momentum))
    assert all(map(np.array_equal, model.get_averaged_weights(), model.get_weights()))
    seen = []
    for t in range(1, 7):
        step(model, data)
        seen.append(model.get_weights())
        ages = momentum ** np.arange(t)[::-1]
        expected = [np.tensordot(ages, np.stack(steps), 1) / ages.sum() for steps in zip(*seen, strict=True)]
        assert distance(model.get_averaged_weights(), expected) <= 1e-13


def test_the_average_changes_nothing_else(data):
    plain, averaged = network("adam"), network(lm.optim.Adam(ema_momentum=0.9))
    for model in (plain, averaged):
        model.fit(*data, epochs=3, verbose=0)
    assert same_bits(weights_of(plain), weights_of(averaged))


def test_a_block_predicts_with_the_average_and_gives_the_weights_back(data):
    model = network(lm.optim.Adam(0.05, ema_momentum=0.9))
    model.fit(*data, epochs=5, verbose=0)
    own, averages = model.get_weights(), model.get_averaged_weights()
    by_hand = mlp((4, 6, 2), kernel_regularizer=lm.regularizers.L1L2(0.1, 0.5))
    by_hand.compile("adam", "squared_error")
    by_hand.set_weights(averages)
    model.predict(data[0])  # which leaves packed weights behind
    with model.use_averaged_weights():
        assert np.array_equal(model.predict(data[0]), by_hand.predict(data[0]))
        assert model.evaluate(*data) == by_hand.evaluate(*data)
        with model.use_averaged_weights():
            assert all(map(np.array_equal, model.get_weights(), averages))
        assert all(map(np.array_equal, model.get_weights(), averages))
        for train in (model.fit, model.train_on_batch):
            with pytest.raises(RuntimeError, match="averaged weights are in use"):
                train(*data)
    assert all(map(np.array_equal, model.get_weights(), own))
    zeros = [np.zeros_like(w) for w in own]
    with pytest.raises(KeyError), model.use_averaged_weights():
        model.set_weights(zeros) or {}["an exception"]
    assert all(map(np.array_equal, model.get_weights(), own))
    model.set_weights(averages)  # for good
    assert np.array_equal(model.predict(data[0]), by_hand.predict(data[0]))


def test_callbacks_may_look_at_the_average(data):
    model, losses = network(lm.optim.Adam(ema_momentum=0.9)), []

    def look(epoch, logs):
        with model.use_averaged_weights():
            losses.append(model.evaluate(*data)["loss"])

    twin = network(lm.optim.Adam(ema_momentum=0.9))
    model.fit(*data, epochs=3, verbose=0, callbacks=[look])
    twin.fit(*data, epochs=3, verbose=0)
    assert len(set(losses)) == 3
    assert same_bits(weights_of(model), weights_of(twin))


def test_without_an_average_there_is_none_to_use(data):
    model = network("adam")
    with pytest.raises(RuntimeError, match="ema_momentum"):
        model.get_averaged_weights()
    with pytest.raises(RuntimeError, match="ema_momentum"), model.use_averaged_weights():
        pass
    step(model, data)


def test_a_layer_that_thaws_has_an_average_as_old_as_the_others(data):
    model = network(lm.optim.SGD(0.1, ema_momentum=0.5))
    model.layers[0].trainable = False
    step(model, data)
    frozen = model.get_weights()
    assert all(map(np.array_equal, model.get_averaged_weights(), frozen))
    model.layers[0].trainable = True
    step(model, data)
    expected = [(0.5 * a + b) / 1.5 for a, b in zip(frozen, model.get_weights(), strict=True)]
    assert distance(model.get_averaged_weights(), expected) <= 1e-14


# Several batches a step


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_k_small_batches_are_one_large_one(kind, weighted, data, threads):
    """Batches of different size, weight and penalty."""
    weight = np.random.default_rng(2).uniform(0, 3, ROWS) if weighted else None
    parts = network(getattr(lm.optim, kind)(gradient_accumulation_steps=3))
    whole = network(getattr(lm.optim, kind)())
    for _ in range(4):
        for rows in (slice(0, 3), slice(3, 20), slice(20, None)):
            before = weights_of(parts)
            step(parts, data, rows, weight)
        assert not same_bits(before, weights_of(parts))
        step(whole, data, weight=weight)
        assert parts.steps == whole.steps
        assert distance(parts.get_weights(), whole.get_weights()) <= ROUNDING


@pytest.mark.parametrize("k", [1, 2, 3, 7, 100])
def test_fit_is_fit_with_k_times_the_batch(k, data):
    """37 rows in batches of 4: whatever k is, the last step takes the rest; losses are reported alike."""
    parts = network(lm.optim.Adam(0.01, gradient_accumulation_steps=k, global_clipnorm=0.5, ema_momentum=0.9))
    whole = network(lm.optim.Adam(0.01, global_clipnorm=0.5, ema_momentum=0.9))
    a = parts.fit(*data, batch_size=4, epochs=3, verbose=0).history
    b = whole.fit(*data, batch_size=4 * k, epochs=3, verbose=0).history
    assert a["loss"] == pytest.approx(b["loss"], rel=ROUNDING)
    assert parts.steps == whole.steps
    assert distance(parts.get_weights(), whole.get_weights()) <= ROUNDING
    assert distance(parts.get_averaged_weights(), whole.get_averaged_weights()) <= ROUNDING


def test_the_loss_of_a_batch_is_its_own(data):
    model = network(lm.optim.SGD(gradient_accumulation_steps=2))
    for rows in (slice(0, 5), slice(5, 12)):
        expected = model.value_and_grad(data[0][rows], data[1][rows])[0]
        assert step(model, data, rows) == pytest.approx(expected, rel=1e-14)


def test_nothing_moves_before_the_last_batch(data):
    model = network(lm.optim.AdamW(gradient_accumulation_steps=3, ema_momentum=0.9))
    before = weights_of(model)
    for _ in range(2):
        step(model, data)
    assert same_bits(before, weights_of(model))
    assert model.steps == 0
    assert all(map(np.array_equal, model.get_averaged_weights(), model.get_weights()))
    step(model, data)
    assert model.steps == 1


def test_each_batch_of_a_step_has_masks_of_its_own():
    """A loss that keeps what dropout lets through; over two steps of three batches all masks differ."""
    masks = []
    model = lm.Sequential([lm.Input((64,)), lm.Dropout(0.5)], dtype="float64", seed=0)
    kept = lm.optim.SGD(gradient_accumulation_steps=3)
    model.compile(kept, lambda y, p: (masks.append(tuple(p[0] > 0)) or p[:, 0], np.zeros_like(p)))
    for _ in range(6):
        expected = model.value_and_grad(np.ones((1, 64)), np.ones((1, 64)))
        assert model.train_on_batch(np.ones((1, 64)), np.ones((1, 64))) == expected[0]
    assert masks[0::2] == masks[1::2]
    assert len(set(masks)) == 6


def test_fit_and_compile_drop_what_was_gathered(data):
    model, fresh = (network(lm.optim.SGD(gradient_accumulation_steps=2)) for _ in range(2))
    step(model, data, slice(0, 5))
    for each in (model, fresh):
        each.fit(*data, batch_size=10, verbose=0, shuffle=False)
    assert same_bits(weights_of(model), weights_of(fresh))
    step(model, data)
    for each in (model, fresh):
        each.compile(lm.optim.SGD(gradient_accumulation_steps=2), "squared_error")
        step(each, data)
        step(each, data)
    assert same_bits(weights_of(model), weights_of(fresh))


# Copies


@pytest.mark.parametrize("at", [1, 4])
def test_copies_go_on_in_the_middle_of_a_step(at, data):
    options = {"gradient_accumulation_steps": 3, "ema_momentum": 0.9, "clipnorm": 0.5}
    model = network(lm.optim.Adam(lm.schedules.Warmup(0.01, 3), **options))
    for _ in range(at):
        step(model, data)
    twins = copies(model)
    for each in (model, *twins):
        for _ in range(5):
            step(each, data, slice(0, 20))
    for twin in twins:
        assert same_bits(weights_of(model), weights_of(twin))
        assert all(map(np.array_equal, model.get_averaged_weights(), twin.get_averaged_weights()))
        assert twin.steps == model.steps


def test_memory_is_planned(data):
    for options, buffers in (({}, 2), ({"ema_momentum": 0.9, "gradient_accumulation_steps": 2}, 4)):
        model = network(lm.optim.Adam(**options))
        planned = model.plan_bytes(8)
        step(model, data)
        assert planned["moments"] == buffers * planned["parameters"] == model.allocated_bytes()["moments"]


# Resuming, with everything at once


def everything():
    layers = [
        lm.Input((4,)),
        lm.Dense(8, "relu", kernel_regularizer=lm.regularizers.L2(0.1)),
        lm.Dropout(0.3),
        lm.Dense(2),
    ]
    by_epoch = lm.schedules.ExponentialDecay(0.02, 2, 0.5, by="epoch")
    model = lm.Sequential(layers, seed=3)
    model.compile(
        lm.optim.Adam(
            lm.schedules.Warmup(by_epoch, 5),
            global_clipnorm=0.5,
            ema_momentum=0.9,
            gradient_accumulation_steps=3,
        ),
        "squared_error",
    )
    return model


@pytest.mark.parametrize("between", ["nothing", "pickle", "deepcopy"])
@pytest.mark.parametrize("initial", [True, False])
def test_fits_of_one_epoch_are_one_fit(between, initial, data, threads):
    whole, parts = everything(), everything()
    losses = whole.fit(*data, batch_size=4, epochs=4, verbose=0).history["loss"]
    seen = []
    for epoch in range(4):
        numbers = {"epochs": epoch + 1, "initial_epoch": epoch} if initial else {}
        seen += parts.fit(*data, batch_size=4, verbose=0, **numbers).history["loss"]
        parts = {"nothing": lambda m: m, "pickle": lambda m: copies(m)[1], "deepcopy": copy.deepcopy}[
            between
        ](parts)
    assert seen == losses
    assert same_bits(weights_of(whole), weights_of(parts))
    assert all(map(np.array_equal, whole.get_averaged_weights(), parts.get_averaged_weights()))
    assert (whole.steps, whole.epochs) == (parts.steps, parts.epochs) == (16, 4)


# A new optimizer


def test_a_new_optimizer_starts_with_its_own_first_step(data):
    """Adam's first step has the rate's length, however many steps the model has behind it."""
    model = network("adam")
    model.fit(*data, epochs=10, verbose=0)
    model.compile(lm.optim.Adam(0.01), "squared_error")
    before, gradients = weights_of(model), model.value_and_grad(*data)[1]
    step(model, data)
    for name, view in model.parameters().items():
        expected = 0.01 * gradients[name] / (np.abs(gradients[name]) + 1e-8)
        assert before[name] - view == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"clipvalue": 0.0}, ("clipvalue", "above 0", "0")),
        ({"clipnorm": -1.0}, ("clipnorm", "above 0", "-1")),
        ({"global_clipnorm": float("nan")}, ("global_clipnorm", "above 0", "nan")),
        ({"clipnorm": 1.0, "clipvalue": 1.0}, ("clipnorm", "at most one", "clipvalue")),
        ({"clipnorm": "1"}, ("clipnorm", "number", "'1'")),
        ({"ema_momentum": 1.0}, ("ema_momentum", "below 1", "1")),
        ({"ema_momentum": 0.0}, ("ema_momentum", "above 0", "0")),
        ({"gradient_accumulation_steps": 0}, ("gradient_accumulation_steps", "at least 1", "0")),
        ({"gradient_accumulation_steps": 2.5}, ("gradient_accumulation_steps", "integer", "2.5")),
        ({"clipnrom": 1.0}, ("clipnrom", "did you mean 'clipnorm'")),
    ],
    ids=str,
)
def test_bad_options(kind, options, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        getattr(lm.optim, kind)(**options)
    for word in (kind, *words):
        assert word in str(caught.value)
