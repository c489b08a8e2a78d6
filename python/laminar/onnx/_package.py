# SPDX-License-Identifier: BSD-3-Clause
"""The package onnx, which is imported only when it is needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Protobuf, which ONNX files are written in, has no longer messages.
MOST_BYTES = 2**31 - 1


def load_onnx(caller: str) -> Any:
    """Return the package onnx; ImportError that says how to get it."""
    try:
        return import_module("onnx")
    except ImportError as error:
        raise ImportError(f'{caller} needs onnx: pip install "laminar[onnx]"') from error
