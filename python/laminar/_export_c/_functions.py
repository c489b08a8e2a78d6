# SPDX-License-Identifier: BSD-3-Clause
"""The functions in C that an exported network calls, in float; ``NAME`` stands for its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# a = g(z) of one number, as laminar's own kernels compute it: exp only sees numbers that are not positive,
# NaN is passed on.
ACTIVATIONS = {
    "sigmoid": "NAME_logistic(z)",
    "tanh": "tanhf(z)",
    "relu": "z <= 0.0f ? 0.0f : z",
    "leaky_relu": "z > 0.0f ? z : slope * z",
    "elu": "z > 0.0f ? z : expm1f(z)",
    "selu": "1.0507009873554804934f * (z > 0.0f ? z : 1.6732632423543772848f * expm1f(z))",
    "gelu": "NAME_gate(z, 0.5f * erfcf(-z * 0.70710678118654752440f))",
    "gelu_tanh": ("NAME_gate(z, NAME_logistic(1.5957691216057307118f * z * (1.0f + 0.044715f * z * z)))"),
    "silu": "NAME_gate(z, NAME_logistic(z))",
    "softplus": "(z < 0.0f ? 0.0f : z) + log1pf(expf(-fabsf(z)))",
    "exponential": "expf(z)",
}

_MAP = """\
static void NAME_{kind}(size_t n, const float *x,{parameters} float *y)
{{
    for (size_t i = 0; i < n; ++i) {{
        const float z = x[i];
        y[i] = {expression};
    }}
}}
"""

_PARAMETERS = {"leaky_relu": " float slope,"}

# Those that only functions call stand first.
FUNCTIONS = {
    "logistic": """\
/* 1 / (1 + exp(-z)) */
static float NAME_logistic(float z)
{
    const float e = expf(-fabsf(z));
    return (z < 0.0f ? e : 1.0f) / (1.0f + e);
}
""",
    "gate": """\
/* z p, and 0 where p is 0 */
static float NAME_gate(float z, float p)
{
    return p <= 0.0f ? 0.0f : z * p;
}
""",
    "dense": """\
/* y[rows][n] = x[rows][n_in] w[n][n_in]^T + b[n] */
static void NAME_dense(size_t rows, size_t n_in, size_t n, const float *x, const float *w, const float *b,
                       float *y)
{
    for (size_t r = 0; r < rows; ++r, x += n_in, y += n) {
        for (size_t j = 0; j < n; ++j) {
            const float *unit = w + j * n_in;
            float sum = 0.0f;
            for (size_t i = 0; i < n_in; ++i) {
                sum += x[i] * unit[i];
            }
            y[j] = b != NULL ? sum + b[j] : sum;
        }
    }
}
""",
    "scale": """\
/* y[rows][n] = (x - center[n]) scale[n] + shift[n] */
static void NAME_scale(size_t rows, size_t n, const float *x, const float *center, const float *scale,
                       const float *shift, float *y)
{
    for (size_t r = 0; r < rows; ++r, x += n, y += n) {
        for (size_t j = 0; j < n; ++j) {
            const float u = (x[j] - center[j]) * scale[j];
            y[j] = shift != NULL ? u + shift[j] : u;
        }
    }
}
""",
    "layer_norm": """\
/* y[rows][n] = (x - mean) / sqrt(variance + epsilon) scale[n] + shift[n] of each row; share is 1 / n */
static void NAME_layer_norm(size_t rows, size_t n, const float *x, const float *scale, const float *shift,
                            float share, float epsilon, float *y)
{
    for (size_t r = 0; r < rows; ++r, x += n, y += n) {
        float mean = x[0];
        float variance = 0.0f;
        float factor;
        for (int pass = 0; pass < 2; ++pass) { /* the second adds what rounding left out of the first */
            float sum = 0.0f;
            for (size_t j = 0; j < n; ++j) {
                sum += x[j] - mean;
            }
            mean += sum * share;
        }
        for (size_t j = 0; j < n; ++j) {
            variance += (x[j] - mean) * (x[j] - mean);
        }
        factor = 1.0f / sqrtf(variance * share + epsilon);
        for (size_t j = 0; j < n; ++j) {
            const float u = (x[j] - mean) * factor;
            const float v = scale != NULL ? u * scale[j] : u;
            y[j] = shift != NULL ? v + shift[j] : v;
        }
    }
}
""",
    "add": """\
static void NAME_add(size_t n, const float *a, const float *b, float *y)
{
    for (size_t i = 0; i < n; ++i) {
        y[i] = a[i] + b[i];
    }
}
""",
    "copy": """\
/* the first n of every `stride` numbers of y = x[rows][n] */
static void NAME_copy(size_t rows, size_t n, size_t stride, const float *x, float *y)
{
    for (size_t r = 0; r < rows; ++r, x += n, y += stride) {
        for (size_t j = 0; j < n; ++j) {
            y[j] = x[j];
        }
    }
}
""",
    **{
        kind: _MAP.format(kind=kind, parameters=_PARAMETERS.get(kind, ""), expression=expression)
        for kind, expression in ACTIVATIONS.items()
    },
    "softmax": """\
/* y[rows][n] = exp(x - max x) / sum exp(x - max x) of each row */
static void NAME_softmax(size_t rows, size_t n, const float *x, float *y)
{
    for (size_t r = 0; r < rows; ++r, x += n, y += n) {
        float largest = x[0];
        float sum = 0.0f;
        for (size_t j = 1; j < n; ++j) {
            largest = x[j] > largest ? x[j] : largest;
        }
        for (size_t j = 0; j < n; ++j) {
            y[j] = expf(x[j] - largest);
            sum += y[j];
        }
        for (size_t j = 0; j < n; ++j) {
            y[j] /= sum;
        }
    }
}
""",
}

_MATH = "exp|expm1|log1p|tanh|erfc|fabs|sqrt"


def definitions(used: Iterable[str], name: str, double: bool) -> str:
    """Return the functions that are used, and those that these use."""
    wanted = set(used)
    waiting = list(wanted)
    while waiting:
        found = set(re.findall(r"\bNAME_(\w+)\(", FUNCTIONS[waiting.pop()])) - wanted
        wanted |= found
        waiting.extend(found)
    text = "\n".join(body for key, body in FUNCTIONS.items() if key in wanted)
    if double:
        text = re.sub(r"\bfloat\b", "double", text)
        text = re.sub(rf"\b({_MATH})f\b", r"\1", text)
        text = re.sub(r"(\d)f\b", r"\1", text)
    return text.replace("NAME", name)


def math_functions(text: str) -> list[str]:
    """Return the functions of ``math.h`` that a text in C calls."""
    code = re.sub(r"/\*.*?\*/", "", text)
    return sorted({match[0] for match in re.finditer(rf"\b({_MATH})f?(?=\()", code)})
