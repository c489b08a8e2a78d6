# SPDX-License-Identifier: BSD-3-Clause
"""The reader of IDX files."""

from __future__ import annotations

import gzip
import struct

import laminar as lm
import numpy as np
import pytest
from laminar._idx import read_folder, read_idx

DTYPES = ["u1", "i1", "i2", "i4", "f4", "f8"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(5,), (2, 3), (4, 3, 2), (0, 28, 28)])
@pytest.mark.parametrize("zipped", [False, True])
def test_round_trip(tmp_path, idx_bytes, dtype, shape, zipped):
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    content = idx_bytes(array)
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(content) if zipped else content)
    read = read_idx(path)
    assert read.dtype == np.dtype(dtype)
    assert read.dtype.isnative
    np.testing.assert_array_equal(read, array)


GOOD = b"\0\0\x08\x02" + struct.pack(">2I", 2, 3) + bytes(range(6))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "expected an IDX file"),
        (b"\x89PNG\r\n", "expected an IDX file"),
        (b"\0\0\x07\x01" + b"\0" * 8, "expected an IDX file"),
        (GOOD[:9], "expected 8 bytes of axis lengths, got 5"),
        (GOOD[:-1], r"expected 6 bytes of data for shape \(2, 3\), got 5: cut short"),
        (GOOD + b"\0", r"expected 6 bytes of data for shape \(2, 3\), got more"),
        (b"\0\0\x0e\x02" + b"\xff" * 8 + b"\0" * 16, "cut short"),
        (gzip.compress(GOOD)[:-9], "damaged"),
        (gzip.compress(GOOD)[:12] + b"\xff\xff\xff\xff", "damaged"),
        (b"\x1f\x8b", "damaged"),
    ],
)
def test_damaged_files(tmp_path, content, words):
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with pytest.raises(lm.FormatError, match=words) as caught:
        read_idx(path)
    assert "damaged" in str(caught.value)  # the file is named


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_folder(digits_folder, suffix):
    digits = read_folder(digits_folder(suffix))
    assert digits.x_train.shape == (40, 28, 28)
    assert digits.y_test.shape == (20,)


def test_folder_with_longer_names(digits_folder):
    folder = digits_folder()
    for path in list(folder.glob("train-*")):
        path.rename(path.with_name(path.name.replace("train-", "train10k-")))
    assert len(read_folder(folder).x_train) == 40


def test_folder_without_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="images-idx3-ubyte"):
        read_folder(tmp_path)


def test_labels_that_do_not_belong(digits_folder, idx_bytes):
    folder = digits_folder()
    (folder / "train-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(39, "u1")))
    with pytest.raises(lm.FormatError, match="one label for each of 40 images"):
        read_folder(folder)


def test_images_of_two_sizes(digits_folder, idx_bytes):
    folder = digits_folder()
    (folder / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((20, 8, 8), "u1")))
    with pytest.raises(lm.FormatError, match=r"\(28, 28\)"):
        read_folder(folder)
