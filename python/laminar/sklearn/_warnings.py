# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

import sys
import warnings


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn the first caller outside of laminar and scikit-learn."""
    frame, level = sys._getframe(1), 3
    while frame.f_back is not None and _package(frame.f_back.f_globals) in ("laminar", "sklearn"):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _package(names: dict[str, object]) -> str:
    return str(names.get("__name__", "")).partition(".")[0]
