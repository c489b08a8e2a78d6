# SPDX-License-Identifier: BSD-3-Clause
"""Classes: which are taken for which, and where."""

from __future__ import annotations

import laminar as lm
import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

from matplotlib.figure import Figure
from support.pictures import words

TRUTH = np.array([0, 0, 1, 2, 2, 2])
GUESS = np.array([0, 1, 1, 2, 2, 0])
COUNTS = ((1, 1, 0), (0, 1, 0), (1, 0, 2))


def test_counts_of_mistakes(ax):
    display = lm.plot.confusion_matrix(TRUTH, GUESS, ax=ax)
    assert display.ax_ is ax
    assert np.array_equal(display.confusion_matrix, COUNTS)
    assert words(display.text_.flat) == [str(n) for row in COUNTS for n in row]
    assert words(ax.get_xticklabels()) == ["0", "1", "2"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


def test_probabilities_and_one_hot_rows(ax):
    one_hot = np.eye(3)
    display = lm.plot.confusion_matrix(one_hot[TRUTH], one_hot[GUESS] * 0.6 + 0.1, ax=ax)
    assert np.array_equal(display.confusion_matrix, COUNTS)


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_one_column_is_cut_in_the_middle(ax, shape):
    p = np.array([0.2, 0.5, 0.51, 0.9], dtype="f4").reshape(shape)
    display = lm.plot.confusion_matrix([False, True, True, True], p, ax=ax)
    assert display.confusion_matrix.tolist() == [[1, 0], [1, 2]]


def test_names_of_classes(ax):
    truth, guess = np.array(["cat", "dog", "cat"]), np.array(["cat", "cat", "cat"])
    display = lm.plot.confusion_matrix(truth, guess, labels=["dog", "cat"], ax=ax)
    assert display.confusion_matrix.tolist() == [[0, 1], [0, 2]]
    ax.clear()
    display = lm.plot.confusion_matrix(TRUTH, GUESS, display_labels=["a", "b", "c"], ax=ax)
    assert words(display.ax_.get_yticklabels()) == ["a", "b", "c"]


@pytest.mark.parametrize(("normalize", "axis", "word"), [("true", 1, "row"), ("pred", 0, "column")])
def test_shares_instead_of_counts(ax, normalize, axis, word):
    display = lm.plot.confusion_matrix(TRUTH, GUESS, normalize=normalize, ax=ax)
    assert np.allclose(display.confusion_matrix.sum(axis=axis), 1, rtol=1e-15)
    assert ax.get_ylabel() == f"true class, share of the {word}"
    assert display.text_[1, 1].get_text() == ("1.00" if axis else "0.50")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([], []), ValueError, "y_true: expected at least one example"),
        (([0, 1], [0]), lm.ShapeError, "y_pred: expected 2 examples as in y_true, got 1"),
        (
            ([0], np.zeros((1, 2, 2))),
            lm.ShapeError,
            r"y_pred: expected one class an example.*\(1, 2, 2\)",
        ),
        (([0, 1], [0.3, -1.5]), ValueError, "y_pred: expected classes or probabilities, got -1.5"),
        (([0, np.nan], [0, 1]), ValueError, "y_true: expected classes or probabilities, got nan"),
        (
            ([0, 1], [0, 1], None, "rows"),
            ValueError,
            r"normalize: unknown kind 'rows' \(known: true, pred, all\)",
        ),
        (([0, 1], [0, 1], None, None, ["a"]), ValueError, "display_labels: expected 2 names, got 1"),
    ],
)
def test_bad_classes(plt, arguments, error, message):
    with pytest.raises(error, match=f"confusion_matrix: {message}"):
        lm.plot.confusion_matrix(*arguments)
    assert plt.get_fignums() == []


def classifier(weights, activation):
    """Return a model of two features with these weights and no bias."""
    W = np.array(weights, dtype="f4").reshape(2, -1)
    model = lm.Sequential([lm.Input((2,)), lm.Dense(W.shape[1], activation)], seed=0)
    model.set_weights([W, np.zeros(W.shape[1])])
    return model


POINTS = np.array([[-1.0, -1.0], [-0.5, 2.0], [1.0, 0.0], [1.0, 1.5], [0.2, 0.0]])


def test_the_boundary_of_two_classes(ax):
    model = classifier([3.0, 0.0], "sigmoid")
    display = lm.plot.decision_boundary(model, POINTS, POINTS[:, 0] > 0, grid_resolution=41, ax=ax)
    assert display.ax_ is ax
    shading, zero, one, boundary = ax.collections
    grid = np.c_[display.xx0.ravel(), display.xx1.ravel()]
    assert np.allclose(display.response.ravel(), model.predict(grid)[:, 0], rtol=1e-6)
    assert shading.levels.tolist() == np.linspace(0, 1, 11).tolist()
    assert zero.get_offsets().tolist() == POINTS[:2].tolist()
    assert one.get_offsets().tolist() == POINTS[2:].tolist()
    # The grid is linear between its points and the sigmoid odd around 0, up to the float32 of predict.
    assert np.abs(boundary.get_paths()[0].vertices[:, 0]).max() < 0.01
    assert words(ax.get_legend().get_texts()) == ["class 0", "class 1", "boundary"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("feature 1", "feature 2")


def test_the_picture_holds_the_data_and_a_margin(ax):
    lm.plot.decision_boundary(
        classifier([1.0, 1.0], "sigmoid"), POINTS, np.zeros(5), grid_resolution=9, ax=ax
    )
    assert ax.get_xlim() == pytest.approx((-1.16, 1.16))
    assert ax.get_ylim() == pytest.approx((-1.24, 2.24))
    ax.clear()
    one_point = np.array([[1.0, 2.0]])
    lm.plot.decision_boundary(classifier([1.0, 1.0], "sigmoid"), one_point, [0], grid_resolution=9, ax=ax)
    assert ax.get_xlim() == pytest.approx((0, 2))


@pytest.mark.parametrize(("width", "activation"), [(1, "sigmoid"), (3, "softmax")])
def test_logits_are_made_probabilities(width, activation):
    weights = np.arange(2.0 * width)
    arguments = {"x": POINTS, "y": [0, 1, 0, 1, 0], "grid_resolution": 7}
    displays = [
        lm.plot.decision_boundary(classifier(weights, activation), ax=Figure().subplots(), **arguments),
        lm.plot.decision_boundary(
            classifier(weights, "linear"), from_logits=True, ax=Figure().subplots(), **arguments
        ),
    ]
    # Both in float32, whose exponentials of sums up to 20 round to a few parts in a million.
    assert np.allclose(displays[0].response, displays[1].response, atol=1e-5)


@pytest.mark.parametrize("n", [3, 9])
def test_the_regions_of_more_classes(ax, n):
    weights = np.random.default_rng(0).normal(size=(2, n))
    names = [f"kind {i}" for i in range(n)]
    y = np.array([0, 1, 2, 2, 0])
    display = lm.plot.decision_boundary(
        classifier(weights, "softmax"), POINTS, np.eye(n)[y], class_names=names, grid_resolution=7, ax=ax
    )
    assert display.response.shape == (7, 7, n)
    points = ax.collections[-n:]
    assert [len(p.get_offsets()) for p in points] == [2, 1, 2] + [0] * (n - 3)
    assert len({tuple(p.get_facecolor()[0]) for p in points[:3]}) == 3
    assert words(ax.get_legend().get_texts()) == names


def test_columns_name_the_axes(ax):
    class Frame:
        columns = ("height", "weight")

        def __array__(self, dtype=None, copy=None):
            return POINTS

    lm.plot.decision_boundary(
        classifier([1.0, 1.0], "sigmoid"), Frame(), np.zeros(5), grid_resolution=5, ax=ax
    )
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("height", "weight")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model": lm.Sequential([lm.Dense(1)])}, ValueError, "model: its shapes are not known"),
        (
            {"model": lm.Sequential([lm.Input((3,)), lm.Dense(1)])},
            lm.ShapeError,
            r"\(None, 2\), got \(None, 3\)",
        ),
        ({"model": lm.Sequential([lm.Input((5, 2)), lm.Dense(1)])}, lm.ShapeError, r"got \(None, 5, 2\)"),
        (
            {"model": lm.Sequential([lm.Input((2,)), lm.Dense(4), lm.Reshape((2, 2))])},
            lm.ShapeError,
            r"one output of shape \(None, n_classes\), got \(None, 2, 2\)",
        ),
        ({"x": np.zeros((5, 3))}, lm.ShapeError, r"x: expected shape \(m, 2\), got \(5, 3\)"),
        ({"x": np.zeros((0, 2)), "y": []}, ValueError, "x: expected at least one example"),
        ({"y": [0, 1]}, lm.ShapeError, r"y: expected shape \(5,\), got \(2,\)"),
        ({"y": [0, 1, 2, 0, 0]}, ValueError, "y: expected classes 0 to 1, got 2"),
        ({"y": [0, 1, 0.5, 0, 0]}, ValueError, "y: expected classes 0 to 1, got 0.5"),
        ({"class_names": ["a"]}, ValueError, "class_names: expected 2 names, got 1"),
        ({"feature_names": "ab"}, TypeError, "feature_names: expected a sequence of strings, got str"),
    ],
)
def test_bad_boundaries(ax, change, error, message):
    arguments = {"model": classifier([1.0, 1.0], "sigmoid"), "x": POINTS, "y": np.zeros(5), "ax": ax}
    with pytest.raises(error, match=f"decision_boundary: .*{message}"):
        lm.plot.decision_boundary(**arguments | change)
    assert not ax.collections
