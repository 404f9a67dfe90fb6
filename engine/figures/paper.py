"""A plotly figure as a picture for a paper: black on white, whatever the page's theme, without any browser.

It can draw what the figures of this project are made of: lines and bands, upright bars, heat maps, notes, baselines
and a key. The page's own plot may break a line of words elsewhere; the numbers are the same.
"""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from engine.figures.axes import LINE, Axis, axis_of, lines_of
from engine.figures.key import key_rows, write_key
from engine.figures.picture import INK, PALE, RULE, Anchor, Mark, Picture, Stroke, Words
from engine.figures.png import width_of
from engine.figures.traces import between, check, colour, dash_of, drawn

WIDTH = 900
"""Pixels of a picture, which is twice that as a PNG."""
SMALL = 11
"""Pixels of the letters on axes."""
EDGE = 18
"""Pixels between a plot and the edge of the paper, where nothing else is."""
UNDER = 96
"""Pixels of a figure's height that the page's own plot needs below the plot, for its axis and its key."""
ANCHORS: dict[str, Anchor] = {"left": "start", "center": "middle", "right": "end"}
Axes = dict[str, Axis]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom of all that is plotted."""


def picture(figure: go.Figure, title: str = "", width: int = WIDTH) -> Picture:
    """The figure on paper. `title`: what it is called for readers who can't see it; it is not drawn.

    Raises `ValueError` for a trace that can't be drawn.
    """
    for trace in figure.data:
        check(trace)
    axes = _axes(figure)
    box, height = _box(figure, axes, width)
    rows = key_rows(figure, width - 2 * EDGE)
    sheet = Picture(width, height + round(1.4 * LINE * len(rows)), title)
    for name, axis in axes.items():
        axis.place(*((box[0], box[2]) if name[0] == "x" else (box[3], box[1])))
    pairs = _pairs(figure)
    for across, down in pairs:
        sheet.marks += _frame(axes[across], axes[down])
    sheet.marks += [mark for shape in figure.layout.shapes for mark in _shape(shape, axes, box)]
    for trace, place in zip(figure.data, _groups(figure), strict=True):
        sheet.marks += drawn(trace, axes[trace.xaxis or "x"], axes[trace.yaxis or "y"], place)
    sheet.marks += [mark for note in figure.layout.annotations for mark in _note(note, axes, box)]
    sheet.marks += _scale(figure, box)
    sheet.marks += write_key(rows, EDGE, height)
    return sheet


def _pairs(figure: go.Figure) -> list[tuple[str, str]]:
    return list(dict.fromkeys((trace.xaxis or "x", trace.yaxis or "y") for trace in figure.data)) or [("x", "y")]


def _axes(figure: go.Figure) -> Axes:
    found: Axes = {}
    for names in zip(*_pairs(figure), strict=True):
        for name in dict.fromkeys(names):
            given = figure.layout[f"{name[0]}axis{name[1:]}"]
            own = [t for t in figure.data if (t[f"{name[0]}axis"] or name[0]) == name]
            values = [v for trace in own if trace[name[0]] is not None for v in trace[name[0]]]
            found[name] = axis_of(given, values, bars=name[0] == "y" and any(t.type == "bar" for t in own))
    return found


def _groups(figure: go.Figure) -> list[tuple[int, int]]:
    """Of each trace which of how many groups of bars it is: bars stand side by side unless they may overlap."""
    if figure.layout.barmode == "overlay":
        return [(0, 1)] * len(figure.data)
    bars = [i for i, trace in enumerate(figure.data) if trace.type == "bar"]
    return [(bars.index(i), len(bars)) if i in bars else (0, 1) for i in range(len(figure.data))]


def _box(figure: go.Figure, axes: Axes, width: int) -> tuple[Box, int]:
    """Where the plot lies, and how high the picture is without its key."""
    upright = [axis for name, axis in axes.items() if name[0] == "y"]
    level = [axis for name, axis in axes.items() if name[0] == "x"]
    widest = max((width_of(line, SMALL) for axis in upright for _, said in axis.ticks() for line in said), default=0)
    left = EDGE + widest + 10 + (24 if any(axis.title for axis in upright) else 0)
    lines = max((len(said) for axis in level for _, said in axis.ticks()), default=0)
    below = 10 + LINE * lines + (26 if any(axis.title for axis in level) else 0)
    right = width - (84 if any(trace.type == "heatmap" for trace in figure.data) else EDGE)
    margin = figure.layout.margin.t
    top = 20 if margin is None else float(margin)
    foot = top + max((figure.layout.height or 450) - top - UNDER, 150)
    return (left, top, right, foot), round(foot + below + 8)


def _frame(x: Axis, y: Axis) -> list[Mark]:
    """Rules, ticks, their names and the titles of two axes."""
    marks: list[Mark] = []
    left, right, foot = min(x.start, x.end), max(x.start, x.end), max(y.start, y.end)
    for unit, said in y.ticks():
        at = y.of(unit)
        if y.grid:
            marks.append(Stroke([(left, at), (right, at)], RULE))
        marks += _named((left - 8, at), said, "end", centred=True)
    if y.given.zeroline and y.kind == "linear" and min(y.low, y.high) < 0 < max(y.low, y.high):
        marks.append(Stroke([(left, y.of(0)), (right, y.of(0))], PALE))
    if x.given.visible is not False:
        marks.append(Stroke([(left, foot), (right, foot)], PALE))
    most = 0
    for unit, said in x.ticks():
        at = x.of(unit)
        marks.append(Stroke([(at, foot), (at, foot + 5)], PALE))
        marks += _named((at, foot + 15), said, "middle")
        most = max(most, len(said))
    if x.title:
        marks.append(Words(((left + right) / 2, foot + 18 + LINE * max(most, 1)), x.title, INK, 12, "middle"))
    if y.title:
        marks.append(Words((EDGE - 2, (y.start + y.end) / 2), y.title, INK, 12, "middle", turned=True))
    return marks


def _named(at: tuple[float, float], said: Sequence[str], anchor: Anchor, *, centred: bool = False) -> list[Mark]:
    first = at[1] - (LINE * (len(said) - 1) / 2 if centred else 0)
    return [Words((at[0], first + LINE * i), line, PALE, SMALL, anchor) for i, line in enumerate(said) if line]


def _where(ref: str, value: Any, axes: Axes, ends: tuple[float, float]) -> float:
    """The pixel that an annotation or a shape means: of an axis, of an axis's own part, or of the whole plot."""
    name, _, domain = ref.partition(" ")
    if value is None:
        return (ends[0] + ends[1]) / 2
    if name not in axes:
        return ends[0] + float(value) * (ends[1] - ends[0])
    axis = axes[name]
    if domain:
        return axis.start + float(value) * (axis.end - axis.start)
    place = axis.at(value)
    return axis.start if place is None else place


def _shape(shape: Any, axes: Axes, box: Box) -> list[Mark]:
    across = [_where(shape.xref or "x", v, axes, (box[0], box[2])) for v in (shape.x0, shape.x1)]
    down = [_where(shape.yref or "y", v, axes, (box[3], box[1])) for v in (shape.y0, shape.y1)]
    if shape.type == "line":
        ink = colour(shape.line.color)[0]
        corners = list(zip(across, down, strict=True))
        return [Stroke(corners, ink, shape.line.width or 1, dash_of(shape.line))]
    sheet = Picture(0, 0)
    fill, opacity = colour(shape.fillcolor)
    shown = 1.0 if shape.opacity is None else shape.opacity
    sheet.rectangle(min(across), min(down), max(across), max(down), fill, opacity * shown)
    return sheet.marks


def _note(note: Any, axes: Axes, box: Box) -> list[Mark]:
    """An annotation, line by line."""
    x = _where(note.xref or "x", note.x, axes, (box[0], box[2])) + (note.xshift or 0)
    y = _where(note.yref or "y", note.y, axes, (box[3], box[1])) - (note.yshift or 0)
    said = lines_of(note.text or "")
    bold = [line.startswith("<b>") for line in str(note.text or "").split("<br>")]
    ink, size = colour(note.font.color, INK)[0], note.font.size or 12
    if note.textangle == -90:
        return [Words((x, y), " ".join(said), ink, size, "middle", turned=True)]
    step = size * LINE / 12 + 1
    above = {"bottom": step * (len(said) - 0.5) + 1, "top": -step / 2}.get(note.yanchor, step * (len(said) - 1) / 2)
    anchor = ANCHORS.get(note.xanchor, "middle")
    x = max(x, EDGE) if anchor == "start" else x
    return [Words((x, y - above + step * i), line, ink, size, anchor, bold[i]) for i, line in enumerate(said) if line]


def _scale(figure: go.Figure, box: Box) -> list[Mark]:
    """The colours of a heat map and what they stand for."""
    maps = [trace for trace in figure.data if trace.type == "heatmap" and trace.showscale is not False]
    if not maps:
        return []
    sheet, left, steps = Picture(0, 0), box[2] + 16, 60
    top, foot = box[1] + 26, box[3]
    high = (foot - top) / steps
    for i in range(steps):
        fill = between(maps[0].colorscale, 1 - (i + 0.5) / steps)
        sheet.rectangle(left, top + high * i, left + 10, top + high * (i + 1) + 0.5, fill)
    least, most = maps[0].zmin or 0.0, 1.0 if maps[0].zmax is None else maps[0].zmax
    for share in (0.0, 0.5, 1.0):
        said = format(least + share * (most - least), maps[0].colorbar.tickformat or "g")
        sheet.marks.append(Words((left + 16, foot - share * (foot - top)), said, PALE, SMALL))
    sheet.marks.append(Words((left - 6, box[1] + 8), maps[0].colorbar.title.text or "", INK, SMALL))
    return sheet.marks
