"""What the figures of the PRM lab share: colours of truths and of PRMs, a layout, and how nothing looks."""

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from engine.figures.style import GREY

GOOD, BAD = "#009E73", "#D55E00"
"""Of good and of wrong steps: those of solved and unsolved problems on the other pages."""
TRUTHS = {True: ("good steps", GOOD), False: ("wrong steps", BAD)}
MARKS = [
    ("#0072B2", "circle"),
    ("#D55E00", "square"),
    ("#009E73", "diamond"),
    ("#C46D9E", "triangle-up"),
    ("#E09600", "triangle-down"),
    ("#4BA6DD", "star"),
    ("#8C6BB1", "pentagon"),
    ("#A6761D", "hexagon"),
]
"""Colour and marker of each PRM or line, in the order of the page: told apart without colour too."""
NOTE_WIDTH = 46
"""Letters of a note in a line: what a phone shows beside the axis."""


def marks(names: Iterable[object]) -> dict[str, tuple[str, str]]:
    """A colour and a marker for each name; further ones than there are begin again in grey."""
    unique = list(dict.fromkeys(map(str, names)))
    return {name: MARKS[i] if i < len(MARKS) else (GREY, MARKS[i % len(MARKS)][1]) for i, name in enumerate(unique)}


def nothing(message: str) -> go.Figure:
    """A figure that says why there is none."""
    figure = go.Figure()
    figure.add_annotation(text="<br>".join(wrap(message, 46)), showarrow=False, font={"size": 15, "color": GREY})
    return figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False}, height=220)


LEFT = 66
"""Pixels for the words of a y-axis from 0.0 to 1.0."""
KEY_Y, ROW = -0.22, 29
"""Where the key hangs, in heights of the plot, and the pixels of each of its rows."""
AXIS = 68
"""Pixels for the numbers and the title of an x-axis."""


def hanging(height: float, rows: int, axis: int = AXIS) -> float:
    """Where the key hangs below an axis of so many pixels, in heights of the plot, even where it takes so many rows.

    Plot, axis and key have `height` together. On a phone a key takes more rows, and the plot is as much lower.
    """
    return -axis / (height - axis - ROW * rows)


def below(height: float, rows: int, key_y: float = KEY_Y) -> int:
    """Pixels for an x-axis and a key of so many rows, where plot and they have `height` together; 0 rows: no key."""
    return round((ROW * rows - key_y * height) / (1 - key_y)) + 8 if rows else 70


def lay_out(
    figure: go.Figure,
    *,
    height: int,
    notes: Sequence[str] = (),
    left: int = LEFT,
    rows: int = 1,
    key_y: float = KEY_Y,
    **layout: Any,
) -> go.Figure:
    """The common layout, with `notes` on what the figure rests on above the plot.

    `left`: the room of the y-axis; `rows`: those that the key takes on a wide page. Told, because plotly draws
    everything twice where it has to find out. A key that needs more rows still gets them. `key_y`: where it hangs.
    """
    lines = [line for note in notes for line in wrap(note, NOTE_WIDTH)]
    if lines:
        figure.add_annotation(
            text="<br>".join(lines),
            xref="paper",
            yref="paper",
            x=0,
            y=1,
            xanchor="left",
            yanchor="bottom",
            yshift=8,
            align="left",
            showarrow=False,
            font={"size": 12, "color": GREY},
        )
    top = 14 + 16 * len(lines)
    usual = {
        "height": height + top,
        "margin": {"l": left, "r": 8, "t": top, "b": below(height, rows, key_y)},
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {"align": "left"},
        "legend": {"orientation": "h", "x": 0, "y": key_y, "yanchor": "top", "title": {"text": ""}},
    }
    figure.update_xaxes(automargin=False).update_yaxes(automargin=False)
    return figure.update_layout(usual | layout)


def share_axis(title: str, **axis: Any) -> dict[str, Any]:
    """An axis from 0 to 1."""
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    usual = {"title": {"text": title}, "range": [-0.03, 1.03], "tickvals": ticks, "zeroline": False}
    return usual | axis
