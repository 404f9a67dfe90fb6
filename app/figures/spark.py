"""A curve small enough for a card: a DataFrame in, an image out. Shows the shape; the Curves page has the numbers."""

from base64 import b64encode
from html import escape
from math import log2

import pandas as pd

from engine.figures.style import GREY, looks

WIDTH, HEIGHT, PAD = 480.0, 110.0, 6.0


def spark(points: pd.DataFrame) -> str:
    """An HTML image: accuracy from 0 to 100 % against n on a log axis, one line a strategy; empty without points."""
    known = points.dropna(subset=["y"])
    if known.empty:
        return ""
    look = looks(known)
    widest = max(log2(known["n"].max()), 1.0)
    drawn = "".join(
        _line(rows, look[str(name)].colour, widest) for name, rows in known.sort_values("n").groupby("line", sort=False)
    )
    said = escape(f"Accuracy against n of {', '.join(look)}")
    ends = "".join(f'<path d="M0 {y}H{WIDTH}" stroke="{GREY}" stroke-opacity=".35"/>' for y in (0, HEIGHT))
    size = f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" height="{HEIGHT:g}"'
    image = b64encode(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{ends}{drawn}</svg>'.encode()).decode()
    key = "".join(
        f'<span><i style="background:{colour}"></i>{escape(line)}</span>' for line, (colour, *_) in look.items()
    )
    return (
        f'<img class="arbutus-spark" style="width: 100%" alt="{said}" src="data:image/svg+xml;base64,{image}">'
        f'<div class="arbutus-key">{key}</div>'
    )


def _line(rows: pd.DataFrame, colour: str, widest: float) -> str:
    places = [
        (PAD + (WIDTH - 2 * PAD) * log2(n) / widest, HEIGHT - PAD - (HEIGHT - 2 * PAD) * y)
        for n, y in zip(rows["n"].astype(int), rows["y"].astype(float), strict=True)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    )
