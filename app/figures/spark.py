"""A curve small enough for a card: a DataFrame in, an image out. Shows the shape; the Curves page has the numbers."""

from base64 import b64encode
from html import escape
from math import log2

import pandas as pd

from engine.figures.style import GREY, looks

WIDTH, HEIGHT, PAD = 480.0, 110.0, 6.0
FEW = 6
"""Lines that a card can tell apart."""


def spark(points: pd.DataFrame) -> str:
    """An HTML image: accuracy from 0 to 100 % against n on a log axis, one line a strategy; empty without points."""
    known = points.dropna(subset=["y"])
    if known.empty:
        return ""
    look, named = looks(known), _named(known)
    widest = max(log2(known["n"].max()), 1.0)
    lines = [(str(name) in named, str(name), rows) for name, rows in known.sort_values("n").groupby("line", sort=False)]
    drawn = "".join(
        _line(rows, look[name].colour if tells else None, widest)
        for tells, name, rows in sorted(lines, key=lambda line: line[0])
    )
    said = escape(f"Accuracy against n of {', '.join(look)}")
    ends = "".join(f'<path d="M0 {y}H{WIDTH}" stroke="{GREY}" stroke-opacity=".35"/>' for y in (0, HEIGHT))
    size = f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" height="{HEIGHT:g}"'
    image = b64encode(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{ends}{drawn}</svg>'.encode()).decode()
    key = "".join(
        f'<span><i style="background:{colour}"></i>{escape(line)}</span>'
        for line, (colour, *_) in look.items()
        if line in named
    )
    if others := len(look) - len(named):
        key += f'<span><i style="background:{GREY};opacity:.5"></i>{others} others</span>'
    return (
        f'<img class="arbutus-spark" style="width: 100%" alt="{said}" src="data:image/svg+xml;base64,{image}">'
        f'<div class="arbutus-key">{key}</div>'
    )


def _named(points: pd.DataFrame) -> set[str]:
    """The lines to tell apart: all if they are few, else the best at each n, the largest first, and what they beat."""
    names = points["line"].astype(str)
    if names.nunique() <= FEW:
        return set(names)
    best = names[points.groupby("n")["y"].idxmax().iloc[::-1]]
    plain = names[points["strategy"].isin(["greedy", "self-consistency"])]
    return {*list(dict.fromkeys(best))[: FEW - 2], *plain}


def _line(rows: pd.DataFrame, colour: str | None, widest: float) -> str:
    """A line in its colour, a thin grey one if it has none."""
    places = [
        (PAD + (WIDTH - 2 * PAD) * log2(n) / widest, HEIGHT - PAD - (HEIGHT - 2 * PAD) * y)
        for n, y in zip(rows["n"].astype(int), rows["y"].astype(float), strict=True)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    if colour is None:
        return f'<polyline points="{path}" fill="none" stroke="{GREY}" stroke-opacity=".4"/>'
    x, y = places[-1]
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    )
