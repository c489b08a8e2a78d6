# SPDX-License-Identifier: BSD-3-Clause
"""Objects that were made by ``__new__`` alone are a TypeError wherever they are handed in, and no crash."""

import laminar as lm
import numpy as np
import pytest
from laminar import _core


def half(cls):
    return cls.__new__(cls)


def model():
    return lm.Sequential([lm.Input((2,)), lm.Dense(1)])


X, Y = np.ones((2, 2), "float32"), np.ones((2, 1), "float32")

# By what is half-built and what it is handed to: its class, and the call.
CALLS = {
    "schedule": (lm.schedules.CosineDecay, lambda it: lm.optim.SGD(it)),
    "schedule: rate": (lm.schedules.CosineDecay, lambda it: it.rate(0, 0)),
    "optimizer": (lm.optim.SGD, lambda it: model().compile(it, "mean_squared_error")),
    "optimizer: options": (lm.optim.Adam, lambda it: it.options),
    "loss": (lm.losses.MeanSquaredError, lambda it: model().compile("sgd", it)),
    "loss: type": (lm.losses.MeanSquaredError, lambda it: it.type),
    "loss as a metric": (lm.losses.Huber, lambda it: model().compile("sgd", "huber", metrics=[it])),
    "metric": (lm.metrics.F1, lambda it: model().compile("sgd", "mean_squared_error", metrics=[it])),
    "metric: name": (lm.metrics.F1, lambda it: it.name),
    "layer": (lm.Dense, lambda it: lm.Sequential([lm.Input((2,)), it])),
    "layer: type": (lm.Dense, lambda it: it.type),
    "layer: trainable": (lm.Dense, lambda it: setattr(it, "trainable", False)),
    "layer: adapt": (lm.Normalization, lambda it: _core.adapt(it, X)),
    "layer of a model": (lm.Dense, lambda it: model().output_of(it)),
    "tensor: shape": (_core.SymbolicTensor, lambda it: it.shape),
    "tensor of a call": (_core.SymbolicTensor, lambda it: lm.Add()([it, it])),
    "tensors of a model": (_core.SymbolicTensor, lambda it: lm.Model(it, it)),
    "tensor of a loss": (_core.SymbolicTensor, lambda it: model().add_loss(it)),
    "model: predict": (lm.Sequential, lambda it: it.predict(X)),
    "model: fit": (lm.Model, lambda it: it.fit(X, Y, verbose=0)),
    "model: export_c": (lm.Sequential, lambda it: lm.export_c(it)),
    "model: save": (lm.Sequential, lambda it: it.save("/nowhere/m")),
    "model of a loss": (lm.Sequential, lambda it: _core.FlatLoss(it, X, Y, None)),
    "file: kind": (_core.ModelFile, lambda it: it.kind),
    "file of a model": (_core.ModelFile, lambda it: _core.Model(it, lambda *_: None, lambda *_: None)),
    "flat loss": (_core.FlatLoss, lambda it: it.read()),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_was_not_constructed_is_refused(name):
    cls, call = CALLS[name]
    with pytest.raises(TypeError, match=f"{cls.__name__}: .*__init__ was not called"):
        call(half(cls))


def test_every_bound_class_is_among_them():
    bound = {cls for cls in vars(_core).values() if isinstance(cls, type) and not issubclass(cls, Exception)}
    tried = {base for cls, _ in CALLS.values() for base in cls.__mro__}
    assert bound <= tried


def test_it_can_be_constructed_later():
    layer = half(lm.Dense)
    layer.__init__(3)
    assert layer.type == "Dense"
