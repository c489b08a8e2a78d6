# SPDX-License-Identifier: BSD-3-Clause
"""ONNX files: what a model is, for other programs to run, and theirs as models.

``pip install "laminar[onnx]"`` brings what they need; it is imported when a function is called.
"""

from laminar.onnx._export import export_onnx
from laminar.onnx._import import import_onnx

__all__ = ["export_onnx", "import_onnx"]
