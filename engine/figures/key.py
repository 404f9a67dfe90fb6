"""The key of a plotly figure on paper: its lines by colour, marker and name, as many in a row as there is room for."""

from typing import Any

import plotly.graph_objects as go

from engine.figures.axes import LINE, plain
from engine.figures.labels import short
from engine.figures.picture import INK, Area, Mark, Stroke, Words
from engine.figures.png import width_of
from engine.figures.traces import colour, dash_of, marker

SAMPLE, LETTERS = 26, 12
"""Pixels of a line's sample, and of the letters of its name."""
GAP = 22
Rows = list[list[Any]]


def key_rows(figure: go.Figure, room: float) -> Rows:
    """The traces of the key, in rows no wider than `room` pixels. Lines with their names at their ends need none."""
    at_ends = {name for trace in figure.data if trace.type == "scatter" and trace.mode == "text" for name in trace.text}
    named = [t for t in figure.data if t.name and t.type in ("scatter", "bar") and t.showlegend is not False]
    wanted = figure.layout.showlegend
    if wanted is False or (wanted is None and len(named) < 2):
        return []
    rows: Rows = []
    used = room
    for trace in named:
        wide = _wide(trace)
        if short(trace.name) in at_ends:
            continue
        if used + wide > room:
            rows.append([])
            used = 0
        rows[-1].append(trace)
        used += wide
    return rows


def write_key(rows: Rows, left: float, top: float) -> list[Mark]:
    """The key, its first row at `top`."""
    marks: list[Mark] = []
    for i, row in enumerate(rows):
        x, y = left, top + LINE * (0.5 + 1.4 * i)
        for trace in row:
            marks += _sample(trace, x, y)
            marks.append(Words((x + SAMPLE + 6, y), plain(trace.name), INK, LETTERS))
            x += _wide(trace)
    return marks


def _wide(trace: Any) -> float:
    return SAMPLE + 6 + width_of(plain(trace.name), LETTERS) + GAP


def _sample(trace: Any, x: float, y: float) -> list[Mark]:
    if trace.type == "bar":
        corners = [(x + 8, y - 6), (x + 20, y - 6), (x + 20, y + 6), (x + 8, y + 6)]
        return [Area(corners, colour(trace.marker.color)[0])]
    ink = colour(trace.line.color)[0]
    marks: list[Mark] = []
    if "lines" in (trace.mode or "lines"):
        width = min(trace.line.width or 2, 4)
        marks.append(Stroke([(x, y), (x + SAMPLE, y)], ink, width, dash_of(trace.line), trace.opacity or 1.0))
    if "markers" in (trace.mode or "") and isinstance(trace.marker.color, str):
        marks.append(marker(trace.marker.symbol or "circle", (x + SAMPLE / 2, y), 4, colour(trace.marker.color)[0]))
    return marks
