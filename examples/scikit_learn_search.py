#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Search for hyperparameters of a pipeline: at random on log scales, then by Optuna, which prunes.

Scikit-learn's diabetes data, 442 patients, a quarter of them kept for the test, which no search sees. Four
pipelines are compared that scale the numbers, encode the sex and end in an MLP: scikit-learn's MLPRegressor
and laminar's, both with default settings, and what RandomizedSearchCV and Optuna find. Each learns from all
training rows in the end, and its R^2 is that of the same test rows.

What spans powers of ten (learning rate, penalty) is drawn on a log scale. Optuna hears of the validation
score after each epoch from a callback, a plain function, and ends trials that lag behind the best third by
raising TrialPruned: fit passes on what a callback raises.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

from laminar.sklearn import MLPRegressor
from scipy.stats import loguniform, uniform
from sklearn import neural_network
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import RandomizedSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

if TYPE_CHECKING:
    from collections.abc import Sequence

try:
    import optuna
except ImportError:
    optuna = None

SEX, NUMBERS = [1], [0, *range(2, 10)]  # columns
SIZES = {"25": (25,), "50": (50,), "100": (100,), "50-25": (50, 25)}
SPACE = {
    "mlp__hidden_layer_sizes": list(SIZES.values()),
    "mlp__learning_rate_init": loguniform(1e-4, 3e-2),
    "mlp__alpha": loguniform(1e-4, 100.0),
    "mlp__dropout": uniform(0.0, 0.6),
    "mlp__batch_size": [32, 64, 128],
}


def make_pipeline(mlp: Any) -> Pipeline:
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), NUMBERS), ("sex", OneHotEncoder(drop="if_binary"), SEX)]
    )
    return Pipeline([("columns", columns), ("mlp", mlp)])


def random_search(x: Any, y: Any, trials: int, epochs: int) -> RandomizedSearchCV:
    """Return a search that has been run, its best pipeline trained on all rows."""
    pipeline = make_pipeline(MLPRegressor(max_iter=epochs, random_state=0))
    return RandomizedSearchCV(pipeline, SPACE, n_iter=trials, cv=3, random_state=0).fit(x, y)


def suggest(trial: optuna.Trial) -> dict[str, Any]:
    """Return the same space as Optuna draws from it."""
    return {
        "hidden_layer_sizes": SIZES[trial.suggest_categorical("hidden_layer_sizes", list(SIZES))],
        "learning_rate_init": trial.suggest_float("learning_rate_init", 1e-4, 3e-2, log=True),
        "alpha": trial.suggest_float("alpha", 1e-4, 100.0, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.6),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128]),
    }


def optuna_search(x: Any, y: Any, trials: int, epochs: int) -> tuple[optuna.Study, Pipeline]:
    """Return the study, and the best pipeline trained on all rows."""

    def objective(trial: optuna.Trial) -> float:
        def report(epoch: int, logs: dict[str, float]) -> None:
            trial.report(logs["val_r2"], epoch)
            if trial.should_prune():
                raise optuna.TrialPruned

        mlp = MLPRegressor(
            **suggest(trial),
            max_iter=epochs,
            early_stopping=True,  # every trial keeps the same fifth of the rows to judge by
            validation_fraction=0.2,
            callbacks=[report],
            random_state=0,
        )
        mlp = make_pipeline(mlp).fit(x, y)["mlp"]
        trial.set_user_attr("epochs", mlp.validation_scores_.index(mlp.best_validation_score_) + 1)
        return mlp.best_validation_score_

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=5, reduction_factor=3),
    )
    study.optimize(objective, n_trials=trials)
    best = suggest(study.best_trial)
    epochs = study.best_trial.user_attrs["epochs"]
    return study, make_pipeline(MLPRegressor(**best, max_iter=epochs, random_state=0)).fit(x, y)


def describe(parameters: dict[str, Any]) -> str:
    return ", ".join(
        f"{name.removeprefix('mlp__')} {value:.2g}"
        if isinstance(value, float)
        else f"{name.removeprefix('mlp__')} {value}"
        for name, value in sorted(parameters.items())
    )


def print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True)]
        print("  ".join([f"{first:<{widths[0]}}", *cells]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=20, help="of each search (20)")
    parser.add_argument("--epochs", type=int, default=200, help="at most, of each fit of a search (200)")
    options = parser.parse_args()
    # A search also tries settings that have not converged by the last epoch.
    warnings.simplefilter("ignore", ConvergenceWarning)

    x, y = load_diabetes(return_X_y=True, scaled=False)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=0)
    # Targets in the hundreds would take the default learning rate thousands of epochs; R^2 is the same.
    middle, spread = y_train.mean(), y_train.std()
    y_train, y_test = (y_train - middle) / spread, (y_test - middle) / spread
    rows = [["", "test R^2", "fits", "seconds"]]

    def add(name: str, fitted: Any, fits: int, begin: float) -> None:
        seconds = time.perf_counter() - begin
        rows.append([name, f"{fitted.score(x_test, y_test):.3f}", str(fits), f"{seconds:.1f}"])

    defaults = {"scikit-learn, default": neural_network.MLPRegressor, "laminar, default": MLPRegressor}
    for name, make in defaults.items():
        begin = time.perf_counter()
        add(name, make_pipeline(make(random_state=0)).fit(x_train, y_train), 1, begin)

    begin = time.perf_counter()
    search = random_search(x_train, y_train, options.trials, options.epochs)
    add("laminar, RandomizedSearchCV", search, 3 * options.trials + 1, begin)
    print(f"random search: cross-validated R^2 {search.best_score_:.3f} with")
    print(f"  {describe(search.best_params_)}")

    if optuna is None:
        print('the second half needs Optuna: pip install "laminar[examples]"', file=sys.stderr)
    else:
        begin = time.perf_counter()
        study, best = optuna_search(x_train, y_train, options.trials, options.epochs)
        add("laminar, Optuna", best, len(study.trials) + 1, begin)
        pruned = study.get_trials(states=[optuna.trial.TrialState.PRUNED])
        print(f"Optuna, {len(pruned)} of {len(study.trials)} trials pruned: ", end="")
        print(f"validation R^2 {study.best_value:.3f} with\n  {describe(study.best_params)}")
    print()
    print_table(rows)


if __name__ == "__main__":
    main()
