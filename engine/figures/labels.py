"""Where the names of lines go: right of their last points, moved apart where they would lie on a name or a line.

A line is found faster by a name at its end than by a key, and without knowing colours. Places are in the
units of the plot: compute on a log axis, accuracy from 0 to 1. How wide a letter is depends on the width of
the page, which nobody knows here; it is taken for that of a laptop's.
"""

from collections.abc import Iterable, Sequence
from math import log10
from typing import NamedTuple

import numpy as np

LETTER = 0.0094
"""Width of a letter, of the plot's width; the names are small print."""
HEIGHT = 0.042
"""Of a name, in accuracy."""
GAP = 0.012
"""Between a point and its name, of the plot's width."""
LONGEST = 26
"""Letters of a name; a longer one is cut, the hover says it all."""
MOST = 12
"""Names that there is room for; with more lines there is a key alone."""


TOP = 1.03
"""The highest that a name is put."""
Drawn = tuple[Sequence[float], Sequence[float]]
"""A line's points by growing compute: x and y."""


class Label(NamedTuple):
    """A name, its colour, the point it belongs to, and where it begins (`at_x`) and is centred (`at_y`)."""

    text: str
    colour: str
    x: float
    y: float
    at_x: float
    at_y: float


def short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip() + "…"


def right_end(ends: Sequence[tuple[str, float]], low: float, high: float) -> float:
    """How far the axis goes so that each name has room beside its line's last point (name, x)."""
    if not 0 < len(ends) <= MOST:
        return high
    spans = [(log10(x / low) if x > low else 0.0) / (1 - GAP - LETTER * len(short(name))) for name, x in ends]
    return max(high, low * 10 ** max(spans)) if high > low else high


def placed(
    ends: Sequence[tuple[str, str, float, float]], low: float, high: float, drawn: Sequence[Drawn] = ()
) -> list[Label]:
    """A label for each (name, colour, x, y) of a last point; none at all if there are too many.

    None lies over another, nor over one of the lines `drawn` if that can be helped.
    """
    if len(ends) > MOST:
        return []
    span = log10(right_end([(name, x) for name, _, x, _ in ends], low, high) / low) or 1.0
    boxes: list[tuple[float, float, float]] = []
    labels = []
    for name, colour, x, y in sorted(ends, key=lambda end: (-end[3], end[2], end[0])):
        left = log10(x / low) / span + GAP
        right = left + LETTER * len(short(name))
        free = [at for at in _nearby(y) if not _taken(boxes, left, right, at)]
        crossed = _crossed(drawn, low * 10 ** (left * span), low * 10 ** (right * span))
        at_y = next((at for at in free if all(abs(at - height) > HEIGHT / 2 for height in crossed)), free[0])
        boxes.append((left, right, at_y))
        labels.append(Label(short(name), colour, x, y, low * 10 ** (left * span), at_y))
    return labels


def _nearby(y: float) -> Iterable[float]:
    """Heights for a name, the nearest to its point first; beyond the plot's foot there is always room."""
    steps = [i * HEIGHT / 4 for i in range(1, 4 * MOST + 100)]
    return [y, *(at for step in steps for at in (y - step, y + step) if at < TOP)]


def _crossed(drawn: Iterable[Drawn], left: float, right: float) -> list[float]:
    """Where lines run in the stretch that a name takes: their heights at its ends, at its middle, and at points."""
    places = [left, (left * right) ** 0.5, right]
    heights = []
    for xs, ys in drawn:
        inside = [x for x in (*places, *xs) if left <= x <= right and xs[0] <= x <= xs[-1]]
        heights += [float(y) for y in np.interp(np.log(inside), np.log(xs), ys)] if inside else []
    return heights


def _taken(boxes: Iterable[tuple[float, float, float]], left: float, right: float, y: float) -> bool:
    return any(left < b and a < right and abs(y - at) < HEIGHT for a, b, at in boxes)
