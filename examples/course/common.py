# SPDX-License-Identifier: BSD-3-Clause
"""What the course's examples share: options, the course's data, a table, a picture."""

from __future__ import annotations

import argparse
import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import laminar as lm
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

CATS = ("course/train_catvnoncat.h5", "course/test_catvnoncat.h5")
REGULARIZATION = ("course/regularization_2d.mat",)


class Split(NamedTuple):
    """Examples and labels to train on and to test on."""

    x_train: NDArray[Any]
    y_train: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]


def parse_options(doc: str | None, files: Sequence[str] = ()) -> argparse.Namespace:
    """Read the command line; end with status 2 where one of the `files` of the course is missing."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small setting, done in about a second")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(parser.prog).with_suffix(".png"),
        help="the picture to write (default: %(default)s in the working directory)",
    )
    if files:
        parser.add_argument(
            "--data",
            type=Path,
            default=os.environ.get("LAMINAR_DATA") or None,
            help=f"the folder that holds {' and '.join(files)} (default: environment variable LAMINAR_DATA)",
        )
    options = parser.parse_args()
    if files and options.data is None:
        parser.error(
            f"this example reads {' and '.join(files)}, which do not come with laminar: "
            "name the folder that holds them with --data or in the environment variable LAMINAR_DATA"
        )
    missing = [str(options.data / file) for file in files if not (options.data / file).is_file()]
    if missing:
        parser.error(f"missing: {' and '.join(missing)}; --data or LAMINAR_DATA names another folder")
    return options


def load_cats(folder: Path) -> Split:
    """Load the photographs of cats and others, (m, 64, 64, 3), with pixels from 0 to 1."""
    import h5py

    parts: list[NDArray[Any]] = []
    for file, kind in zip(CATS, ("train", "test"), strict=True):
        with h5py.File(folder / file) as h5:
            parts += [h5[f"{kind}_set_x"][:] / 255, h5[f"{kind}_set_y"][:]]
    return Split(*parts)


def load_regularization(folder: Path) -> Split:
    """Load the points in the plane that the course regularizes on."""
    from scipy.io import loadmat

    mat = loadmat(folder / REGULARIZATION[0])
    return Split(mat["X"], mat["y"].ravel(), mat["Xval"], mat["yval"].ravel())


def load_digits_split() -> Split:
    """Load scikit-learn's digits, rows of 64 pixels from 0 to 1, three quarters to train on."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x / 16, y, test_size=0.25, stratify=y, random_state=0)
    return Split(x_train, y_train, x_test, y_test)


def course_weights(widths: Sequence[int], seed: int, scale: Callable[[int], float]) -> list[NDArray[Any]]:
    """Return kernels and biases as the course's notebooks are known to draw them, for ``set_weights``.

    ``W ~ scale(n_in) N(0, 1)`` from NumPy's legacy generator, b = 0. The course's W is (n_out, n_in).
    """
    random = np.random.RandomState(seed)
    weights: list[NDArray[Any]] = []
    for n_in, n_out in itertools.pairwise(widths):
        weights += [random.randn(n_out, n_in).T * scale(n_in), np.zeros(n_out)]
    return weights


def percent(share: float) -> str:
    """Return 0.948 as "94.8 %"."""
    return f"{100 * share:.1f} %"


def spread(shares: Sequence[float]) -> str:
    """Return [0.7, 0.72] as "70.0 to 72.0 %", and nothing as "-"."""
    if not shares:
        return "-"
    low, high = percent(min(shares)), percent(max(shares))
    return high if low == high else f"{low.removesuffix(' %')} to {high}"


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a header, the first column flush left and the others flush right."""
    lines = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    for first, *others in lines:
        cells = [f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True)]
        print("  ".join([f"{first:<{widths[0]}}", *cells]))


def draw_boundary(
    axes: Axes,
    predict: Callable[[NDArray[Any]], NDArray[Any]] | lm.Model,
    x: NDArray[Any],
    y: NDArray[Any],
    title: str,
) -> None:
    """Draw points of two classes over the probability that a model gives to the second."""
    margin = 0.1 * np.ptp(x, axis=0)
    (left, bottom), (right, top) = x.min(axis=0) - margin, x.max(axis=0) + margin
    xx0, xx1 = np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200))
    response = np.asarray(predict(np.column_stack([xx0.ravel(), xx1.ravel()]))).reshape(xx0.shape)
    axes.contourf(xx0, xx1, response, levels=np.linspace(0, 1, 11), cmap="RdBu_r", alpha=0.6)
    axes.contour(xx0, xx1, response, levels=[0.5], colors="black", linewidths=1)
    axes.scatter(*x.T, c=np.where(y == 1, "crimson", "royalblue"), s=12, edgecolors="white", linewidths=0.4)
    axes.set(title=title, xticks=[], yticks=[])


def new_figure(width: float, height: float) -> Figure:
    """Return a figure of that size in inches; it needs no display."""
    return Figure(figsize=(width, height), layout="constrained")


def save_picture(figure: Figure, path: Path) -> None:
    """Write the picture and say where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    print(f"\nwrote {path}")
