"""What a figure looks like on paper: strokes, areas and words at places in pixels, y downwards. Knows no plotly.

`svg` and `png` draw it; both draw the same, so nothing here is said twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Point = tuple[float, float]
Colour = tuple[int, int, int]
Anchor = Literal["start", "middle", "end"]

INK: Colour = (33, 37, 41)
PAPER: Colour = (255, 255, 255)
RULE: Colour = (222, 226, 230)
PALE: Colour = (134, 142, 150)


class Stroke(NamedTuple):
    """A line through points, `width` pixels wide; `dash`: pixels of each piece and of each gap, 0 for none."""

    points: Sequence[Point]
    colour: Colour
    width: float = 1.0
    dash: float = 0.0
    opacity: float = 1.0


class Area(NamedTuple):
    """A filled polygon, with an edge where there is one."""

    points: Sequence[Point]
    fill: Colour
    opacity: float = 1.0
    edge: Colour | None = None
    width: float = 1.0


class Disc(NamedTuple):
    """A filled circle."""

    at: Point
    radius: float
    fill: Colour
    opacity: float = 1.0
    edge: Colour | None = None
    width: float = 1.0


class Words(NamedTuple):
    """One line of text, centred on `at` in height. `turned`: read from below, as the title of a y-axis is."""

    at: Point
    text: str
    colour: Colour = INK
    size: float = 12.0
    anchor: Anchor = "start"
    bold: bool = False
    turned: bool = False


Mark = Stroke | Area | Disc | Words


@dataclass
class Picture:
    """A sheet of white paper, and what is on it, the lowest first."""

    width: int
    height: int
    title: str = ""
    marks: list[Mark] = field(default_factory=list)

    def rectangle(self, left: float, top: float, right: float, bottom: float, fill: Colour, opacity: float = 1) -> None:
        """Fill what lies between two corners."""
        self.marks.append(Area([(left, top), (right, top), (right, bottom), (left, bottom)], fill, opacity))


def stacked(pictures: Sequence[Picture]) -> Picture:
    """One picture below the other."""
    sheet = Picture(max(p.width for p in pictures), sum(p.height for p in pictures), pictures[0].title)
    top = 0
    for picture in pictures:
        sheet.marks += [_lowered(mark, top) for mark in picture.marks]
        top += picture.height
    return sheet


def _lowered(mark: Mark, by: float) -> Mark:
    if isinstance(mark, Stroke | Area):
        return mark._replace(points=[(x, y + by) for x, y in mark.points])
    return mark._replace(at=(mark.at[0], mark.at[1] + by))
