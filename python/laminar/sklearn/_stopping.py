# SPDX-License-Identifier: BSD-3-Clause
"""What scikit-learn's MLPs record after each epoch, and their rules for stopping."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from laminar.callbacks import Callback

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Report = Callable[[dict[str, float], str], float]
    Score = Callable[[dict[str, float]], float]

# The smallest rate that learning_rate="adaptive" goes on with.
_LEAST_RATE = 1e-6


class Epochs(Callback):
    """Keeps the attributes of an estimator up to date and stops where scikit-learn would.

    Parameters
    ----------
    estimator : BaseMLP
        Whose parameters decide, and whose attributes are set.
    report : callable (logs, prefix)
        The loss to report, of an epoch's logs.
    n_rows : int
        How much an epoch adds to ``t_``.
    score : callable (logs), optional
        Returns the validation score that decides instead of the loss.
    """

    _adds = ()

    def __init__(self, estimator: Any, report: Report, n_rows: int, score: Score | None) -> None:
        self._estimator = estimator
        self._report = report
        self._n_rows = n_rows
        self._score = score
        self.best_weights: list[NDArray[Any]] | None = None
        self.converged = False

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> bool:
        estimator = self._estimator
        estimator.n_iter_ += 1
        estimator.t_ += self._n_rows
        estimator.loss_ = self._report(logs, "")
        estimator.loss_curve_.append(estimator.loss_)
        if estimator.verbose:
            print(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}")
        if self._score is None:
            self._judge_loss(estimator)
        else:
            estimator.validation_loss_curve_.append(self._report(logs, "val_"))
            self.judge_score(self._score(logs))
        if (
            estimator.solver == "sgd"
            and estimator.learning_rate == "invscaling"
            and estimator.schedule is None
        ):
            self.model.learning_rate = estimator.learning_rate_init / (estimator.t_ + 1) ** estimator.power_t
        self.converged = estimator._no_improvement_count > estimator.n_iter_no_change and self._gives_up()
        return self.converged

    def end_diverged(self) -> None:
        """Record the epoch in which a step diverged: neither its loss nor its score is a number."""
        self._estimator.n_iter_ += 1
        self._estimator.loss_ = nan
        self._estimator.loss_curve_.append(nan)
        self._estimator.validation_loss_curve_.append(nan)
        self.judge_score(nan)

    def _judge_loss(self, estimator: Any) -> None:
        worse = estimator.loss_ > estimator.best_loss_ - estimator.tol
        estimator._no_improvement_count = estimator._no_improvement_count + 1 if worse else 0
        estimator.best_loss_ = min(estimator.best_loss_, estimator.loss_)

    def judge_score(self, score: float) -> None:
        """Record a validation score, and keep the weights where it is the best so far."""
        estimator = self._estimator
        estimator.validation_scores_.append(score)
        if estimator.verbose:
            print(f"Validation score: {score:f}")
        worse = score < estimator.best_validation_score_ + estimator.tol
        estimator._no_improvement_count = estimator._no_improvement_count + 1 if worse else 0
        if score > estimator.best_validation_score_:
            estimator.best_validation_score_ = score
            self.best_weights = self.model.get_weights()

    def _gives_up(self) -> bool:
        """Return whether there is nothing left to try; an adaptive rate is tried smaller first."""
        estimator = self._estimator
        what = "Training loss" if self._score is None else "Validation score"
        message = (
            f"{what} did not improve more than tol={estimator.tol:f} for {estimator.n_iter_no_change} "
            "consecutive epochs."
        )
        if (
            estimator.solver != "sgd"
            or estimator.learning_rate != "adaptive"
            or estimator.schedule is not None
        ):
            self._say(f"{message} Stopping.")
            return True
        if self.model.learning_rate <= _LEAST_RATE:
            self._say(f"{message} Learning rate too small. Stopping.")
            return True
        self.model.learning_rate /= 5
        self._say(f"{message} Setting learning rate to {self.model.learning_rate:f}")
        estimator._no_improvement_count = 0
        return False

    def _say(self, text: str) -> None:
        if self._estimator.verbose:
            print(text)
