# SPDX-License-Identifier: BSD-3-Clause
"""IDX files, the format of the MNIST digits: plain or gzipped.

Two zero bytes, a byte for the type, a byte for the number of axes, each axis as a big-endian 32-bit
integer, then the elements, big-endian, the last axis fastest.
"""

from __future__ import annotations

import gzip
import zlib
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from laminar._core import FormatError

if TYPE_CHECKING:
    from os import PathLike
    from typing import BinaryIO

    from numpy.typing import NDArray

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_CHUNK_BYTES = 1 << 20


class Digits(NamedTuple):
    """Labelled images to train on and to test on."""

    x_train: NDArray[Any]
    y_train: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]


def read_idx(path: str | PathLike[str]) -> NDArray[Any]:
    """Return the array in an IDX file.

    Parameters
    ----------
    path : str or path-like
        The file; gzip is recognized by its content.

    Returns
    -------
    array
        In the machine's byte order.

    Raises
    ------
    FormatError
        If the file is not IDX, is cut short or holds more than it should.
    """
    with open(path, "rb") as plain:
        zipped = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        try:
            if not zipped:
                return _read(plain, str(path))
            with gzip.open(plain) as stream:
                return _read(stream, str(path))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FormatError(f"{path}: expected a whole gzip file, got a damaged one ({error})") from error


def read_folder(folder: str | PathLike[str]) -> Digits:
    """Return the digits in a folder with the four files of MNIST, by their usual names.

    Parameters
    ----------
    folder : str or path-like
        Where ``train*-images-idx3-ubyte``, ``train*-labels-idx1-ubyte`` and the same with ``t10k`` or
        ``test`` lie, each with or without ``.gz``.

    Returns
    -------
    Digits
        Images of shape (m, height, width), labels of shape (m,).

    Raises
    ------
    FileNotFoundError
        If one of them is missing.
    FormatError
        If one of them is damaged, or images and labels do not belong together.
    """
    x_train, y_train = _read_pair(Path(folder), ("train",))
    x_test, y_test = _read_pair(Path(folder), ("t10k", "test"))
    if x_train.shape[1:] != x_test.shape[1:]:
        raise FormatError(
            f"{folder}: expected test images of shape {x_train.shape[1:]} like those to train on, "
            f"got {x_test.shape[1:]}"
        )
    return Digits(x_train, y_train, x_test, y_test)


def _read_pair(folder: Path, prefixes: tuple[str, ...]) -> tuple[NDArray[Any], NDArray[Any]]:
    images_path = _find(folder, prefixes, "images-idx3-ubyte")
    labels_path = _find(folder, prefixes, "labels-idx1-ubyte")
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim != 3:
        raise FormatError(f"{images_path}: expected 3 axes (m, height, width), got shape {images.shape}")
    if labels.shape != images.shape[:1]:
        raise FormatError(
            f"{labels_path}: expected one label for each of {len(images)} images, got shape {labels.shape}"
        )
    return images, labels


def _find(folder: Path, prefixes: tuple[str, ...], ending: str) -> Path:
    for prefix in prefixes:
        for suffix in ("", ".gz"):
            found = sorted(folder.glob(f"{prefix}*{ending}{suffix}"))
            if found:
                return found[0]
    raise FileNotFoundError(f"{folder}: expected a file {prefixes[0]}*{ending} or {prefixes[0]}*{ending}.gz")


def _read(stream: BinaryIO | gzip.GzipFile, name: str) -> NDArray[Any]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES:
        start = f"bytes {magic.hex()}" if magic else "an empty one"
        raise FormatError(f"{name}: expected an IDX file (bytes 0000, type, rank), got {start}")
    dtype, rank = np.dtype(_DTYPES[magic[2]]), magic[3]
    header = stream.read(4 * rank)
    if len(header) < 4 * rank:
        raise FormatError(f"{name}: expected {4 * rank} bytes of axis lengths, got {len(header)}: cut short")
    shape = tuple(int(length) for length in np.frombuffer(header, ">u4"))
    wanted = prod(shape) * dtype.itemsize
    data = _read_at_most(stream, wanted + 1)
    if len(data) != wanted:
        problem = "more" if len(data) > wanted else f"{len(data)}: cut short"
        raise FormatError(f"{name}: expected {wanted} bytes of data for shape {shape}, got {problem}")
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _read_at_most(stream: BinaryIO | gzip.GzipFile, limit: int) -> bytes:
    """Read piece by piece, so that a header that lies about its size costs no memory."""
    data = bytearray()
    while len(data) < limit:
        chunk = stream.read(min(_CHUNK_BYTES, limit - len(data)))
        if not chunk:
            break
        data += chunk
    return bytes(data)
