# SPDX-License-Identifier: BSD-3-Clause
"""Batch, layer and feature normalization, and Gaussian noise, beside NumPy."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace

import laminar as lm
import numpy as np
import pytest
from support.networks import distance, same_bits
from support.records import LAYERS, OPTIMIZERS

EPSILON = {"float32": float(np.finfo("f4").eps), "float64": float(np.finfo("f8").eps)}
COPIES = [copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))]


def squares(y, p):
    return ((p - y) ** 2).reshape(len(p), -1).sum(axis=1) / 2, p - y


def model_of(*layers, shape=(3,), dtype="float64", optimizer="sgd", loss=squares, seed=0):
    model = lm.Sequential([lm.Input(shape), *layers], dtype=dtype, seed=seed)
    model.compile(optimizer, loss)
    return model


def in_training(model, x):
    """Return what the last layer yields in a training step that is not taken."""
    seen = []

    def look(y, p):
        seen.append(p.copy())
        return squares(y, p)

    model.compile("sgd", look)
    model.value_and_grad(x, np.zeros(model(x).shape))
    return seen[0]


# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(5, 3), (300, 70), (4, 6, 2)])
@pytest.mark.parametrize("record", LAYERS, ids=lambda r: r.id)
def test_values(record, shape, dtype, rng):
    model = model_of(record.make(), shape=shape[1:], dtype=dtype)
    for view in model.parameters().values():
        view[...] = rng.normal(size=view.shape)
    x = rng.normal(2, 3, size=shape).astype(dtype)
    expected = record.forward(x.astype(float), *(w.astype(float) for w in model.parameters().values()))
    # Numbers of size 10 that a sum of at most 300 and a division by a deviation of 3 make.
    assert distance(in_training(model, x), expected) <= 64 * EPSILON[dtype]


@pytest.mark.parametrize("layer", [lm.BatchNormalization, lm.LayerNormalization])
def test_a_mean_far_above_the_deviation(layer, rng):
    """float32 keeps 1e4 to 5e-4: so far, and no further, may the mean be off; the variance is right."""
    x = rng.normal(1e4, 1, size=(200, 100)).astype("f4")
    y = in_training(model_of(layer(), shape=(100,), dtype="float32"), x)
    axis = 0 if layer is lm.BatchNormalization else 1
    assert np.abs(y.mean(axis=axis)).max() < 1e-3
    assert np.abs(y.std(axis=axis) - 1).max() < 1e-4
    exact = x.astype(float)
    exact = (exact - exact.mean(axis=axis, keepdims=True)) / exact.std(axis=axis, keepdims=True)
    assert np.abs(y - exact).max() < 1e-3


# --- batch normalization --------------------------------------------------------------------------


@pytest.mark.parametrize("momentum", [0.0, 0.9, 1.0])
def test_moving_averages(momentum, rng):
    model = model_of(lm.BatchNormalization(momentum=momentum, epsilon=0.1))
    mean, variance = np.zeros(3), np.ones(3)
    for _ in range(4):
        x = rng.normal(5, 2, size=(10, 3))
        model.train_on_batch(x, x)
        mean = momentum * mean + (1 - momentum) * x.mean(axis=0)
        variance = momentum * variance + (1 - momentum) * x.var(axis=0)
    gamma, beta, *moving = model.get_weights()
    assert distance(moving, [mean, variance]) <= 1e-14
    expected = gamma * (x - mean) / np.sqrt(variance + 0.1) + beta
    assert distance(model.predict(x), expected) <= 1e-14
    assert distance(model.predict(x[:1]), expected[:1]) <= 1e-14


def with_batch_normalization(dtype="float64", optimizer="adam"):
    layers = [lm.Dense(6), lm.BatchNormalization(momentum=0.8), lm.Activation("tanh"), lm.Dense(2)]
    return model_of(*layers, dtype=dtype, optimizer=optimizer, loss="squared_error")


def test_looking_at_a_model_moves_no_average(rng):
    model, x, y = with_batch_normalization(), rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    model.train_on_batch(x, y)
    before = [w.tobytes() for w in model.get_weights()]
    for training in (True, False):
        model.value_and_grad(x, y, training=training, wrt="both")
    lm.check_gradients(model, x, y)
    model.predict(x)
    model.evaluate(x, y)
    model.summary(print_fn=lambda line: None)
    assert [w.tobytes() for w in model.get_weights()] == before


def test_a_step_that_fails_moves_no_average(rng):
    x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))

    def diverges(y, p):
        return np.full(len(p), np.inf), p

    def fails(y, p):
        raise KeyError("mine")

    for loss, error in ((diverges, lm.DivergedError), (fails, KeyError)):
        model = with_batch_normalization()
        model.train_on_batch(x, y)
        before = [w.tobytes() for w in model.get_weights()]
        model.compile("adam", loss)
        with pytest.raises(error):
            model.train_on_batch(x, y)
        with pytest.raises(error):
            model.fit(x, y, verbose=0)
        assert model.steps == 1
        assert [w.tobytes() for w in model.get_weights()] == before


def test_a_batch_without_weight_moves_no_average(rng):
    x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    model, twin = with_batch_normalization(), with_batch_normalization()
    model.fit(x, y, sample_weight=[1] + [0] * 7, batch_size=4, shuffle=False, verbose=0)
    twin.train_on_batch(x[:4], y[:4], sample_weight=[1, 0, 0, 0])
    assert same_bits(dict(enumerate(model.get_weights())), dict(enumerate(twin.get_weights())))


def test_the_bias_before_it_cancels(rng):
    model, x, y = with_batch_normalization(), rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    before = in_training(model, x)
    model.parameters()["dense_1.bias"][...] = rng.normal(0, 10, size=6)
    assert distance(in_training(model, x), before) <= 1e-13  # x + bias is rounded at 10 epsilon
    _, gradients = model.value_and_grad(x, y)
    assert np.abs(gradients["dense_1.kernel"]).max() > 1e-2
    assert np.abs(gradients["dense_1.bias"]).max() < 1e-13


@pytest.mark.parametrize("record", OPTIMIZERS, ids=lambda r: r.id)
@pytest.mark.parametrize("layer", [lm.BatchNormalization, lm.LayerNormalization])
def test_every_optimizer_trains_gamma_and_beta(layer, record, rng):
    model = model_of(lm.Dense(4), layer(), lm.Dense(2), optimizer=record.ours(), loss="squared_error")
    names = [name for name in model.parameters() if name.startswith(("batch", "layer"))]
    assert len(names) == 2
    expected = {name: model.parameters()[name].copy() for name in names}
    rules = {name: record.reference() for name in names}
    for _ in range(5):
        x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
        _, gradients = model.value_and_grad(x, y)
        for name in names:
            expected[name] = rules[name].update(expected[name], gradients[name])
        model.train_on_batch(x, y)
    for name in names:
        assert distance(model.parameters()[name], expected[name]) <= 1e-12


def test_a_frozen_one_is_left_as_it_is_and_computes_as_at_prediction(rng):
    model, x, y = with_batch_normalization(), rng.normal(3, 2, size=(20, 3)), rng.normal(size=(20, 2))
    model.fit(x, y, epochs=3, verbose=0)
    layer = model.get_layer("batch_normalization_1")
    layer.trainable = False
    before = [w.tobytes() for w in model.get_weights()]
    assert distance(in_training(model, x), model.predict(x)) <= 1e-14
    model.compile("adam", "squared_error")
    model.fit(x, y, batch_size=1, verbose=0)  # one row is enough
    after = [w.tobytes() for w in model.get_weights()]
    assert [a == b for a, b in zip(before, after, strict=True)] == [False] * 2 + [True] * 4 + [False] * 2
    model.trainable = False
    model.fit(x, y, verbose=0)
    assert [w.tobytes() for w in model.get_weights()] == after
    model.trainable = layer.trainable = True
    model.fit(x, y, verbose=0)
    assert not any(w.tobytes() == b for w, b in zip(model.get_weights(), after, strict=True))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m, x, y: m.train_on_batch(x[:1], y[:1]), ("at least 2 rows", "got 1")),
        (lambda m, x, y: m.value_and_grad(x[:1], y[:1]), ("at least 2 rows", "got 1")),
        (lambda m, x, y: lm.check_gradients(m, x[:1], y[:1]), ("at least 2 rows", "got 1")),
        (lambda m, x, y: m.fit(x[:1], y[:1], verbose=0), ("x: expected at least 2 rows", "got 1")),
        (lambda m, x, y: m.fit(x, y, batch_size=1, verbose=0), ("batch_size: expected at least 2", "got 1")),
        (lambda m, x, y: m.fit(x[:2], y[:2], validation_split=0.5, verbose=0), ("x: expected", "2 rows")),
    ],
)
def test_one_row_has_no_statistics(call, words, rng):
    model, x, y = with_batch_normalization(), rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    before = [w.tobytes() for w in model.get_weights()]
    with pytest.raises(ValueError, match="batch_normalization_1") as caught:
        call(model, x, y)
    for word in words:
        assert word in str(caught.value)
    assert model.steps == 0
    assert [w.tobytes() for w in model.get_weights()] == before
    model.value_and_grad(x[:1], y[:1], training=False)
    model.predict(x[:1])
    model.evaluate(x[:1], y[:1], batch_size=1)
    model.summary(batch_size=1, print_fn=lambda line: None)


def batches_of_a_fit(model, rows, batch_size, shape=(3,), **options):
    """Return the row numbers of each batch of one epoch."""
    batches = []

    def look(y, p):
        batches.append(y.ravel().astype(int).tolist())
        return squares(0 * p, p)

    model.compile("sgd", look)
    x = np.random.default_rng(0).normal(size=(rows, *shape))
    model.fit(x, np.arange(rows).reshape(-1, 1), batch_size=batch_size, verbose=0, **options)
    assert sorted(row for batch in batches for row in batch) == list(range(rows))
    assert model.steps == len(batches)
    return batches


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize(
    ("rows", "batch_size", "sizes"),
    [(33, 32, [17, 16]), (9, 4, [4, 3, 2]), (10, 4, [4, 4, 2]), (7, 2, [2, 2, 3]), (3, 5, [3])],
)
def test_a_last_batch_of_one_row_is_evened_out(rows, batch_size, sizes, shuffle):
    model = model_of(lm.BatchNormalization(), lm.Dense(1))
    assert [len(batch) for batch in batches_of_a_fit(model, rows, batch_size, shuffle=shuffle)] == sizes


def test_other_models_keep_their_last_batch():
    one = [4, 4, 1]
    assert [len(b) for b in batches_of_a_fit(model_of(lm.LayerNormalization(), lm.Dense(1)), 9, 4)] == one
    # Each row of these has several rows of features.
    several = model_of(lm.BatchNormalization(), lm.Flatten(), lm.Dense(1), shape=(2, 3))
    assert [len(b) for b in batches_of_a_fit(several, 9, 4, shape=(2, 3))] == one
    free = lm.Sequential([lm.Input((None, 3)), lm.BatchNormalization(), lm.Dense(1)], seed=0)
    x = np.ones((9, 5, 3))
    free.compile("sgd", "squared_error")
    free.fit(x, np.ones((9, 5, 1)), batch_size=4, verbose=0)
    assert free.steps == 3
    free.fit(x[:, :1], np.ones((9, 1, 1)), batch_size=4, verbose=0, shuffle=False)
    assert free.steps == 6
    with pytest.raises(ValueError, match="batch_size"):
        free.fit(x[:, :1], np.ones((9, 1, 1)), batch_size=1, verbose=0)
    frozen = model_of(lm.BatchNormalization(), lm.Dense(1))
    frozen.layers[0].trainable = False
    assert [len(b) for b in batches_of_a_fit(frozen, 9, 4)] == one


def test_progress_counts_the_batches_there_are(rng):
    """The polls come every 50 ms: the loss is slow."""
    import time

    model, seen = model_of(lm.BatchNormalization(), lm.Dense(1)), []

    def slow(y, p):
        time.sleep(0.03)
        return squares(y, p)

    model.compile("sgd", slow)
    hooks = SimpleNamespace(
        on_begin=None,
        on_epoch_begin=None,
        on_step=None,
        on_epoch=None,
        on_poll=lambda epoch, done, steps, logs: bool(seen.append((done, steps))),
    )
    x, y = rng.normal(size=(7, 3)), np.ones((7, 1))
    lm._core.Model.fit(model, x, y, None, None, 2, 2, 0, True, None, 0.0, hooks)
    assert seen
    assert all(1 <= done <= 3 and steps == 3 for done, steps in seen)


def test_gradients_at_prediction_take_the_averages_as_constants(rng):
    model, x, y = with_batch_normalization(), rng.normal(2, 3, size=(8, 3)), rng.normal(size=(8, 2))
    model.fit(x, y, epochs=3, verbose=0)
    loss, gradients, dx = model.value_and_grad(x, y, training=False, wrt="both")
    assert loss == pytest.approx(model.evaluate(x, y)["loss"], rel=1e-12)
    numbers = {**model.parameters(), "x": x}
    for name, gradient in {**gradients, "x": dx}.items():
        approximate = np.zeros_like(gradient)
        for at in np.ndindex(gradient.shape):
            number, step = numbers[name][at], 1e-6
            losses = []
            for value in (number + step, number - step):
                numbers[name][at] = value
                losses.append(model.evaluate(x, y)["loss"])
            numbers[name][at] = number
            approximate[at] = (losses[0] - losses[1]) / (2 * step)
        assert distance(gradient, approximate) < 1e-8
    # One row alone has the gradient it has among others.
    _, alone = model.value_and_grad(x[:1], y[:1], training=False, wrt="inputs")
    assert distance(alone[0] / 8, dx[0]) <= 1e-14


def test_summary_tells_what_is_not_trained():
    lines = []
    with_batch_normalization().summary(print_fn=lines.append)
    text = "\n".join(lines)
    # 3 * 6 + 6, 6 + 6, 6 * 2 + 2; moving mean and variance
    assert "parameters: 50, of which trained: 50; besides them not trained: 12" in text


@pytest.mark.parametrize("copied", COPIES)
def test_moving_averages_are_copied(copied, rng):
    model, x, y = with_batch_normalization(), rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
    model.fit(x, y, batch_size=4, epochs=2, verbose=0)
    twin = copied(model)
    for each in (model, twin):
        each.fit(x, y, batch_size=4, epochs=4, initial_epoch=2, verbose=0)
    assert same_bits(dict(enumerate(model.get_weights())), dict(enumerate(twin.get_weights())))


def test_a_shared_layer_sees_both_calls(rng):
    shared, x = lm.BatchNormalization(momentum=0.5), lm.Input((3,))
    model = lm.Model(x, lm.Add()([shared(x), shared(lm.Dense(3)(x))]), dtype="float64", seed=0)
    model.compile(lm.optim.SGD(0.0), "squared_error")
    data = rng.normal(size=(6, 3))
    h = data @ model.parameters()["dense_1.kernel"]
    model.train_on_batch(data, data)
    # The order of the calls is that of the graph.
    moving = model.get_weights()[2] if model.layers[0] is shared else model.get_weights()[4]
    orders = [0.25 * a.mean(axis=0) + 0.5 * b.mean(axis=0) for a, b in ((data, h), (h, data))]
    assert min(distance(moving, expected) for expected in orders) <= 1e-14


# --- normalization --------------------------------------------------------------------------------


def adapted(x, n=3, dtype="float64", **options):
    layer = lm.Normalization(**options)
    model = model_of(layer, shape=(n,), dtype=dtype)
    layer.adapt(x)
    return model


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x,
        lambda x: x.astype("f4"),
        lambda x: x.astype("i2"),
        lambda x: x.astype("u1"),
        lambda x: x > 5,
        lambda x: np.asfortranarray(x),
        lambda x: np.repeat(x, 2, axis=0)[::2],
        lambda x: np.repeat(x, 2, axis=1)[:, ::-2],
        lambda x: x[::-1],
        lambda x: x.reshape(20, 50, 3),
        lambda x: x.astype(">f8"),
        lambda x: x.tolist(),
        lambda x: np.broadcast_to(x[:1], x.shape),
    ],
)
def test_adapt_takes_any_layout(change, rng):
    x = change(rng.uniform(0, 10, size=(1000, 3)).round(2))
    plain = np.asarray(x, dtype=float).reshape(-1, 3)
    mean, std = adapted(x).get_weights()
    bound = 1000 * EPSILON["float64"]  # NumPy adds the 1000 rows one after another
    assert distance(mean, plain.mean(axis=0)) <= bound
    assert distance(std, plain.std(axis=0)) <= bound


def test_adapt_is_sound_and_has_the_same_bits_on_any_threads(rng, threads):
    """Many blocks of rows; the mean is 1e8 deviations from 0, so it is rounded at 1.5e-8 of them, and so are
    the distances between the means of blocks, which are of size 0.01."""
    x = rng.normal(1e8, 1, size=(50_000, 17))
    mean, std = adapted(x, 17).get_weights()
    assert np.abs((mean - 1e8) - (x - 1e8).mean(axis=0)).max() < 5e-8
    assert np.abs(std / (x - 1e8).std(axis=0) - 1).max() < 1e-9
    before = lm.get_num_threads()
    lm.set_num_threads(1)
    alone = adapted(x, 17).get_weights()
    lm.set_num_threads(before)
    assert same_bits(dict(enumerate(alone)), {0: mean, 1: std})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_and_test_data_are_normalized_alike(dtype, rng):
    x, new = rng.normal(3, 7, size=(40, 3)), rng.normal(size=(5, 3))
    x[:, 1] = new[:, 1] = 0.1
    model = adapted(x, dtype=dtype)
    std = x.std(axis=0)
    std[1] = np.inf
    bound = 8 * EPSILON[dtype]
    assert distance(model.predict(new), (new - x.mean(axis=0)) / std) <= bound
    assert distance(in_training(model, x), (x - x.mean(axis=0)) / std) <= bound
    assert not model.predict(new)[:, 1].any()
    new[:, 1] = 5  # a constant column tells nothing, whatever it turns into
    assert not model.predict(new)[:, 1].any()


def test_adapt_before_and_after_building(rng):
    x = rng.normal(3, 7, size=(40, 3))
    early, late = lm.Normalization(), lm.Normalization()
    given = lm.Normalization(x.mean(axis=0), x.std(axis=0))
    early.adapt(x)
    models = [lm.Sequential([layer], dtype="float64", seed=0) for layer in (early, late, given)]
    for model in models:
        model.build((3,))
    late.adapt(x)
    for model in models[1:]:
        assert distance(model.predict(x), models[0].predict(x)) <= 1e-14
    models[0].get_layer("normalization_1").adapt(x[:10])
    assert distance(models[0].predict(x), (x - x[:10].mean(axis=0)) / x[:10].std(axis=0)) <= 1e-13


@pytest.mark.parametrize(
    "call",
    [
        lambda m, x, y: m.predict(x),
        lambda m, x, y: m(x),
        lambda m, x, y: m.evaluate(x, y),
        lambda m, x, y: m.fit(x, y, verbose=0),
        lambda m, x, y: m.train_on_batch(x, y),
        lambda m, x, y: m.value_and_grad(x, y),
        lambda m, x, y: lm.check_gradients(m, x, y),
    ],
)
def test_without_adapt_nothing_is_computed(call, rng):
    model, x = model_of(lm.Normalization(name="n"), lm.Dense(1)), rng.normal(size=(5, 3))
    with pytest.raises(RuntimeError, match=r"n \(Normalization\).*adapt\(x\)"):
        call(model, x, x[:, :1])
    assert model.steps == 0
    model.get_layer("n").adapt(x)
    call(model, x, x[:, :1])


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (np.zeros((0, 3)), ValueError, ("adapt: x", "at least one row", "(0, 3)")),
        (np.zeros((4, 0)), ValueError, ("adapt: x", "one feature", "(4, 0)")),
        (np.zeros(3), lm.ShapeError, ("adapt: x", "2 axes", "(3,)")),
        (np.array([[1.0, np.nan, 2.0]]), ValueError, ("adapt: x", "finite", "nan", "[0, 1]")),
        (np.array([[1.0, 2.0, -np.inf]]), ValueError, ("adapt: x", "finite", "-inf", "[0, 2]")),
        (np.zeros((4, 2)), lm.ShapeError, ("adapt: x", "3 features", "got 2")),
        ([["a", "b", "c"]], TypeError, ("adapt: x",)),
    ],
)
def test_adapt_refuses_by_name(x, error, words, rng):
    model = adapted(rng.normal(size=(5, 3)), name="n")
    before = [w.tobytes() for w in model.get_weights()]
    with pytest.raises(error) as caught:
        model.layers[0].adapt(x)
    for word in words:
        assert word in str(caught.value)
    assert [w.tobytes() for w in model.get_weights()] == before


def test_adapted_to_other_features():
    layer = lm.Normalization()
    layer.adapt(np.eye(3))
    with pytest.raises(lm.ShapeError, match="expected 3 input features, as it was adapted to, got 4"):
        layer(lm.Input((4,)))


@pytest.mark.parametrize("copied", COPIES)
def test_statistics_are_copied(copied, rng):
    x = rng.normal(3, 7, size=(40, 3))
    expected = (x - x.mean(axis=0)) / x.std(axis=0)
    layer = lm.Normalization()
    layer.adapt(x)
    alone = copied(layer)
    assert repr(alone) == repr(layer)
    unbuilt = lm.Sequential([layer], dtype="float64")
    for model in (lm.Sequential([alone], dtype="float64"), copied(unbuilt), unbuilt, copied(unbuilt)):
        assert distance(model.predict(x), expected) <= 1e-14
    late = adapted(x)
    assert distance(copied(late).predict(x), expected) <= 1e-14
    other = model_of(lm.Normalization())
    other.set_weights(late.get_weights())
    assert distance(other.predict(x), expected) <= 1e-14


def test_statistics_are_not_trained(rng):
    layer = lm.Normalization()
    layer.adapt(rng.normal(3, 7, size=(40, 3)))
    model = model_of(layer, lm.Dense(1), loss="squared_error")
    before = model.get_weights()
    model.fit(rng.normal(size=(8, 3)), np.ones(8), batch_size=1, epochs=2, verbose=0)
    assert same_bits(dict(enumerate(model.get_weights()[:2])), dict(enumerate(before[:2])))
    assert set(model.parameters()) == {"dense_1.kernel", "dense_1.bias"}


def test_models_that_share_a_layer_have_one_dtype(rng):
    for layer in (lm.Normalization([1.0], [2.0]), lm.BatchNormalization(center=False, scale=False)):
        lm.Sequential([lm.Input((1,)), layer], dtype="float32")
        with pytest.raises(lm.ShapeError, match=r"mean.*float32, which .* another model.*float64"):
            lm.Sequential([lm.Input((1,)), layer], dtype="float64")


def test_repr_shows_the_first_numbers():
    assert repr(lm.Normalization(name="n")) == "Normalization(name='n')"
    assert repr(lm.Normalization([1, 2], [3, 4])) == "Normalization(mean=[1.0, 2.0], std=[3.0, 4.0])"
    assert len(repr(lm.Normalization(np.zeros(1000), np.ones(1000)))) < 150


# --- noise ----------------------------------------------------------------------------------------


def test_noise_is_of_training_alone(rng):
    model, x = model_of(lm.GaussianNoise(0.5), shape=(1000,)), rng.normal(size=(20, 1000))
    assert np.array_equal(model.predict(x), x)
    z = in_training(model, x) - x
    assert abs(z.std() - 0.5) < 5 * 0.5 / np.sqrt(2 * z.size)  # five standard deviations of the estimate
    assert abs(z.mean()) < 5 * 0.5 / np.sqrt(z.size)
    assert np.array_equal(in_training(model, x) - x, z)  # the step has not been taken
    _, dx = model.value_and_grad(x, np.zeros_like(x), wrt="inputs")
    assert distance(dx, (x + z) / 20) <= 1e-15
    model.steps = 1
    assert abs(np.corrcoef((in_training(model, x) - x).ravel(), z.ravel())[0, 1]) < 0.05


def test_both_dtypes_draw_the_same_noise(rng):
    x = rng.normal(size=(7, 33)).astype("f4")
    single, double = (
        in_training(model_of(lm.GaussianNoise(0.5), shape=(33,), dtype=dtype), x) for dtype in EPSILON
    )
    assert distance(single, double) <= 8 * EPSILON["float32"]


def test_noise_is_frozen_with_dropout(rng):
    model = model_of(lm.GaussianNoise(0.3), lm.Dense(4, "tanh"), lm.GaussianNoise(0.1), lm.Dense(1))
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))
    with pytest.raises(ValueError, match=r"gaussian_noise_1.*freeze_dropout"):
        lm.check_gradients(model, x, y)
    with model.freeze_dropout():
        assert lm.check_gradients(model, x, y).difference < 1e-7
        first = model.value_and_grad(x, y)[0]
        model.train_on_batch(x, y)
        assert model.value_and_grad(x, y)[0] != first  # of the step
    assert lm.check_gradients(model_of(lm.GaussianNoise(0.0), lm.Dense(1)), x, y).difference < 1e-7


# --- options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: lm.BatchNormalization(momentum=1.5), ("BatchNormalization: momentum", "0 to 1", "1.5")),
        (lambda: lm.BatchNormalization(epsilon=0), ("BatchNormalization: epsilon", "above 0")),
        (lambda: lm.LayerNormalization(epsilon=-1), ("LayerNormalization: epsilon", "above 0")),
        (lambda: lm.GaussianNoise(-0.1), ("GaussianNoise: stddev", "at least 0")),
        (lambda: lm.Normalization(mean=[1.0]), ("Normalization: std", "beside mean")),
        (lambda: lm.Normalization([1.0], [1.0, 2.0]), ("Normalization: std", "2 and 1")),
        (lambda: lm.Normalization([np.nan], [1.0]), ("Normalization: mean", "finite")),
        (lambda: lm.Normalization([1.0], [-1.0]), ("Normalization: std", "at least 0")),
        (lambda: lm.Normalization([[1.0]], [1.0]), ("Normalization: mean", "(1, 1)")),
        (lambda: lm.Normalization(["a"], [1.0]), ("Normalization: mean", "real numbers")),
    ],
)
def test_bad_options(make, words):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are checked below
        make()
    for word in words:
        assert word in str(caught.value)
