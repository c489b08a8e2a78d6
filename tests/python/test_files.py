# SPDX-License-Identifier: BSD-3-Clause
"""Models in files: what comes back, what is refused, what is left behind."""

import json
import os
import pickle
import re
import struct
import tempfile
from functools import cache
from pathlib import Path

import laminar as lm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.custom_layers import Swish
from support.loading_memory import linux, peak_of_loading


def data(features=4, classes=3, rows=60, dtype="float32"):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, features)).astype(dtype)
    return x, rng.integers(0, classes, rows)


def classifier(optimizer=None, dtype="float32"):
    model = lm.Sequential(
        [
            lm.Input((4,)),
            lm.Dense(8, activation="relu", kernel_regularizer=lm.regularizers.L2(1e-3)),
            lm.BatchNormalization(),
            lm.Dropout(0.3),
            lm.Dense(3, activation="softmax"),
        ],
        dtype=dtype,
        seed=1,
    )
    model.compile(optimizer or lm.optim.Adam(0.01), "cross_entropy", metrics=["accuracy"])
    return model


def header_of(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(length))


def tensors_of(path):
    """Read a file the way its format says, without laminar."""
    raw = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    dtypes = {"F32": np.float32, "F64": np.float64, "I32": np.int32}
    return {
        name: np.frombuffer(
            raw[8 + length + fields["data_offsets"][0] : 8 + length + fields["data_offsets"][1]],
            dtypes[fields["dtype"]],
        ).reshape(fields["shape"])
        for name, fields in header.items()
        if name != "__metadata__"
    }


LAYERS = {
    "dense": lambda: [lm.Dense(3, activation=lm.activations.LeakyReLU(0.2), use_bias=False)],
    "activation": lambda: [lm.Activation("tanh")],
    "batch_normalization": lambda: [lm.BatchNormalization(momentum=0.9)],
    "layer_normalization": lambda: [lm.LayerNormalization(epsilon=1e-3)],
    "normalization": lambda: [lm.Normalization(mean=[1.0, 2, 3, 4], std=[1.0, 2, 3, 4])],
    "dropout": lambda: [lm.Dropout(0.5)],
    "gaussian_noise": lambda: [lm.GaussianNoise(0.1)],
    "reshape": lambda: [lm.Reshape((2, 2))],
    "flatten": lambda: [lm.Reshape((2, 2)), lm.Flatten()],
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_comes_back(name, dtype, tmp_path):
    model = lm.Sequential([lm.Input((4,)), *LAYERS[name](), lm.Flatten(), lm.Dense(2)], dtype=dtype, seed=3)
    model.save(tmp_path / "m")
    same = lm.load_model(tmp_path / "m")
    x, _ = data(dtype=dtype)
    assert type(same) is lm.Sequential
    assert same.dtype == dtype
    assert same.seed == 3
    assert [type(layer) for layer in same.layers] == [type(layer) for layer in model.layers]
    assert [layer.options for layer in same.layers] == [layer.options for layer in model.layers]
    assert same(x).tobytes() == model(x).tobytes()
    same.save(tmp_path / "n")
    assert (tmp_path / "n").read_bytes() == (tmp_path / "m").read_bytes()


OPTIMIZERS = {
    "sgd": lambda: lm.optim.SGD(0.1),
    "momentum": lambda: lm.optim.SGD(
        lm.schedules.CosineDecay(0.1, decay_steps=20), momentum=0.9, nesterov=True
    ),
    "adam": lambda: lm.optim.Adam(0.01, ema_momentum=0.9, gradient_accumulation_steps=3),
    "adamw": lambda: lm.optim.AdamW(0.01, weight_decay=0.1),
    "rmsprop": lambda: lm.optim.RMSprop(0.01, momentum=0.5, centered=True),
    "adagrad": lambda: lm.optim.Adagrad(0.1),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_as_if_it_had_never_stopped(name, dtype, tmp_path):
    x, y = data(dtype=dtype)
    whole = classifier(OPTIMIZERS[name](), dtype)
    whole.fit(x, y, epochs=2, batch_size=16, verbose=0)
    whole.learning_rate = 0.5 * whole.learning_rate
    whole.save(tmp_path / "m")
    resumed = lm.load_model(tmp_path / "m")
    assert (resumed.steps, resumed.epochs) == (whole.steps, 2)
    assert resumed.learning_rate == whole.learning_rate
    first = whole.fit(x, y, epochs=4, initial_epoch=2, batch_size=16, verbose=0)
    second = resumed.fit(x, y, epochs=4, initial_epoch=2, batch_size=16, verbose=0)
    assert first.history == second.history
    assert [a.tobytes() for a in whole.get_weights()] == [a.tobytes() for a in resumed.get_weights()]


def test_a_graph_keeps_names_shared_layers_and_frozen_ones(tmp_path):
    a, b = lm.Input((4,), name="a"), lm.Input((4,), name="b")
    shared = lm.Dense(3, name="shared")
    shared.trainable = False
    joined = lm.Concatenate()([shared(a), shared(b)])
    model = lm.Model([a, b], [lm.Dense(2, name="one")(joined), lm.Add(name="two")([shared(a), shared(b)])])
    model.compile(
        lm.optim.SGD(0.1),
        [lm.losses.MeanSquaredError(), None],
        loss_weights=[0.5, 1.0],
        metrics={"one": ["mean_absolute_error"]},
    )
    model.save(tmp_path / "m")
    same = lm.load_model(tmp_path / "m")
    x = data()[0]
    assert type(same) is lm.Model
    assert same.input_names == ["a", "b"]
    assert same.output_names == model.output_names
    assert [layer.trainable for layer in same.layers] == [layer.trainable for layer in model.layers]
    assert all(np.array_equal(p, q) for p, q in zip(same((x, x)), model((x, x)), strict=True))
    target = np.ones((60, 2))
    assert same.train_on_batch((x, x), (target, None)) == model.train_on_batch((x, x), (target, None))


def test_any_reader_finds_the_tensors(tmp_path):
    x, y = data()
    model = classifier()
    model.train_on_batch(x, y)
    model.save(tmp_path / "m")
    tensors = tensors_of(tmp_path / "m")
    for name, values in model.parameters().items():
        assert np.array_equal(tensors[name], values)
        assert tensors[f"optimizer.0.{name}"].shape == tensors[f"optimizer.1.{name}"].shape == values.shape
    assert "batch_normalization_1.moving_mean" in tensors
    metadata = header_of(tmp_path / "m")["__metadata__"]
    assert metadata["format"] == "laminar"
    assert metadata["format_version"] == "1"
    assert json.loads(metadata["training"])["steps"] == 1


def test_an_unbuilt_and_an_uncompiled_model(tmp_path):
    lm.Sequential([lm.Dense(2)], seed=4).save(tmp_path / "m")
    same = lm.load_model(tmp_path / "m")
    assert not same.built
    assert same.seed == 4
    assert same(np.ones((1, 3))).shape == (1, 2)
    with pytest.raises(RuntimeError, match="compile"):
        same.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)


def huber(y_true, y_pred):
    difference = y_pred - y_true
    return (difference**2).mean(axis=1), 2 * difference / difference.shape[1]


def test_what_is_your_own_is_named_and_handed_in_again(tmp_path):
    x, _ = data()
    y = np.ones((60, 3))
    model = lm.Sequential([lm.Input((4,)), lm.Dense(3), Swish()], seed=2)
    model.compile(lm.optim.Adam(0.01), huber, metrics=["mean_absolute_error"])
    model.train_on_batch(x, y)
    with pytest.warns(
        UserWarning, match=r"layer 'Swish', loss 'huber'.*custom=\{'Swish': Swish, 'huber': huber\}"
    ):
        model.save(tmp_path / "m")
    with pytest.raises(
        ValueError, match="custom: expected the layer 'Swish', which the file only names, got nothing"
    ):
        lm.load_model(tmp_path / "m")
    with pytest.raises(ValueError, match=r"expected the loss 'huber'.*got \['Swish'\]"):
        lm.load_model(tmp_path / "m", custom={"Swish": Swish})
    with pytest.raises(TypeError, match="Swish: expected a class of layers, got one of int"):
        lm.load_model(tmp_path / "m", custom={"Swish": lambda **options: 1})
    same = lm.load_model(tmp_path / "m", custom={"Swish": Swish, "huber": huber})
    assert same(x).tobytes() == model(x).tobytes()
    assert same.train_on_batch(x, y) == model.train_on_batch(x, y)
    assert [layer.name for layer in same.layers] == [layer.name for layer in model.layers]


def test_a_callback_saves_between_epochs(tmp_path):
    class Keep(lm.callbacks.Callback):
        def on_epoch_end(self, epoch, logs):
            self.model.save(tmp_path / f"{epoch}")

    x, y = data()
    whole = classifier()
    whole.fit(x, y, epochs=3, batch_size=16, verbose=0, callbacks=[Keep()])
    resumed = lm.load_model(tmp_path / "0")
    resumed.fit(x, y, epochs=3, initial_epoch=1, batch_size=16, verbose=0)
    assert [a.tobytes() for a in whole.get_weights()] == [a.tobytes() for a in resumed.get_weights()]


def test_averages_in_the_weights_place_are_not_saved(tmp_path):
    model = classifier(OPTIMIZERS["adam"]())
    model.fit(*data(), epochs=1, verbose=0)
    with (
        model.use_averaged_weights(),
        pytest.raises(RuntimeError, match="averages stand in the weights' place"),
    ):
        model.save(tmp_path / "m")
    assert not list(tmp_path.iterdir())


# Weights alone


def test_weights_alone(tmp_path):
    model, other = classifier(), classifier()
    model.fit(*data(), epochs=1, verbose=0)
    model.save(tmp_path / "m")
    other.load_weights(tmp_path / "m")
    assert all(np.array_equal(p, q) for p, q in zip(model.get_weights(), other.get_weights(), strict=True))
    x = data()[0]
    assert np.array_equal(other(x), model(x))


def test_the_error_lists_all_that_does_not_fit(tmp_path):
    classifier().save(tmp_path / "m")
    model = lm.Sequential([lm.Input((4,)), lm.Dense(5), lm.Dense(3, name="head")])
    before = model.get_weights()
    with pytest.raises(lm.FormatError) as caught:
        model.load_weights(tmp_path / "m")
    message = str(caught.value)
    assert "missing: head.kernel, head.bias" in message
    assert "unexpected: batch_normalization_1.beta" in message
    assert "of another shape: dense_1.kernel (expected (4, 5), got (4, 8))" in message
    assert all(np.array_equal(p, q) for p, q in zip(model.get_weights(), before, strict=True))
    with pytest.raises(RuntimeError, match="not built"):
        lm.Sequential([lm.Dense(2)]).load_weights(tmp_path / "m")


# Files that are no model


def with_header(change):
    """Bytes of a small file whose header was changed."""
    raw = small_file()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + raw[8 + length :]


@cache
def small_file():
    model = lm.Sequential([lm.Input((2,)), lm.Dense(2), lm.Dropout(0.1)], seed=1)
    model.compile(lm.optim.Adam(0.1), "mean_squared_error")
    model.train_on_batch(np.ones((2, 2)), np.ones((2, 2)))
    with tempfile.NamedTemporaryFile() as file:
        model.save(file.name)
        return Path(file.name).read_bytes()


def change_architecture(change):
    def apply(header):
        architecture = json.loads(header["__metadata__"]["architecture"])
        change(architecture)
        header["__metadata__"]["architecture"] = json.dumps(architecture)

    return apply


def set_path(tree, path, value):
    *front, last = path
    for key in front:
        tree = tree[key]
    tree[last] = value


HOSTILE = {
    "no metadata": (lambda h: h.pop("__metadata__"), "format"),
    "another format": (
        lambda h: set_path(h, ["__metadata__", "format"], "pt"),
        "expected 'laminar', got 'pt'",
    ),
    "a later version": (lambda h: set_path(h, ["__metadata__", "format_version"], "2"), "newer version"),
    "a format that is cut within a letter": (
        lambda h: set_path(h, ["__metadata__", "format"], "laminaré"),
        "format",
    ),
    "another kind": (lambda h: set_path(h, ["__metadata__", "kind"], "os.system"), "kind"),
    "no JSON": (lambda h: set_path(h, ["__metadata__", "training"], "{"), "training: byte"),
    "no map": (lambda h: set_path(h, ["__metadata__", "architecture"], "[]"), "architecture: expected a map"),
    "a huge layer": (
        change_architecture(lambda a: set_path(a, ["layers", 0, "options", "units"], 10**12)),
        "of another shape",
    ),
    "an overflowing layer": (
        change_architecture(lambda a: set_path(a, ["layers", 0, "options", "units"], 2**62)),
        "",
    ),
    "an unknown option": (
        change_architecture(lambda a: set_path(a, ["layers", 0, "options", "unit"], 1)),
        "unit",
    ),
    "a call of what comes later": (
        change_architecture(lambda a: set_path(a, ["calls", 0, "inputs"], [[2, 0]])),
        "earlier call",
    ),
    "no such layer": (change_architecture(lambda a: set_path(a, ["calls", 0, "layer"], 7)), "layer"),
    "a missing tensor": (
        lambda h: h.update({"dense_2.bias": h.pop("dense_1.bias")}),
        "missing: dense_1.bias",
    ),
    "moments of another optimizer": (
        lambda h: set_path(
            h,
            ["__metadata__", "training"],
            h["__metadata__"]["training"].replace('"type":"Adam"', '"type":"Adagrad"'),
        ),
        "",
    ),
    "a negative count": (
        lambda h: set_path(
            h, ["__metadata__", "training"], h["__metadata__"]["training"].replace('"steps":1', '"steps":-1')
        ),
        "a count from 0",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_makes_no_sense_is_refused(name, tmp_path):
    change, message = HOSTILE[name]
    path = tmp_path / "m"
    path.write_bytes(with_header(change))
    with pytest.raises(lm.FormatError, match="m: .*" + message):
        lm.load_model(path)


def test_an_unknown_layer_is_only_looked_up_among_what_is_handed_in(tmp_path):
    path = tmp_path / "m"
    path.write_bytes(
        with_header(change_architecture(lambda a: set_path(a, ["layers", 0, "type"], "os.system")))
    )
    with pytest.raises(ValueError, match=r"expected the layer 'os\.system', which the file only names"):
        lm.load_model(path)


def test_other_files_are_refused(tmp_path):
    pickled = tmp_path / "pickled"
    pickled.write_bytes(pickle.dumps(classifier()))
    with pytest.raises(lm.FormatError, match="pickled: byte 0"):
        lm.load_model(pickled)
    (tmp_path / "latin").write_bytes(raw_file(b'{"a\xff":1}'))
    with pytest.raises(lm.FormatError, match=r"latin: byte 4: not JSON near '.*\\xff'"):
        lm.load_model(tmp_path / "latin")
    with pytest.raises(FileNotFoundError):
        lm.load_model(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        lm.load_model(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(lm.FormatError, match="regular file"):
        lm.load_model(tmp_path / "pipe")
    with pytest.raises(lm.FormatError, match="regular file"):
        lm.load_model("/dev/zero")


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_file_is_refused_or_harmless(tmp_path_factory, data):
    raw = bytearray(small_file())
    for _ in range(data.draw(st.integers(1, 4))):
        kind = data.draw(st.sampled_from(["flip", "insert", "delete", "copy"]))
        at = data.draw(st.integers(0, len(raw) - 1))
        if kind == "flip":
            raw[at] = data.draw(st.integers(0, 255))
        elif kind == "insert":
            raw[at:at] = data.draw(st.binary(min_size=1, max_size=20))
        elif kind == "delete":
            del raw[at : at + data.draw(st.integers(1, 50))]
        else:
            raw[at:at] = raw[at : at + data.draw(st.integers(1, 50))]
        if not raw:
            raw = bytearray(1)
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(bytes(raw))
    try:
        model = lm.load_model(path)
    except ValueError:  # FormatError, or a layer that would have to be handed in
        return
    model(np.ones((1, 2), "float32"))


def test_every_block_of_the_guide_runs(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    guide = Path(__file__).resolve().parents[2] / "docs" / "model_files.md"
    code = "".join(re.findall(r"^```python\n(.*?)^```$", guide.read_text(encoding="utf-8"), re.M | re.S))
    names = {}
    with pytest.warns(UserWarning, match="squared"):
        exec(compile(code, str(guide), "exec"), names)
    assert np.array_equal(names["other"].get_weights()[0], names["model"].get_weights()[0])


def test_long_descriptions_are_cut_into_pieces(tmp_path):
    model = lm.Sequential([lm.Input((2,)), *(lm.Dense(2, activation="tanh") for _ in range(300))], seed=0)
    model.save(tmp_path / "m")
    metadata = header_of(tmp_path / "m")["__metadata__"]
    pieces = [value for key, value in metadata.items() if key.startswith("architecture")]
    assert len(pieces) >= 3
    assert max(map(len, pieces)) <= 24_000
    assert len(json.loads("".join(pieces))["layers"]) == 300
    same = lm.load_model(tmp_path / "m")
    assert same(np.ones((1, 2))).tobytes() == model(np.ones((1, 2))).tobytes()


HUGE = {
    "a long text": lambda: with_header(lambda h: set_path(h, ["__metadata__", "training"], "x" * 10_000_000)),
    "many numbers": lambda: raw_file(b'{"a":[' + b"1," * 2_000_000 + b"1]}"),
    "a long number": lambda: raw_file(b'{"a":' + b"1" * 10_000_000 + b"}"),
    "deep lists": lambda: raw_file(b'{"a":' + b"[" * 10_000_000),
    "a long description": lambda: with_header(
        lambda h: h["__metadata__"].update({f"architecture.{i}": "[1,1," * 4000 for i in range(1, 400)})
    ),
}


def raw_file(text):
    return struct.pack("<Q", len(text)) + text


@linux
@pytest.mark.parametrize("name", HUGE)
def test_a_huge_file_takes_little_memory(name, tmp_path):
    path = tmp_path / "m"
    path.write_bytes(HUGE[name]())
    grown, refused = peak_of_loading(path)
    assert refused
    assert grown <= 2 * path.stat().st_size + (1 << 20)
