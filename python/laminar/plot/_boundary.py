# SPDX-License-Identifier: BSD-3-Clause
"""Which class a network gives to each point of a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from laminar._core import ShapeError
from laminar._keywords import known_keywords
from laminar._options import as_list
from laminar.plot._axes import BLUE, INK, VERMILION, axes_for, colours, legend, missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from laminar._network import Network

    Array = NDArray[Any]

_WHERE = "decision_boundary"
_MARGIN = 0.08  # of the data's range, on each side
_SHADING = 0.6  # opacity: the points have the same colours
_MARKERS = "o^sDvP"


class _Classifier:
    """What scikit-learn's displays ask of a fitted classifier, answered by a model."""

    def __init__(self, model: Network, n_classes: int, from_logits: bool) -> None:
        self.model = model
        self.from_logits = from_logits
        self.classes_ = np.arange(n_classes)

    def fit(self, x: Array, y: Array) -> _Classifier:
        """Do nothing: the model is trained; displays look for the name."""
        return self

    def predict_proba(self, x: Array) -> Array:
        """Return one column a class."""
        outputs = np.asarray(self.model.predict(x), dtype=np.float64)
        if outputs.shape[1] > 1:
            return _softmax(outputs) if self.from_logits else outputs
        # The softmax of (0, z) is (1 - sigmoid(z), sigmoid(z)).
        if self.from_logits:
            return _softmax(np.hstack([np.zeros_like(outputs), outputs]))
        return np.hstack([1 - outputs, outputs])

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            transformer_tags=None,
            regressor_tags=None,
            classifier_tags=ClassifierTags(),
            requires_fit=False,
        )


def _softmax(logits: Array) -> Array:
    powers: Array = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@known_keywords
def decision_boundary(
    model: Network,
    x: ArrayLike,
    y: ArrayLike,
    class_names: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
    from_logits: bool = False,
    grid_resolution: int = 200,
    ax: Any = None,
) -> Any:
    """Draw what a classifier of two features says about each point of the plane, and the data.

    Of two classes the shading follows the probability in steps of 0.1, and a line stands at 0.5; of more
    classes each point has the colour of the most probable one, the stronger the more probable.

    Parameters
    ----------
    model : Model
        A classifier with one input of two features and one output: one unit for two classes, else one a
        class.
    x : array of shape (m, 2)
        The examples, drawn as points; their range is the picture's. Columns of a data frame name the axes.
    y : array of shape (m,), (m, 1) or (m, n_classes)
        Their classes, numbered from 0, or one-hot.
    class_names : sequence of str, optional
        For the legend; by default "class 0" and so on.
    feature_names : sequence of str, optional
        For the axes; by default the columns of `x`, else "feature 1" and "feature 2".
    from_logits : bool, default False
        Whether the model yields logits, not probabilities.
    grid_resolution : int, default 200
        Points along each axis that the model is asked for.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    sklearn.inspection.DecisionBoundaryDisplay
        The picture; ``display.ax_`` is where it is drawn.

    Raises
    ------
    ShapeError
        If the model or `x` has not two features, or `y` has another number of examples.
    ValueError
        If `y` holds classes that the model does not know.
    ImportError
        If scikit-learn or matplotlib is missing.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(40, 2))
    >>> model = lm.Sequential([lm.Input((2,)), lm.Dense(1, activation="sigmoid")], seed=0)
    >>> display = lm.plot.decision_boundary(model, x, x[:, 0] > 0, class_names=["left", "right"])
    >>> [text.get_text() for text in display.ax_.get_legend().get_texts()]
    ['left', 'right', 'boundary']
    """
    try:
        from sklearn.inspection import DecisionBoundaryDisplay
    except ImportError as error:
        raise ImportError(missing("scikit-learn")) from error
    n_outputs = _n_outputs(model)
    n_classes = max(n_outputs, 2)
    points = _points(x)
    labels = _labels(y, len(points), n_outputs)
    classes = [f"class {i}" for i in range(n_classes)]
    if class_names is not None:
        classes = _names("class_names", class_names, n_classes)
    if feature_names is None:
        feature_names = list(getattr(x, "columns", ("feature 1", "feature 2")))
    features = _names("feature_names", feature_names, 2)

    axes = axes_for(_WHERE, ax, (5.2, 4.2))
    palette = colours(n_classes)
    display = DecisionBoundaryDisplay.from_estimator(
        _Classifier(model, n_classes, from_logits),
        _corners(points),
        eps=0.0,
        grid_resolution=grid_resolution,
        response_method="predict_proba",
        xlabel=features[0],
        ylabel=features[1],
        ax=axes,
        alpha=_SHADING,
        **(_two_colours() if n_classes == 2 else {"plot_method": "pcolormesh", "multiclass_colors": palette}),
    )
    for i, (name, colour) in enumerate(zip(classes, palette, strict=True)):
        shown = points[labels == i]
        axes.scatter(
            shown[:, 0],
            shown[:, 1],
            s=22,
            color=colour,
            marker=_MARKERS[i % len(_MARKERS)],
            edgecolor="white",
            linewidth=0.6,
            label=name,
        )
    if n_classes == 2:
        axes.contour(display.xx0, display.xx1, display.response, levels=[0.5], colors=INK, linewidths=1.4)
        axes.plot([], [], color=INK, linewidth=1.4, label="boundary")
    legend(axes, loc="upper right")
    return display


def _two_colours() -> dict[str, Any]:
    from matplotlib.colors import LinearSegmentedColormap

    cmap = LinearSegmentedColormap.from_list("classes", [BLUE, "#ffffff", VERMILION])
    return {"plot_method": "contourf", "levels": np.linspace(0, 1, 11), "cmap": cmap}


def _n_outputs(model: Network) -> int:
    if not model.built:
        raise ValueError(f"{_WHERE}: model: its shapes are not known yet; build or fit it first")
    if model.input_shapes != [(None, 2)]:
        shapes = ", ".join(str(shape) for shape in model.input_shapes)
        raise ShapeError(f"{_WHERE}: model: expected one input of shape (None, 2), got {shapes}")
    if len(model.output_shapes) != 1 or len(model.output_shapes[0]) != 2:
        shapes = ", ".join(str(shape) for shape in model.output_shapes)
        raise ShapeError(f"{_WHERE}: model: expected one output of shape (None, n_classes), got {shapes}")
    n = model.output_shapes[0][1]
    assert n is not None  # only a convolution leaves an axis free, and it has more of them
    return n


def _points(x: ArrayLike) -> NDArray[np.float64]:
    points = np.asarray(x, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ShapeError(f"{_WHERE}: x: expected shape (m, 2), got {points.shape}")
    if len(points) == 0:
        raise ValueError(f"{_WHERE}: x: expected at least one example, got none")
    return points


def _labels(y: ArrayLike, m: int, n_outputs: int) -> Array:
    labels: Array = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == n_outputs:
        labels = labels[:, 0] if n_outputs == 1 else labels.argmax(axis=1)
    if labels.shape != (m,):
        raise ShapeError(f"{_WHERE}: y: expected shape ({m},), got {labels.shape}")
    n_classes = max(n_outputs, 2)
    unknown = sorted(set(labels.tolist()) - set(range(n_classes)))
    if unknown:
        raise ValueError(f"{_WHERE}: y: expected classes 0 to {n_classes - 1}, got {unknown[0]!r}")
    return labels


def _names(argument: str, names: Sequence[str], n: int) -> list[str]:
    found = [str(name) for name in as_list(f"{_WHERE}: {argument}", names, "strings")]
    if len(found) != n:
        raise ValueError(f"{_WHERE}: {argument}: expected {n} names, got {len(found)}")
    return found


def _corners(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return two opposite corners of the picture: the data's range and a margin, also of a range of 0."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.where(high > low, _MARGIN * (high - low), 1.0)
    return np.stack([low - margin, high + margin])
