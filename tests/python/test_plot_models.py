# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of models: histograms, graphs."""

from __future__ import annotations

import itertools

import laminar as lm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

from laminar.plot._layout import lay_out
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, StepPatch
from support.networks import same_bits, weights_of
from support.pictures import words


def branched(dtype="float64"):
    """Two inputs, two outputs, a layer that is called twice, an edge that passes levels."""
    a, b = lm.Input((4,), name="a"), lm.Input((4,), name="b")
    shared = lm.Dense(6, "relu", name="shared")
    both = lm.Concatenate(name="both")([shared(a), shared(lm.Dropout(0.5, name="drop")(b)), a])
    outputs = [lm.Dense(3, "softmax", name="c")(both), lm.Dense(1, name="d")(lm.Dense(2, name="e")(both))]
    return lm.Model([a, b], outputs, dtype=dtype, seed=0)


def rows_of(ax):
    """Return {first line of a row's label: (second line, lowest value, highest value)}."""
    filled = [patch for patch in ax.patches if isinstance(patch, StepPatch) and patch.get_fill()]
    rows = {}
    for label, patch in zip(ax.get_yticklabels(), filled, strict=True):
        name, note = label.get_text().split("\n")
        rows[name] = (note, patch.get_data().edges[0], patch.get_data().edges[-1])
    return rows


def test_histograms_of_weights(ax):
    model = branched()
    model.set_weights(
        [np.random.default_rng(i).normal(size=w.shape) for i, w in enumerate(model.get_weights())]
    )
    model.parameters()["d.bias"][:] = 0.5
    assert lm.plot.weight_histograms(model, layers=["shared", "e"], ax=ax) is ax
    rows = rows_of(ax)
    assert list(rows) == ["shared.kernel", "shared.bias", "e.kernel", "e.bias"]
    kernel = model.parameters()["shared.kernel"]
    assert rows["shared.kernel"] == (f"4 x 6, std {kernel.std():.3g}", kernel.min(), kernel.max())
    assert ax.get_xlabel() == "parameter value"


def test_equal_values_are_a_line(ax):
    lm.plot.weight_histograms(lm.Sequential([lm.Input((4,)), lm.Dense(3)]), ax=ax)
    kernel, bias = words(ax.get_yticklabels())
    assert kernel.startswith("dense_1.kernel\n4 x 3, std ")
    assert bias == "dense_1.bias\n3, std 0"
    assert any(list(line.get_xdata()) == [0, 0] for line in ax.lines)


def test_outliers_do_not_press_the_rest_together(ax):
    model = lm.Sequential([lm.Input((100,)), lm.Dense(100, use_bias=False)], seed=0)
    model.parameters()["dense_1.kernel"][0, 0] = 1e4
    lm.plot.weight_histograms(model, ax=ax)
    assert ax.get_xlim()[1] < 1


def test_histograms_of_activations(ax, rng):
    model = branched()
    x = rng.normal(size=(50, 4)), rng.normal(size=(50, 4))
    before, steps = weights_of(model), model.steps
    expected = model.predict(x)
    assert lm.plot.activation_histograms(model, x, ax=ax) is ax
    rows = rows_of(ax)
    assert list(rows) == ["shared", "drop", "shared (2)", "both", "c", "e", "d"]
    p = model.parameters()
    for name, inputs in (("shared", x[0]), ("shared (2)", x[1])):
        h = np.maximum(inputs @ p["shared.kernel"] + p["shared.bias"], 0)
        note, low, high = rows[name]
        assert note == f"{np.mean(h == 0):.0%} zero, std {h.std():.3g}"
        assert (low, high) == pytest.approx((h[h > 0].min(), h.max()), rel=1e-12)
    assert rows["drop"][1:] == (x[1].min(), x[1].max())  # as at prediction: nothing is dropped
    assert rows["c"][1:] == (expected[0].min(), expected[0].max())
    assert rows["d"][0] == f"std {expected[1].std():.3g}"
    assert same_bits(before, weights_of(model))
    assert model.steps == steps


def test_a_unit_that_is_off(ax):
    model = lm.Sequential([lm.Input((2,)), lm.Dense(3, "relu"), lm.Dense(1)], seed=0)
    model.parameters()["dense_1.kernel"][:] = -1
    lm.plot.activation_histograms(model, np.ones((4, 2)), layers=["dense_1"], ax=ax)
    assert words(ax.get_yticklabels()) == ["dense_1\n100% zero, std 0"]


def test_training_goes_on_after_a_picture(rng):
    x, y = rng.normal(size=(20, 4)), rng.integers(0, 3, 20)
    twins = [
        lm.Sequential([lm.Input((4,)), lm.Dense(8, "relu"), lm.Dense(3, "softmax")], seed=0) for _ in "ab"
    ]
    for model, looks in zip(twins, (True, False), strict=True):
        model.compile("adam", "cross_entropy")
        for _ in range(2):
            model.fit(x, y, verbose=0)
            if looks:
                lm.plot.activation_histograms(model, x, ax=Figure().subplots())
    assert same_bits(weights_of(twins[0]), weights_of(twins[1]))


@pytest.mark.parametrize(
    ("function", "arguments", "error", "message"),
    [
        (
            "weight_histograms",
            (lm.Sequential([lm.Dense(1)]),),
            ValueError,
            "no parameters, or is not built",
        ),
        (
            "weight_histograms",
            (branched(), ["share"]),
            ValueError,
            "no layer 'share'.*did you mean 'shared'",
        ),
        ("weight_histograms", (branched(), ["drop"]), ValueError, "no layer 'drop' to show"),
        ("weight_histograms", (branched(), []), ValueError, "layers: expected at least one name"),
        (
            "weight_histograms",
            (branched(), "shared"),
            TypeError,
            "expected a sequence of layer names, got str",
        ),
        ("activation_histograms", (lm.Sequential([lm.Dense(1)]), np.eye(2)), ValueError, "not known yet"),
        ("activation_histograms", (branched(), (np.eye(4),) * 2, ["f"]), ValueError, "no layer 'f'"),
        ("activation_histograms", (branched(), (np.empty((0, 4)),) * 2), ValueError, "x"),
        ("activation_histograms", (branched(), (np.eye(3),) * 2), lm.ShapeError, "4 features"),
    ],
)
def test_bad_histograms(ax, function, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(lm.plot, function)(*arguments, ax=ax)
    assert not ax.patches


def test_values_that_are_not_finite(ax):
    model = branched()
    model.parameters()["e.kernel"][0, 0] = np.inf
    with pytest.raises(ValueError, match=r"weight_histograms: e\.kernel: expected finite values"):
        lm.plot.weight_histograms(model, ax=ax)


def boxes_of(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]


def arrows_of(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]


def overlap(a, b):
    (ax, ay, aw, ah), (bx, by, bw, bh) = a.get_bbox().bounds, b.get_bbox().bounds
    return ax < bx + bw and bx < ax + aw and ay < by + bh and by < ay + ah


def test_words_of_a_graph(ax):
    model = branched()
    model.get_layer("e").trainable = False
    assert lm.plot.network_graph(model, ax=ax) is ax
    assert words(ax.texts) == [
        *("a", "Input", "(None, 4)"),
        *("b", "Input", "(None, 4)"),
        *("shared", "Dense, relu", "(None, 6) · 30 parameters"),
        *("drop", "Dropout, 0.5", "(None, 4)"),
        *("shared (2)", "Dense, relu", "(None, 6) · shares shared"),
        *("both", "Concatenate", "(None, 16)"),
        *("c", "Dense, softmax · output", "(None, 3) · 51 parameters"),
        *("e", "Dense", "(None, 2) · 34 parameters, frozen"),
        *("d", "Dense · output", "(None, 1) · 3 parameters"),
    ]


def test_activations_given_as_objects(ax):
    slope = lm.activations.LeakyReLU(0.2)
    lm.plot.network_graph(lm.Sequential([lm.Input((1,)), lm.Dense(1, slope, use_bias=False)]), ax=ax)
    assert words(ax.texts)[-2:] == ["Dense, leaky_relu · output", "(None, 1) · 1 parameter"]


def test_edges_join_boxes(ax):
    lm.plot.network_graph(branched(), ax=ax)
    boxes, arrows = boxes_of(ax), arrows_of(ax)
    assert len(boxes) == 9
    assert len(arrows) == 9
    for arrow in arrows:
        vertices = arrow._path_original.vertices
        (x0, y0), (x1, y1) = vertices[0], vertices[-1]
        assert any(box.get_x() < x0 < box.get_x() + box.get_width() and box.get_y() == y0 for box in boxes)
        tops = [box for box in boxes if box.get_y() + box.get_height() == y1]
        assert any(box.get_x() < x1 < box.get_x() + box.get_width() for box in tops)


def test_edges_pass_beside_boxes(ax):
    x = h = lm.Input((4,))
    for _ in range(3):
        h = lm.Dense(4)(h)
    lm.plot.network_graph(lm.Model(x, lm.Add()([x, h, x])), ax=ax)
    for arrow, box in itertools.product(arrows_of(ax), boxes_of(ax)):
        x0, y0, width, height = box.get_bbox().bounds
        points = arrow._path_original.interpolated(1).to_polygons(closed_only=False)[0]
        inside = (
            (points[:, 0] > x0)
            & (points[:, 0] < x0 + width)
            & (points[:, 1] > y0)
            & (points[:, 1] < y0 + height)
        )
        assert not inside.any()


@pytest.mark.parametrize("given_axes", [False, True])
def test_words_are_inside_their_boxes(ax, plt, given_axes):
    layers = [lm.Input((28, 28)), lm.Flatten(), *(lm.Dense(100, "gelu_tanh") for _ in range(9))]
    for model in (lm.Sequential(layers), branched()):
        ax.clear()
        drawn = lm.plot.network_graph(model, ax=ax if given_axes else None)
        figure = drawn.figure
        figure.draw_without_rendering()
        boxes = [box.get_window_extent() for box in boxes_of(drawn)]
        assert not any(overlap(a, b) for a, b in itertools.combinations(boxes_of(drawn), 2))
        for box, texts in zip(boxes, itertools.zip_longest(*[iter(drawn.texts)] * 3), strict=True):
            for text in texts:
                extent = text.get_window_extent()
                assert box.x0 < extent.x0
                assert extent.x1 < box.x1
        frame = figure.bbox
        assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in boxes)
        assert all(frame.y0 <= box.y0 and box.y1 <= frame.y1 for box in boxes)


def test_a_model_that_is_not_built(ax):
    with pytest.raises(ValueError, match="network_graph: model: its shapes are not known yet"):
        lm.plot.network_graph(lm.Sequential([lm.Dense(1)]), ax=ax)


@st.composite
def graphs(draw):
    """Sources of each node of a random DAG, and widths."""
    n = draw(st.integers(1, 12))
    sources = [draw(st.lists(st.integers(0, i - 1), max_size=3)) if i else [] for i in range(n)]
    return sources, draw(st.lists(st.floats(1, 50), min_size=n, max_size=n))


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_layouts(graph):
    sources, widths = graph
    layout = lay_out(sources, widths, gap=4.0)
    assert [(s, t) for s, t, _ in layout.edges] == [(s, t) for t, reads in enumerate(sources) for s in reads]
    rows = {}
    for x, level, width in zip(layout.centres, layout.levels, widths, strict=True):
        rows.setdefault(level, []).append((x - width / 2, x + width / 2))
    for source, target, bends in layout.edges:
        assert [level for _, level in bends] == list(range(layout.levels[source] + 1, layout.levels[target]))
        for x, level in bends:
            rows[level].append((x - 2, x + 2))
    for row in rows.values():
        row.sort()
        assert all(b[0] - a[1] >= 4 - 1e-9 for a, b in itertools.pairwise(row))
    assert layout == lay_out(sources, widths, gap=4.0)
