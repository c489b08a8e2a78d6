# SPDX-License-Identifier: BSD-3-Clause
"""Fixtures that many tests share."""

from __future__ import annotations

import gzip
import os
import struct
from typing import TYPE_CHECKING

import laminar as lm
import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from matplotlib.axes import Axes

os.environ["MPLBACKEND"] = "Agg"  # pictures need no screen


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(params=[1, 2, 4])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """Run the test at several numbers of threads."""
    before = lm.get_num_threads()
    lm.set_num_threads(request.param)
    yield request.param
    lm.set_num_threads(before)


@pytest.fixture
def small_model() -> Callable[..., lm.Sequential]:
    """Return a maker of compiled 4-8-3 networks."""

    def make(
        activation: object = "relu",
        loss: object = "cross_entropy",
        optimizer: object = "sgd",
        dtype: str = "float32",
        metrics: object = (),
    ) -> lm.Sequential:
        model = lm.Sequential(
            [lm.Input((4,)), lm.Dense(8, activation=activation), lm.Dense(3, activation="softmax")],
            dtype=dtype,
            seed=0,
        )
        model.compile(optimizer, loss, metrics=metrics)
        return model

    return make


@pytest.fixture
def idx_bytes() -> Callable[[np.ndarray], bytes]:
    """Return a writer of arrays in the IDX format."""
    codes = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}

    def write(array: np.ndarray) -> bytes:
        header = bytes([0, 0, codes[array.dtype.str[1:]], array.ndim])
        lengths = struct.pack(f">{array.ndim}I", *array.shape)
        return header + lengths + array.astype(array.dtype.newbyteorder(">")).tobytes()

    return write


@pytest.fixture
def digits_folder(tmp_path: Path, idx_bytes: Callable[[np.ndarray], bytes]) -> Callable[..., Path]:
    """Return a maker of a folder with a small random stand-in for MNIST."""

    def make(suffix: str = "") -> Path:
        rng = np.random.default_rng(0)
        for prefix, n in (("train", 40), ("t10k", 20)):
            images = rng.integers(0, 256, (n, 28, 28)).astype("u1")
            labels = (np.arange(n) % 10).astype("u1")
            for array, ending in ((images, "images-idx3-ubyte"), (labels, "labels-idx1-ubyte")):
                content = gzip.compress(idx_bytes(array)) if suffix else idx_bytes(array)
                (tmp_path / f"{prefix}-{ending}{suffix}").write_bytes(content)
        return tmp_path

    return make


@pytest.fixture
def plt() -> Iterator[ModuleType]:
    """Return pyplot; figures that a test made are closed."""
    from matplotlib import pyplot

    assert pyplot.get_fignums() == []
    yield pyplot
    pyplot.close("all")


@pytest.fixture
def ax() -> Axes:
    """Return Axes that pyplot knows nothing of."""
    from matplotlib.figure import Figure

    return Figure(figsize=(6, 4)).subplots()
