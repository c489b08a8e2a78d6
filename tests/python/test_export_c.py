# SPDX-License-Identifier: BSD-3-Clause
"""A network in C computes what the model predicts, in the memory that it says, without a warning."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
from copy import deepcopy
from pathlib import Path

import laminar as lm
import numpy as np
import pytest
from laminar._export_c._functions import ACTIVATIONS
from laminar._export_c._layers import LAYERS
from support.custom_layers import MeanOverTime, Swish
from support.networks import mlp

CC = os.environ.get("CC") or shutil.which("cc")
CXX = os.environ.get("CXX") or shutil.which("c++")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "export_c.md"
STRICT = [
    "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wconversion", "-Wdouble-promotion", "-Wfloat-equal",
    "-Wshadow", "-Wmissing-prototypes", "-Wstrict-prototypes", "-Wundef",
]  # fmt: skip
needs_cc = pytest.mark.skipif(CC is None, reason="there is no C compiler")
M = 7


def compiled(source, folder, *options, compiler=None, suffix="c", strict=STRICT, standard="c99"):
    """Return a shared library of the source, which must compile without a warning."""
    file = folder / f"network.{suffix}"
    file.write_text(source.text, encoding="ascii")
    library = folder / f"network_{len(list(folder.iterdir()))}.so"
    command = [compiler or CC, f"-std={standard}", *strict, *(options or ["-O1"]), "-fPIC", "-shared"]
    result = subprocess.run(
        [*command, str(file), "-o", str(library), "-lm"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr + source.text
    return ctypes.CDLL(str(library))


def in_c(model, library, x, name="model"):
    """Return what the compiled network yields for each row, as a list of one array an output."""
    rows = [np.ascontiguousarray(part, model.dtype) for part in (x if isinstance(x, tuple) else (x,))]
    # Numbers that stay would show: everything is to be written, and nothing beside it.
    outputs = [
        np.full((len(rows[0]), int(np.prod(shape[1:])) + 1), 1e30, model.dtype)
        for shape in model.output_shapes
    ]
    predict = getattr(library, f"{name}_predict")
    predict.restype = None
    for i in range(len(rows[0])):
        predict(*(ctypes.c_void_p(array[i].ctypes.data) for array in (*rows, *outputs)))
    assert all(np.all(array[:, -1] == np.array(1e30, model.dtype)) for array in outputs)
    return [
        array[:, :-1].reshape(-1, *shape[1:])
        for array, shape in zip(outputs, model.output_shapes, strict=True)
    ]


def assert_same(model, x, folder, *options, **more):
    """Compare the compiled network with the model, row by row."""
    results = in_c(model, compiled(lm.export_c(model), folder, *options, **more), x)
    expected = model.predict(x)
    expected = expected if isinstance(expected, tuple) else (expected,)
    rtol, atol = (1e-5, 1e-6) if model.dtype == "float32" else (1e-12, 1e-13)
    for result, wanted in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, wanted, rtol=rtol, atol=atol)


def randomized(model, seed=0):
    """Give the weights values at which no term of a formula is hidden by a 0 or a 1."""
    rng = np.random.default_rng(seed)
    weights = []
    old = iter(model.get_weights())
    for layer in model.layers:
        for name, option in LAYERS[layer.type].weights.items():
            if option is None or layer.options[option]:
                array = next(old)
                if layer.type == "Normalization":
                    weights.append(array)
                elif name == "moving_variance":
                    weights.append(rng.uniform(0.3, 2.0, array.shape))
                else:
                    scale = 1.0 if array.ndim < 2 else array.shape[0] ** -0.5
                    weights.append(rng.normal(scale=scale, size=array.shape))
    model.set_weights(weights)
    return model


def sequential(shape, *layers, dtype="float32"):
    return randomized(lm.Sequential([lm.Input(shape), *layers], dtype=dtype, seed=0))


def normal(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


# Every activation


def test_every_activation_and_layer_has_a_form():
    assert {"linear", "softmax", *ACTIVATIONS} == set(lm.activations.names())
    built_in = {name for name in lm.layers.__all__ if isinstance(getattr(lm, name), type)}
    assert set(LAYERS) == built_in - {"CustomLayer", "Layer", "ParameterSpec"}


KINDS = (*lm.activations.names(), lm.activations.LeakyReLU(0.3))


@needs_cc
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_activations(dtype, tmp_path):
    x = lm.Input((5,))
    outputs = [layer(x) for kind in KINDS for layer in (lm.Dense(6, kind), lm.Activation(kind))]
    assert_same(randomized(lm.Model(x, outputs, dtype=dtype, seed=0)), 2 * normal(M, 5), tmp_path)


@needs_cc
def test_activations_far_from_zero(tmp_path):
    edges = np.array([0.0, 1e-41, 1e-5, 0.5, 1.5, 8.0, 1e3, 2e37, 2e38])
    x = lm.Input((1,))
    tens = lm.Dense(1, use_bias=False)(x)  # makes infinity, which no input may be
    # exp(-infinity) is 0, but softmax of one infinity has no value.
    model = lm.Model(x, [lm.Activation(kind)(tens) for kind in KINDS if kind != "softmax"])
    model.set_weights([[[10.0]]])
    assert_same(model, np.concatenate([edges, -edges])[:, None], tmp_path)


@needs_cc
def test_nan_is_passed_on(tmp_path):
    x = lm.Input((3,))
    model = lm.Model(x, [lm.Activation(kind)(x) for kind in KINDS])
    library = compiled(lm.export_c(model), tmp_path)
    for result in in_c(model, library, np.array([[np.nan] * 3, [1.0] * 3])):
        assert np.isnan(result[0]).all()
        assert np.isfinite(result[1]).all()


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_an_activation_calls_is_defined_and_nothing_else(kind):
    text = lm.export_c(sequential((3,), lm.Activation(kind))).text
    defined = re.findall(r"^static \w+ (model_\w+)\(", text, re.M)
    assert set(re.findall(r"\bmodel_\w+(?=\()", text)) == {*defined, "model_predict"}
    assert all(len(re.findall(rf"\b{name}\(", text)) >= 2 for name in defined)


@needs_cc
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_of_large_logits(dtype, tmp_path):
    x = np.array([[1e4, -1e4, 1e4], [1e4, 9999.0, 0.0], [-1e4, -1e4, -1e4 + 2], [0.0, 0.0, 0.0]])
    model = sequential((3,), lm.Activation("softmax"), dtype=dtype)
    assert_same(model, x, tmp_path)


# Every layer

STACKS = {
    "dense": ((4,), [lm.Dense(3)]),
    "no bias": ((4,), [lm.Dense(3, use_bias=False)]),
    "one by one": ((1,), [lm.Dense(1)]),
    "narrow": ((1,), [lm.Dense(1, "tanh"), lm.Dense(5, "relu"), lm.Dense(1)]),
    "mlp": ((9,), [lm.Dense(17, "relu"), lm.Dense(33, "gelu"), lm.Dense(2, "softmax")]),
    "deep": ((3,), [lm.Dense(2 + i % 5, "tanh") for i in range(12)]),
    "rows": ((3, 4), [lm.Dense(5, "silu"), lm.Dense(2, "softmax")]),
    "rows of rows": ((2, 3, 4), [lm.Dense(2, "elu"), lm.LayerNormalization()]),
    "batch": ((4,), [lm.BatchNormalization()]),
    "batch, no gamma": ((4,), [lm.BatchNormalization(scale=False, epsilon=0.1)]),
    "batch, no beta": ((4,), [lm.BatchNormalization(center=False)]),
    "batch, plain": ((4,), [lm.BatchNormalization(center=False, scale=False)]),
    "batch of rows": ((3, 4), [lm.BatchNormalization(), lm.Dense(2)]),
    "folded": ((4,), [lm.Dense(6, use_bias=False), lm.BatchNormalization(), lm.Activation("relu")]),
    "folded, bias": ((4,), [lm.Dense(6), lm.BatchNormalization(center=False), lm.Dense(2)]),
    "folded twice": ((4,), [lm.Dense(3), lm.BatchNormalization(), lm.Dropout(0.5), lm.BatchNormalization()]),
    "folded in rows": ((3, 4), [lm.Dense(6), lm.BatchNormalization()]),
    "not folded": ((4,), [lm.Dense(6, "tanh"), lm.BatchNormalization()]),
    "other features": ((3, 4), [lm.Dense(6), lm.Flatten(), lm.BatchNormalization()]),
    "layer": ((6,), [lm.LayerNormalization()]),
    "layer, no gamma": ((6,), [lm.LayerNormalization(scale=False)]),
    "layer, no beta": ((6,), [lm.LayerNormalization(center=False, epsilon=0.1)]),
    "layer, plain": ((6,), [lm.LayerNormalization(center=False, scale=False)]),
    "layer of one": ((1,), [lm.LayerNormalization()]),
    "normalization": ((4,), [lm.Normalization([1e3, -2.0, 0.0, 5.0], [1.0, 2.0, 0.5, 0.0]), lm.Dense(2)]),
    "identity": ((4,), [lm.Dropout(0.5), lm.GaussianNoise(0.1), lm.Activation("linear")]),
    "views": ((2, 6), [lm.Reshape((3, 4)), lm.Dense(2), lm.Reshape((-1, 3)), lm.Flatten(), lm.Dense(2)]),
    "no axis": ((1,), [lm.Reshape(()), lm.Activation("tanh")]),
}  # fmt: skip


@needs_cc
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("shape", "layers"), STACKS.values(), ids=STACKS)
def test_stacks(shape, layers, dtype, tmp_path):
    model = sequential(shape, *deepcopy(layers), dtype=dtype)
    assert_same(model, normal(M, *shape), tmp_path)


@needs_cc
@pytest.mark.parametrize("seed", range(12))
def test_random_networks(seed, tmp_path):
    rng = np.random.default_rng(seed)
    layers = []
    for _ in range(rng.integers(1, 6)):
        layers.append(lm.Dense(int(rng.integers(1, 40)), str(rng.choice(lm.activations.names()[:10]))))
        layers += [[], [lm.BatchNormalization()], [lm.LayerNormalization()], [lm.Dropout(0.2)]][
            rng.integers(4)
        ]
    n_in = int(rng.integers(1, 40))
    model = randomized(lm.Sequential([lm.Input((n_in,)), *layers], dtype="float64", seed=seed), seed)
    assert_same(model, rng.normal(size=(M, n_in)), tmp_path)


@needs_cc
def test_means_far_from_zero_cost_no_digits(tmp_path):
    x = 1e4 + normal(64, 3)
    layer = lm.Normalization()
    layer.adapt(x)
    model = lm.Sequential([lm.Input((3,)), layer, lm.Dense(4, "tanh"), lm.Dense(1)], seed=0)
    assert_same(model, x, tmp_path)
    norm = lm.Sequential([lm.Input((3,)), lm.LayerNormalization()])
    assert_same(norm, x, tmp_path)


@needs_cc
def test_after_training(tmp_path):
    x = normal(200, 6)
    model = lm.Sequential(
        [
            lm.Dense(16, use_bias=False),
            lm.BatchNormalization(),
            lm.Activation("relu"),
            lm.Dropout(0.2),
            lm.Dense(3, "softmax"),
        ],
        seed=0,
    )
    model.compile("adam", "cross_entropy")
    model.fit(x, np.argmax(x[:, :3], axis=1), epochs=5, verbose=0)
    assert_same(model, x[:20], tmp_path)


# Graphs


def residual():
    x = lm.Input((5,))
    h = lm.Dense(5, "tanh")(x)
    return lm.Model(x, lm.Dense(2)(lm.Add()([h, x, h])), seed=0)


def same_twice():
    x = lm.Input((5,))
    h = lm.Dense(4, "tanh")(x)
    return lm.Model(x, lm.Add()([lm.Add()([h, h]), h]), seed=0)


def joined():
    x = lm.Input((2, 3))
    a, b = lm.Dense(4, "relu")(x), lm.Dense(1)(x)
    columns = lm.Concatenate()([a, x, b])
    return lm.Model(x, lm.Concatenate(axis=1)([columns, lm.Activation("tanh")(columns)]), seed=0)


def shared():
    a, b = lm.Input((4,)), lm.Input((4,))
    tower = lm.Dense(3)
    left, right = lm.BatchNormalization()(tower(a)), lm.BatchNormalization()(tower(b))
    return lm.Model([a, b], lm.Concatenate()([left, right]), seed=0)


def several():
    a, b = lm.Input((4,), name="a b"), lm.Input((2,), name="*/")
    h = lm.Dense(6, "relu", name="ä")(lm.Concatenate()([a, b]))
    p, q = lm.Dense(1, name="layer1")(h), lm.Dense(3, "softmax", name="layer 1")(h)
    return lm.Model([a, b], [p, q], seed=0)


def read_twice():
    x = lm.Input((4,))
    h = lm.Dense(3)(x)
    return lm.Model(x, lm.Add()([h, lm.BatchNormalization()(h)]), seed=0)


def copies():
    x = lm.Input((4,))
    h = lm.Dense(3, "tanh")(x)
    return lm.Model(x, [h, lm.Dropout(0.5)(h), lm.Flatten()(x), lm.Activation("relu")(h)], seed=0)


def nested():
    block = lm.Sequential([lm.Input((4,)), lm.Dense(4, "relu"), lm.LayerNormalization()])
    x = lm.Input((4,))
    return lm.Model(x, lm.Dense(2)(lm.Add()([x, block(x), block(block(x))])), seed=0)


def dense_net():
    x = lm.Input((3,))
    parts = [x]
    for i in range(5):
        parts.append(lm.Dense(2 + i, "silu")(lm.Concatenate()(parts) if i else x))
    return lm.Model(x, lm.Dense(1)(lm.Concatenate()(parts)), seed=0)


GRAPHS = [residual, same_twice, joined, shared, several, read_twice, copies, nested, dense_net]


@needs_cc
@pytest.mark.parametrize("make", GRAPHS)
def test_graphs(make, tmp_path):
    model = randomized(make())
    x = tuple(normal(M, *shape[1:], seed=i) for i, shape in enumerate(model.input_shapes))
    assert_same(model, x if len(x) > 1 else x[0], tmp_path)


@needs_cc
def test_what_only_an_added_loss_needs_is_left_out(tmp_path):
    x = lm.Input((4,))
    h = lm.Dense(3, "tanh")(x)
    model = lm.Model(x, lm.Dense(2)(h), seed=0)
    model.add_loss(lm.Dense(1, name="penalty")(Swish(name="swish")(h)))
    source = lm.export_c(model)
    assert "penalty" not in source.text
    assert_same(model, normal(M, 4), tmp_path)


# How it compiles


@needs_cc
@pytest.mark.parametrize(
    "options", [["-O0"], ["-O3"], ["-Os", "-ffreestanding", "-fno-builtin"]], ids=" ".join
)
def test_options(options, tmp_path):
    assert_same(residual(), normal(M, 5), tmp_path, *options)


def every_function(dtype="float32"):
    """Return a model that calls every function in C."""
    x = lm.Input((4,))
    h = x
    for kind in lm.activations.names():
        h = lm.Dense(4, kind)(h)
    h = lm.LayerNormalization()(lm.BatchNormalization()(h))
    return lm.Model(x, lm.Concatenate()([lm.Add()([h, x]), x]), dtype=dtype, seed=0)


@pytest.mark.skipif(CXX is None, reason="there is no C++ compiler")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_is_cpp_too(dtype, tmp_path):
    strict = [flag for flag in STRICT if flag not in ("-Wmissing-prototypes", "-Wstrict-prototypes")]
    more = {"compiler": CXX, "suffix": "cpp", "strict": strict, "standard": "c++17"}
    assert_same(every_function(dtype), normal(M, 4), tmp_path, **more)


@needs_cc
@pytest.mark.skipif(shutil.which("nm") is None, reason="there is no nm")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_symbols_and_sizes(dtype, tmp_path):
    source = lm.export_c(every_function(dtype))
    (tmp_path / "network.c").write_text(source.text, encoding="ascii")
    command = [
        CC,
        "-std=c99",
        "-O0",
        "-fno-stack-protector",
        "-fno-pic",
        "-c",
        "network.c",
        "-o",
        "network.o",
    ]
    subprocess.run(command, cwd=tmp_path, check=True)

    def names(*options):
        run = subprocess.run(
            ["nm", *options, "network.o"], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return [line.split() for line in run.stdout.splitlines()]

    f = "f" if dtype == "float32" else ""
    math = {f"{name}{f}" for name in ("exp", "expm1", "log1p", "tanh", "erfc", "sqrt", "fabs")}
    assert {line[-1] for line in names("-u")} <= math | {"memcpy", "memset", "memmove"}
    defined = names("-S", "--defined-only")
    assert [line[-1] for line in defined if line[2] == "T"] == ["model_predict"]
    assert not [line for line in defined if line[2] in "bBdDC"]  # nothing that can be written
    assert sum(int(line[1], 16) for line in defined if line[2] in "rR") == source.weight_bytes
    numbers = sum(int(size) for size in re.findall(r"^static const \w+ \w+\[(\d+)\]", source.text, re.M))
    assert numbers * np.dtype(dtype).itemsize == source.weight_bytes


def test_buffers_of_a_chain_take_turns():
    widths = [64] * 8
    source = lm.export_c(mlp([16, *widths, 4], dtype="float32"))
    assert source.buffer_bytes == 2 * 64 * 4
    assert "float work[128];" in source.text
    wide = lm.export_c(mlp([10, 20, 5, 30, 7], dtype="float64"))
    assert wide.buffer_bytes == 8 * (5 + 30)
    equal = lm.export_c(mlp([1, 10, 9, 9, 10, 1], dtype="float64"))
    assert equal.buffer_bytes == 8 * (10 + 9)
    assert lm.export_c(mlp([4, 3])).buffer_bytes == 0


def test_weight_bytes_are_those_of_the_parameters():
    model = mlp([4, 8, 3], dtype="float32")
    source = lm.export_c(model)
    assert source.weight_bytes == 4 * sum(array.size for array in model.get_weights())
    assert str(source) == "model_predict: 268 bytes of weights, 32 bytes of buffers"
    assert f"Weights: {source.weight_bytes} bytes" in source.text
    assert f"Buffers: {source.buffer_bytes} bytes" in source.text


def test_a_folded_normalization_leaves_no_array():
    model = sequential((4,), lm.Dense(6, use_bias=False), lm.BatchNormalization(), lm.Dense(2))
    assert lm.export_c(model).weight_bytes == 4 * (4 * 6 + 6 + 6 * 2 + 2)


# Numbers


@needs_cc
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_come_back_bit_for_bit(dtype, tmp_path):
    info = np.finfo(dtype)
    edges = [
        0.0,
        -0.0,
        info.smallest_subnormal,
        -info.tiny,
        info.tiny * 0.7,
        info.max,
        -info.max,
        info.eps,
        1 / 3,
    ]
    numbers = np.array(
        [*edges, *normal(991) * 10.0 ** np.random.default_rng(0).integers(-30, 30, 991)], dtype
    )
    bits = numbers.view(f"u{numbers.itemsize}")
    model = lm.Sequential([lm.Input((1,)), lm.Dense(len(numbers))], dtype=dtype)
    model.set_weights([numbers[None, :], np.zeros(len(numbers))])
    source = lm.export_c(model)
    # What the compiler made of the text is in the object's constants.
    getter = "const void *kernel(void);\nconst void *kernel(void) { return model_dense_1_kernel; }\n"
    library = compiled(source._replace(text=source.text + getter), tmp_path)
    library.kernel.restype = ctypes.c_void_p
    seen = ctypes.string_at(library.kernel(), numbers.nbytes)
    np.testing.assert_array_equal(np.frombuffer(seen, bits.dtype), bits)


# The text


def test_the_text_is_determined_and_plain():
    first, again = lm.export_c(residual()), lm.export_c(residual())
    assert first == again
    assert first.text.isascii()
    assert max(map(len, first.text.splitlines())) <= 112
    assert lm.export_c(residual(), name="other").text == first.text.replace("model_", "other_")
    assert "needs tanhf of math.h" in first.text
    soft = lm.export_c(mlp([2, 2], output="softmax", dtype="float64"))
    assert "needs exp of math.h" in soft.text
    linear = lm.export_c(mlp([2, 2]))
    assert "needs no library" in linear.text
    assert "math.h" not in linear.text


def test_the_model_stays_as_it_is():
    model = residual()
    before = [array.tobytes() for array in model.get_weights()]
    source = lm.export_c(model)
    assert [array.tobytes() for array in model.get_weights()] == before
    assert lm.export_c(model) == source


def test_the_averages_in_use_are_exported():
    model = mlp([2, 1], dtype="float32")
    model.compile(lm.optim.SGD(0.5, ema_momentum=0.9), "squared_error")
    model.train_on_batch(normal(8, 2), normal(8))
    model.train_on_batch(normal(8, 2), normal(8))
    with model.use_averaged_weights():
        averaged = lm.export_c(model)
    model.set_weights(model.get_averaged_weights())
    assert averaged == lm.export_c(model)


def test_names_cannot_break_the_file():
    text = lm.export_c(several()).text
    assert text.count("*/") == text.count("/*")
    assert "model_layer1_kernel" in text
    assert "ä" not in text


def test_it_is_written_and_replaced(tmp_path):
    path = tmp_path / "network.c"
    path.write_text("old")
    source = lm.export_c(residual(), path, name="net")
    assert path.read_bytes() == source.text.encode()
    lm.export_c(residual(), str(path))
    assert "model_predict" in path.read_text()
    assert [file.name for file in tmp_path.iterdir()] == ["network.c"]


# What is refused


def adapted_later():
    return lm.Sequential([lm.Input((2,)), lm.Normalization(), lm.Dense(1)])


def with_weight(value):
    model = mlp([2, 3, 1], dtype="float32")
    model.parameters()["dense_2.bias"][0] = value
    return model


def too_large_when_folded():
    model = lm.Sequential([lm.Input((1,)), lm.Dense(1), lm.BatchNormalization()])
    model.set_weights([[[1e30]], [0.0], [1e30], [0.0], [0.0], [1.0]])
    return model


def unknown_layers():
    layers = [lm.Input((3, 4)), Swish(), lm.Dense(3), MeanOverTime(name="mean"), Swish(name="last")]
    return lm.Sequential(layers)


def negative_variance():
    model = lm.Sequential([lm.Input((1,)), lm.BatchNormalization()])
    model.set_weights([[1.0], [0.0], [0.0], [-1.0]])
    return model


def ids():
    return lm.Model(x := lm.Input((2,), dtype="int32"), lm.Flatten()(x))


class Dense(lm.CustomLayer):
    def forward(self, x):
        return x, None

    def backward(self, d_y, cache):
        return d_y


BAD = {
    "not built": (lambda: lm.Sequential([lm.Dense(1)]), RuntimeError, "no input shape yet"),
    "adapt": (adapted_later, ValueError, "normalization_1: mean: expected finite .* got nan; call its adapt"),
    "nan": (lambda: with_weight(np.nan), ValueError, "dense_2: bias: expected finite numbers, got nan"),
    "inf": (lambda: with_weight(-np.inf), ValueError, "dense_2: bias: expected finite numbers, got -inf"),
    "overflow": (too_large_when_folded, ValueError, "dense_1_kernel: expected numbers that fit float32, "),
    "variance": (negative_variance, ValueError, "batch_normalization_1: moving_variance: .* got -1"),
    "free axis": (
        lambda: lm.Sequential([lm.Input((None, 4)), lm.Dense(2)]),
        lm.ShapeError,
        r"input_1: expected axes of known length .* got \(None, None, 4\)",
    ),
    "integers": (ids, ValueError, "input_1: expected an input of floats, got integers"),
    "softmax of the batch": (
        lambda: lm.Sequential([lm.Input((1,)), lm.Reshape(()), lm.Activation("softmax")]),
        lm.ShapeError,
        "activation_1: expected an axis beside the batch",
    ),
    "name of a layer": (lambda: lm.Sequential([lm.Input((2,)), Dense()]), ValueError, r"dense_1 \(Dense\)"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "error", "words"), BAD.values(), ids=BAD)
def test_models_without_a_form_in_c(make, error, words, tmp_path):
    with pytest.raises(error, match=f"export_c: .*{words}"):
        lm.export_c(make(), tmp_path / "network.c")
    assert not list(tmp_path.iterdir())


def test_all_unknown_layers_are_named():
    with pytest.raises(ValueError, match=r"got swish_1 \(Swish\), mean \(MeanOverTime\), last \(Swish\)"):
        lm.export_c(unknown_layers())


@pytest.mark.parametrize("name", ["", "1net", "_net", "a-b", "a b", "nët", "net\n", "a.b"])
def test_bad_names(name):
    with pytest.raises(ValueError, match="export_c: name: expected ASCII letters"):
        lm.export_c(residual(), name=name)


def test_bad_arguments():
    with pytest.raises(
        TypeError, match="export_c: model: expected a Model or Sequential, got the class Model"
    ):
        lm.export_c(lm.Model)
    with pytest.raises(TypeError, match="export_c: name: expected a string, got int"):
        lm.export_c(residual(), name=3)
    with pytest.raises(TypeError, match="export_c: path: expected a path, got int"):
        lm.export_c(residual(), 3)
    with pytest.raises(TypeError, match="export_c: unknown keyword 'nane'; did you mean 'name'"):
        lm.export_c(residual(), nane="a")


# The page


@needs_cc
def test_the_page_runs(monkeypatch, tmp_path, capsys):
    if not PAGE.exists():
        pytest.skip("the tests stand alone, without docs")
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    for snippet in re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S):
        exec(compile(snippet, PAGE.name, "exec"), {})
    assert "bytes of weights" in capsys.readouterr().out
    (program,) = re.findall(r"^```c\n(.*?)^```$", text, re.M | re.S)
    Path("main.c").write_text(program, encoding="ascii")
    command = [CC, "-std=c99", *STRICT, "-O2", "main.c", "gesture.c", "-o", "main", "-lm"]
    subprocess.run(command, check=True)
    out = subprocess.run(["./main"], capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(r"\d\n", out)
