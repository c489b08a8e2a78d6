# SPDX-License-Identifier: BSD-3-Clause
"""Files with much in them: what was saved is loaded, and what is hostile takes little memory."""

import json
import struct

import laminar as lm
import numpy as np
import pytest
from support.loading_memory import linux, peak_of_loading


def trained(*layers, width):
    model = lm.Sequential([lm.Input((width,)), *layers], seed=0)
    model.compile(lm.optim.Adam(0.01), "mean_squared_error")
    model.train_on_batch(np.ones((2, width)), np.ones((2, width)))
    return model


def adapted(features):
    layer = lm.Normalization()
    layer.adapt(np.random.default_rng(0).normal(size=(3, features)))
    return lm.Sequential([lm.Input((features,)), layer], seed=0)


# Models whose objects, or descriptions, take more memory than twice the file.
DEEP = {
    "1,000 dense layers and moments": lambda: trained(*(lm.Dense(8, "tanh") for _ in range(1000)), width=8),
    "the smallest tensors": lambda: trained(*(lm.BatchNormalization() for _ in range(1500)), width=1),
    "no tensors": lambda: lm.Sequential([lm.Input((1,)), *(lm.Flatten() for _ in range(5000))], seed=0),
    "many inputs of one layer": lambda: lm.Model(x := lm.Input((1,)), lm.Add()([x] * 20_000), seed=0),
    "long options": lambda: adapted(50_000),
}


@pytest.mark.parametrize("name", DEEP)
def test_whatever_was_saved_is_loaded(name, tmp_path):
    model = DEEP[name]()
    model.save(tmp_path / "m")
    same = lm.load_model(tmp_path / "m")
    same.save(tmp_path / "n")
    assert (tmp_path / "n").read_bytes() == (tmp_path / "m").read_bytes()
    x = np.ones((2, *model.input_shapes[0][1:]), "float32")
    if model.compiled:
        assert same.train_on_batch(x, x) == model.train_on_batch(x, x)
    else:
        assert same(x).tobytes() == model(x).tobytes()


def test_what_could_not_be_loaded_is_not_saved(tmp_path):
    model = lm.Sequential([lm.Input((2,)), lm.Dense(3, name="a" * 70_000)])
    with pytest.raises(ValueError, match="expected texts of at most 65536 bytes, got a longer one: 'aaa"):
        model.save(tmp_path / "m")
    assert not list(tmp_path.iterdir())


# Memory


def described(architecture, training="{}"):
    """Return a file of laminar's without tensors."""
    text = json.dumps(architecture, separators=(",", ":"))
    pieces = {
        f"architecture.{i}": text[i * 24_000 : (i + 1) * 24_000] for i in range(len(text) // 24_000 + 1)
    }
    pieces["architecture"] = pieces.pop("architecture.0")
    fields = {"format": "laminar", "format_version": "1", "kind": "Model", "training": training}
    header = json.dumps({"__metadata__": fields | pieces}, separators=(",", ":")).encode()
    return struct.pack("<Q", len(header)) + header


def network(**parts):
    """Return a file that describes a network of one layer, or of what is given."""
    layer = {"type": "Add", "name": "", "trainable": True, "options": {}}
    whole = {
        "dtype": "float32",
        "seed": 0,
        "layers": [layer],
        "inputs": [{"name": "", "shape": [8], "integer": False}],
        "calls": [{"layer": 0, "inputs": [[0, 0]]}],
        "outputs": [[1, 0]],
        "added_losses": [],
    }
    return described(whole | {name: part(layer) for name, part in parts.items()})


def tensors(n):
    each = b",".join(b'"t%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}' % i for i in range(n))
    return struct.pack("<Q", len(each) + 2) + b"{" + each + b"}"


N = 10_000


def chain(_):
    return [{"layer": i, "inputs": [[i, 0]]} for i in range(N)]


def last(_):
    return [[N, 0]]


# By what is many in a file that is all header.
MANY = {
    "tensors": lambda: tensors(80_000),
    "layers": lambda: network(layers=lambda layer: [layer] * N, calls=chain, outputs=last),
    "calls": lambda: network(
        calls=lambda layer: [call | {"layer": 0} for call in chain(layer)], outputs=last
    ),
    "calls of one input": lambda: network(calls=lambda _: [{"layer": 0, "inputs": [[0, 0]]}] * N),
    "inputs of a call": lambda: network(calls=lambda _: [{"layer": 0, "inputs": [[0, 0]] * N}]),
    "inputs": lambda: network(inputs=lambda _: [{"name": "", "shape": [8], "integer": False}] * N),
    "outputs": lambda: network(outputs=lambda _: [[0, 0]] * N),
    "numbers": lambda: described([1] * 1_000_000),
    "lists": lambda: described([[[]]] * 400_000),
}


def measure(path):
    """Return the peak of the memory that loading takes, and the lengths of the file and its header."""
    peak, _ = peak_of_loading(path)
    with open(path, "rb") as file:
        (header,) = struct.unpack("<Q", file.read(8))
    return peak, path.stat().st_size, header


@linux
@pytest.mark.parametrize("name", MANY)
def test_the_memory_that_a_header_can_ask_for(name, tmp_path):
    (tmp_path / "m").write_bytes(MANY[name]())
    peak, size, header = measure(tmp_path / "m")
    print(f"{(peak - (1 << 20) - 2 * size) / header:.1f} bytes a byte of header")  # pytest -s shows it
    assert peak <= 2 * size + 64 * header + (1 << 20)


@linux
def test_the_memory_that_a_deep_network_takes(tmp_path):
    DEEP["1,000 dense layers and moments"]().save(tmp_path / "m")
    peak, size, header = measure(tmp_path / "m")
    print(f"{(peak - (1 << 20) - 2 * size) / header:.1f} bytes a byte of header")
    assert peak <= 2 * size + 8 * header + (1 << 20)
