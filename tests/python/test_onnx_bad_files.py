# SPDX-License-Identifier: BSD-3-Clause
"""Files that import_onnx refuses: each error names file and node, and no other file is opened."""

from __future__ import annotations

import contextlib
import time
from functools import partial
from itertools import pairwise

import laminar as lm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from support.onnx_models import node, of_graph, proto  # noqa: E402

W, B = np.ones((4, 3), "float32"), np.ones(3, "float32")
node = partial(node, name="n")  # what errors call it


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def refused(path, content, *words):
    """Assert that a file is refused with an error that has these words, in no time."""
    path.write_bytes(content if isinstance(content, bytes) else content.SerializeToString())
    start = time.perf_counter()
    with pytest.raises(lm.FormatError) as caught:
        lm.import_onnx(path)
    assert time.perf_counter() - start < 20
    for word in (str(path), *words):
        assert word in str(caught.value), str(caught.value)


def test_unsupported_operators_are_named_all_at_once(path):
    nodes = [
        node("Sin", "x", output="a", name="first"),
        node("Relu", "a", output="b", name="fine"),
        node("Conv", "b", "w", output="c", name="second"),
        node("Mul", "c", "b", output="d", name="third"),
        node("Foo", "d", name="", domain="bar"),
        node("Cos", "x", output="unused", name="unused"),
    ]
    refused(
        path,
        proto(nodes, {"w": np.ones((1, 1, 1), "float32")}),
        "got Sin 'first', Conv 'second', Mul 'third' of two computed tensors, bar.Foo 'y'",
    )


def bad(operator, *inputs, constants=(), **options):
    """Return a model of one bad node."""
    keys = ("shape", "version", "outputs")
    attributes = {key: value for key, value in options.items() if key not in keys}
    return proto(
        [node(operator, *inputs, **attributes)],
        {"w": W, "b": B, **dict(constants)},
        **{key: options[key] for key in keys if key in options},
    )


NAN = np.full(4, np.nan, "float32")
VECTOR = np.ones(4, "float32")
NORM = {"g": VECTOR, "v": VECTOR}

BAD = {
    "unknown attribute": (
        bad("Relu", "x", slope=1.0),
        ("Relu 'n'", "unknown attribute 'slope'", "known: none"),
    ),
    "attribute of another type": (bad("Elu", "x", alpha=1), ("Elu 'n'", "'alpha'", "finite float", "got 1")),
    "attribute that is infinite": (bad("LeakyRelu", "x", alpha=np.inf), ("LeakyRelu 'n'", "finite", "inf")),
    "Elu": (bad("Elu", "x", alpha=0.5), ("Elu 'n'", "alpha", "expected 1, got 0.5")),
    "Selu": (bad("Selu", "x", gamma=2.0), ("Selu 'n'", "gamma", "got 2")),
    "Gelu": (bad("Gelu", "x", approximate="erf"), ("Gelu 'n'", "approximate", "none or tanh", "'erf'")),
    "Softmax": (bad("Softmax", "x", axis=0), ("Softmax 'n'", "axis", "expected 1 or -1, got 0")),
    "Softmax 11": (bad("Softmax", "x", shape=(None, 3, 4), version=11), ("axis", "expected 2 or -1, got 1")),
    "too few inputs": (bad("Gemm", "x"), ("Gemm 'n'", "2 or more inputs", "got 1")),
    "too many inputs": (bad("Relu", "x", "x"), ("Relu 'n'", "expected 1 inputs", "got 2")),
    "an input left out": (bad("MatMul", "", "w"), ("MatMul 'n'", "expected 2 inputs")),
    "an input from nowhere": (bad("Relu", "z"), ("Relu 'n'", "input 0", "got 'z'")),
    "an output from nowhere": (bad("Relu", "x", outputs=("y", "z")), ("output 'z'", "got none")),
    "transA": (bad("Gemm", "x", "w", transA=1), ("Gemm 'n'", "transA", "expected 0, got 1")),
    "transB": (bad("Gemm", "x", "w", transB=2), ("Gemm 'n'", "transB", "got 2")),
    "Gemm of rows": (bad("Gemm", "x", "w", shape=(None, 2, 4)), ("Gemm 'n'", "matrices", "(None, 2, 4)")),
    "bias": (bad("Gemm", "x", "w", "b2", constants={"b2": VECTOR}), ("Gemm 'n'", "(4,)")),
    "features": (bad("MatMul", "x", "w", shape=(None, 5)), ("MatMul 'n'", "4 features", "(None, 5)")),
    "free features": (bad("MatMul", "x", "w", shape=(None, None)), ("MatMul 'n'", "(None, None)")),
    "constant first": (bad("MatMul", "w", "x", shape=(None, 4)), ("MatMul 'n'", "computed input 0", "'w'")),
    "integer weights": (
        bad("MatMul", "x", "i", constants={"i": W.astype(int)}),
        ("MatMul 'n'", "floats", "int64"),
    ),
    "constant of another shape": (bad("Mul", "x", "b"), ("Mul 'n'", "last axis", "(3,)")),
    "constant a row": (
        bad("Add", "x", "c", constants={"c": np.ones((2, 4), "float32")}),
        ("Add 'n'", "(2, 4)"),
    ),
    "constant NaN": (bad("Mul", "x", "c", constants={"c": NAN}), ("Mul 'n'", "finite")),
    "Div by 0": (bad("Div", "x", "c", constants={"c": np.float32(0)}), ("Div 'n'", "divisor", "got 0")),
    "Div of a constant": (bad("Div", "w", "x"), ("Div 'n'", "computed input 0")),
    "PRelu": (
        bad("PRelu", "x", "s", constants={"s": np.arange(4, dtype="float32")}),
        ("PRelu 'n'", "several"),
    ),
    "Add": (
        proto([node("MatMul", "x", "w", output="p"), node("Add", "x", "p", name="sum")], {"w": W}),
        ("Add 'sum'", "one shape", "(None, 4)", "(None, 3)"),
    ),
    "Concat": (bad("Concat", "x", "x", axis=0), ("Concat 'n'", "axis", "got 0")),
    "Flatten": (bad("Flatten", "x", axis=2), ("Flatten 'n'", "axis", "got 2")),
    "Reshape": (bad("Reshape", "x", "s", constants={"s": np.int64([2, -1])}), ("Reshape 'n'", "[2, -1]")),
    "Reshape size": (
        bad("Reshape", "x", "s", constants={"s": np.int64([0, 3])}),
        ("Reshape 'n'", "(None, 4)"),
    ),
    "Reshape by floats": (bad("Reshape", "x", "b"), ("Reshape 'n'", "vector of integers", "float32")),
    "Reshape by x": (bad("Reshape", "x", "x"), ("Reshape 'n'", "a constant as input 1", "'x'")),
    "Squeeze": (
        bad("Squeeze", "x", "a", constants={"a": np.int64([1])}),
        ("Squeeze 'n'", "length 1", "(None, 4)"),
    ),
    "Squeeze batch": (bad("Squeeze", "x", "a", constants={"a": np.int64([0])}), ("Squeeze 'n'", "got [0]")),
    "Unsqueeze": (bad("Unsqueeze", "x", "a", constants={"a": np.int64([9])}), ("Unsqueeze 'n'", "got [9]")),
    "BatchNormalization": (
        bad("BatchNormalization", "x", "b", "b", "b", "b"),
        ("BatchNormalization 'n'", "scale", "(3,)"),
    ),
    "variance": (
        bad("BatchNormalization", "x", "g", "g", "g", "v", constants=NORM | {"v": -VECTOR}),
        ("BatchNormalization 'n'", "variance", "-1"),
    ),
    "BatchNormalization epsilon": (
        bad("BatchNormalization", "x", "g", "g", "g", "v", constants=NORM, epsilon=0.0),
        ("BatchNormalization 'n'", "epsilon", "0"),
    ),
    "BatchNormalization of rows": (
        bad("BatchNormalization", "x", "g", "g", "g", "v", constants=NORM, shape=(None, 4, 5)),
        ("BatchNormalization 'n'", "(m, n)", "(None, 4, 5)"),
    ),
    "training": (
        bad("BatchNormalization", "x", "g", "g", "g", "v", constants=NORM, training_mode=1),
        ("training_mode",),
    ),
    "LayerNormalization": (
        bad("LayerNormalization", "x", "g", constants=NORM, axis=1, shape=(None, 2, 4)),
        ("LayerNormalization 'n'", "axis"),
    ),
    "Dropout": (bad("Dropout", "x", "r", constants={"r": np.float32(1)}), ("Dropout 'n'", "rate", "1")),
    "Dropout in training": (
        bad("Dropout", "x", "", "t", constants={"t": np.array(True)}),
        ("Dropout 'n'", "training_mode", "true"),
    ),
    "Cast": (bad("Cast", "x", to=TensorProto.INT64), ("Cast 'n'", "float type", "7")),
    "Transpose": (bad("Transpose", "w", perm=[0, 0]), ("Transpose 'n'", "perm", "[0, 0]")),
    "Constant": (bad("Constant", value_string="x"), ("Constant 'n'", "got none")),
    "strings": (
        bad("Constant", value=helper.make_tensor("t", TensorProto.STRING, (1,), [b"x"])),
        ("attribute 'value'", "type 8"),
    ),
    "old operators": (bad("Relu", "x", version=6), ("operator set 7 to", "got 6")),
    "operators of the future": (bad("Relu", "x", version=999), ("operator set", "got 999")),
    "no axes": (bad("Relu", "x", shape=()), ("input 'x'", "1 to 8 axes", "0 axes")),
    "no shape": (bad("Relu", "x", shape=None), ("input 'x'", "no shape")),
    "many axes": (bad("Relu", "x", shape=(None,) * 9), ("input 'x'", "9 axes")),
    "strings as input": (proto([node("Relu", "x")], kind=TensorProto.STRING), ("input 'x'", "numbers")),
    "a name twice": (proto([node("Relu", "x"), node("Tanh", "x")]), ("Tanh 'n'", "new name", "'y'")),
    "a large axis": (
        bad("Mul", "x", "c", constants={"c": np.float32(2)}, shape=(None, 2**40)),
        ("Mul 'n'", "at most", str(2**40)),
    ),
    "axes whose product overflows": (
        bad("Flatten", "x", shape=(None, 2**40, 2**40)),
        ("input 'x'", "an example"),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_nodes_are_named(name, path):
    model, words = BAD[name]
    refused(path, model, *words)


def edited(change):
    model = bad("MatMul", "x", "w")
    change(model)
    return model


def add_function(model):
    model.functions.add(name="Relu", domain="ai.onnx", output=["y"], input=["x"])


def add_external(tensor, location="/etc/passwd"):
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)


EDITS = {
    "external data": (
        lambda m: add_external(m.graph.initializer[0]),
        ("initializer 'w'", "external data", "never opened"),
    ),
    "external data without a flag": (
        lambda m: m.graph.initializer[0].external_data.add(key="location", value="weights.bin"),
        ("initializer 'w'", "external data"),
    ),
    "too few bytes": (
        lambda m: setattr(m.graph.initializer[0], "raw_data", b"abc"),
        ("initializer 'w'", "48 bytes", "(4, 3)", "got 3"),
    ),
    "a shape that lies": (
        lambda m: m.graph.initializer[0].dims.append(2**30),
        ("initializer 'w'", f"expected {48 * 2**30} bytes", "got 48"),
    ),
    "a negative axis": (lambda m: m.graph.initializer[0].dims.append(-1), ("initializer 'w'", "-1")),
    "too many axes": (lambda m: m.graph.initializer[0].dims.extend([1] * 9), ("initializer 'w'", "8 axes")),
    "no elements": (
        lambda m: m.graph.initializer[0].ClearField("raw_data"),
        ("initializer 'w'", "12 elements", "got 0"),
    ),
    "another type": (
        lambda m: setattr(m.graph.initializer[0], "data_type", 99),
        ("initializer 'w'", "type 99"),
    ),
    "sparse": (lambda m: m.graph.sparse_initializer.add(), ("dense initializers",)),
    "functions": (add_function, ("function",)),
    "no graph": (lambda m: m.ClearField("graph"), ("graph", "got none")),
    "no outputs": (lambda m: m.graph.ClearField("output"), ("outputs", "got none")),
    "no inputs": (lambda m: m.graph.ClearField("input"), ("MatMul 'n'", "'x'")),
    "no operator sets": (lambda m: m.ClearField("opset_import"), ("operator set", "got 1")),
    "two inputs of one name": (lambda m: m.graph.input.append(m.graph.input[0]), ("x",)),
}


@pytest.mark.parametrize("name", EDITS)
def test_bad_files_are_refused(name, path):
    change, words = EDITS[name]
    refused(path, edited(change), *words)


def test_external_data_is_not_opened(path, monkeypatch):
    """Also when the file that is named is there, beside this one."""
    (path.parent / "weights.bin").write_bytes(W.tobytes())
    refused(path, edited(lambda m: add_external(m.graph.initializer[0], "weights.bin")), "never opened")
    held = bad("Constant", value=numpy_helper.from_array(W))
    add_external(held.graph.node[0].attribute[0].t, "weights.bin")
    refused(path, held, "Constant 'n'", "never opened")


@pytest.mark.parametrize("content", [b"", b"\x00", b"not a model", b"\x89PNG\r\n\x1a\n" * 9, b"{}"])
def test_what_is_no_model_is_refused(content, path):
    refused(path, content, "expected an ONNX model")


def test_names_that_are_no_text_are_refused(path):
    content = proto([node("Relu", "x", name="some name")]).SerializeToString()
    refused(path, content.replace(b"some name", b"some \xff\xfe\xfd\xfc"), "UTF-8")


def test_what_is_cut_short_is_refused(path):
    lm.export_onnx(of_graph("two_inputs"), path)
    content = path.read_bytes()
    for end in range(0, len(content), max(1, len(content) // 200)):
        refused(path, content[:end])


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_damaged_is_refused_or_read(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "model.onnx"
    lm.export_onnx(of_graph(data.draw(st.sampled_from(["two_inputs", "rows", "many_skips"]))), path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with contextlib.suppress(lm.FormatError):
        lm.import_onnx(path)


def test_bad_paths(tmp_path):
    with pytest.raises(FileNotFoundError):
        lm.import_onnx(tmp_path / "missing.onnx")
    with pytest.raises(IsADirectoryError):
        lm.import_onnx(tmp_path)
    with pytest.raises(TypeError):
        lm.import_onnx(3)


def test_deep_graphs(path):
    names = ["x", *(f"v{i}" for i in range(9_998)), "y"]
    nodes = [node("Relu", a, output=b, name="") for a, b in pairwise(names)]
    path.write_bytes(proto([*nodes[:3000], node("Relu", "v2999")]).SerializeToString())
    assert len(lm.import_onnx(path).layers) == 3001
    refused(path, proto([*nodes, *nodes]), "at most 10000 nodes")


def test_graphs_with_many_paths(path):
    """As many ways lead through 60 doublings as there are grains of sand; each node is looked at once."""
    names = ["x", *(f"v{i}" for i in range(59)), "y"]
    nodes = [node("Add", a, a, output=b, name="") for a, b in pairwise(names)]
    path.write_bytes(proto(nodes).SerializeToString())
    assert lm.import_onnx(path).predict(np.ones((1, 4)))[0, 0] == 2.0**60
