"""Accuracy of the chosen answer, and coverage, against compute. DataFrames in, a plotly figure out.

`info` says what is drawn, in words and numbers; `draw` only draws it. Knows no page and no log.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10
from textwrap import wrap

import pandas as pd
import plotly.graph_objects as go

from app.figures.style import GREY, Looks, faded, looks
from engine.measure.curves import X

UNITS: dict[X, str] = {
    "completions": "completions",
    "policy_tokens": "policy tokens",
    "tokens": "policy + PRM tokens",
    "flops": "FLOPs",
    "seconds": "seconds",
}


NOTE_WIDTH = 58
"""Letters of a note in a line: what a phone shows."""
NOTE_SHIFT = -46
"""Pixels from the plot's left edge to the page's, over the labels of the y-axis."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A figure that others are measured against, with no place on the x-axis. `y` in [0, 1]."""

    label: str
    y: float


GPT4 = [
    Baseline("GPT-4 CoT-SC(100)", 0.09),
    Baseline("IO", 0.073),
    Baseline("CoT", 0.04),
    Baseline("GPT-4 ToT b=5", 0.74),
]
"""On tot-100, as published: Yao et al. 2023, arXiv:2305.10601, table 2 (IO: plain prompting)."""
GPT4_NOTE = "GPT-4 as published (arXiv:2305.10601). Our policy was trained on this kind of puzzle; GPT-4 was not."


@dataclass(frozen=True, slots=True)
class Line:
    """One strategy's points, in the order of n, and how they look."""

    name: str
    colour: str
    symbol: str
    coverage: bool
    n: list[int]
    x: list[float]
    y: list[float]
    low: list[float]
    high: list[float]
    hover: list[str]


@dataclass(frozen=True, slots=True)
class Info:
    """All that is drawn."""

    x_title: str
    lines: list[Line]
    baselines: list[Baseline]
    notes: list[str]
    """What the numbers rest on; stated on the plot."""
    ticks: list[float]
    message: str = ""
    """Why there is nothing to see, if there isn't."""
    failures: int = field(default=0)


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


def info(
    accuracy: pd.DataFrame,
    coverage: pd.DataFrame | None = None,
    *,
    x: X = "policy_tokens",
    baselines: Sequence[Baseline] = (),
    notes: Sequence[str] = (),
) -> Info:
    """What `plot_curves` draws."""
    title = f"{UNITS[x]} per problem"
    points = accuracy.dropna(subset=["x", "y"]).query("x > 0")
    if points.empty:
        return Info(title, [], [], [], [], _why_nothing(accuracy, x))
    look = looks(points)
    lines = _lines(points, look, x, coverage=False)
    if coverage is not None:
        found = coverage.dropna(subset=["x", "y"]).query("x > 0 and line in @look")
        lines = _lines(found, look, x, coverage=True) + lines
    return Info(
        x_title=title,
        lines=lines,
        baselines=list(baselines),
        notes=[*_basis(points), *notes],
        ticks=log_ticks(points["x"].min(), points["x"].max(), doubling=x == "completions"),
        failures=int(points["failures"].sum()),
    )


def _why_nothing(points: pd.DataFrame, x: X) -> str:
    if points.empty:
        return "No run to draw yet"
    if points["y"].isna().all():
        return "No answer of these runs can be graded"
    return f"These runs spent no {UNITS[x]} that were recorded"


def _lines(points: pd.DataFrame, look: Looks, x: X, *, coverage: bool) -> list[Line]:
    return [
        Line(
            name=name,
            colour=look[name][0],
            symbol=look[name][1] + ("-open" if coverage else ""),
            coverage=coverage,
            n=rows["n"].astype(int).tolist(),
            x=rows["x"].astype(float).tolist(),
            y=rows["y"].astype(float).tolist(),
            low=rows["low"].astype(float).tolist(),
            high=rows["high"].astype(float).tolist(),
            hover=[_hover(row, x, coverage=coverage) for row in rows.to_dict("records")],
        )
        for name, rows in _by_line(points, look)
    ]


def _by_line(points: pd.DataFrame, look: Looks) -> list[tuple[str, pd.DataFrame]]:
    groups = dict(list(points.sort_values("n").groupby("line")))
    return [(name, groups[name]) for name in look if name in groups]


def _hover(row: dict[str, object], x: X, *, coverage: bool) -> str:
    what = "hold a right answer" if coverage else "solved"
    failures = f", {plural(row['failures'], 'failure')}" if row["failures"] else ""
    return (
        f"<b>{row['line']}</b>, n = {row['n']}<br>"
        f"{row['y']:.1%} {what} ({row['low']:.1%} to {row['high']:.1%})<br>"
        f"{amount(float(str(row['x'])))} {UNITS[x]} per problem<br>"
        f"{plural(row['problems'], 'problem')}, {plural(row['seeds'], 'seed')}{failures}"
    )


def _basis(points: pd.DataFrame) -> list[str]:
    sets = ", ".join(points["problem_set"].unique())
    failures, ungraded = int(points["failures"].sum()), int(points["ungraded"].sum())
    return [
        f"{_span(points['problems'], 'problem')} of {sets}, {_span(points['seeds'], 'seed')} a point",
        "Bands: 95 % paired bootstrap over problems",
        *([f"{plural(failures, 'tree')} failed, counted as not solved"] if failures else []),
        *(
            [f"{plural(ungraded, 'tree')} left out: nobody can grade {'it' if ungraded == 1 else 'them'}"]
            if ungraded
            else []
        ),
    ]


def _span(counts: pd.Series, noun: str) -> str:
    low, high = int(counts.min()), int(counts.max())
    return plural(high, noun) if low == high else f"{low} to {high} {noun}s"


def plural(count: object, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def amount(value: float) -> str:
    """A number with three digits and an SI suffix: 1.71k, 2.4G."""
    if value == 0:
        return "0"
    power = min(max(floor(log10(abs(value)) / 3 + 1e-9), -3), 5)
    scaled = value / 1000**power
    if scaled >= 999.5 and power < 5:
        power, scaled = power + 1, scaled / 1000
    digits = f"{scaled:.0f}" if scaled >= 99.95 else f"{scaled:.3g}"
    return digits + ["", "k", "M", "G", "T", "P", "n", "µ", "m"][power]


def log_ticks(low: float, high: float, *, doubling: bool = False) -> list[float]:
    """Round numbers for a log axis from `low` to `high`: powers of 2, or the denser the narrower it is."""
    if doubling:
        return [2.0**i for i in range(floor(log10(low) / log10(2)), ceil(log10(high) / log10(2)) + 1)]
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    width = log10(high / low)
    steps = (1, 1.5, 2, 3, 4, 5, 7) if width < 0.7 else (1, 2, 5) if width < 3 else (1,)
    return [m * 10.0**d for d in decades for m in steps]


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
