# SPDX-License-Identifier: BSD-3-Clause
"""Normalizations with fixed numbers, folded into the dense layer before them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from laminar._export_c._program import Op, Program


# (x W + b - center) scale + shift = x (W scale) + ((b - center) scale + shift)
def fold_scales(program: Program) -> None:
    """Fold a scale into the product that it follows, where nobody else reads that or shares its kernel."""
    readers = Counter(buffer for op in program.ops for buffer in op.inputs)
    readers.update(value.buffer for value in program.outputs)
    calls = Counter(op.constants for op in program.ops if op.function == "dense")
    ops: list[Op] = []
    makers: dict[int, int] = {}  # the products, by the buffer that they write
    for op in program.ops:
        i = makers.get(op.inputs[0])
        if op.function == "scale" and i is not None:
            product = ops[i]
            alone = readers[product.output] == 1 and calls[product.constants] == 1
            if alone and product.sizes[2] == op.sizes[1]:
                ops[i] = _folded(program, product, op)
                calls[ops[i].constants] = 1
                makers[op.output] = i
                continue
        if op.function == "dense":
            makers[op.output] = len(ops)
        ops.append(op)
    program.ops = ops


def _folded(program: Program, product: Op, scale: Op) -> Op:
    kernel_name, bias_name = product.constants
    assert kernel_name is not None
    center, factor, shift = (_array(program, name) for name in scale.constants)
    bias = _array(program, bias_name)
    if bias_name is None:
        bias_name = f"{kernel_name.removesuffix('_kernel')}_bias"
    program.arrays[kernel_name] = program.arrays[kernel_name] * factor[:, None]
    program.arrays[bias_name] = (bias - center) * factor + shift
    return replace(product, output=scale.output, constants=(kernel_name, bias_name))


def _array(program: Program, name: str | None) -> NDArray[np.float64]:
    return np.zeros(1) if name is None else program.arrays[name]
