# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of training, data and networks, drawn with matplotlib.

``pip install "laminar[plot]"`` brings what they need. A function draws into the Axes that it is given, or
into a new pyplot figure, and returns what it drew into; showing and saving are left to the caller, and no
global style is changed.
"""

from laminar.plot._boundary import decision_boundary
from laminar.plot._confusion import confusion_matrix
from laminar.plot._curves import learning_curves
from laminar.plot._gradients import gradient_check
from laminar.plot._histograms import activation_histograms, weight_histograms
from laminar.plot._network import network_graph
from laminar.plot._schedule import schedule

__all__ = [
    "activation_histograms",
    "confusion_matrix",
    "decision_boundary",
    "gradient_check",
    "learning_curves",
    "network_graph",
    "schedule",
    "weight_histograms",
]
