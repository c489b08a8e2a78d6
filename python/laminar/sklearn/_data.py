# SPDX-License-Identifier: BSD-3-Clause
"""Rows of training data, dense or sparse, whole or split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse
from sklearn.model_selection import train_test_split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laminar._model import Model

    Array = NDArray[Any]


def readable(X: Any) -> Any:
    """Return a matrix as the core reads it: an array as it is, any sparse one by its rows."""
    return X.tocsr() if issparse(X) else X


@dataclass(frozen=True)
class Rows:
    """Examples with encoded targets, and weights where they differ."""

    X: Any
    y: Any = None
    weights: Array | None = None

    def predict(self, model: Model) -> Any:
        """Return a model's outputs."""
        return model.predict(readable(self.X))


@dataclass(frozen=True)
class HeldOut:
    """Training data, and what is kept to judge it by."""

    train: Rows
    test: Rows


def held_out(rows: Rows, fraction: float, random_state: np.random.RandomState, stratify: bool) -> HeldOut:
    """Return rows split as scikit-learn does; those without weight count as if they weren't there."""
    X, y, weights = rows.X, rows.y, rows.weights
    if weights is not None and not weights.all():
        kept = np.flatnonzero(weights)
        X, y, weights = X[kept], y[kept], weights[kept]
    arrays = [X, y] if weights is None else [X, y, weights]
    parts = train_test_split(
        *arrays,
        random_state=random_state,
        test_size=fraction,
        stratify=y.reshape(len(y), -1) if stratify else None,
    )
    train, test = Rows(*parts[::2]), Rows(*parts[1::2])
    if test.X.shape[0] < 2:
        among = f"{len(y)} examples" + (f" in {len(np.unique(y))} class(es)" if stratify else "")
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your dataset. "
            f"Got {test.X.shape[0]} of {among} of a weight above 0."
        )
    return HeldOut(train, test)
