"""plotly's markers as polygons of radius 1 around 0: the ones that the figures of this project use."""

from math import cos, pi, sin

from engine.figures.picture import Point


def regular(corners: int, turn: float = 0.0) -> list[Point]:
    """A regular polygon, a corner on top; `turn` in parts of a full turn."""
    angles = [2 * pi * (i / corners + turn) - pi / 2 for i in range(corners)]
    return [(cos(a), sin(a)) for a in angles]


def star(points: int, inner: float = 0.42, turn: float = 0.0) -> list[Point]:
    """A star, a point on top."""
    angles = [2 * pi * (i / (2 * points) + turn) - pi / 2 for i in range(2 * points)]
    return [(r * cos(a), r * sin(a)) for i, a in enumerate(angles) for r in [inner if i % 2 else 1.0]]


def _turned(points: list[Point]) -> list[Point]:
    half = 0.5**0.5
    return [(half * (x - y), half * (x + y)) for x, y in points]


_ARM, _WIDE = 0.95, 0.32
_CROSS = [
    (-_WIDE, -_ARM), (_WIDE, -_ARM), (_WIDE, -_WIDE), (_ARM, -_WIDE), (_ARM, _WIDE), (_WIDE, _WIDE),
    (_WIDE, _ARM), (-_WIDE, _ARM), (-_WIDE, _WIDE), (-_ARM, _WIDE), (-_ARM, -_WIDE), (-_WIDE, -_WIDE),
]  # fmt: skip
_BOWTIE = [(-0.9, -0.7), (0.9, 0.7), (0.9, -0.7), (-0.9, 0.7)]

SYMBOLS: dict[str, list[Point]] = {
    "square": [(x * 0.82, y * 0.82) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))],
    "diamond": regular(4),
    "diamond-wide": [(x * 1.1, y * 0.7) for x, y in regular(4)],
    "diamond-tall": [(x * 0.7, y * 1.1) for x, y in regular(4)],
    "diamond-cross": regular(4),
    "triangle-up": regular(3),
    "triangle-right": regular(3, 1 / 4),
    "triangle-down": regular(3, 1 / 2),
    "triangle-left": regular(3, 3 / 4),
    "triangle-ne": [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8)],
    "triangle-nw": [(-0.8, -0.8), (0.8, -0.8), (-0.8, 0.8)],
    "pentagon": regular(5),
    "hexagon": regular(6),
    "hexagon2": regular(6, 1 / 12),
    "octagon": regular(8, 1 / 16),
    "star": star(5),
    "hexagram": star(6, 0.58),
    "star-square": star(4, 0.55, 1 / 8),
    "star-diamond": star(4, 0.55),
    "star-triangle-up": star(3, 0.35),
    "star-triangle-down": star(3, 0.35, 1 / 2),
    "cross": _CROSS,
    "square-x": [(x * 0.82, y * 0.82) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))],
    "x": _turned(_CROSS),
    "bowtie": _BOWTIE,
    "hourglass": [(y, x) for x, y in _BOWTIE],
}
"""Those that aren't here are discs."""
