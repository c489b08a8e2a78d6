# SPDX-License-Identifier: BSD-3-Clause
"""Files that export_onnx writes compute what the model computes, in ONNX Runtime and ONNX's reference."""

from __future__ import annotations

import subprocess
import sys

import laminar as lm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from support.onnx_models import (  # noqa: E402
    GRAPHS,
    LAYERS,
    compare,
    data_for,
    filled,
    of_graph,
    of_layer,
    predictions,
    run_file,
    run_reference,
)


class Square(lm.CustomLayer):
    def forward(self, x):
        return x * x, x

    def backward(self, d_y, cache):
        return 2 * cache * d_y


class Dense(Square):
    """A custom layer that is called like a built-in one."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("m", [1, 7])
def test_layers(name, m, path):
    model = of_layer(name)
    lm.export_onnx(model, path)
    arrays = data_for(model, m)
    compare(run_file(path, arrays), predictions(model, arrays))


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("m", [1, 7])
def test_graphs(name, m, path):
    model = of_graph(name)
    lm.export_onnx(model, path)
    arrays = data_for(model, m)
    compare(run_file(path, arrays), predictions(model, arrays))


def test_every_layer_is_among_them():
    used = {layer.type for name in LAYERS for layer in of_layer(name).layers}
    used |= {layer.type for name in GRAPHS for layer in of_graph(name).layers}
    public = {
        name for name in lm.layers.__all__ if name not in ("CustomLayer", "Input", "Layer", "ParameterSpec")
    }
    assert used == public


@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    widths=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    activation=st.sampled_from([name for name in lm.activations.names() if name != "exponential"]),
    m=st.integers(0, 3),
)
@settings(max_examples=40, deadline=None)
def test_any_shape(tmp_path_factory, shape, widths, activation, m):
    layers = [lm.LayerNormalization(), *(lm.Dense(units, activation) for units in widths), lm.Flatten()]
    model = filled(lm.Sequential([lm.Input(shape), *layers], seed=0))
    path = tmp_path_factory.mktemp("any") / "model.onnx"
    lm.export_onnx(model, path)
    arrays = data_for(model, m)
    compare(run_file(path, arrays), predictions(model, arrays))


# Attributes are float32, and so are the constants with which the reference computes Gelu.
ATTRIBUTES = ("gelu", "selu", "BatchNormalization", "LayerNormalization")
ROUNDED = (*ATTRIBUTES, "many_skips", "inputs_and_outputs", "rows", "shared_outputs")


@pytest.mark.parametrize("name", [*LAYERS, *GRAPHS])
def test_double_precision(name, path):
    model = (of_layer if name in LAYERS else of_graph)(name, "float64")
    lm.export_onnx(model, path)
    arrays = data_for(model)
    results, expected = run_reference(path, arrays), predictions(model, arrays)
    for ours, theirs in zip(results, expected, strict=True):
        assert ours.dtype == theirs.dtype == np.float64
        rtol = 1e-7 if any(word in name for word in ROUNDED) else 1e-12
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol)


def test_names_and_metadata(path):
    model = of_graph("two_inputs")
    lm.export_onnx(model, path)
    proto = onnx.load(path)
    assert (proto.producer_name, proto.producer_version) == ("laminar", lm.__version__)
    assert [value.name for value in proto.graph.input] == model.input_names == ["a", "b"]
    assert [value.name for value in proto.graph.output] == model.output_names == ["p"]
    for value in (*proto.graph.input, *proto.graph.output):
        assert value.type.tensor_type.shape.dim[0].dim_param == "batch"
    initializers = {tensor.name for tensor in proto.graph.initializer}
    assert initializers == set(model.parameters())


def test_shared_weights_are_written_once(path):
    model = of_graph("shared")
    lm.export_onnx(model, path)
    assert len(onnx.load(path).graph.initializer) == len(model.get_weights())


def test_averaged_weights_are_written_where_they_are_in_use(path, rng):
    model = of_graph("skip")
    model.compile(lm.optim.SGD(0.1, ema_momentum=0.5), "squared_error")
    x = data_for(model)[0]
    model.fit(x, np.zeros((7, 5)), epochs=3, verbose=0)
    with model.use_averaged_weights():
        lm.export_onnx(model, path)
        compare(run_file(path, [x]), [model.predict(x)])


def test_the_model_is_left_as_it_was(path, rng):
    model = of_graph("many_skips")
    before = model.get_state()["weights"]
    lm.export_onnx(model, path)
    lm.export_onnx(model, path)  # replaces the file
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_trained_models(path, rng):
    x = rng.normal(size=(64, 3)) * [1, 10, 100] + 50
    layers = [lm.Normalization(), lm.Dense(8, use_bias=False), lm.BatchNormalization(), lm.Activation("relu")]
    model = lm.Sequential([*layers, lm.Dropout(0.2), lm.Dense(1)], seed=0)
    layers[0].adapt(x)
    model.compile("adam", "squared_error")
    model.fit(x, x[:, :1], epochs=3, batch_size=16, verbose=0)
    lm.export_onnx(model, str(path))
    compare(run_file(path, [x.astype("float32")]), [model.predict(x)])


def test_features_without_spread(path):
    model = lm.Sequential([lm.Input((3,)), lm.Normalization([1.0, 2.0, 3.0], [0.0, 1e-42, 2.0])])
    lm.export_onnx(model, path)
    x = np.array([[4.0, 4.0, 4.0]], "float32")
    compare(run_file(path, [x]), [model.predict(x)])
    assert run_file(path, [x])[0].tolist() == [[0.0, 0.0, 0.5]]


def test_all_layers_that_cannot_be_exported_are_named(path):
    model = lm.Sequential([lm.Input((3,)), Square(name="first"), lm.Dense(2), Dense(name="second")])
    with pytest.raises(
        ValueError, match=r"export_onnx: .* got first \(Square\), second \(Dense\) \(known: Act"
    ):
        lm.export_onnx(model, path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: lm.Sequential([lm.Dense(3)]), RuntimeError, ("model", "not built", "Input")),
        (lambda: lm.Dense(3), TypeError, ("model", "expected a Model", "got Dense")),
        (lambda: lm.Sequential, TypeError, ("model", "the class Sequential")),
        (lambda: lm.Sequential([lm.Input((3,)), lm.Normalization(name="n")]), ValueError, ("n:", "adapt")),
        (
            lambda: lm.Sequential([lm.Input((0, 3)), lm.Reshape((0, 2), name="r")]),
            ValueError,
            ("r:", "(0, 2)"),
        ),
    ],
)
def test_bad_models(make, error, words, path):
    with pytest.raises(error) as caught:
        lm.export_onnx(make(), path)
    for word in ("export_onnx", *words):
        assert word in str(caught.value)
    assert not path.exists()


def test_bad_paths(tmp_path):
    model = of_graph("skip")
    with pytest.raises(TypeError):
        lm.export_onnx(model, 3)
    with pytest.raises(TypeError, match=r"export_onnx: unknown keyword 'pth'; did you mean 'path'"):
        lm.export_onnx(model, pth="model.onnx")


def test_a_missing_package_is_explained():
    code = (
        "import sys; sys.modules['onnx'] = None\n"
        "import laminar as lm\n"
        "for call in (lambda: lm.export_onnx(None, 'x'), lambda: lm.import_onnx('x')):\n"
        "    try: call()\n"
        "    except ImportError as error: print(error)\n"
    )
    lines = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert lines.splitlines() == [
        f'{name} needs onnx: pip install "laminar[onnx]"' for name in ("export_onnx", "import_onnx")
    ]
