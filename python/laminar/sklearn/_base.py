# SPDX-License-Identifier: BSD-3-Clause
"""What classifier and regressor have in common: parameters in, a model trained, attributes out."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from functools import partial
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import _check_sample_weight, validate_data

from laminar import activations
from laminar._core import DivergedError
from laminar._model import Model
from laminar.activations import ActivationFunction
from laminar.callbacks import Callback, TimeBudget
from laminar.callbacks._base import as_callbacks
from laminar.optim import SGD, Adam
from laminar.schedules import Schedule
from laminar.sklearn._architecture import (
    ACTIVATIONS,
    Architecture,
    as_dropout,
    as_hidden_sizes,
    one_a_layer,
)
from laminar.sklearn._callback_support import CallbackSupportMixin, FitTask
from laminar.sklearn._data import HeldOut, Rows, as_dense, held_out
from laminar.sklearn._fitted import FittedMLP
from laminar.sklearn._stopping import Epochs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laminar._core import Optimizer

    Array = NDArray[Any]

Self = TypeVar("Self", bound="BaseMLP")

_STOCHASTIC = ("sgd", "adam")

_NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
    "preprocessed."
)


class BaseMLP(CallbackSupportMixin, FittedMLP, ABC):
    """Base of the estimators."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [
            StrOptions({*activations.names(), *ACTIVATIONS} - {"exp"}),
            ActivationFunction,
            "array-like",
        ],
        "solver": [StrOptions({"lbfgs", "sgd", "adam"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "batch_norm": ["boolean"],
        "schedule": [Schedule, None],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
        "max_time": [Interval(Real, 0, None, closed="neither"), None],
        "callbacks": [list, tuple, None],
        "transform_layer": [Interval(Integral, None, None, closed="neither")],
    }

    _scored = False  # whether the model was compiled with the metrics of validation data

    # What a subclass knows.

    @abstractmethod
    def _check_targets(self, X: Any, y: Any, first: bool, incremental: bool) -> tuple[Any, Array]:
        """Return X checked and the targets encoded, one row an example."""

    @abstractmethod
    def _encode_validation(self, y: Any) -> Array:
        """Return targets of validation data, encoded."""

    @abstractmethod
    def _outputs(self, y: Array) -> tuple[tuple[int, ...], str]:
        """Return the units of each output layer, and scikit-learn's name of their activation."""

    @abstractmethod
    def _targets(self, y: Array) -> Any:
        """Return what the model is trained on: one array an output."""

    @abstractmethod
    def _losses(self) -> tuple[list[Any], list[Any], list[float] | None]:
        """Return the losses of the outputs, the metrics that reporting needs, and the losses' weights."""

    @abstractmethod
    def _reporter(self, y: Array, weights: Array | None) -> Any:
        """Return a function (logs, prefix) that turns an epoch's logs into the loss to report."""

    @abstractmethod
    def _score_metrics(self) -> list[Any]:
        """Return the metrics of an output that score validation data."""

    @abstractmethod
    def _score_of(self, logs: dict[str, float], test: Rows) -> float:
        """Return the score of validation data after an epoch, of its logs or the model as it is."""

    # Fitting.

    def _fit(
        self: Self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        incremental: bool = False,
        validation: tuple[Any, Any, Any] = (None, None, None),
    ) -> Self:
        hidden = as_hidden_sizes(self.hidden_layer_sizes)
        self._check_combination(incremental, validation)
        first = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        given = X, y
        X, y = self._check_targets(X, y, first, incremental)
        weights = self._weights(sample_weight, X, given[1], incremental)
        random_state = check_random_state(self.random_state)

        if first:
            self._describe(X, y, hidden)
            initial = self._architecture.draw(random_state, self.activation)
        elif self._model is None:
            self._adopt(X, y, hidden)
        elif self._architecture.hidden != hidden:
            raise ValueError(
                f"hidden_layer_sizes: expected {self._architecture.hidden} as in the previous fit, "
                f"got {hidden}"
            )
        rows = Rows(X, y, weights)
        held = self._hold_out(rows, validation, random_state)
        if first:
            seed = int(random_state.randint(np.iinfo(np.int32).max))
            self._begin(seed, initial)
        model = self._ready_model()
        self._compile(model, scored=held is not None)
        task = FitTask(self, self.max_iter, *given, {"sample_weight": sample_weight})
        with self._threads():
            if self.solver == "lbfgs":
                self._minimize(model, rows)
            else:
                self._train(model, rows if held is None else held.train, held, incremental, task)
        task.end()
        return self

    def _check_combination(self, incremental: bool, validation: tuple[Any, Any, Any]) -> None:
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        if (validation[0] is None) != (validation[1] is None):
            raise ValueError("X_val, y_val: expected both or neither")
        if validation[0] is not None and not (self.early_stopping and self.solver in _STOCHASTIC):
            raise ValueError("X_val: expected early_stopping=True and solver 'adam' or 'sgd', which use it")
        if validation[0] is None and validation[2] is not None:
            raise ValueError("sample_weight_val: expected X_val and y_val beside it")
        if self.solver == "lbfgs":
            for name, off in (("dropout", 0), ("batch_norm", False), ("schedule", None), ("callbacks", None)):
                value = getattr(self, name)
                if np.any(np.asarray(value, dtype=object) != off):
                    raise ValueError(f"{name}: expected solver 'adam' or 'sgd' with it, got solver 'lbfgs'")

    def _weights(self, sample_weight: Any, X: Any, y: Any, incremental: bool) -> Array | None:
        """Return the weight of each example, None where all weigh the same."""
        if sample_weight is None:
            return None
        weights: Array = _check_sample_weight(sample_weight, X)
        if (weights < 0).any():
            at = int(np.flatnonzero(weights < 0)[0])
            raise ValueError(f"sample_weight: expected no negative number, got {weights[at]} at {at}")
        if not weights.any():
            raise ValueError("sample_weight: expected at least one above 0, got zeros only")
        return weights

    def _describe(self, X: Any, y: Array, hidden: tuple[int, ...]) -> None:
        """Set the attributes that a network has before its first step."""
        outputs, out_activation = self._outputs(y)
        self._architecture = Architecture(
            n_features=X.shape[1],
            hidden=hidden,
            activations=one_a_layer("activation", self.activation, len(hidden)),
            dropout=as_dropout(self.dropout, len(hidden)),
            batch_norm=bool(self.batch_norm),
            outputs=outputs,
            out_activation=out_activation,
            alpha=float(self.alpha),
            dtype=str(X.dtype),
        )
        self.n_layers_ = len(hidden) + 2
        self.out_activation_ = out_activation
        self.n_iter_ = 0
        self.t_ = 0

    def _least_rows(self) -> int:
        return 2 if self.batch_norm else 1  # a batch of one has no variance

    def _begin(self, seed: int, initial: list[Array]) -> None:
        """Build the model of a first fit and the records of its training."""
        self._set_model(self._architecture.build(seed), initial[::2], initial[1::2])
        if self.solver in _STOCHASTIC:
            self.loss_curve_: list[float] = []
            self._no_improvement_count = 0
            self.best_loss_ = None if self.early_stopping else np.inf
            self.best_validation_score_ = -np.inf if self.early_stopping else None
            self.validation_scores_: list[float] | None = [] if self.early_stopping else None
            self.validation_loss_curve_: list[float] | None = [] if self.early_stopping else None

    def _adopt(self, X: Any, y: Array, hidden: tuple[int, ...]) -> None:
        """Build a model around coefs_ and intercepts_ that somebody else has set."""
        records = {name: getattr(self, name) for name in ("n_iter_", "t_") if hasattr(self, name)}
        kernels, biases = self.coefs_, self.intercepts_
        self._describe(X, y, hidden)
        self._begin(0, [np.asarray(array) for pair in zip(kernels, biases, strict=True) for array in pair])
        for name, value in records.items():
            setattr(self, name, value)

    def _compile(self, model: Model, scored: bool) -> None:
        loss, metrics, loss_weights = self._losses()
        optimizer = self._optimizer()
        if scored:
            metrics = [[*of_output, *self._score_metrics()] for of_output in metrics]
        before = model.compile_options
        same = before is not None and _settings(before["optimizer"]) == _settings(optimizer)
        if same and scored == self._scored:
            return  # moments, learning rate and counters go on
        self._scored = scored
        model.compile(optimizer, loss, metrics, loss_weights)

    def _optimizer(self) -> Optimizer:
        rate = self.learning_rate_init if self.schedule is None else self.schedule
        if self.solver == "sgd":
            nesterov = bool(self.nesterovs_momentum and self.momentum > 0)
            return SGD(rate, momentum=self.momentum, nesterov=nesterov)
        return Adam(rate, beta_1=self.beta_1, beta_2=self.beta_2, epsilon=self.epsilon, epsilon_hat=True)

    def _hold_out(self, rows: Rows, validation: Any, random_state: np.random.RandomState) -> HeldOut | None:
        """Set validation data aside where early stopping needs it."""
        if not self.early_stopping or self.solver not in _STOCHASTIC:
            return None
        if validation[0] is not None:
            return HeldOut(rows, self._validation_rows(*validation))
        return held_out(rows, self.validation_fraction, random_state, stratify=self._stratified())

    def _validation_rows(self, X: Any, y: Any, sample_weight: Any) -> Rows:
        X = validate_data(self, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=False)
        encoded = self._encode_validation(y)
        if len(encoded) != X.shape[0]:
            raise ValueError(f"y_val: expected {X.shape[0]} rows as X_val has, got {len(encoded)}")
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        return Rows(X, encoded, weights)

    def _stratified(self) -> bool:
        return False

    def _train(
        self, model: Model, rows: Rows, held: HeldOut | None, incremental: bool, task: FitTask
    ) -> None:
        n_rows = rows.X.shape[0]
        scorer = None if held is None else partial(self._score_of, test=held.test)
        epochs = Epochs(self, self._reporter(rows.y, rows.weights), n_rows, scorer)
        stoppers = [TimeBudget(self.max_time)] if self.max_time is not None else []
        callbacks: list[Callback] = [epochs, *as_callbacks(self.callbacks or ()), *stoppers, *task.epochs()]
        n_epochs = 1 if incremental else self.max_iter
        self.n_iter_ = 0
        if held is not None:
            epochs.best_weights = model.get_weights()
        try:
            model.fit(
                as_dense(rows.X),
                self._targets(rows.y),
                batch_size=self._batch_size(n_rows),
                epochs=n_epochs,
                shuffle=bool(self.shuffle),
                sample_weight=self._weights_of(rows),
                validation_data=self._validation_data(held),
                callbacks=callbacks,
                verbose=0,
            )
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
        except DivergedError as error:
            if held is None:
                raise DivergedError(f"{_NOT_FINITE} ({error})") from None
            epochs.judge_score(float("nan"))
            warnings.warn(f"Stochastic Optimizer: {error}", ConvergenceWarning, stacklevel=4)
        else:
            if not incremental and not epochs.converged and self.n_iter_ == self.max_iter:
                warnings.warn(
                    f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the "
                    "optimization hasn't converged yet.",
                    ConvergenceWarning,
                    stacklevel=4,
                )
        if epochs.best_weights is not None:
            model.set_weights(epochs.best_weights)
        if not all(np.isfinite(weight).all() for weight in self._shown):
            raise DivergedError(_NOT_FINITE)

    def _weights_of(self, rows: Rows) -> Any:
        """Return the weights as the model takes them: one array an output."""
        if rows.weights is None or len(self._architecture.outputs) == 1:
            return rows.weights
        return (rows.weights,) * len(self._architecture.outputs)

    def _validation_data(self, held: HeldOut | None) -> tuple[Any, ...] | None:
        if held is None:
            return None
        return as_dense(held.test.X), self._targets(held.test.y), self._weights_of(held.test)

    def _batch_size(self, n_rows: int) -> int:
        if self.batch_size == "auto":
            return min(200, n_rows)
        if self.batch_size > n_rows:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
                stacklevel=5,
            )
        return int(min(self.batch_size, n_rows))

    def _minimize(self, model: Model, rows: Rows) -> None:
        try:
            result = model.minimize(
                as_dense(rows.X),
                self._targets(rows.y),
                max_iterations=self.max_iter,
                tolerance=self.tol,
                sample_weight=self._weights_of(rows),
                maxfun=self.max_fun,
                ftol=1e7 * float(np.finfo(np.float64).eps),
            )
        except DivergedError as error:
            raise DivergedError(f"{_NOT_FINITE} ({error})") from None
        total = rows.X.shape[0] if rows.weights is None else float(rows.weights.sum())
        penalty = self.alpha / 2 * sum(float(np.vdot(kernel, kernel)) for kernel in self.coefs_) / total
        report = self._reporter(rows.y, rows.weights)
        self.loss_ = report({"loss": float(result.fun), "squared_error": float(result.fun) - penalty}, "")
        self.n_iter_ = min(int(result.nit), self.max_iter)
        if self.verbose:
            print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}: {result.message}")
        if result.status != 0:
            warnings.warn(
                f"lbfgs failed to converge after {result.nit} iteration(s) (status={result.status}): "
                f"{result.message}. Increase max_iter or max_fun, or scale the data.",
                ConvergenceWarning,
                stacklevel=5,
            )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        return tags

    def _check_solver(self) -> bool:
        if self.solver not in _STOCHASTIC:
            raise AttributeError(
                f"partial_fit is only available for stochastic optimizers. {self.solver} is not stochastic."
            )
        return True


def _settings(thing: Any) -> Any:
    """Return what makes an optimizer or a schedule as plain values, which can be compared."""
    if hasattr(thing, "options"):
        return thing.type, {name: _settings(value) for name, value in thing.options.items()}
    return thing
