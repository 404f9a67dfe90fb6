"""The reward along a path, step by step: the chosen one, and the selected one beside it.

Drawn as HTML: a page with a tree needs no plotly, whose code the browser takes a second to load.
"""

from base64 import b64encode
from html import escape
from itertools import groupby
from typing import NamedTuple

import pandas as pd

from app.canvas.safe import visible
from app.canvas.scale import color
from engine.tree import Node, Tree

CHOSEN, SELECTED = "chosen path", "selected path"
COLUMNS = {"path": "str", "step": "Int64", "node": "Int64", "text": "str", "reward": "Float64"}
TICKS = (0, 0.25, 0.5, 0.75, 1)
LOW, HIGH = -0.12, 1.14
"""Of the axis of rewards, which leaves room for numbers."""
LINES = {
    (CHOSEN, False): 'stroke="#22271F" stroke-width="2"',
    (CHOSEN, True): 'stroke="#E9E7E0" stroke-width="2"',
    (SELECTED, False): 'stroke="#B23A22" stroke-width="3" stroke-linecap="round" stroke-dasharray="0.1 6"',
    (SELECTED, True): 'stroke="#E57858" stroke-width="3" stroke-linecap="round" stroke-dasharray="0.1 6"',
}
"""How the line of a path looks on a light and on a dark page."""
FEW = 12
"""Steps that have room for their numbers, on a phone too."""
LONGEST = 200
"""Characters of a step that are said where one points at it."""


def path_rewards(tree: Tree, selected: Node | None = None) -> pd.DataFrame:
    """One row a step of each path. The selected path begins at its last step in common with the chosen one."""
    chosen = tree.chosen.path() if tree.chosen else []
    paths = {CHOSEN: chosen}
    if selected is not None and selected not in chosen:
        path = selected.path()
        shared = sum(a is b for a, b in zip(path, chosen, strict=False))
        paths[SELECTED] = path[max(0, shared - 1) :]
    rows = [(name, node.depth, node.id, node.text, node.reward) for name, nodes in paths.items() for node in nodes]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def path_reward(rows: pd.DataFrame, *, dark: bool = False) -> str:
    """The rewards as lines over the steps, as HTML; empty if there is none.

    A missing reward breaks the line and is named, never drawn as 0.
    """
    paths = [(name, _points(rows[rows["path"] == name])) for name in (CHOSEN, SELECTED)]
    paths = [(name, points) for name, points in paths if any(point.reward is not None for point in points)]
    if not paths:
        return ""
    last = max(point.step for _, points in paths for point in points)
    grid = "".join(f'<div class="grid" style="top:{_down(tick)}"><small>{tick:g}</small></div>' for tick in TICKS)
    lines = "".join(_lines(points, last, LINES[name, dark]) for name, points in paths)
    marks = "".join(_marks(points, last, rows if last <= FEW else None) for _, points in paths)
    every = max(1, -(-last // FEW))
    steps = "".join(f'<small style="left:{_across(n, last)}">{n}</small>' for n in range(1, last + 1, every))
    key = (
        "".join(f'<span class="{name.removesuffix(" path")}">{name}</span>' for name, _ in paths)
        if len(paths) > 1
        else ""
    )
    return (
        f'<div class="arbutus-path" role="img" aria-label="{escape(_said(paths))}">'
        f'<div class="key">{key}</div><div class="field">{grid}{_image(lines)}{marks}</div>'
        f'<div class="steps">{steps}<em>step</em></div></div>'
    )


class _Point(NamedTuple):
    step: int
    node: int
    text: str
    reward: float | None


def _points(path: pd.DataFrame) -> list[_Point]:
    return [
        _Point(int(row.step), int(row.node), str(row.text), None if pd.isna(row.reward) else float(row.reward))
        for row in path.itertuples()
    ]


def _across(step: int, last: int) -> str:
    return f"{100 * (step - 0.7) / (last - 0.4):.2f}%"


def _down(reward: float) -> str:
    return f"{100 * (HIGH - reward) / (HIGH - LOW):.2f}%"


def _lines(points: list[_Point], last: int, look: str) -> str:
    """A line through each stretch of steps whose rewards are known."""
    stretches = (list(group) for known, group in groupby(points, lambda point: point.reward is not None) if known)
    lines = (" ".join(_place(point, last) for point in stretch) for stretch in stretches)
    return "".join(f'<polyline points="{line}" {look}/>' for line in lines)


def _image(lines: str) -> str:
    """Lines that are stretched with the field and stay as thick as they are. Streamlit lets no other SVG through."""
    plain = 'fill="none" stroke-linejoin="round" vector-effect="non-scaling-stroke"'
    lines = lines.replace("<polyline", f"<polyline {plain}")
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" preserveAspectRatio="none">{lines}</svg>'
    return f'<img alt="" src="data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}">'


def _place(point: _Point, last: int) -> str:
    return f"{_across(point.step, last)[:-1]},{_down(point.reward or 0.0)[:-1]}"


def _marks(points: list[_Point], last: int, others: pd.DataFrame | None) -> str:
    """The points, with their numbers if `others`, the rows of all paths, are given."""
    return "".join(_mark(point, last, others) for point in points)


def _mark(point: _Point, last: int, others: pd.DataFrame | None) -> str:
    words = escape(visible(point.text[:LONGEST]) + "…" * (len(point.text) > LONGEST))
    left = _across(point.step, last)
    if point.reward is None:
        return f'<i class="missing" style="left:{left}" title="{words}"><small>no reward</small></i>'
    number = "" if others is None else f'<small class="{_side(point, others)}">{point.reward:.2f}</small>'
    look = f"left:{left};top:{_down(point.reward)};background:{color(point.reward)}"
    return f'<i style="{look}" title="{words}: reward {point.reward:.3f}">{number}</i>'


def _side(point: _Point, rows: pd.DataFrame) -> str:
    """Where a point's number goes: away from the other path's point at the same step."""
    others = rows.loc[(rows["step"] == point.step) & (rows["node"] != point.node), "reward"].dropna()
    return "below" if len(others) and others.iloc[0] > (point.reward or 0.0) else "above"


def _said(paths: list[tuple[str, list[_Point]]]) -> str:
    """The figure in words, for who can't see it."""

    def worth(point: _Point) -> str:
        return f"step {point.step} {'no reward' if point.reward is None else f'{point.reward:.2f}'}"

    return ". ".join(f"Rewards of the {name}: {', '.join(map(worth, points))}" for name, points in paths)
