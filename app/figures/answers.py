"""What the solutions of one tree answer: a bar an answer, with its votes. A tally in, a plotly figure out."""

from collections.abc import Mapping, Sequence
from html import escape

import plotly.graph_objects as go

from engine.figures.prm_style import BAD, GOOD
from engine.figures.style import GREY

MOST = 9
"""Answers drawn one by one; the others are left out, and how many is said."""


def answers(
    votes: Sequence[tuple[str, float]], right: str | None, chosen: str | None, said: Mapping[str, str]
) -> go.Figure:
    """`votes`: answers with their votes or weights, the most first. `said`: how `right`, `chosen` … are called."""
    shown = list(votes[:MOST])[::-1]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=[count for _, count in shown],
            y=[_label(answer) for answer, _ in shown],
            marker={"color": [GOOD if answer == right else BAD if answer == chosen else GREY for answer, _ in shown]},
            text=[_told(answer, count, right, chosen, said) for answer, count in shown],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    most = max(count for _, count in shown)
    more = f"<br>{said['more'].format(n=len(votes) - MOST)}" if len(votes) > MOST else ""
    return figure.update_layout(
        height=90 + 36 * len(shown),
        margin={"l": 8, "r": 8, "t": 8, "b": 48},
        xaxis={
            "title": {"text": said["x"] + more},
            "range": [0, most * 1.45],
            "showgrid": False,
            "zeroline": False,
            "rangemode": "tozero",
        },
        yaxis={"type": "category", "automargin": True, "title": {"text": said["y"]}},
        dragmode=False,
        bargap=0.35,
    )


def _label(answer: str) -> str:
    return escape(answer if len(answer) <= 24 else f"{answer[:23]}…")


def _told(answer: str, count: float, right: str | None, chosen: str | None, said: Mapping[str, str]) -> str:
    words = [f"{count:g}" if count == int(count) else f"{count:.2f}"]
    words += [f"✓ {said['right']}"] if answer == right else []
    words += [said["chosen"]] if answer == chosen else []
    return " · ".join(words)
