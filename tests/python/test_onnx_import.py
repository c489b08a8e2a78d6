# SPDX-License-Identifier: BSD-3-Clause
"""Models that import_onnx reads compute what ONNX Runtime computes from the same file."""

from __future__ import annotations

from pathlib import Path

import laminar as lm
import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, numpy_helper  # noqa: E402
from support.onnx_models import (  # noqa: E402
    GRAPHS,
    LAYERS,
    TOLERANCE,
    compare,
    data_for,
    node,
    of_graph,
    of_layer,
    predictions,
    proto,
    run_file,
)

FIXTURES = Path(__file__).parent / "data" / "onnx"
RNG = np.random.default_rng(0)


def floats(*shape):
    return RNG.normal(size=shape).astype("float32")


W, B, N = floats(4, 3), floats(3), floats(4)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def saved(path, model):
    path.write_bytes(model.SerializeToString())
    return path


# What export_onnx wrote.


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*LAYERS, *GRAPHS])
def test_there_and_back(name, dtype, path):
    model = (of_layer if name in LAYERS else of_graph)(name, dtype)
    lm.export_onnx(model, path)
    twin = lm.import_onnx(path)
    arrays = data_for(model)
    rounded = dtype == "float64" and "selu" not in name
    for ours, theirs in zip(predictions(twin, arrays), predictions(model, arrays), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, **TOLERANCE["float64" if rounded else "float32"])
    assert twin.input_names == model.input_names
    assert twin.input_shapes == model.input_shapes
    assert twin.output_shapes == model.output_shapes
    # A layer that is called twice has one name, two outputs have two.
    if name not in ("shared_last_call", "shared_outputs", "same_output_twice", "input_as_output"):
        assert twin.output_names == model.output_names


@pytest.mark.parametrize("name", ["skip", "two_inputs", "two_outputs", "shared", "dense_connections", "deep"])
def test_layers_come_back_as_they_were(name, path):
    model = of_graph(name)
    lm.export_onnx(model, path)
    twin = lm.import_onnx(path)
    assert sorted(map(repr, twin.layers)) == sorted(map(repr, model.layers))
    before, after = model.parameters(), twin.parameters()
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[key], after[key]) for key in before)


def test_imported_models_train(path, rng):
    model = of_graph("many_skips")
    lm.export_onnx(model, path)
    twin = lm.import_onnx(path, seed=3)
    assert (twin.seed, twin.trainable) == (3, True)
    x = data_for(model, 64)[0]
    twin.compile(lm.optim.Adam(0.02), "squared_error")
    history = twin.fit(x, x[:, :2], epochs=20, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]


# Files of other programs.


@pytest.mark.parametrize("file", sorted(FIXTURES.glob("*.onnx")), ids=lambda file: file.stem)
def test_files_of_other_programs(file):
    """Each with inputs and the outputs that the program itself computed."""
    expected = np.load(file.with_suffix(".npz"))
    outputs = ["probabilities"] if "probabilities" in expected else None
    model = lm.import_onnx(file, outputs=outputs)
    arrays = [expected[name] for name in model.input_names]
    names = outputs or [value.name for value in onnx.load(file).graph.output]
    compare(predictions(model, arrays), [expected[name] for name in names])


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_classifiers_of_scikit_learn(n_classes, activation, path, rng):
    skl2onnx = pytest.importorskip("skl2onnx")
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = rng.normal(size=(60, 4)) * [1, 2, 3, 4] + 5, rng.integers(0, n_classes, 60)
    learner = MLPClassifier((6, 5), activation, max_iter=5, early_stopping=True, random_state=0)
    pipeline = make_pipeline(StandardScaler(), learner).fit(x, y)
    file = skl2onnx.to_onnx(pipeline, x[:1].astype("float32"), options={"zipmap": False})
    model = lm.import_onnx(saved(path, file), outputs=["probabilities"])
    got = model.predict(x.astype("float32"))
    compare([got], [run_file(path, [x.astype("float32")])[1]])
    np.testing.assert_allclose(got, pipeline.predict_proba(x), rtol=1e-4, atol=1e-6)
    with pytest.raises(
        lm.FormatError, match=r"ArgMax .*; without these there is outputs=\['probabilities'\]"
    ):
        lm.import_onnx(path)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_regressors_of_scikit_learn(dtype, path, rng):
    skl2onnx = pytest.importorskip("skl2onnx")
    from sklearn.neural_network import MLPRegressor

    x, y = rng.normal(size=(60, 4)).astype(dtype), rng.normal(size=60)
    learner = MLPRegressor(hidden_layer_sizes=(6,), max_iter=5, early_stopping=True, random_state=0)
    learner.fit(x, y)
    saved(path, skl2onnx.to_onnx(learner, x[:1]))
    compare([lm.import_onnx(path).predict(x)], run_file(path, [x]), dtype)


# Operators one by one: nodes, constants, and what proto takes.

OPERATORS = {
    **{
        name: ([node(name, "x")], {}, {})
        for name in ("Relu", "Sigmoid", "Tanh", "Softplus", "Exp", "Identity")
    },
    "Elu": ([node("Elu", "x")], {}, {}),
    "Selu": ([node("Selu", "x")], {}, {}),
    "LeakyRelu": ([node("LeakyRelu", "x", alpha=0.25)], {}, {}),
    "PRelu": ([node("PRelu", "x", "s")], {"s": np.full(4, 0.25, "float32")}, {}),
    "Gelu": ([node("Gelu", "x")], {}, {}),
    "Gelu tanh": ([node("Gelu", "x", approximate="tanh")], {}, {}),
    "Gelu by erf": (
        [
            node("Div", "x", "r", output="a"),
            node("Erf", "a", output="b"),
            node("Add", "b", "one", output="c"),
            node("Mul", "x", "c", output="d"),
            node("Mul", "d", "half"),
        ],
        {"r": np.float32(2**0.5), "one": np.float32(1), "half": np.float32(0.5)},
        {},
    ),
    "Gelu by erf, halved first": (
        [
            node("Mul", "x", "half", output="h"),
            node("Mul", "x", "r", output="a"),
            node("Erf", "a", output="b"),
            node("Add", "one", "b", output="c"),
            node("Mul", "h", "c"),
        ],
        {"r": np.float32(0.5**0.5), "one": np.float32([1]), "half": np.float32(0.5)},
        {},
    ),
    "silu": ([node("Sigmoid", "x", output="s"), node("Mul", "x", "s")], {}, {}),
    "Softmax": ([node("Softmax", "x")], {}, {}),
    "Softmax 11": ([node("Softmax", "x")], {}, {"version": 11}),
    "Softmax axis": ([node("Softmax", "x", axis=2)], {}, {"shape": (None, 3, 4)}),
    "MatMul": ([node("MatMul", "x", "w")], {"w": W}, {}),
    "MatMul rows": ([node("MatMul", "x", "w")], {"w": W}, {"shape": (None, 2, 4)}),
    "MatMul bias": (
        [node("MatMul", "x", "w", output="p"), node("Add", "b", "p")],
        {"w": W, "b": B[None]},
        {},
    ),
    "MatMul half": (
        [
            node("Cast", "w16", output="w", to=TensorProto.FLOAT),
            node("MatMul", "x", "w"),
        ],
        {"w16": W.astype("float16")},
        {},
    ),
    "Gemm": ([node("Gemm", "x", "w", "b")], {"w": W, "b": B}, {}),
    "Gemm factors": (
        [node("Gemm", "x", "w", "b", alpha=0.5, beta=-2.0, transB=1)],
        {"w": W.T.copy(), "b": B},
        {},
    ),
    "Gemm number": ([node("Gemm", "x", "w", "b")], {"w": W, "b": np.float32(3)}, {}),
    "Gemm alone": ([node("Gemm", "x", "w")], {"w": W}, {}),
    "Transpose": ([node("Transpose", "w", output="t"), node("MatMul", "x", "t")], {"w": W.T.copy()}, {}),
    "product used twice": (
        [node("MatMul", "x", "w", output="p"), node("Relu", "p", output="r"), node("Add", "p", "r")],
        {"w": W},
        {},
    ),
    "Constant": (
        [node("Constant", output="w", value=numpy_helper.from_array(W)), node("MatMul", "x", "w")],
        {},
        {},
    ),
    "Add": ([node("Relu", "x", output="r"), node("Add", "x", "r")], {}, {}),
    "Sum": ([node("Relu", "x", output="r"), node("Sum", "x", "r", "x")], {}, {}),
    "Sum of one": ([node("Sum", "x")], {}, {}),
    "Add constant": ([node("Add", "x", "c")], {"c": N}, {}),
    "Sub constant": ([node("Sub", "x", "c")], {"c": N}, {}),
    "constant Sub": ([node("Sub", "c", "x")], {"c": np.float32(1)}, {}),
    "Mul constant": ([node("Mul", "c", "x")], {"c": N}, {}),
    "Mul zero": ([node("Mul", "c", "x")], {"c": np.float32([0, 1, 2, 3])}, {}),
    "Div constant": ([node("Div", "x", "c")], {"c": N}, {}),
    "standardized": (
        [node("Sub", "x", "c", output="d"), node("Div", "d", "s")],
        {"c": N, "s": np.abs(N)},
        {},
    ),
    "all arithmetic": (
        [
            node("Add", "x", "c", output="a"),
            node("Mul", "a", "s", output="b"),
            node("Sub", "b", "c", output="d"),
            node("Div", "d", "s", output="e"),
            node("Sub", "one", "e"),
        ],
        {"c": N, "s": floats(1, 4), "one": np.float32(1)},
        {"shape": (None, 2, 4)},
    ),
    "Scaler": (
        [node("Scaler", "x", domain="ai.onnx.ml", offset=[1.0, 2.0, 3.0, 4.0], scale=[0.5, 2.0, 1.0, -1.0])],
        {},
        {"ml": True},
    ),
    "BatchNormalization": (
        [node("BatchNormalization", "x", "g", "b", "m", "v", epsilon=1e-3)],
        {"g": N, "b": N + 1, "m": N * 2, "v": np.abs(N)},
        {},
    ),
    "LayerNormalization": ([node("LayerNormalization", "x", "g", "b")], {"g": N, "b": N + 1}, {}),
    "LayerNormalization rows": (
        [node("LayerNormalization", "x", "g", axis=2, epsilon=0.1)],
        {"g": N},
        {"shape": (None, 3, 4)},
    ),
    "Flatten": ([node("Flatten", "x")], {}, {"shape": (None, 3, 4)}),
    "Reshape": ([node("Reshape", "x", "s")], {"s": np.int64([0, 2, 2])}, {}),
    "Reshape rest": ([node("Reshape", "x", "s")], {"s": np.int64([-1, 2, 2])}, {}),
    "Reshape copies": ([node("Reshape", "x", "s")], {"s": np.int64([0, 0, 2, -1])}, {"shape": (None, 3, 4)}),
    "Reshape fixed": ([node("Reshape", "x", "s")], {"s": np.int64([7, 2, 2])}, {"shape": (7, 4)}),
    "Squeeze": ([node("Squeeze", "x", "a")], {"a": np.int64([-1])}, {"shape": (None, 4, 1)}),
    "Squeeze 11": ([node("Squeeze", "x", axes=[1])], {}, {"shape": (None, 1), "version": 11}),
    "Unsqueeze": ([node("Unsqueeze", "x", "a")], {"a": np.int64([1, -1])}, {}),
    "Concat": ([node("Relu", "x", output="r"), node("Concat", "x", "r", axis=1)], {}, {}),
    "Concat negative": ([node("Concat", "x", "x", axis=-1)], {}, {"shape": (None, 2, 4)}),
    "Dropout": ([node("Dropout", "x")], {}, {}),
    "Dropout 11": ([node("Dropout", "x", ratio=0.25)], {}, {"version": 11}),
    "Cast": (
        [node("Cast", "x", output="d", to=TensorProto.DOUBLE), node("Cast", "d", to=TensorProto.FLOAT)],
        {},
        {},
    ),
    "integers": ([node("Cast", "x", to=TensorProto.FLOAT)], {}, {"kind": TensorProto.INT64}),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name, path):
    nodes, constants, options = OPERATORS[name]
    saved(path, proto(nodes, constants, **options))
    model = lm.import_onnx(path)
    shape = options.get("shape", (None, 4))
    x = 3 * floats(7, *shape[1:])
    if "kind" in options:
        x = x.astype("int64")
    compare([model.predict(x)], run_file(path, [x]))
    assert model.input_names == ["x"]
    assert model.output_names == ["y"] or name in ("Sum of one",)


def test_the_layers_that_nodes_become(path):
    def layers(name):
        nodes, constants, options = OPERATORS[name]
        return [
            repr(layer) for layer in lm.import_onnx(saved(path, proto(nodes, constants, **options))).layers
        ]

    assert layers("MatMul bias") == ["Dense(units=3, name='y')"]
    assert layers("Gelu by erf") == ["Activation(activation='gelu', name='y')"]
    assert layers("silu") == ["Activation(activation='silu', name='y')"]
    assert layers("standardized") == ["Normalization(name='y')"]
    assert layers("LeakyRelu") == ["Activation(activation={'type': 'leaky_relu', 'slope': 0.25}, name='y')"]
    assert layers("Dropout 11") == ["Dropout(rate=0.25, name='y')"]


def test_constants_do_not_train(path, rng):
    nodes = [node("Sub", "one", "x", output="d"), node("MatMul", "d", "w")]
    model = lm.import_onnx(saved(path, proto(nodes, {"one": np.float32(1), "w": W})))
    assert [layer.trainable for layer in model.layers] == [False, True]
    before = model.get_weights()
    model.compile("sgd", "squared_error")
    model.fit(rng.normal(size=(8, 4)), rng.normal(size=(8, 3)), epochs=2, verbose=0)
    moved = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert moved == [False, False, False, False, True]


def test_weights_that_two_nodes_read_are_shared(path):
    nodes = [
        node("Gemm", "x", "w", "b", output="h"),
        node("Relu", "h", output="r"),
        node("Gemm", "r", "w", "b"),
    ]
    model = lm.import_onnx(saved(path, proto(nodes, {"w": floats(4, 4), "b": N})))
    assert len(model.get_weights()) == 2 or len(model.layers) == 2
    x = floats(5, 4)
    compare([model.predict(x)], run_file(path, [x]))


def test_weights_go_to_the_layers_of_their_nodes(path):
    """The model's layers are in another order than the nodes."""
    first, second, third = floats(4, 3), floats(4, 3), floats(4, 3)
    nodes = [
        node("MatMul", "x", "first", output="a", name="n1"),
        node("MatMul", "x", "second", output="b", name="n2"),
        node("MatMul", "x", "third", output="c", name="n3"),
        node("Add", "c", "b", output="d"),
        node("Add", "d", "a"),
    ]
    model = lm.import_onnx(saved(path, proto(nodes, {"first": first, "second": second, "third": third})))
    names = [layer.name for layer in model.layers]
    assert names.index("n3") < names.index("n2") < names.index("n1")
    for name, kernel in {"n1": first, "n2": second, "n3": third}.items():
        assert np.array_equal(model.parameters()[f"{name}.kernel"], kernel)
    x = floats(5, 4)
    compare([model.predict(x)], run_file(path, [x]))


def test_outputs_that_are_wanted(path):
    nodes = [node("Relu", "x", output="a"), node("Sin", "x", output="b"), node("Tanh", "a", output="c")]
    saved(path, proto(nodes, outputs=("a", "b", "c")))
    model = lm.import_onnx(path, outputs=["c", "a"])
    assert model.output_names == ["c", "a"]
    with pytest.raises(lm.FormatError, match=r"got Sin 'b'; without these there is outputs=\['a', 'c'\]"):
        lm.import_onnx(path)
    with pytest.raises(ValueError, match=r"import_onnx: outputs: no output is named 'd'.*known: a, b, c"):
        lm.import_onnx(path, outputs=["d"])
    with pytest.raises(TypeError, match=r"import_onnx: outputs: expected a sequence of names, got str"):
        lm.import_onnx(path, outputs="a")
    with pytest.raises(ValueError, match=r"import_onnx: outputs: expected at least one"):
        lm.import_onnx(path, outputs=[])
