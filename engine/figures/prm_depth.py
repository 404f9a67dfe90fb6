"""What rewards good and wrong steps get at each depth: the median, and the half and four fifths around it."""

import pandas as pd
import plotly.graph_objects as go

from engine.figures.prm_style import AXIS, TRUTHS, hanging, lay_out, nothing, share_axis
from engine.figures.style import faded

COUNTED = 14
"""Depths up to which the steps are counted on the axis."""
COUNTS = 28
"""Pixels that the counts take."""


def reward_by_depth_figure(table: pd.DataFrame) -> go.Figure:
    """`table`: that of `rewards.reward_by_depth`."""
    known = table[table["count"] > 0]
    if known.empty:
        return nothing("No step has both a reward and a known truth")
    figure = go.Figure()
    for good, (name, colour) in TRUTHS.items():
        rows = known[known["good"] == good]
        if len(rows):
            figure.add_trace(_band(rows, "q10", "q90", colour, 0.10, name))
            figure.add_trace(_band(rows, "q25", "q75", colour, 0.22, name))
            figure.add_trace(_median(rows, name, colour, "circle" if good else "x"))
    depths = sorted(known["depth"].unique().tolist())
    figure.update_xaxes(title="step", range=[depths[0] - 0.4, depths[-1] + 0.4], showgrid=False)
    if len(depths) <= COUNTED:
        figure.update_xaxes(tickvals=depths, ticktext=[_tick(known, depth) for depth in depths])
    figure.update_yaxes(share_axis("reward"))
    missing = int(table["missing"].sum())
    notes = ["Line: median; bands: the middle half, and four fifths. Below a step: how many are good, how many wrong"]
    notes += [f"{missing:,} steps without a reward are not drawn"] if missing else []
    return lay_out(figure, height=400, notes=notes, key_y=hanging(400, 1, AXIS + COUNTS))


def _tick(rows: pd.DataFrame, depth: int) -> str:
    counts = rows[rows["depth"] == depth].set_index("good")["count"]
    good, wrong = (f"{int(counts.get(truth, 0)):,}" for truth in (True, False))
    return f"{depth}<br><span style='font-size: 10px'>{good}<br>{wrong}</span>"


def _band(rows: pd.DataFrame, low: str, high: str, colour: str, opacity: float, group: str) -> go.Scatter:
    depths, lows, highs = rows["depth"].tolist(), rows[low].tolist(), rows[high].tolist()
    single = len(depths) == 1  # an area of one depth would have no width
    if single:
        depths, lows, highs = [depths[0] - 0.1, depths[0] + 0.1], lows * 2, highs * 2
    return go.Scatter(
        x=depths + depths[::-1],
        y=highs + lows[::-1],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=faded(colour, opacity),
        hoverinfo="skip",
        showlegend=False,
        legendgroup=group,
    )


def _median(rows: pd.DataFrame, name: str, colour: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        x=rows["depth"].tolist(),
        y=rows["median"].tolist(),
        name=name,
        legendgroup=name,
        mode="lines+markers",
        line={"color": colour, "width": 2.2},
        marker={"color": colour, "symbol": symbol, "size": 9},
        hovertext=[_hover(name, row) for row in rows.to_dict("records")],
        hoverinfo="text",
    )


def _hover(name: str, row: dict[object, float]) -> str:
    return (
        f"<b>{name}</b>, step {row['depth']}<br>median reward {row['median']:.3f}, mean {row['mean']:.3f}<br>"
        f"half of them {row['q25']:.3f} to {row['q75']:.3f}<br>"
        f"{row['count']:,} steps, {row['missing']:,} without a reward"
    )
