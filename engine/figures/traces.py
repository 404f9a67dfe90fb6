"""The traces of a plotly figure as strokes, areas and words: lines, upright bars and heat maps, no others."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import isnan
from re import findall
from typing import Any

from engine.figures.axes import Axis, plain
from engine.figures.picture import INK, PALE, PAPER, Anchor, Area, Colour, Disc, Mark, Point, Stroke, Words
from engine.figures.style import rgb
from engine.figures.symbols import SYMBOLS

DASHES = {"dash": 7.0, "dot": 2.5, "longdash": 11.0, "dashdot": 5.0}
SIDES: dict[str, tuple[float, float, Anchor]] = {
    "left": (-1, 0, "end"), "right": (1, 0, "start"), "center": (0, 0, "middle"),
    "top": (0, -1, "middle"), "bottom": (0, 1, "middle"),
}  # fmt: skip


def drawn(trace: Any, x: Axis, y: Axis, bars: tuple[int, int] = (0, 1)) -> list[Mark]:
    """A trace as marks. `bars`: which of how many groups of bars this is, where they stand side by side."""
    if trace.visible is False or trace.visible == "legendonly":
        return []
    if trace.type == "scatter":
        return _scatter(trace, x, y)
    return list(_bars(trace, x, y, *bars) if trace.type == "bar" else _cells(trace, x, y))


def check(trace: Any) -> None:
    """Raises `ValueError` for a kind of trace that can't be drawn."""
    if trace.type in ("scatter", "heatmap") or (trace.type == "bar" and trace.orientation != "h"):
        return
    raise ValueError(
        f"got a trace of type {trace.type}, which can't be made a picture; expected lines, upright bars or a heat map. "
        "Save the figure as HTML instead."
    )


def colour(given: str | None, default: Colour = PALE) -> tuple[Colour, float]:
    """A colour and its opacity, from #rrggbb, rgb() or rgba()."""
    if not given:
        return default, 1.0
    if given.startswith("#"):
        return rgb(given), 1.0
    numbers = [float(n) for n in findall(r"[\d.]+", given)]
    if given.startswith("rgb") and len(numbers) >= 3:
        return (round(numbers[0]), round(numbers[1]), round(numbers[2])), numbers[3] if len(numbers) > 3 else 1.0
    return default, 1.0


def dash_of(line: Any) -> float:
    """Pixels of a line's pieces, 0 for a whole line."""
    return DASHES.get(line.dash or "solid", 0.0)


def marker(symbol: str, at: Point, radius: float, ink: Colour, opacity: float = 1.0, edge: Any = None) -> Mark:
    """One marker; an open one is white within."""
    hollow = symbol.endswith("-open")
    fill, line, width = (PAPER, ink, 1.4) if hollow else (ink, *(edge or (None, 1.0)))
    shape = SYMBOLS.get(symbol.removesuffix("-open"))
    if shape is None:
        return Disc(at, radius, fill, opacity, line, width)
    points = [(at[0] + 1.15 * radius * dx, at[1] + 1.15 * radius * dy) for dx, dy in shape]
    return Area(points, fill, opacity, line, width)


def stairs(points: Sequence[Point]) -> list[Point]:
    """The corners of a line that stays level until the next point."""
    corners = list(points[:1])
    for (_, before), (x, y) in pairwise(points):
        corners += [(x, before), (x, y)]
    return corners


def _scatter(trace: Any, x: Axis, y: Axis) -> list[Mark]:
    places = _places(trace, x, y)
    shown = 1.0 if trace.opacity is None else float(trace.opacity)
    mode = trace.mode or "lines"
    marks: list[Mark] = []
    if trace.fill == "toself" and any(places):
        fill, opacity = colour(trace.fillcolor)
        marks.append(Area([p for p in places if p], fill, opacity * shown))
    ink, through = colour(trace.line.color)
    width = 2.0 if trace.line.width is None else trace.line.width
    if "lines" in mode and width:
        for piece in _pieces(places):
            corners = stairs(piece) if trace.line.shape == "hv" else piece
            marks.append(Stroke(corners, ink, width, dash_of(trace.line), shown * through))
    marks += _errors(trace, x, y)
    if "markers" in mode:
        marks += _markers(trace, places, shown)
    if "text" in mode:
        marks += _texts(trace, places)
    return marks


def _places(trace: Any, x: Axis, y: Axis) -> list[Point | None]:
    found = []
    for one, other in zip(_listed(trace.x), _listed(trace.y), strict=False):
        across, down = x.at(one), y.at(other)
        found.append(None if across is None or down is None else (across, down))
    return found


def _pieces(places: Sequence[Point | None]) -> Iterator[list[Point]]:
    """The stretches between missing points."""
    piece: list[Point] = []
    for place in [*places, None]:
        if place is not None:
            piece.append(place)
        elif piece:
            if len(piece) > 1:
                yield piece
            piece = []


def _markers(trace: Any, places: Sequence[Point | None], shown: float) -> Iterator[Mark]:
    given = trace.marker
    inks, size = given.color, given.size or 6
    edge = (colour(given.line.color)[0], given.line.width) if given.line.width and given.line.color else None
    opacity = shown * (1.0 if given.opacity is None else given.opacity)
    for i, place in enumerate(places):
        if place is not None and opacity:  # what is there to be clicked alone is not drawn
            ink = inks if isinstance(inks, str) or inks is None else inks[i]
            yield marker(given.symbol or "circle", place, size / 2, colour(ink or trace.line.color)[0], opacity, edge)


def _texts(trace: Any, places: Sequence[Point | None]) -> Iterator[Mark]:
    inks, sides = trace.textfont.color, trace.textposition or "middle center"
    away = (trace.marker.size or 6) / 2 + 8 if "markers" in trace.mode else 0
    for i, (place, text) in enumerate(zip(places, trace.text or (), strict=False)):
        if place is None or not text:
            continue
        ink = inks if isinstance(inks, str) or inks is None else inks[i]
        up, across = (sides if isinstance(sides, str) else sides[i]).split()
        right, _, anchor = SIDES[across]
        down = SIDES[up][1] if up in SIDES else 0
        at = place[0] + right * away, place[1] + down * (away or 8)
        yield Words(at, plain(str(text)), colour(ink, INK)[0], trace.textfont.size or 11, anchor)


def _errors(trace: Any, x: Axis, y: Axis) -> Iterator[Mark]:
    bars = trace.error_y
    if bars.array is None:
        return
    ink, (thick, half) = colour(bars.color or trace.line.color)[0], (bars.thickness or 1.2, bars.width or 3)
    down = bars.arrayminus if bars.arrayminus is not None else bars.array
    for across, value, more, less in zip(trace.x, trace.y, bars.array, down, strict=True):
        at, top, foot = x.at(across), y.at(value + more), y.at(value - less)
        if at is not None and top is not None and foot is not None:
            yield Stroke([(at, top), (at, foot)], ink, thick)
            for end in (top, foot):
                yield Stroke([(at - half, end), (at + half, end)], ink, thick)


def _bars(trace: Any, x: Axis, y: Axis, place: int, groups: int) -> Iterator[Mark]:
    values = [float(v) for v in trace.x]
    gap = min((b - a for a, b in pairwise(sorted(set(values)))), default=1.0)
    ink = colour(trace.marker.color)[0]
    opacity = 1.0 if trace.marker.opacity is None else trace.marker.opacity
    foot = y.of(y.low if y.kind == "log" else 0.0)
    for i, (value, height) in enumerate(zip(values, trace.y, strict=True)):
        wide = gap * 0.8 if trace.width is None else _listed(trace.width)[i % len(_listed(trace.width))]
        middle = value + wide * ((place + 0.5) / groups - 0.5)
        left, right = x.at(middle - wide / groups / 2), x.at(middle + wide / groups / 2)
        top = y.at(height)
        if left is not None and right is not None and top is not None:
            yield Area([(left, top), (right, top), (right, foot), (left, foot)], ink, opacity)


def _cells(trace: Any, x: Axis, y: Axis) -> Iterator[Mark]:
    least, most = trace.zmin or 0.0, 1.0 if trace.zmax is None else trace.zmax
    for row, name in enumerate(trace.y):
        for column, other in enumerate(trace.x):
            value = trace.z[row][column]
            across, down = x.at(other), y.at(name)
            if value is None or isnan(value) or across is None or down is None:
                continue
            wide, high = abs(x.of(1) - x.of(0)) / 2 - 1, abs(y.of(1) - y.of(0)) / 2 - 1
            fill = between(trace.colorscale, (float(value) - least) / (most - least))
            corners = [(across + i * wide, down + j * high) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            yield Area(corners, fill)
            text = "" if trace.text is None else str(trace.text[row][column] or "")
            if text:
                dark = 0.299 * fill[0] + 0.587 * fill[1] + 0.114 * fill[2] < 140
                yield Words((across, down), text, PAPER if dark else INK, 12, "middle")


def between(scale: Sequence[Sequence[Any]], share: float) -> Colour:
    """The colour at a share of a colour scale, 0 to 1."""
    share = min(max(share, 0.0), 1.0)
    for (low, one), (high, other) in pairwise(scale):
        if share <= high:
            part = (share - low) / (high - low) if high > low else 0.0
            red, green, blue = (
                round(a + part * (b - a)) for a, b in zip(colour(one)[0], colour(other)[0], strict=True)
            )
            return red, green, blue
    return colour(scale[-1][1])[0]


def _listed(values: Any) -> list[Any]:
    """plotly's lists, tuples and arrays as plain values."""
    if values is None or isinstance(values, int | float):
        return [] if values is None else [values]
    return values.tolist() if hasattr(values, "tolist") else list(values)
