# SPDX-License-Identifier: BSD-3-Clause
"""Optimizers as Python objects."""

from __future__ import annotations

import copy
import inspect
import pickle

import laminar as lm
import numpy as np
import pytest

OPTIMIZERS = [
    lm.optim.SGD(),
    lm.optim.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=1e-4),
    lm.optim.SGD(0.1, momentum=0.9, dampening=0.9),
    lm.optim.Adam(1e-4, beta_1=0.8, beta_2=0.99, epsilon=1e-7, epsilon_inside=True),
    lm.optim.AdamW(weight_decay=0.1),
    lm.optim.RMSprop(rho=0.8, momentum=0.5, centered=True),
    lm.optim.Adagrad(0.5, epsilon=1e-6),
    lm.optim.SGD(lm.schedules.Warmup(0.1, 5), clipnorm=1.0, ema_momentum=0.9),
    lm.optim.Adam(global_clipnorm=2.0, gradient_accumulation_steps=2),
]
CLASSES = [lm.optim.SGD, lm.optim.Adam, lm.optim.AdamW, lm.optim.RMSprop, lm.optim.Adagrad]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_equal(optimizer, copied):
    twin = copied(optimizer)
    assert type(twin) is type(optimizer)
    assert twin == optimizer
    assert hash(twin) == hash(optimizer)


@pytest.mark.parametrize("kind", CLASSES)
def test_python_defaults_are_the_core_s(kind):
    core = lm._core.Optimizer(kind.__name__.lower(), {})
    assert core.type == kind.__name__
    defaults = {name: p.default for name, p in inspect.signature(kind).parameters.items()}
    assert defaults == core.options
    assert kind() == kind(**defaults)


def test_names_are_those_of_the_core():
    assert lm.optim.names() == tuple(kind.__name__.lower() for kind in CLASSES)
    with pytest.raises(ValueError, match="sgdd") as caught:
        lm._core.Optimizer("sgdd", {})
    for name in lm.optim.names():
        assert name in str(caught.value)


def test_repr_shows_what_is_not_default():
    assert repr(lm.optim.Adam()) == "Adam()"
    assert repr(lm.optim.Adam(3e-4)) == "Adam(learning_rate=0.0003)"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: lm.optim.SGD(-1.0), ("learning_rate", "-1")),
        (lambda: lm.optim.SGD("fast"), ("learning_rate", "fast")),
        (lambda: lm.optim.SGD(float("nan")), ("learning_rate", "nan")),
        (lambda: lm.optim.SGD(momentum=1.1), ("momentum", "1.1")),
        (lambda: lm.optim.SGD(0.1, momentum=0.9, dampening=0.9, nesterov=True), ("dampening", "0.9")),
        (lambda: lm.optim.SGD(nesterov="yes"), ("nesterov", "yes")),
        (lambda: lm.optim.Adam(beta_1=1.0), ("beta_1", "1")),
        (lambda: lm.optim.RMSprop(rho=-0.1), ("rho", "-0.1")),
        (lambda: lm.optim.Adagrad(epsilon=-1e-8), ("epsilon", "-1e-08")),
    ],
)
def test_bad_options(make, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("optimizer", [*lm.optim.names(), *OPTIMIZERS], ids=repr)
def test_each_lowers_a_loss(optimizer, small_model, rng):
    x, y = rng.normal(size=(30, 4)), rng.integers(0, 3, 30)
    model = small_model(optimizer=optimizer)
    history = model.fit(x, y, epochs=20, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


def test_compile_copies_the_settings(small_model):
    optimizer = lm.optim.SGD(0.1)
    first, second = small_model(optimizer=optimizer), small_model(optimizer=optimizer)
    x, y = np.ones((3, 4)), [0, 1, 2]
    first.train_on_batch(x, y)
    assert (first.steps, second.steps) == (1, 0)
