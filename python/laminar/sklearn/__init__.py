# SPDX-License-Identifier: BSD-3-Clause
"""Estimators for scikit-learn pipelines: its MLPs' parameters, attributes and rules, trained by laminar.

Whoever uses ``sklearn.neural_network`` changes one import. ``docs/scikit_learn.md`` lists what is added and
what differs. An estimator builds a model of :mod:`laminar`, trains it and reads it back: nothing is computed
here.
"""

try:
    import sklearn as _sklearn
except ImportError as error:
    raise ImportError('laminar.sklearn needs scikit-learn 1.6: pip install "laminar[sklearn]"') from error

from laminar.sklearn._classifier import MLPClassifier
from laminar.sklearn._regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]

del _sklearn
