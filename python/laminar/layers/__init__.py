# SPDX-License-Identifier: BSD-3-Clause
"""Layers: the building blocks of a model, one private module a family."""

from laminar.layers._activation import Activation
from laminar.layers._base import Layer
from laminar.layers._custom import CustomLayer, ParameterSpec
from laminar.layers._dense import Dense
from laminar.layers._dropout import Dropout
from laminar.layers._input import Input
from laminar.layers._merge import Add, Concatenate
from laminar.layers._noise import GaussianNoise
from laminar.layers._normalization import BatchNormalization, LayerNormalization, Normalization
from laminar.layers._reshape import Flatten, Reshape

__all__ = [
    "Activation",
    "Add",
    "BatchNormalization",
    "Concatenate",
    "CustomLayer",
    "Dense",
    "Dropout",
    "Flatten",
    "GaussianNoise",
    "Input",
    "Layer",
    "LayerNormalization",
    "Normalization",
    "ParameterSpec",
    "Reshape",
]
