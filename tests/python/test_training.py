# SPDX-License-Identifier: BSD-3-Clause
"""What `fit`, `train_on_batch`, `evaluate` and `predict` promise."""

from __future__ import annotations

import copy
import pickle

import laminar as lm
import numpy as np
import pytest
from support.networks import distance, mlp, same_bits, weights_of

ROWS = 37  # not a multiple of any batch size used here


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(ROWS, 4))
    return x, (x.sum(axis=1) > 0).astype(int) + (x[:, 0] > 1)


def lively(optimizer="adam", seed=3, **compile_options):
    """Return a compiled model with all that could depend on counters: dropout, moments, shuffling."""
    layers = [lm.Input((4,)), lm.Dense(8, "relu"), lm.Dropout(0.3), lm.Dense(3, "softmax")]
    model = lm.Sequential(layers, dtype="float64", seed=seed)
    model.compile(optimizer, "cross_entropy", **compile_options)
    return model


def fit(model, data, **options):
    return model.fit(*data, **{"batch_size": 8, "verbose": 0} | options)


def alike(a, b):
    return same_bits(weights_of(a), weights_of(b)) and (a.steps, a.epochs) == (b.steps, b.epochs)


def pickled(model):
    return pickle.loads(pickle.dumps(model))


# History and epochs


@pytest.mark.parametrize("validation", [None, "split", "data"])
def test_history(validation, data):
    x, y = data[0], np.eye(3)[data[1]]  # one-hot, which the metric takes too
    options = {"split": {"validation_split": 0.25}, "data": {"validation_data": (x, y)}}.get(validation, {})
    model = lively(metrics=["accuracy", "mean_squared_error"])
    history = fit(model, (x, y), epochs=3, **options)
    names = ["loss", "accuracy", "mean_squared_error"]
    assert list(history.history) == names + ([f"val_{name}" for name in names] if validation else [])
    assert all(len(values) == 3 and np.isfinite(values).all() for values in history.history.values())
    assert history.epoch == [0, 1, 2]
    assert model.history is history
    assert model.epochs == 3


def test_the_loss_is_the_weighted_mean_over_the_epoch(data):
    """With nothing moving and nothing dropped, an epoch's loss and metrics are those of evaluate."""
    model = mlp((4, 3), output="softmax")
    model.compile(lm.optim.SGD(0.0), "cross_entropy", metrics=["accuracy"])
    weights = np.random.default_rng(0).uniform(0, 2, ROWS)
    history = fit(model, data, sample_weight=weights).history
    assert {name: values[0] for name, values in history.items()} == pytest.approx(
        model.evaluate(*data, sample_weight=weights), rel=1e-12
    )


@pytest.mark.parametrize(
    ("epochs", "initial", "ran"), [(6, 3, [3, 4, 5]), (2, 2, []), (1, 3, []), (0, 0, [])]
)
def test_epochs_is_the_number_of_the_last(epochs, initial, ran, data):
    model = lively()
    before = weights_of(model)
    history = fit(model, data, epochs=epochs, initial_epoch=initial)
    assert history.epoch == ran
    assert model.steps == 5 * len(ran)
    assert same_bits(before, weights_of(model)) == (not ran)


@pytest.mark.parametrize("initial", [0, 1])
def test_many_fits_of_one_epoch_are_one_fit(initial, data):
    """Shuffles count the epochs that were finished before, masks the steps: Keras's resume works, and so
    does calling fit again and again without saying anything."""
    once, often = lively(), lively()
    whole = fit(once, data, epochs=4).history["loss"]
    parts = [
        fit(often, data, epochs=k + 1 if initial else 1, initial_epoch=k if initial else 0).history["loss"][0]
        for k in range(4)
    ]
    assert whole == parts
    assert alike(once, often)


def test_train_on_batch_is_fit_of_one_batch(data):
    """No shuffle within one batch matters but for the order of sums, so it is off."""
    a, b = lively(), lively()
    losses = [a.train_on_batch(*data) for _ in range(3)]
    assert losses == fit(b, data, batch_size=ROWS, epochs=3, shuffle=False).history["loss"]
    assert same_bits(weights_of(a), weights_of(b))


def test_the_loss_returned_is_the_one_before_the_step(data):
    model = mlp((4, 3), output="softmax", kernel_regularizer=lm.regularizers.L2(0.5))
    model.compile("adam", "cross_entropy")
    before, value = model.evaluate(*data)["loss"], model.value_and_grad(*data)[0]
    assert model.train_on_batch(*data) == pytest.approx(before, rel=1e-12)
    assert value == pytest.approx(before, rel=1e-12)
    assert model.evaluate(*data)["loss"] < before


# Shuffling and seeds


def orders(seed, shuffle=True, epochs=2):
    seen = []
    model = mlp((1, 1), seed=seed)
    model.compile(lm.optim.SGD(0.0), lambda y, p: (seen.append(y[:, 0].copy()) or p[:, 0], np.zeros_like(p)))
    model.fit(np.zeros((50, 1)), np.arange(50.0), batch_size=10, epochs=epochs, shuffle=shuffle, verbose=0)
    return np.reshape(seen, (epochs, 50))


def test_shuffles_come_from_seed_and_epoch():
    first = orders(0)
    assert np.array_equal(first, orders(0))
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], orders(1)[0])
    assert np.array_equal(orders(0, shuffle=False), np.tile(np.arange(50.0), (2, 1)))


def test_without_a_seed_one_is_drawn_and_recorded(data):
    model = lm.Sequential([lm.Input((4,)), lm.Dense(3, "softmax")])
    again = lm.Sequential([lm.Input((4,)), lm.Dense(3, "softmax")], seed=model.seed)
    other = lm.Sequential([lm.Input((4,)), lm.Dense(3, "softmax")])
    assert same_bits(weights_of(model), weights_of(again))
    assert other.seed != model.seed


# Validation


def test_the_split_takes_the_last_rows_before_shuffling(data):
    x, y = data
    split, given = lively(), lively()
    cut = int(ROWS * 0.75)  # 27 rows train
    a = fit(split, data, epochs=2, validation_split=0.25)
    b = fit(given, (x[:cut], y[:cut]), epochs=2, validation_data=(x[cut:], y[cut:]))
    assert a.history == b.history
    assert alike(split, given)


def test_validation_changes_nothing_and_is_evaluate(data):
    plain, watched = lively(), lively(metrics=["accuracy"])
    fit(plain, data, epochs=2)
    weights = np.arange(ROWS, dtype=float)
    history = fit(watched, data, epochs=2, validation_data=(*data, weights)).history
    assert alike(plain, watched)
    final = watched.evaluate(*data, sample_weight=weights)
    assert {name: history[f"val_{name}"][-1] for name in final} == pytest.approx(final, rel=1e-12)


@pytest.mark.parametrize("batch_size", [1, 7, 36, 37, 1000])
def test_evaluate_and_predict_do_not_depend_on_the_batch_size(batch_size, data):
    x, y = data
    model = mlp((4, 3), output="softmax", kernel_regularizer=lm.regularizers.L2(2.0))
    model.compile("sgd", "cross_entropy", metrics=["accuracy", "cross_entropy"])
    weights = np.random.default_rng(0).uniform(0, 2, ROWS)
    whole = model.evaluate(x, y, sample_weight=weights)
    assert model.evaluate(x, y, batch_size=batch_size, sample_weight=weights) == pytest.approx(
        whole, rel=1e-12
    )
    assert distance(model.predict(x, batch_size=batch_size), model.predict(x)) <= 1e-12
    out = np.empty((ROWS, 3))
    assert model.predict(x, batch_size=batch_size, out=out) is out
    assert distance(out, model(x)) <= 1e-12


# Weights of examples and classes


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_a_weight_of_k_is_the_row_k_times(loss, data):
    x, labels = data
    y = labels if loss == "cross_entropy" else np.eye(3)[labels]
    counts = np.random.default_rng(0).integers(0, 4, ROWS)
    results = []
    for arrays in ((x, y, counts), (x.repeat(counts, 0), y.repeat(counts, 0), None)):
        model = mlp((4, 5, 3), "tanh", "softmax", kernel_regularizer=lm.regularizers.L2(0.5))
        model.compile(lm.optim.SGD(0.3), loss, metrics=["accuracy"])
        losses = [model.train_on_batch(*arrays) for _ in range(20)]
        results.append((losses, model.get_weights(), model.evaluate(arrays[0], arrays[1], None, arrays[2])))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-12)
    assert distance(results[0][1], results[1][1]) <= 1e-12
    assert results[0][2] == pytest.approx(results[1][2], rel=1e-12)


def test_class_weights_multiply_sample_weights(data):
    y = data[1]
    classes, samples = {0: 2.0, 2: 0.5}, np.random.default_rng(0).uniform(0.5, 2, ROWS)
    product = samples * np.array([2.0, 1.0, 0.5])[y]
    a, b = lively(), lively()
    first = fit(a, data, sample_weight=samples, class_weight=classes)
    second = fit(b, data, sample_weight=product)
    assert first.history["loss"] == pytest.approx(second.history["loss"], rel=1e-12)
    assert distance(a.get_weights(), b.get_weights()) <= 1e-12


def test_a_batch_without_weight_makes_no_step(data):
    """The middle batch weighs nothing: the same as training without it, but for the masks' step numbers."""
    x, y = data[0][:24], data[1][:24]
    weights = np.repeat([1.0, 0.0, 1.0], 8)
    a, b = (mlp((4, 3), output="softmax") for _ in range(2))
    for model in (a, b):
        model.compile("adam", "cross_entropy")
    history = fit(a, (x, y), sample_weight=weights, shuffle=False)
    kept = weights > 0
    assert history.history == fit(b, (x[kept], y[kept]), shuffle=False).history
    assert alike(a, b)
    assert a.train_on_batch(x[:4], y[:4], np.ones(4)) > 0
    assert b.steps == 2


# Stopping, diverging, freezing


def test_a_callback_stops_after_its_epoch(data):
    model = lively()
    history = fit(model, data, epochs=10, callbacks=[lambda epoch, logs: epoch == 2])
    assert history.epoch == [0, 1, 2]
    assert model.epochs == 3


def test_a_callback_may_look_at_the_model_and_change_it(data):
    model, seen = lively(), []

    def look(epoch, logs):
        seen.append((model.predict(data[0][:2]).shape, model.evaluate(*data)["loss"]))
        model.set_weights([np.zeros_like(w) for w in model.get_weights()])

    fit(model, data, epochs=2, callbacks=[look])
    assert [shape for shape, _ in seen] == [(2, 3)] * 2
    assert all((w == 0).all() for w in model.get_weights())


def test_training_inside_training_is_an_error(data):
    model = lively()
    with pytest.raises(RuntimeError, match="in use"):
        fit(model, data, callbacks=[lambda epoch, logs: model.train_on_batch(*data)])
    fit(model, data)


def test_a_diverging_step_moves_nothing(data):
    x, y = data[0] * 1e200, data[0][:, :3]
    model = mlp((4, 3))
    model.compile(lm.optim.Adam(0.01), "squared_error")
    model.train_on_batch(data[0], y)
    before, steps = weights_of(model), model.steps
    with pytest.raises(lm.DivergedError, match="no parameter") as caught:
        model.train_on_batch(x, y)
    assert isinstance(caught.value, ArithmeticError)
    assert same_bits(before, weights_of(model))
    assert model.steps == steps
    assert np.isfinite(model.train_on_batch(data[0], y))


def test_fit_names_the_batch_that_diverged_and_keeps_the_history(data):
    model = mlp((4, 1))
    model.compile(lm.optim.SGD(1e3), "squared_error")
    with pytest.raises(lm.DivergedError, match="learning rate 1000") as caught:
        fit(model, (data[0], data[1]), epochs=500)
    assert "batch" in str(caught.value)
    assert len(model.history.epoch) == len(model.history.history["loss"]) == model.epochs > 0
    assert all(np.isfinite(w).all() for w in model.get_weights())
    assert np.isfinite(model.history.history["loss"]).all()


def test_a_diverged_fit_leaves_the_weights_before_the_bad_step(data):
    """The rate explodes in the second epoch: its first step is taken, the second has no finite loss."""
    x, y = data[0], data[0].sum(axis=1)
    model, twin = (mlp((4, 1), seed=1) for _ in range(2))
    rates = lm.schedules.PiecewiseConstantDecay([1], [0.01, 1e200], by="epoch")
    for each in (model, twin):
        each.compile(lm.optim.SGD(rates), "squared_error")
    with pytest.raises(lm.DivergedError) as caught:
        fit(model, (x, y), epochs=5, shuffle=False)
    for word in ("step 7", "epoch 2", "batch 2 of 5", "learning rate 1e+200"):
        assert word in str(caught.value)
    fit(twin, (x, y), shuffle=False)
    assert twin.history.history == model.history.history
    assert twin.train_on_batch(x[:8], y[:8]) > 0
    assert same_bits(weights_of(model), weights_of(twin))


@pytest.mark.parametrize("frozen", ["first", "second", "model"])
def test_frozen_parts_keep_their_bits(frozen, data):
    model = mlp((4, 5, 3), "tanh", "softmax", kernel_regularizer=lm.regularizers.L2(1.0))
    model.compile(lm.optim.AdamW(0.1, weight_decay=0.5), "cross_entropy")
    before = weights_of(model)
    part = model if frozen == "model" else model.layers[frozen == "second"]
    part.trainable = False
    fit(model, data)
    after = weights_of(model)
    names = {"first": "dense_1.", "second": "dense_2.", "model": "dense_"}[frozen]
    for name in before:
        assert (after[name].tobytes() == before[name].tobytes()) == name.startswith(names)
    part.trainable = True
    fit(model, data)
    assert all(view.tobytes() != after[name].tobytes() for name, view in model.parameters().items())


# Copies and recompiling


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled], ids=["deepcopy", "pickle"])
def test_copies_go_on_with_the_same_bits(copied, data):
    model = lively()
    fit(model, data, epochs=2)
    twin = copied(model)
    assert alike(model, twin)
    losses = fit(model, data, epochs=2).history
    assert fit(twin, data, epochs=2).history == losses
    assert alike(model, twin)
    model.train_on_batch(*data)
    assert not alike(model, twin)


def test_compiling_again_drops_the_moments(data):
    """The first step of momentum is one of plain descent again."""
    model = mlp((4, 3), output="softmax")
    model.compile(lm.optim.SGD(0.1, momentum=0.9), "cross_entropy")
    fit(model, data)
    model.compile(lm.optim.SGD(0.1, momentum=0.9), "cross_entropy")
    before, gradients = weights_of(model), model.value_and_grad(*data)[1]
    model.train_on_batch(*data)
    for name, view in model.parameters().items():
        assert distance(view, before[name] - 0.1 * gradients[name]) <= 1e-15


@pytest.mark.parametrize("name", lm.optim.names())
def test_every_optimizer_by_name_lowers_the_loss(name, data):
    model = mlp((4, 8, 3), "relu", "softmax", dtype="float32")
    model.compile(name, "cross_entropy")
    losses = fit(model, data, epochs=40).history["loss"]
    assert losses[-1] < losses[0]
