# SPDX-License-Identifier: BSD-3-Clause
"""What a fitted estimator is: a model that predicts, shows its weights and can be copied."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from operator import is_not
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted, validate_data

from laminar._model import Model
from laminar._runtime import get_num_threads, set_num_threads
from laminar.sklearn._architecture import set_weights
from laminar.sklearn._data import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from laminar.sklearn._architecture import Architecture

    Array = NDArray[Any]

# Up to so many rows a prediction is one batch; a larger one goes through in pieces.
_ROWS_AT_ONCE = 256

# Attributes that are the model's own memory.
_LIVE = ("coefs_", "intercepts_", "_shown")

# Attributes that fits set besides those whose names end with an underscore.
_PRIVATE = (
    "_architecture",
    "_compiled",
    "_converged",
    "_labels",
    "_model",
    "_no_improvement_count",
    "_shown",
)


class FittedMLP(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Owns the model of an estimator; ``coefs_`` and ``intercepts_`` are its arrays."""

    n_threads: int | None
    transform_layer: int
    coefs_: list[Array]
    intercepts_: list[Array]

    _architecture: Architecture
    _model: Model | None = None
    _shown: tuple[Array, ...]  # the arrays that coefs_ and intercepts_ were given

    def _own(self, architecture: Architecture, model: Model) -> None:
        self._architecture = architecture
        self._model = model
        self._show(model)

    def _show(self, model: Model) -> None:
        """Let coefs_ and intercepts_ be the model's own arrays."""
        names, parameters = self._architecture.dense_names, model.parameters()
        self.coefs_ = [parameters[f"{name}.kernel"] for name in names]
        self.intercepts_ = [parameters[f"{name}.bias"] for name in names]
        self._shown = (*self.coefs_, *self.intercepts_)

    def _ready_model(self) -> Model:
        """Return the model, with what was assigned to coefs_ and intercepts_ since it was shown."""
        model = self._model
        if model is None:
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate "
                "arguments before using this estimator."
            )
        held = (*self.coefs_, *self.intercepts_)
        if len(held) != len(self._shown) or any(map(is_not, held, self._shown)):
            set_weights(model, self._architecture.dense_names, self.coefs_, self.intercepts_)
            self._show(model)
        return model

    def _fitted_attributes(self) -> dict[str, Any]:
        """Return what fits have set."""
        return {k: v for k, v in vars(self).items() if k.endswith("_") or k in _PRIVATE}

    def _set_fitted_attributes(self, attributes: dict[str, Any]) -> None:
        for name in self._fitted_attributes():
            delattr(self, name)
        self.__dict__.update(attributes)

    @contextmanager
    def _threads(self) -> Iterator[None]:
        """Use n_threads within the block."""
        if self.n_threads is None:
            yield
            return
        before = get_num_threads()
        set_num_threads(int(self.n_threads))
        try:
            yield
        finally:
            set_num_threads(before)

    def _predict_outputs(self, X: Any) -> Any:
        """Return what the output layers yield."""
        if self._model is not None and self._is_plain(X):
            # Width and finiteness are checked by the model; scikit-learn's own words are for what is wrong.
            with suppress(ValueError):
                if self.n_threads is None:
                    return self._ready_model().predict_batch(X)
                with self._threads():
                    return self._ready_model().predict_batch(X)
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)
        with self._threads():
            return Rows(X).predict(self._ready_model())

    def _is_plain(self, X: Any) -> bool:
        """Return whether X needs none of scikit-learn's conversions."""
        return (
            type(X) is np.ndarray
            and X.ndim == 2
            and 0 < X.shape[0] <= _ROWS_AT_ONCE
            and X.shape[1] == self._architecture.n_features
            and X.dtype.char in "fd"
            and X.flags.c_contiguous
            and "feature_names_in_" not in self.__dict__
        )

    def transform(self, X: Any) -> Array:
        """Return the activations of a hidden layer, that of `transform_layer`; X if there is none.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data.

        Returns
        -------
        ndarray of shape (n_samples, n_units)
            The activations, as they are at prediction: nothing is dropped.

        Examples
        --------
        >>> import numpy as np
        >>> from laminar.sklearn import MLPRegressor
        >>> X = np.random.default_rng(0).normal(size=(100, 3))
        >>> model = MLPRegressor(hidden_layer_sizes=(8, 2), solver="lbfgs", random_state=0).fit(X, X[:, 0])
        >>> model.transform(X).shape, list(model.get_feature_names_out())
        ((100, 2), ['mlpregressor0', 'mlpregressor1'])
        """
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)
        model = self._ready_model()
        if not self._architecture.hidden:
            dense = X.toarray() if issparse(X) else X
            return dense.astype(model.dtype, copy=False)
        layer = self._architecture.activated(self._transformed())
        with self._threads():
            return Rows(X).predict(Model(model.inputs, model.get_output(layer), dtype=model.dtype, seed=0))

    def _transformed(self) -> int:
        n_layers = len(self._architecture.hidden)
        if not -n_layers <= self.transform_layer < n_layers:
            raise ValueError(
                f"transform_layer: expected one of {n_layers} hidden layers, from {-n_layers} to "
                f"{n_layers - 1}, got {self.transform_layer}"
            )
        return range(n_layers)[self.transform_layer]

    @property
    def _n_features_out(self) -> int:
        hidden = self._architecture.hidden
        return hidden[self._transformed()] if hidden else self._architecture.n_features

    # Copies: a file or a copy holds plain arrays in the place of the model.

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        model = state.pop("_model", None)
        if model is not None:
            self._ready_model()
            state = {name: value for name, value in state.items() if name not in _LIVE}
            state["_training"] = {k: v for k, v in model.get_state().items() if k != "architecture"}
            state["_seed"] = model.seed
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        training, seed = state.pop("_training", None), state.pop("_seed", 0)
        super().__setstate__(state)
        if training is not None:
            self._model = self._architecture.build(seed)
            self._model.set_state(training)
            self._show(self._model)
