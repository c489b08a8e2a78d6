# SPDX-License-Identifier: BSD-3-Clause
"""What classifier and regressor have in common: parameters in, a model trained, attributes out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, validate_data

from laminar._core import DivergedError
from laminar._model import Model
from laminar.callbacks import Callback, TimeBudget
from laminar.callbacks._base import as_callbacks
from laminar.optim import SGD, Adam
from laminar.sklearn._architecture import (
    Architecture,
    as_dropout,
    as_hidden_sizes,
    one_a_layer,
    set_weights,
)
from laminar.sklearn._callback_support import CallbackSupportMixin, FitTask
from laminar.sklearn._data import HeldOut, Rows, held_out, readable
from laminar.sklearn._fitted import FittedMLP
from laminar.sklearn._parameters import CONSTRAINTS
from laminar.sklearn._stopping import Epochs
from laminar.sklearn._warnings import warn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laminar._core import Optimizer

    Array = NDArray[Any]
    Validation = tuple[Any, Any, Any]  # X, y and weights of validation data

Self = TypeVar("Self", bound="BaseMLP")

_STOCHASTIC = ("sgd", "adam")

# Parameters that l-bfgs has no use for, and what they are where they are not used.
_WITHOUT_LBFGS = (
    ("dropout", 0),
    ("batch_norm", False),
    ("schedule", None),
    ("callbacks", None),
    ("max_time", None),
)

_NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
    "preprocessed."
)


class BaseMLP(CallbackSupportMixin, FittedMLP, ABC):
    """Base of the estimators."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS

    # Of the last compile: whether there were metrics of validation data, and the loss.
    _compiled: tuple[bool, Any] | None = None
    _converged = True  # whether the last fit ended for another reason than max_iter

    # What a subclass knows.

    @abstractmethod
    def _check_targets(self, X: Any, y: Any, first: bool, incremental: bool) -> tuple[Any, Array]:
        """Return X checked and the targets encoded, one row an example."""

    @abstractmethod
    def _encode_validation(self, y: Any, like: Array) -> Array:
        """Return targets of validation data, encoded as those of training are."""

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
        validation: Validation = (None, None, None),
    ) -> Self:
        first = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        before = self._fitted_attributes()
        try:
            self._fit_from(X, y, sample_weight, first, incremental, validation)
        except BaseException:
            if first:  # what an earlier fit has left stays whole
                self._set_fitted_attributes(before)
            raise
        return self

    def _fit_from(
        self, X: Any, y: Any, sample_weight: Any, first: bool, incremental: bool, validation: Validation
    ) -> None:
        """Fit from new weights if it is the first time, else from those that are there."""
        hidden = as_hidden_sizes(self.hidden_layer_sizes)
        self._check_combination(incremental, validation)
        given = X, y
        X, y = self._check_targets(X, y, first, incremental)
        rows = Rows(X, y, self._weights(sample_weight, X, given[1]))
        architecture = self._describe(rows, hidden)
        drawn = first or self.early_stopping
        random_state: Any = check_random_state(self.random_state) if drawn else None
        # In scikit-learn's order, so that its seeds mean the same here: weights, split, shuffles.
        initial = architecture.draw(random_state, self.activation) if first else None
        held = self._hold_out(rows, validation, random_state)
        if initial is not None:
            self._begin(architecture, int(random_state.randint(np.iinfo(np.int32).max)), initial)
        elif self._model is None:
            self._begin(architecture, 0, [*chain(*zip(self.coefs_, self.intercepts_, strict=True))])
        else:
            self._go_on(architecture)
        self._start_records(again=first)
        model = self._ready_model()
        self._compile(model, scored=held is not None)
        n_epochs = 1 if incremental else self.max_iter
        task = FitTask(self, n_epochs, *given, {"sample_weight": sample_weight})
        with self._threads():
            if self.solver == "lbfgs":
                self._minimize(model, rows)
            else:
                self._train(model, rows, held, n_epochs, task)
                if not incremental and self.n_iter_ == self.max_iter and not self._converged:
                    warn(
                        f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the "
                        "optimization hasn't converged yet.",
                        ConvergenceWarning,
                    )
        task.end()

    def _check_combination(self, incremental: bool, validation: Validation) -> None:
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        if (validation[0] is None) != (validation[1] is None):
            raise ValueError("X_val, y_val: expected both or neither")
        if validation[0] is not None and not (self.early_stopping and self.solver in _STOCHASTIC):
            raise ValueError("X_val: expected early_stopping=True and solver 'adam' or 'sgd', which use it")
        if validation[0] is None and validation[2] is not None:
            raise ValueError("sample_weight_val: expected X_val and y_val beside it")
        if self.solver == "lbfgs":
            for name, off in _WITHOUT_LBFGS:
                value = getattr(self, name)
                if np.any(np.asarray(value, dtype=object) != off):
                    raise ValueError(f"{name}: expected solver 'adam' or 'sgd' with it, got solver 'lbfgs'")

    def _weights(self, sample_weight: Any, X: Any, y: Any) -> Array | None:
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

    def _describe(self, rows: Rows, hidden: tuple[int, ...]) -> Architecture:
        """Return the network that the parameters mean for this data."""
        outputs, out_activation = self._outputs(rows.y)
        return Architecture(
            n_features=rows.X.shape[1],
            hidden=hidden,
            activations=one_a_layer("activation", self.activation, len(hidden)),
            dropout=as_dropout(self.dropout, len(hidden)),
            batch_norm=bool(self.batch_norm),
            outputs=outputs,
            out_activation=out_activation,
            alpha=float(self.alpha),
            dtype=str(rows.X.dtype),
        )

    def _begin(self, architecture: Architecture, seed: int, initial: list[Array]) -> None:
        """Build the model, with these kernels and biases in turn."""
        model = architecture.build(seed)
        set_weights(model, architecture.dense_names, initial[::2], initial[1::2])
        self._own(architecture, model)
        self.n_layers_ = len(architecture.hidden) + 2
        self.n_outputs_ = (
            len(architecture.outputs) if len(architecture.outputs) > 1 else architecture.outputs[0]
        )
        self.out_activation_ = architecture.out_activation
        self.n_iter_ = 0
        self.t_ = 0

    def _go_on(self, architecture: Architecture) -> None:
        """Keep the model, or its weights where other options than its sizes have changed."""
        model, old = self._ready_model(), self._architecture
        architecture = replace(architecture, dtype=old.dtype)
        for name, kept, wanted in (
            ("hidden_layer_sizes", old.hidden, architecture.hidden),
            ("batch_norm", old.batch_norm, architecture.batch_norm),
            ("y", old.outputs, architecture.outputs),
        ):
            if kept != wanted:
                raise ValueError(f"{name}: expected {kept} as in the previous fit, got {wanted}")
        if architecture != old:
            built = architecture.build(model.seed)
            built.set_weights(model.get_weights())
            self._own(architecture, built)

    def _least_rows(self) -> int:
        return 2 if self.batch_norm else 1  # a batch of one has no variance

    def _start_records(self, again: bool) -> None:
        """Set the records of training that are missing, or all of them."""
        if self.solver not in _STOCHASTIC:
            return
        scored = self.early_stopping
        records = {
            "loss_curve_": [],
            "_no_improvement_count": 0,
            "best_loss_": None if scored else np.inf,
            "best_validation_score_": -np.inf if scored else None,
            "validation_scores_": [] if scored else None,
            "validation_loss_curve_": [] if scored else None,
        }
        for name, value in records.items():
            if again or (getattr(self, name, None) is None) != (value is None):
                setattr(self, name, value)

    def _compile(self, model: Model, scored: bool) -> None:
        loss, metrics, loss_weights = self._losses()
        optimizer = self._optimizer()
        if scored:
            metrics = [[*of_output, *self._score_metrics()] for of_output in metrics]
        before = model.compile_options
        same = before is not None and _settings(before["optimizer"]) == _settings(optimizer)
        if same and (scored, self.loss) == self._compiled:
            return  # moments, learning rate and counters go on
        self._compiled = scored, self.loss
        model.compile(optimizer, loss, metrics, loss_weights)

    def _optimizer(self) -> Optimizer:
        rate = self.learning_rate_init if self.schedule is None else self.schedule
        if self.solver == "sgd":
            nesterov = bool(self.nesterovs_momentum and self.momentum > 0)
            return SGD(rate, momentum=self.momentum, nesterov=nesterov)
        return Adam(rate, beta_1=self.beta_1, beta_2=self.beta_2, epsilon=self.epsilon, epsilon_hat=True)

    def _hold_out(self, rows: Rows, validation: Validation, random_state: Any) -> HeldOut | None:
        """Set validation data aside where early stopping needs it."""
        if not self.early_stopping or self.solver not in _STOCHASTIC:
            return None
        if validation[0] is not None:
            return HeldOut(rows, self._validation_rows(validation, rows.y))
        return held_out(rows, self.validation_fraction, random_state, stratify=self._stratified())

    def _validation_rows(self, validation: Validation, like: Array) -> Rows:
        X, y, sample_weight = validation
        X = validate_data(self, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=False)
        encoded = self._encode_validation(y, like)
        if len(encoded) != X.shape[0]:
            raise ValueError(f"y_val: expected {X.shape[0]} rows as X_val has, got {len(encoded)}")
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        return Rows(X, encoded, weights)

    def _stratified(self) -> bool:
        return False

    def _train(self, model: Model, rows: Rows, held: HeldOut | None, n_epochs: int, task: FitTask) -> None:
        rows = rows if held is None else held.train
        n_rows = rows.X.shape[0]
        scorer = None if held is None else partial(self._score_of, test=held.test)
        epochs = Epochs(self, self._reporter(rows.y, rows.weights), n_rows, scorer)
        stoppers = [TimeBudget(self.max_time)] if self.max_time is not None else []
        callbacks: list[Callback] = [epochs, *as_callbacks(self.callbacks or ()), *stoppers, *task.epochs()]
        self.n_iter_ = 0
        self._converged = True
        if held is not None:
            epochs.best_weights = model.get_weights()
        try:
            model.fit(
                readable(rows.X),
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
            warn("Training interrupted by user.")
        except DivergedError as error:
            if held is None:
                raise DivergedError(f"{_NOT_FINITE} ({error})") from None
            epochs.end_diverged()
            warn(f"Stochastic Optimizer: {error}", ConvergenceWarning)
        else:
            self._converged = epochs.converged
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
        return readable(held.test.X), self._targets(held.test.y), self._weights_of(held.test)

    def _batch_size(self, n_rows: int) -> int:
        if self.batch_size == "auto":
            return min(200, n_rows)
        if self.batch_size > n_rows:
            warn("Got `batch_size` less than 1 or larger than sample size. It is going to be clipped")
        return int(min(self.batch_size, n_rows))

    def _minimize(self, model: Model, rows: Rows) -> None:
        try:
            result = model.minimize(
                readable(rows.X),
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
            warn(
                f"lbfgs failed to converge after {result.nit} iteration(s) (status={result.status}): "
                f"{result.message}. Increase max_iter or max_fun, or scale the data.",
                ConvergenceWarning,
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
        return {"type": thing.type} | {name: _settings(value) for name, value in thing.options.items()}
    return thing
