# SPDX-License-Identifier: BSD-3-Clause
"""Metrics: what ``compile(metrics=[...])`` may name besides the loss that is trained on.

``"accuracy"`` is the weighted share of right predictions: the largest of the outputs where they are classes,
above 0.5 or not where an output stands alone (predictions are read as probabilities). The name of a loss
reports its weighted mean. A metric adds up over batches exactly: its value does not depend on the batch size.
"""

from __future__ import annotations

from laminar import losses

__all__ = ["names"]


def names() -> tuple[str, ...]:
    """Return the names that ``compile(metrics=[...])`` accepts.

    Returns
    -------
    tuple of str
        ``"accuracy"`` and the names of the losses.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.metrics.names()[:2]
    ('accuracy', 'binary_cross_entropy')
    """
    return ("accuracy", *losses.names())
