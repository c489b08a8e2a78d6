# SPDX-License-Identifier: BSD-3-Clause
"""The demonstration: handwritten digits in, a trained and tested network and two pictures out."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from laminar._idx import Digits, read_folder
from laminar._model import Model
from laminar._sequential import Sequential
from laminar.layers import Dense, Dropout, Flatten, Input
from laminar.optim import Adam

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from laminar._history import History

_MISTAKES_SHOWN = 25


class Result(NamedTuple):
    """What a demonstration has come to."""

    accuracy: float
    seconds: float
    pictures: tuple[Path, Path]


def run_demo(
    data: str | PathLike[str] | None = None,
    epochs: int = 40,
    output: str | PathLike[str] = ".",
    seed: int = 0,
    verbose: int | str = "auto",
) -> Result:
    """Train on handwritten digits, test, and write a learning curve and the worst mistakes as pictures.

    Parameters
    ----------
    data : str or path-like, optional
        A folder with MNIST's IDX files; by default scikit-learn's bundled digits are used.
    epochs : int, default 40
        Passes over the training set.
    output : str or path-like, default "."
        The folder of ``learning_curve.png`` and ``worst_mistakes.png``; it is made if need be.
    seed : int, default 0
        Determines the split, the initial values, shuffles and masks.
    verbose : {"auto", 0, 1, 2}, default "auto"
        As in ``fit``.

    Returns
    -------
    Result
        Accuracy on the test set, seconds of training, and the pictures' paths.

    Raises
    ------
    ImportError
        If scikit-learn or matplotlib is missing.
    FormatError
        If a file in `data` is damaged.
    """
    figure_class = _figure_class()
    digits = _bundled_digits(seed) if data is None else _scaled(read_folder(data))
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)

    print(f"{len(digits.x_train):,} digits to train on, {len(digits.x_test):,} to test on", end=", ")
    print(f"{digits.x_train.shape[1]} x {digits.x_train.shape[2]} pixels")
    model, batch_size = _bundled_model(seed) if data is None else _mnist_model(digits, seed)
    model.compile(Adam(1e-3), "cross_entropy", metrics=["accuracy"])
    model.summary(batch_size=batch_size)

    start = perf_counter()
    history = model.fit(
        digits.x_train,
        digits.y_train,
        batch_size=batch_size,
        epochs=epochs,
        validation_data=(digits.x_test, digits.y_test),
        verbose=verbose,
    )
    seconds = perf_counter() - start
    accuracy = model.evaluate(digits.x_test, digits.y_test)["accuracy"]
    print(f"test accuracy {100 * accuracy:.2f} % after {seconds:.1f} s of training")

    pictures = folder / "learning_curve.png", folder / "worst_mistakes.png"
    _draw_learning_curve(figure_class, history, pictures[0])
    _draw_worst_mistakes(
        figure_class, digits.x_test, digits.y_test, model.predict(digits.x_test), pictures[1]
    )
    print(f"wrote {pictures[0]} and {pictures[1]}")
    return Result(accuracy, seconds, pictures)


def _bundled_model(seed: int) -> tuple[Model, int]:
    model = Sequential(
        [
            Input((8, 8)),
            Flatten(),
            Dense(128, activation="relu"),
            Dropout(0.3),
            Dense(64, activation="relu"),
            Dense(10, activation="softmax"),
        ],
        seed=seed,
    )
    return model, 32


def _mnist_model(digits: Digits, seed: int) -> tuple[Model, int]:
    model = Sequential(
        [
            Input(digits.x_train.shape[1:]),
            Flatten(),
            Dropout(0.2),
            Dense(512, activation="relu"),
            Dropout(0.3),
            Dense(256, activation="relu"),
            Dropout(0.3),
            Dense(10, activation="softmax"),
        ],
        seed=seed,
    )
    return model, 128


def _bundled_digits(seed: int) -> Digits:
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise ImportError(_missing("scikit-learn")) from error
    images, labels = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        images.reshape(-1, 8, 8) / 16.0, labels, test_size=0.25, stratify=labels, random_state=seed
    )
    return Digits(x_train, y_train, x_test, y_test)


def _scaled(digits: Digits) -> Digits:
    """Bring pixels from 0..255 to 0..1."""
    scale = np.float32(1 / 255)
    return digits._replace(x_train=digits.x_train * scale, x_test=digits.x_test * scale)


def _figure_class() -> Any:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(_missing("matplotlib")) from error

    def figure(*args: Any, **kwargs: Any) -> Any:
        made = Figure(*args, layout="constrained", **kwargs)
        FigureCanvasAgg(made)  # draws without a display
        return made

    return figure


def _missing(package: str) -> str:
    return f'the demo needs {package}, which is not installed: pip install "laminar[demo]"'


def _draw_learning_curve(figure_class: Any, history: History, path: Path) -> None:
    figure = figure_class(figsize=(9, 3.6))
    epochs = [epoch + 1 for epoch in history.epoch]
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axes.plot(epochs, history.history[name], label="training (with dropout)")
        axes.plot(epochs, history.history[f"val_{name}"], label="test")
        axes.set(xlabel="epoch", ylabel="cross-entropy" if name == "loss" else name)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=120)


def _draw_worst_mistakes(
    figure_class: Any, images: NDArray[Any], labels: NDArray[Any], probabilities: NDArray[Any], path: Path
) -> None:
    figure = figure_class(figsize=(8, 9))
    worst = worst_mistakes(labels, probabilities)
    for axes in figure.subplots(5, 5).flat:
        axes.set_axis_off()
    for axes, index in zip(figure.axes, worst, strict=False):
        guess = int(probabilities[index].argmax())
        axes.imshow(images[index], cmap="gray_r")
        axes.set_title(
            f"{labels[index]} taken for {guess}\nwith {100 * probabilities[index, guess]:.0f} %", fontsize=9
        )
    figure.suptitle("The test digits with the highest loss")
    figure.savefig(path, dpi=120)


def worst_mistakes(labels: NDArray[Any], probabilities: NDArray[Any]) -> Sequence[int]:
    """Return the indices of the misread examples, those with the highest loss first.

    Parameters
    ----------
    labels : array of shape (m,)
        The true classes.
    probabilities : array of shape (m, classes)
        The predicted probabilities.

    Returns
    -------
    sequence of int
        At most 25.

    Examples
    --------
    >>> worst_mistakes(np.array([0, 1]), np.array([[0.9, 0.1], [0.7, 0.3]]))
    [1]
    """
    of_truth = probabilities[np.arange(len(labels)), labels]
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    order = wrong[np.argsort(of_truth[wrong], kind="stable")]
    return [int(index) for index in order[:_MISTAKES_SHOWN]]
