# SPDX-License-Identifier: BSD-3-Clause
"""A program written down in C."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from laminar import _core
from laminar._export_c._functions import definitions, math_functions
from laminar._export_c._memory import lay_out
from laminar._export_c._read import shape_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from laminar._export_c._memory import Layout
    from laminar._export_c._program import Op, Program, Value

_WIDTH = 100
_A_LINE = {4: 6, 8: 4}  # numbers, by their bytes

_FILE = """\
{comment}
#include <stddef.h>
{include}
#ifdef __cplusplus
extern "C" {{
#endif

{prototype};

{arrays}{functions}{prototype}
{{
{body}
}}

#ifdef __cplusplus
}}
#endif
"""


@dataclass(frozen=True)
class _Signature:
    """The exported function and the names of its arguments."""

    inputs: list[str]
    outputs: list[str]
    prototype: str


def write(program: Program, name: str) -> tuple[str, int, int]:
    """Return the file, the bytes of its constant arrays and those of its buffers."""
    signature = _signature(program, name)
    layout = lay_out(program, signature.inputs, signature.outputs)
    arrays = _final_arrays(program)
    functions = definitions((op.function for op in program.ops), name, program.dtype == np.float64)
    sizes = (sum(array.nbytes for array in arrays.values()), layout.work_size * program.dtype.itemsize)
    math = math_functions(functions)
    text = _FILE.format(
        comment=_comment(program, name, signature, sizes, math),
        include="#include <math.h>\n" if math else "",
        prototype=signature.prototype,
        arrays="".join(_array_text(f"{name}_{key}", array) for key, array in arrays.items()),
        functions=functions + "\n" if functions else "",
        body=_body(program, name, layout, signature),
    )
    return text, *sizes


def _signature(program: Program, name: str) -> _Signature:
    inputs, outputs = _arguments("x", program.inputs), _arguments("y", program.outputs)
    number = _c_type(program.dtype)
    arguments = [
        *(f"const {number} {key}[{value.size}]" for key, value in zip(inputs, program.inputs, strict=True)),
        *(f"{number} {key}[{value.size}]" for key, value in zip(outputs, program.outputs, strict=True)),
    ]
    return _Signature(inputs, outputs, _wrapped(f"void {name}_predict({', '.join(arguments)})", ""))


def _arguments(letter: str, values: Sequence[Value]) -> list[str]:
    return [letter] if len(values) == 1 else [f"{letter}_{i + 1}" for i in range(len(values))]


def _c_type(dtype: np.dtype[Any]) -> str:
    return "double" if dtype == np.float64 else "float"


def _final_arrays(program: Program) -> dict[str, NDArray[Any]]:
    """Return the arrays that are used, in order, rounded to the model's dtype."""
    used = dict.fromkeys(key for op in program.ops for key in op.constants if key is not None)
    arrays = {}
    for key in used:
        with np.errstate(over="ignore"):
            arrays[key] = program.arrays[key].astype(program.dtype)
        if not np.isfinite(arrays[key]).all():
            raise ValueError(
                f"export_c: {key}: expected numbers that fit {program.dtype}, "
                f"got {np.abs(program.arrays[key]).max()}"
            )
    return arrays


def _array_text(name: str, array: NDArray[Any]) -> str:
    numbers = [literal(number) for number in array.ravel()]
    n = _A_LINE[array.itemsize]
    lines = [", ".join(numbers[i : i + n]) for i in range(0, len(numbers), n)]
    body = ",\n    ".join(lines)
    return f"static const {_c_type(array.dtype)} {name}[{array.size}] = {{\n    {body}\n}};\n\n"


def literal(number: np.floating[Any]) -> str:
    """Return the shortest decimal that is exactly this number when it is read in its own type.

    Examples
    --------
    >>> literal(np.float32(0.1)), literal(np.float32(-0.0)), literal(np.float64(1e-320))
    ('0.1f', '-0.0f', '1e-320')
    """
    return f"{number!s}f" if number.dtype == np.float32 else str(number)


def _body(program: Program, name: str, layout: Layout, signature: _Signature) -> str:
    lines = []
    if layout.work_size:
        lines += [f"    {_c_type(program.dtype)} work[{layout.work_size}];", ""]
    read = {buffer for op in program.ops for buffer in op.inputs}
    lines += [
        f"    (void){key};"
        for key, value in zip(signature.inputs, program.inputs, strict=True)
        if value.buffer not in read
    ]
    lines += [_wrapped(_call(program, name, layout, op), "    ") for op in program.ops]
    return "\n".join(lines)


def _call(program: Program, name: str, layout: Layout, op: Op) -> str:
    arguments = [
        *(str(size) for size in op.sizes),
        *(_address(layout.places[buffer]) for buffer in op.inputs),
        *("NULL" if key is None else f"{name}_{key}" for key in op.constants),
        *(literal(program.dtype.type(number)) for number in op.numbers),
        _address(layout.places[op.output], op.offset),
    ]
    return f"{name}_{op.function}({', '.join(arguments)});"


def _address(place: tuple[str, int], more: int = 0) -> str:
    array, first = place
    return f"{array} + {first + more}" if first + more else array


def _wrapped(text: str, indent: str) -> str:
    lines = wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines)


def _comment(
    program: Program, name: str, signature: _Signature, sizes: tuple[int, int], math: Sequence[str]
) -> str:
    """Return what a reader of the file wants to know, without a name that could end the comment."""
    weight_bytes, buffer_bytes = sizes
    tensors = zip(
        (*signature.inputs, *signature.outputs),
        (*program.input_names, *program.output_names),
        (*program.inputs, *program.outputs),
        strict=True,
    )
    lines = [
        f"{name}_predict: the prediction of a network for one example, by laminar {_core.__version__}.",
        "",
        *f"{signature.prototype};".splitlines(),
        "",
        *(f"  {argument}: {label}, shape {shape_text(value.shape)}" for argument, label, value in tensors),
        "",
        *(f"  {layer}" for layer in program.layers),
        "",
        f"Weights: {weight_bytes} bytes, constant. Buffers: {buffer_bytes} bytes, on the stack.",
        "It keeps no state and takes nothing from the heap; arrays are flat, the last axis runs fastest, and",
        "must not overlap. " + (f"It needs {', '.join(math)} of math.h." if math else "It needs no library."),
    ]
    return "/*\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */"
