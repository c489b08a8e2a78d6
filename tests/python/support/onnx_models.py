# SPDX-License-Identifier: BSD-3-Clause
"""Models for the tests of ONNX files, one a layer and one a shape of graph, and what runs the files."""

from __future__ import annotations

import laminar as lm
import numpy as np
from laminar.onnx._layers import LAYERS as ENTRIES

TOLERANCE = {"float32": {"rtol": 1e-5, "atol": 1e-6}, "float64": {"rtol": 1e-12, "atol": 1e-13}}


def filled(model, seed=0):
    """Give all weights random values: statistics, too, so that none is what it would be by chance."""
    rng = np.random.default_rng(seed)
    weights = iter(model.get_weights())
    values = []
    for layer in model.layers:
        for name in ENTRIES[layer.type].weights(layer.options):
            shape = next(weights).shape
            positive = name in ("moving_variance", "std")
            scale = 1 / shape[0] ** 0.5 if name == "kernel" else 1.0
            draw = rng.uniform(0.5, 2, shape) if positive else rng.normal(scale=scale, size=shape)
            values.append(draw)
    model.set_weights(values)
    return model


def data_for(model, m=7, free=4, seed=1):
    """Return a batch for each input; free axes have that length."""
    rng = np.random.default_rng(seed)
    shapes = [tuple(free if n is None else n for n in shape[1:]) for shape in model.input_shapes]
    return [rng.normal(size=(m, *shape)).astype(model.dtype) for shape in shapes]


def predictions(model, arrays):
    """Return the outputs as a list."""
    outputs = model.predict(arrays[0] if len(arrays) == 1 else tuple(arrays))
    return list(outputs) if isinstance(outputs, tuple) else [outputs]


def run_file(path, arrays):
    """Return what ONNX Runtime computes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    return session.run(None, dict(zip(names, arrays, strict=True)))


def run_reference(path, arrays):
    """Return what ONNX's reference implementation computes."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    model = onnx.load(str(path))
    names = [entry.name for entry in model.graph.input]
    return ReferenceEvaluator(model).run(None, dict(zip(names, arrays, strict=True)))


def compare(results, expected, dtype="float32"):
    """Assert that results are those that are expected, shapes and names of dtypes too."""
    assert len(results) == len(expected)
    for ours, theirs in zip(results, expected, strict=True):
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, **TOLERANCE[dtype])


def proto(nodes, constants=(), shape=(None, 4), outputs=("y",), version=20, kind=1, ml=False):
    """Return a file's model with one input x, of a kind of ONNX's (1: float); constants by name."""
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        list(nodes),
        "test",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in dict(constants).items()],
    )
    sets = {"": version} | ({"ai.onnx.ml": 3} if ml else {})
    imports = [helper.make_operatorsetid(domain, number) for domain, number in sets.items()]
    return helper.make_model(graph, opset_imports=imports, ir_version=9)


def node(operator, *inputs, output="y", name="", **attributes):
    """Return a node of one output."""
    from onnx import helper

    return helper.make_node(operator, inputs, [output], name=name, **attributes)


ACTIVATIONS = [*lm.activations.names(), lm.activations.LeakyReLU(0.3)]

# By name: the shape of an example and the layer.
LAYERS = {
    **{f"Dense {g}": ((5,), lambda g=g: lm.Dense(4, g)) for g in ACTIVATIONS},
    **{f"Dense {g} no bias": ((5,), lambda g=g: lm.Dense(4, g, use_bias=False)) for g in ACTIVATIONS},
    **{f"Dense {g} rows": ((3, 5), lambda g=g: lm.Dense(4, g)) for g in ACTIVATIONS},
    **{f"Activation {g}": ((6,), lambda g=g: lm.Activation(g)) for g in ACTIVATIONS},
    "Activation softmax rows": ((2, 3, 4), lambda: lm.Activation("softmax")),
    "BatchNormalization": ((5,), lm.BatchNormalization),
    "BatchNormalization epsilon": ((5,), lambda: lm.BatchNormalization(0.9, 1e-2)),
    "BatchNormalization no scale": ((5,), lambda: lm.BatchNormalization(scale=False)),
    "BatchNormalization no center": ((5,), lambda: lm.BatchNormalization(center=False)),
    "BatchNormalization neither": ((5,), lambda: lm.BatchNormalization(center=False, scale=False)),
    "BatchNormalization rows": ((3, 5), lm.BatchNormalization),
    "LayerNormalization": ((5,), lm.LayerNormalization),
    "LayerNormalization epsilon": ((5,), lambda: lm.LayerNormalization(0.1)),
    "LayerNormalization no scale": ((5,), lambda: lm.LayerNormalization(scale=False)),
    "LayerNormalization no center": ((5,), lambda: lm.LayerNormalization(center=False)),
    "LayerNormalization neither": ((5,), lambda: lm.LayerNormalization(center=False, scale=False)),
    "LayerNormalization rows": ((3, 5), lm.LayerNormalization),
    "Normalization": ((5,), lm.Normalization),
    "Normalization rows": ((3, 5), lm.Normalization),
    "Dropout": ((5,), lambda: lm.Dropout(0.5)),
    "GaussianNoise": ((5,), lambda: lm.GaussianNoise(0.5)),
    "Flatten": ((2, 3, 4), lm.Flatten),
    "Flatten a vector": ((4,), lm.Flatten),
    "Flatten a number": ((), lm.Flatten),
    "Reshape": ((12,), lambda: lm.Reshape((3, 4))),
    "Reshape rest": ((2, 6), lambda: lm.Reshape((-1, 3))),
    "Reshape to numbers": ((1,), lambda: lm.Reshape(())),
}


def of_layer(name, dtype="float32"):
    shape, make = LAYERS[name]
    return filled(lm.Sequential([lm.Input(shape), make()], dtype=dtype, seed=0))


# Graphs: functions that return inputs and outputs.


def skip():
    x = lm.Input((5,))
    return x, lm.Add()([x, lm.Dense(5, "relu")(x)])


def many_skips():
    x = h = lm.Input((6,))
    for _ in range(4):
        inner = lm.Dense(6, "gelu")(lm.BatchNormalization()(h))
        h = lm.Add()([h, lm.Dropout(0.3)(inner)])
    return x, lm.Dense(2)(lm.LayerNormalization()(h))


def two_inputs():
    a, b = lm.Input((4,), name="a"), lm.Input((2,), name="b")
    return [a, b], lm.Dense(3, "softmax", name="p")(lm.Concatenate()([lm.Dense(4, "tanh")(a), b]))


def two_outputs():
    x = lm.Input((4,))
    h = lm.Dense(6, "silu")(x)
    return x, [lm.Dense(3, "softmax", name="c")(h), lm.Dense(1, name="d")(h)]


def inputs_and_outputs():
    a, b, c = lm.Input((4,), name="a"), lm.Input((4,), name="b"), lm.Input((3, 4), name="c")
    total = lm.Add()([a, b, lm.Dense(4)(lm.Flatten()(c))])
    return [a, b, c], [lm.Dense(2, "elu")(total), total, lm.Dense(4, "selu")(c)]


def shared():
    a, b = lm.Input((3,)), lm.Input((3,))
    layer = lm.Dense(4, "sigmoid", name="twin")
    return [a, b], lm.Dense(1)(lm.Concatenate()([layer(a), layer(b)]))


def shared_outputs():
    a, b = lm.Input((3,)), lm.Input((3,))
    layer, norm = lm.Dense(4), lm.LayerNormalization()
    return [a, b], [norm(layer(a)), norm(layer(b))]


def shared_last_call():
    x = lm.Input((4,))
    layer = lm.Dense(4, "tanh", name="again")
    return x, layer(layer(layer(x)))


def dense_connections():
    x = h = lm.Input((3,))
    for _ in range(3):
        h = lm.Concatenate()([h, lm.Dense(2, "leaky_relu")(h)])
    return x, h


def input_as_output():
    x = lm.Input((3,), name="x")
    return x, [x, lm.Dense(2, name="y")(x)]


def same_output_twice():
    x = lm.Input((3,), name="x")
    y = lm.Dense(2, name="y")(x)
    return x, [y, y]


def inner_output():
    x = lm.Input((3,))
    h = lm.Dense(4, "softplus", name="inner")(x)
    return x, [lm.Dense(2, name="outer")(h), h]


def twice_the_same():
    x = lm.Input((3,))
    return x, lm.Add()([x, x, lm.Activation("exponential")(x)])


def nested(dtype="float32"):
    a = lm.Input((4,))
    inner = lm.Model(a, lm.Add()([a, lm.Dense(4, "relu")(a)]), dtype=dtype)
    x = lm.Input((4,))
    return x, lm.Dense(2)(inner(inner(x)))


def rows():
    x = lm.Input((5, 3))
    h = lm.BatchNormalization()(lm.Dense(4, "gelu_tanh")(x))
    h = lm.Concatenate(axis=1)([h, lm.LayerNormalization()(lm.Dense(4)(x))])
    return x, [lm.Dense(2, "softmax")(h), lm.Dense(2)(lm.Flatten()(h))]


def free_axis():
    x = lm.Input((None, 3), name="rows")
    return x, lm.Dense(2, "softmax")(lm.Normalization()(x))


def shapes():
    x = lm.Input((12,))
    h = lm.Reshape((3, 4))(x)
    return x, lm.Flatten()(lm.Concatenate(axis=-1)([h, lm.Reshape((3, -1))(lm.Dense(6)(x))]))


def names_that_clash():
    x = lm.Input((3,), name="dense.kernel")
    h = lm.Dense(3, "silu", name="dense")(x)
    h = lm.Dense(3, "tanh", name="dense.linear")(h)
    return x, lm.Dense(2, name="dense.bias")(lm.Dense(3, name="ä/b c")(h))


def normalized():
    x = lm.Input((4,))
    return x, lm.Dense(1)(lm.Dense(8, "relu")(lm.GaussianNoise(0.1)(lm.Normalization()(x))))


def deep():
    x = h = lm.Input((4,))
    for _ in range(30):
        h = lm.Dense(4, "tanh")(h)
    return x, h


GRAPHS = {
    make.__name__: make
    for make in (
        skip,
        many_skips,
        two_inputs,
        two_outputs,
        inputs_and_outputs,
        shared,
        shared_outputs,
        shared_last_call,
        dense_connections,
        input_as_output,
        same_output_twice,
        inner_output,
        twice_the_same,
        nested,
        rows,
        free_axis,
        shapes,
        names_that_clash,
        normalized,
        deep,
    )
}


def of_graph(name, dtype="float32"):
    tensors = nested(dtype) if name == "nested" else GRAPHS[name]()
    return filled(lm.Model(*tensors, dtype=dtype, seed=0))
