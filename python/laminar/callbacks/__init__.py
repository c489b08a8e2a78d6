# SPDX-License-Identifier: BSD-3-Clause
"""Callbacks: what ``fit`` calls while it trains.

A callback is an object of a class derived from :class:`Callback`, or any callable ``(epoch, logs)``; either
stops training by returning ``True``. They are called in the order of the list, and each sees what those
before it have added to the logs. Without callbacks and progress display a whole ``fit`` runs in the compiled
core.
"""

from laminar.callbacks._base import Callback
from laminar.callbacks._checkpoint import Checkpoint
from laminar.callbacks._control import EveryEpochs, EverySteps, TimeBudget
from laminar.callbacks._logs import CSVLogger, LearningRateLogger
from laminar.callbacks._monitor import EarlyStopping, ReduceLROnPlateau
from laminar.callbacks._tensorboard import TensorBoard

__all__ = [
    "CSVLogger",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "EveryEpochs",
    "EverySteps",
    "LearningRateLogger",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TimeBudget",
]
