# SPDX-License-Identifier: BSD-3-Clause
"""What tests of pictures have in common."""

from __future__ import annotations

import laminar as lm

HISTORY = lm.History(
    {
        "loss": [0.9, 0.5, 0.3, 0.2],
        "accuracy": [0.5, 0.7, 0.8, 0.9],
        "val_loss": [0.8, 0.6, 0.7, 0.9],
        "val_accuracy": [0.5, 0.6, 0.75, 0.7],
    },
    [4, 5, 6, 7],
)


def words(texts) -> list[str]:
    """Return what texts of a picture say."""
    return [text.get_text() for text in texts]


def legend(ax) -> list[str]:
    """Return what the legend says."""
    return words(ax.get_legend().get_texts())
