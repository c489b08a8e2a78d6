# SPDX-License-Identifier: BSD-3-Clause
"""A network as a picture: boxes and arrows."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from laminar._keywords import known_keywords
from laminar.plot._axes import GREY, INK, axes_for, pyplot
from laminar.plot._layout import lay_out
from laminar.plot._trace import trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from laminar._network import Network
    from laminar.plot._layout import Layout
    from laminar.plot._trace import Node

    Point = tuple[float, float]

# All lengths are in points at full size; a smaller Axes shrinks them together.
_FONT = 9.0
_LOOSE = 1.05  # screens set letters on whole pixels, which widens words
_HEIGHT = 34.0  # of a box
_RISE = 58.0  # from one level to the next
_GAP = 16.0  # between boxes of a level
_PADDING = 8.0
_MARGIN = 6.0
_PORT = 14.0  # between two arrows into one box
_INPUT, _OUTPUT, _PLAIN, _WEIGHTED = "#d3e6f3", "#f8d9c4", "#ffffff", "#ededed"


class _Box(NamedTuple):
    name: str
    kind: str
    facts: str
    colour: str
    name_width: float
    width: float


@known_keywords
def network_graph(model: Network, ax: Any = None) -> Axes:
    """Draw a model's layers as boxes with shapes and parameter counts, and what each one reads.

    Inputs are blue and outputs orange and called so; layers with parameters are grey. A layer that is called
    twice has two boxes, and its parameters are counted in the first.

    Parameters
    ----------
    model : Model
        A model whose shapes are known.
    ax : Axes, optional
        Where to draw; everything is made small enough to fit. By default a new figure of the size that
        it takes.

    Returns
    -------
    Axes
        Where it is drawn.

    Raises
    ------
    ValueError
        If the model is not built.

    Examples
    --------
    >>> import laminar as lm
    >>> x = lm.Input((8,))
    >>> h = lm.Dense(8, activation="relu")(x)
    >>> ax = lm.plot.network_graph(lm.Model(x, lm.Dense(1)(lm.Add()([x, h]))))
    >>> [text.get_text() for text in ax.texts if "param" in text.get_text()]
    ['(None, 8) · 72 parameters', '(None, 1) · 9 parameters']
    """
    nodes = trace("network_graph", model)
    if ax is not None:
        axes_for("network_graph", ax, (0, 0))
    else:
        pyplot()  # names the extra where matplotlib is missing
    counts: dict[str, int] = {}
    for name, view in model.parameters().items():
        layer = name.rpartition(".")[0]
        counts[layer] = counts.get(layer, 0) + view.size
    boxes = [_box(node, counts) for node in nodes]
    layout = lay_out([node.sources for node in nodes], [box.width for box in boxes], _GAP)
    left = min(x - box.width / 2 for x, box in zip(layout.centres, boxes, strict=True))
    right = max(x + box.width / 2 for x, box in zip(layout.centres, boxes, strict=True))
    bends = [x for _, _, path in layout.edges for x, _ in path]
    left, right = min([left, *bends]) - _MARGIN, max([right, *bends]) + _MARGIN
    bottom = -max(layout.levels) * _RISE - _HEIGHT / 2 - _MARGIN
    axes, scale = _canvas(ax, (left, right), (bottom, _HEIGHT / 2 + _MARGIN))
    for (x, level), box in zip(zip(layout.centres, layout.levels, strict=True), boxes, strict=True):
        _draw_box(axes, x, -level * _RISE, box, scale)
    _draw_edges(axes, layout, scale)
    return axes


def _box(node: Node, counts: dict[str, int]) -> _Box:
    shape = ", ".join(str(tensor.shape) for tensor in node.tensors)
    if node.layer is None:
        kind, facts, colour = "Input", shape, _INPUT
    else:
        options = node.layer.options
        details = [_word(options[key]) for key in ("activation", "rate") if key in options]
        kind = ", ".join([node.layer.type, *(word for word in details if word != "linear")])
        count = counts.get(node.layer.name, 0)
        facts, colour = shape, _WEIGHTED if count else _PLAIN
        if count and not node.is_first_call:
            facts += f" · shares {node.layer.name}"
        elif count:
            facts += f" · {count:,} parameter{'s' * (count > 1)}"
            facts += "" if node.layer.trainable else ", frozen"
    if node.is_output:
        kind, colour = f"{kind} · output", _OUTPUT
    name_width = _text_width(node.name, bold=True)
    width = max(name_width + _PADDING + _text_width(kind), _text_width(facts)) + 2 * _PADDING
    return _Box(node.name, kind, facts, colour, name_width, width)


def _word(option: Any) -> str:
    """Return an option in short: an activation given as an object is a dict with its type."""
    return str(option["type"] if isinstance(option, dict) else option)


def _text_width(text: str, bold: bool = False) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=_FONT, weight="bold" if bold else "normal")
    return _LOOSE * float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def _canvas(ax: Axes | None, x: Point, y: Point) -> tuple[Axes, float]:
    """Return the Axes, and by how much everything is smaller there than at full size."""
    if ax is None:
        figure = pyplot().figure(figsize=((x[1] - x[0]) / 72, (y[1] - y[0]) / 72))
        axes, scale = figure.add_axes((0, 0, 1, 1)), 1.0
    else:
        axes = ax
        figure = ax.figure.canvas.figure  # not a subfigure
        if figure.get_layout_engine() is not None:
            figure.draw_without_rendering()  # places the Axes
        place = ax.get_window_extent()
        wide, high = place.width * 72 / figure.dpi, place.height * 72 / figure.dpi
        scale = min(1.0, wide / (x[1] - x[0]), high / (y[1] - y[0]))
        # What is left over is shared out to both sides.
        x, y = _widened(x, wide / scale), _widened(y, high / scale)
    axes.set(xlim=x, ylim=y, aspect="equal")
    axes.set_axis_off()
    return axes, scale


def _widened(interval: Point, length: float) -> Point:
    middle = (interval[0] + interval[1]) / 2
    return middle - length / 2, middle + length / 2


def _draw_box(ax: Axes, x: float, y: float, box: _Box, scale: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    corner = (x - box.width / 2, y - _HEIGHT / 2)
    style = "round,pad=0,rounding_size=4"
    ax.add_patch(
        FancyBboxPatch(
            corner, box.width, _HEIGHT, style, facecolor=box.colour, edgecolor=INK, linewidth=0.9 * scale
        )
    )
    left = corner[0] + _PADDING
    font: dict[str, Any] = {"fontsize": _FONT * scale, "va": "center", "color": INK, "parse_math": False}
    ax.text(left, y + 7.5, box.name, fontweight="bold", **font)
    ax.text(left + box.name_width + _PADDING, y + 7.5, box.kind, **font)
    ax.text(left, y - 7.5, box.facts, **font)


def _draw_edges(ax: Axes, layout: Layout, scale: float) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    for (source, target, bends), port in zip(layout.edges, _ports(layout), strict=True):
        points = [(layout.centres[source], -layout.levels[source] * _RISE - _HEIGHT / 2)]
        for x, level in bends:
            points += [(x, -level * _RISE + _HEIGHT / 2), (x, -level * _RISE - _HEIGHT / 2)]
        points.append((port, -layout.levels[target] * _RISE + _HEIGHT / 2))
        vertices = _smooth(points)
        ax.add_patch(
            FancyArrowPatch(
                path=Path(vertices, [Path.MOVETO] + [Path.CURVE4] * (len(vertices) - 1)),
                arrowstyle="-|>",
                mutation_scale=9 * scale,
                color=GREY,
                linewidth=1.1 * scale,
                shrinkA=0,
                shrinkB=0,
            )
        )


def _ports(layout: Layout) -> list[float]:
    """Return where each edge meets its target: side by side, in the order in which they come."""
    comes_from = [bends[-1][0] if bends else layout.centres[source] for source, _, bends in layout.edges]
    ports = [0.0] * len(layout.edges)
    for target, centre in enumerate(layout.centres):
        arriving = [i for i, edge in enumerate(layout.edges) if edge[1] == target]
        arriving.sort(key=lambda i: comes_from[i])
        for rank, i in enumerate(arriving):
            ports[i] = centre + (rank - (len(arriving) - 1) / 2) * _PORT
    return ports


def _smooth(points: Sequence[Point]) -> list[Point]:
    """Return cubic Bezier curves through the points that leave and reach each one upright."""
    vertices = [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (y0 + y1) / 2
        vertices += [(x0, middle), (x1, middle), (x1, y1)]
    return vertices
