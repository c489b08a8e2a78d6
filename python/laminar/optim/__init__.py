# SPDX-License-Identifier: BSD-3-Clause
"""Optimizers: how a gradient g moves a parameter W.

``compile`` copies the settings; the moments belong to the model. An optimizer is given as an object or,
with its defaults, by name: ``"adam"``. The learning rate is a number or one of :mod:`laminar.schedules`.
"""

from laminar.optim._adam import Adam, AdamW
from laminar.optim._adaptive import Adagrad, RMSprop
from laminar.optim._base import Optimizer, names
from laminar.optim._sgd import SGD

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "names"]
