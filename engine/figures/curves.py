"""Accuracy of the chosen answer, and coverage, against compute. DataFrames in, a plotly figure out.

`curves_info` says what is drawn; here it only is. Knows no page and no log.
"""

from collections.abc import Collection, Sequence
from itertools import pairwise
from math import log10
from textwrap import wrap

import pandas as pd
import plotly.graph_objects as go

from engine.figures.curves_info import Baseline, Info, Line, amount, info
from engine.figures.labels import Label
from engine.figures.prm_style import below
from engine.figures.style import GREY, faded
from engine.measure.curves import X

NOTE_WIDTH = 58
"""Letters of a note in a line: what a phone shows."""
NOTE_SHIFT = -46
"""Pixels from the plot's left edge to the page's, over the labels of the y-axis."""
KEY_Y = -0.2
HEIGHT, SMALL = 530, 300
"""Pixels of a figure without its notes, and of one among several."""


def plot_curves(
    accuracy: pd.DataFrame,
    coverage: pd.DataFrame | None = None,
    *,
    x: X = "policy_tokens",
    baselines: Sequence[Baseline] = (),
    notes: Sequence[str] = (),
    shown: Collection[str] | None = None,
    anytime: pd.DataFrame | None = None,
    front: pd.DataFrame | None = None,
) -> go.Figure:
    """The curves of `engine.measure.curve`; `coverage` is drawn dashed. An empty frame gives an empty figure.

    `shown`: the lines in colour, all by default; the others stay in the background, grey. `anytime`: of
    `engine.measure.anytime`, drawn as steps. `front`: of `engine.measure.lines.pareto`, a dotted staircase.
    """
    return draw(
        info(accuracy, coverage, x=x, baselines=baselines, notes=notes, shown=shown, anytime=anytime, front=front)
    )


def draw(info: Info, *, small: bool = False) -> go.Figure:
    """The figure of an `Info`; a small one has a title in place of its notes, and no key."""
    figure = go.Figure()
    if info.message:
        figure.add_annotation(text=info.message, showarrow=False, font={"size": 16, "color": GREY})
        return figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False}, height=320)
    for line in info.lines:
        if not line.coverage and not line.faint and len(line.x) > 1:
            figure.add_trace(_band(line))
    if info.front:
        figure.add_trace(_front(info.front))
    for line in info.lines:
        figure.add_trace(_trace(line))
    if any(line.coverage for line in info.lines):
        figure.add_trace(_coverage_key())
    if info.labels and not small:
        figure.add_traces(_names(info.labels))
    _add_baselines(figure, info.baselines)
    notes = _add_title(figure, info.title) if small else _add_notes(figure, info.notes)
    return figure.update_layout(_layout(info, notes, small))


def _trace(line: Line) -> go.Scatter:
    colour = GREY if line.faint else line.look.colour
    thin = line.coverage or line.faint or line.anytime
    dash = "dash" if line.coverage else "dot" if line.look.dotted else None
    return go.Scatter(
        x=line.x,
        y=line.y,
        name=line.name,
        legendgroup=line.name,
        showlegend=not (line.coverage or line.faint or line.anytime),
        mode="lines" if line.anytime else "lines+markers",
        line={
            "color": colour,
            "width": 1.4 if thin else 2.4,
            "dash": dash,
            "shape": "hv" if line.anytime else "linear",
        },
        marker={
            "symbol": line.look.symbol + ("-open" if line.coverage else ""),
            "size": 4 if line.faint else 7 if line.coverage else 9,
            "color": colour,
        },
        opacity=0.38 if line.faint else 0.6 if line.coverage else 1,
        customdata=None if line.anytime else [[line.name, n] for n in line.n],
        hovertext=line.hover,
        hoverinfo="text",
        unselected={"marker": {"opacity": 0.45}},
        selected={"marker": {"size": 15, "opacity": 1}},
    )


def _band(line: Line) -> go.Scatter:
    x, high, low = line.x, line.high, line.low
    if line.anytime:  # stairs too
        x = [at for a, b in pairwise(x) for at in (a, b)] + x[-1:]
        high, low = ([y for y in ys[:-1] for _ in range(2)] + ys[-1:] for ys in (high, low))
    return go.Scatter(
        x=x + x[::-1],
        y=high + low[::-1],
        legendgroup=line.name,
        showlegend=False,
        mode="lines",
        line={"width": 0, "shape": "linear"},
        fill="toself",
        fillcolor=faded(line.look.colour, 0.11),
        hoverinfo="skip",
    )


def _front(points: list[tuple[float, float]]) -> go.Scatter:
    return go.Scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        name="Pareto front",
        mode="lines",
        line={"color": GREY, "width": 5, "shape": "hv"},
        opacity=0.35,
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


def _names(labels: Sequence[Label]) -> list[go.Scatter]:
    """The names at the ends of lines, and before them threads to those that had to move.

    Two traces: of one that has both, plotly drops the words at points that it draws no line to.
    """
    moved = [label for label in labels if abs(label.at_y - label.y) > 0.01]
    silent = {"showlegend": False, "hoverinfo": "skip", "cliponaxis": False}
    threads = go.Scatter(
        x=[x for label in moved for x in (label.x, label.at_x, None)],
        y=[y for label in moved for y in (label.y, label.at_y, None)],
        mode="lines",
        line={"color": GREY, "width": 0.7},
        **silent,
    )
    names = go.Scatter(
        x=[label.at_x for label in labels],
        y=[label.at_y for label in labels],
        text=[label.text for label in labels],
        mode="text",
        textposition="middle right",
        textfont={"size": 12, "color": [label.colour for label in labels]},
        **silent,
    )
    return [threads, names]


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


def _add_title(figure: go.Figure, title: str) -> int:
    figure.add_annotation(
        text=f"<b>{title}</b>",
        xref="paper",
        yref="paper",
        x=0,
        y=1,
        xanchor="left",
        yanchor="bottom",
        yshift=4,
        showarrow=False,
        font={"size": 13},
    )
    return 10


def _layout(info: Info, notes_height: int, small: bool) -> dict[str, object]:
    low, high = _span(info) if small else info.x_range
    height = (SMALL if small else HEIGHT) + notes_height
    top = 18 + notes_height
    # Told, not left to plotly to find out: it would draw everything twice.
    margin = {"l": 60 if small else 79, "r": 8, "t": top, "b": below(height - top, 0 if small else 1, KEY_Y)}
    return {
        "height": height,
        "margin": margin,
        "xaxis": {
            "type": "log",
            "title": {"text": info.x_title, "standoff": 12},
            "tickvals": info.ticks,
            "ticktext": [amount(tick) for tick in info.ticks],
            "range": padded(low, high),
            "showgrid": False,
            "ticks": "outside",
            "automargin": False,
        },
        "yaxis": {
            "title": {"text": "" if small else "problems solved"},
            "range": [-0.03, 1.05],
            "tickformat": ".0%",
            "dtick": 0.5 if small else 0.2,
            "zeroline": False,
            "automargin": False,
        },
        "showlegend": not small,
        "legend": {"orientation": "h", "x": 0, "y": KEY_Y, "yanchor": "top", "title": {"text": ""}},
        "hovermode": "closest",
        "dragmode": False,
        "clickmode": "event+select",
        "hoverlabel": {"align": "left"},
    }


def _span(info: Info) -> tuple[float, float]:
    return min(min(line.x) for line in info.lines), max(max(line.x) for line in info.lines)


def padded(low: float, high: float) -> list[float]:
    """The ends of a log axis, as powers of ten, with a little room on either side."""
    room = 0.02 * log10(high / low) if high > low else 0.3
    return [log10(low) - max(room, 0.02), log10(high) + max(room, 0.02)]
