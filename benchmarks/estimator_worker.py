# SPDX-License-Identifier: BSD-3-Clause
"""The process of one library's estimators: a JSON object a line in, one line out.

Started by ``estimators.py`` as ``estimator_worker.py <name> <settings>``; not for use by hand.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
import warnings
from time import perf_counter
from typing import Any

OURS, THEIRS = "laminar", "scikit-learn"
FOLDS = 5
CLASSES = "classifier"


def load(name: str) -> tuple[str, Any, Any]:
    """Return the kind of a data set, its features of mean 0 and variance 1, and its targets.

    Targets of regression are standardized too: from targets in the hundreds, 200 epochs at the default
    learning rate get nowhere.
    """
    from sklearn import datasets
    from sklearn.preprocessing import scale

    match name:
        case "digits" | "breast_cancer" | "wine" | "diabetes":
            x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        case "make_moons":
            x, y = datasets.make_moons(1000, noise=0.25, random_state=0)
        case "make_circles":
            x, y = datasets.make_circles(1000, noise=0.1, factor=0.5, random_state=0)
        case "make_classification":
            x, y = datasets.make_classification(2000, n_informative=8, n_classes=3, random_state=0)
        case "make_regression":
            x, y = datasets.make_regression(1000, 20, noise=10.0, random_state=0)
        case _:
            raise ValueError(f"unknown data set {name}")
    kind = "regressor" if name in ("diabetes", "make_regression") else CLASSES
    return kind, scale(x), y if kind == CLASSES else scale(y)


class Desk:
    """Answers messages about the estimators of one library."""

    def __init__(self, library: str) -> None:
        if library == OURS:
            from laminar import sklearn as module
        else:
            from sklearn import neural_network as module
        self.estimators = {CLASSES: module.MLPClassifier, "regressor": module.MLPRegressor}
        self.tasks: dict[str, Any] = {}

    def about(self) -> dict[str, Any]:
        """Return versions, and the threads that a call uses."""
        import laminar as lm
        import numpy as np
        import sklearn
        from threadpoolctl import threadpool_info

        pools = {pool["internal_api"]: pool["num_threads"] for pool in threadpool_info()}
        return {
            "laminar": lm.__version__,
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "isa": lm.isa(),
            "laminar_threads": lm.get_num_threads(),
            "pools": pools,
        }

    def prepare(self, dataset: str) -> dict[str, Any]:
        """Fit once, which warms up; return the epochs that it took."""
        kind, x, y = load(dataset)
        make = self.estimators[kind]
        fitted = make(random_state=0).fit(x, y)
        predict = fitted.predict_proba if kind == CLASSES else fitted.predict
        row = x[:1].copy()
        self.tasks = {
            "fit": lambda: make(random_state=0).fit(x, y),
            "predict": lambda: predict(row),
        }
        return {"rows": len(x), "columns": x.shape[1], "epochs": fitted.n_iter_}

    def measure(self, kind: str, seconds: float) -> list[float]:
        """Return the seconds of one fit, or of a prediction, one figure a block."""
        if kind == "fit":
            begin = perf_counter()
            self.tasks[kind]()
            return [perf_counter() - begin]
        from harness.timing import measure

        return measure(self.tasks[kind], seconds)

    def scores(self, dataset: str, seed: int) -> list[float]:
        """Return accuracy or R^2 on each fold, the scaling learned on the other folds."""
        from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        kind, x, y = load(dataset)
        splitter = StratifiedKFold if kind == CLASSES else KFold
        folds = splitter(FOLDS, shuffle=True, random_state=0)
        model = make_pipeline(StandardScaler(), self.estimators[kind](random_state=seed))
        return [float(score) for score in cross_val_score(model, x, y, cv=folds, error_score="raise")]

    def search(self, jobs: int) -> dict[str, float]:
        """Return the seconds of a grid search, and those of its fits together."""
        from sklearn.model_selection import GridSearchCV

        kind, x, y = load("digits")
        grid = {
            "alpha": [1e-5, 1e-4, 1e-3, 1e-2],
            "hidden_layer_sizes": [(100,), (64, 64), (200,)],
            "learning_rate_init": [5e-4, 1e-3],
        }

        def make(grid: dict[str, list[Any]], folds: int) -> Any:
            return GridSearchCV(
                self.estimators[kind](random_state=0), grid, cv=folds, n_jobs=jobs, refit=False
            )

        make({"alpha": [0.1, 0.2]}, 2).fit(x[:200], y[:200])  # starts the pool, which imports
        begin = perf_counter()
        result = make(grid, 3).fit(x, y).cv_results_
        return {
            "seconds": perf_counter() - begin,
            "fits": float(3 * result["mean_fit_time"].sum()),
            "n_fits": 3 * len(result["params"]),
        }


def main() -> None:
    # Libraries may print; the pipe is for answers alone.
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    library, settings = sys.argv[1].split(",")[0], json.loads(sys.argv[2])

    from harness.machine import hold_to
    from harness.protocol import THREAD_VARIABLES

    for name in THREAD_VARIABLES:  # an empty one stands for none
        if not os.environ.get(name):
            os.environ.pop(name, None)
    hold_to(settings["cpus"])  # before any import that counts CPUs
    warnings.simplefilter("ignore")  # the default 200 epochs are not always enough, on either side
    os.environ["PYTHONWARNINGS"] = "ignore"  # in the workers of a search
    desk: Desk | None = None
    for line in sys.stdin:
        message = json.loads(line)
        try:
            desk = desk or Desk(library)
            result = getattr(desk, message.pop("command"))(**message)
            answers.write(json.dumps({"result": result}) + "\n")
        except Exception as error:
            traceback.print_exc()
            answers.write(json.dumps({"error": f"{type(error).__name__}: {error}"}) + "\n")


if __name__ == "__main__":
    main()
