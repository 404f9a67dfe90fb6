"""Accuracy of the chosen answer, and coverage, against compute. DataFrames in, a plotly figure out.

`curves_info` says what is drawn; here it only is. Knows no page and no log.
"""

from collections.abc import Sequence
from textwrap import wrap

import pandas as pd
import plotly.graph_objects as go

from engine.figures.curves_info import Baseline, Info, Line, amount, info
from engine.figures.style import GREY, faded
from engine.measure.curves import X

NOTE_WIDTH = 58
"""Letters of a note in a line: what a phone shows."""
NOTE_SHIFT = -46
"""Pixels from the plot's left edge to the page's, over the labels of the y-axis."""


def plot_curves(
    accuracy: pd.DataFrame,
    coverage: pd.DataFrame | None = None,
    *,
    x: X = "policy_tokens",
    baselines: Sequence[Baseline] = (),
    notes: Sequence[str] = (),
) -> go.Figure:
    """The curves of `engine.measure.curve`; `coverage` is drawn dashed. An empty frame gives an empty figure."""
    return draw(info(accuracy, coverage, x=x, baselines=baselines, notes=notes))


def draw(info: Info) -> go.Figure:
    """The figure of an `Info`."""
    figure = go.Figure()
    if info.message:
        figure.add_annotation(text=info.message, showarrow=False, font={"size": 16, "color": GREY})
        return figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False}, height=320)
    for line in info.lines:
        if not line.coverage and len(line.x) > 1:
            figure.add_trace(_band(line))
    for line in info.lines:
        figure.add_trace(_trace(line))
    if any(line.coverage for line in info.lines):
        figure.add_trace(_coverage_key())
    _add_baselines(figure, info.baselines)
    return figure.update_layout(_layout(info, _add_notes(figure, info.notes)))


def _trace(line: Line) -> go.Scatter:
    return go.Scatter(
        x=line.x,
        y=line.y,
        name=line.name,
        legendgroup=line.name,
        showlegend=not line.coverage,
        mode="lines+markers",
        line={"color": line.colour, "width": 1.4 if line.coverage else 2.4, "dash": "dash" if line.coverage else None},
        marker={"symbol": line.symbol, "size": 7 if line.coverage else 9, "color": line.colour},
        opacity=0.6 if line.coverage else 1,
        customdata=[[line.name, n] for n in line.n],
        hovertext=line.hover,
        hoverinfo="text",
        unselected={"marker": {"opacity": 0.45}},
        selected={"marker": {"size": 15, "opacity": 1}},
    )


def _band(line: Line) -> go.Scatter:
    return go.Scatter(
        x=line.x + line.x[::-1],
        y=line.high + line.low[::-1],
        legendgroup=line.name,
        showlegend=False,
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=faded(line.colour, 0.11),
        hoverinfo="skip",
    )


def _coverage_key() -> go.Scatter:
    return go.Scatter(
        x=[None],
        y=[None],
        name="coverage (dashed)",
        mode="lines",
        line={"color": GREY, "width": 1.4, "dash": "dash"},
        hoverinfo="skip",
    )


def _add_baselines(figure: go.Figure, baselines: Sequence[Baseline]) -> None:
    """Dotted lines; neighbours too close for a label each share one, above the highest."""
    group: list[Baseline] = []
    for baseline in sorted(baselines, key=lambda b: -b.y):
        figure.add_hline(baseline.y, line={"color": GREY, "width": 1, "dash": "dot"}, layer="below")
        if group and group[0].y - baseline.y > 0.055:
            _label(figure, group)
            group = []
        group.append(baseline)
    if group:
        _label(figure, group)


def _label(figure: go.Figure, group: list[Baseline]) -> None:
    figure.add_annotation(
        text=" · ".join(f"{b.label} {b.y:.1%}" for b in group),
        xref="paper",
        x=0,  # curves rise: the left is where a high line is alone
        xanchor="left",
        y=group[0].y,
        yanchor="bottom",
        showarrow=False,
        font={"size": 11, "color": GREY},
    )


def _add_notes(figure: go.Figure, notes: Sequence[str]) -> int:
    """What the numbers rest on, above the plot. Returns the pixels it takes."""
    lines = [line for note in notes for line in wrap(note, NOTE_WIDTH)]
    figure.add_annotation(
        text="<br>".join(lines),
        xref="paper",
        yref="paper",
        x=0,
        y=1,
        xanchor="left",
        yanchor="bottom",
        xshift=NOTE_SHIFT,
        yshift=10,
        align="left",
        showarrow=False,
        font={"size": 12, "color": GREY},
    )
    return 16 * len(lines)


def _layout(info: Info, notes_height: int) -> dict[str, object]:
    return {
        "height": 530 + notes_height,
        "margin": {"l": 8, "r": 8, "t": 18 + notes_height, "b": 8},
        "xaxis": {
            "type": "log",
            "title": {"text": info.x_title, "standoff": 12},
            "tickvals": info.ticks,
            "ticktext": [amount(tick) for tick in info.ticks],
            "showgrid": False,
            "ticks": "outside",
            "automargin": True,
        },
        "yaxis": {
            "title": {"text": "problems solved"},
            "range": [-0.03, 1.03],
            "tickformat": ".0%",
            "dtick": 0.2,
            "zeroline": False,
            "automargin": True,
        },
        "legend": {"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top", "title": {"text": ""}},
        "hovermode": "closest",
        "dragmode": False,
        "clickmode": "event+select",
        "hoverlabel": {"align": "left"},
    }
