"""A picture as SVG: its words stay words, and nothing is fetched."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from engine.figures.picture import Area, Colour, Disc, Mark, Picture, Point, Stroke

FONT = "'Source Sans 3', 'Source Sans', Helvetica, Arial, sans-serif"
CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))
"""What XML can't hold, not even escaped."""


def svg(picture: Picture) -> str:
    """The picture as one SVG document."""
    size = f'width="{picture.width}" height="{picture.height}" viewBox="0 0 {picture.width} {picture.height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}" role="img">'
    title = f"<title>{_text(picture.title)}</title>" if picture.title else ""
    marks = "\n".join(map(_mark, picture.marks))
    return f'{head}{title}\n<rect width="100%" height="100%" fill="#ffffff"/>\n{marks}\n</svg>\n'


def _mark(mark: Mark) -> str:
    if isinstance(mark, Stroke):
        dash = f' stroke-dasharray="{_n(mark.dash)}"' if mark.dash else ""
        shown = f' opacity="{mark.opacity:g}"' if mark.opacity < 1 else ""
        pen = f'fill="none" stroke="{_hex(mark.colour)}" stroke-width="{_n(mark.width)}" stroke-linejoin="round"'
        return f'<polyline points="{_points(mark.points)}" {pen}{dash}{shown}/>'
    if isinstance(mark, Area):
        return f'<polygon points="{_points(mark.points)}" {_filled(mark)}/>'
    if isinstance(mark, Disc):
        across, down, radius = map(_n, (*mark.at, mark.radius))
        return f'<circle cx="{across}" cy="{down}" r="{radius}" {_filled(mark)}/>'
    x, y = map(_n, mark.at)
    turn = f' transform="rotate(-90 {x} {y})"' if mark.turned else ""
    look = f'font-size="{_n(mark.size)}" fill="{_hex(mark.colour)}" text-anchor="{mark.anchor}"'
    bold = ' font-weight="600"' if mark.bold else ""
    return f'<text x="{x}" y="{y}" dy="0.35em" {look}{bold}{turn}>{_text(mark.text)}</text>'


def _filled(mark: Area | Disc) -> str:
    shown = f' fill-opacity="{mark.opacity:g}"' if mark.opacity < 1 else ""
    edge = f' stroke={quoteattr(_hex(mark.edge))} stroke-width="{_n(mark.width)}"' if mark.edge else ""
    return f'fill="{_hex(mark.fill)}"{shown}{edge}'


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _text(said: str) -> str:
    return escape(said.translate(CONTROL).encode("utf-8", "ignore").decode("utf-8"))
