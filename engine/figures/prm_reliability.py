"""The reliability diagram: of the steps with such a reward, how many are good? With the counts below it."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.figures.prm_style import lay_out, marks, nothing, share_axis
from engine.figures.style import GREY


def reliability_diagram(tables: pd.DataFrame) -> go.Figure:
    """`tables`: those of `calibration.reliability`, with a column `prm`. Bars are Wilson's 95 % intervals."""
    known = tables[tables["count"] > 0]
    if known.empty:
        return nothing("No step has both a reward and a known truth")
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.76, 0.24], vertical_spacing=0.05)
    line = {"color": GREY, "width": 1, "dash": "dot"}
    figure.add_trace(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=line, hoverinfo="skip", showlegend=False))
    look = marks(tables["prm"])
    for name, rows in known.groupby("prm", sort=False):
        figure.add_trace(_points(str(name), rows, *look[str(name)]), row=1, col=1)
        figure.add_trace(_counts(str(name), rows, look[str(name)][0]), row=2, col=1)
    figure.update_yaxes(share_axis("share that is good", tickformat=".0%"), row=1, col=1)
    figure.update_yaxes(type="log", title="steps", dtick=1, row=2, col=1)
    figure.update_xaxes(range=[-0.02, 1.02], showgrid=False)
    figure.update_xaxes(title="reward", row=2, col=1)
    steps = known.groupby("prm", sort=False)["count"].sum()
    span = f"{steps.min():,}" if steps.nunique() == 1 else f"{steps.min():,} to {steps.max():,}"
    notes = [f"{span} distinct steps a PRM; bars: Wilson's 95 %, as if steps were independent"]
    several = len(look) > 1
    figure.update_layout(barmode="group", clickmode="event+select", showlegend=several)
    return lay_out(figure, height=500, notes=notes, left=79, rows=int(several))


def _points(name: str, rows: pd.DataFrame, colour: str, symbol: str) -> go.Scatter:
    up, down = rows["observed_high"] - rows["observed"], rows["observed"] - rows["observed_low"]
    return go.Scatter(
        x=rows["mean_reward"].tolist(),
        y=rows["observed"].tolist(),
        error_y={"array": up.tolist(), "arrayminus": down.tolist(), "color": colour, "thickness": 1.2, "width": 3},
        name=name,
        legendgroup=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"color": colour, "symbol": symbol, "size": 9},
        customdata=_bins(name, rows),
        hovertext=[_hover(name, row) for row in rows.to_dict("records")],
        hoverinfo="text",
    )


def _counts(name: str, rows: pd.DataFrame, colour: str) -> go.Bar:
    return go.Bar(
        x=((rows["low"] + rows["high"]) / 2).tolist(),
        y=rows["count"].tolist(),
        name=name,
        legendgroup=name,
        showlegend=False,
        marker={"color": colour, "opacity": 0.75},
        customdata=_bins(name, rows),
        hovertext=[
            f"<b>{name}</b><br>{r['count']:,} steps from {r['low']:g} to {r['high']:g}" for r in rows.to_dict("records")
        ],
        hoverinfo="text",
    )


def _bins(name: str, rows: pd.DataFrame) -> list[list[str | float]]:
    """What a page is told of a point or a bar that is clicked."""
    return [[name, float(low), float(high)] for low, high in zip(rows["low"], rows["high"], strict=True)]


def _hover(name: str, row: dict[object, float]) -> str:
    return (
        f"<b>{name}</b><br>rewards from {row['low']:g} to {row['high']:g}, {row['mean_reward']:.3f} in the mean<br>"
        f"{row['observed']:.1%} of {row['count']:,} steps are good<br>"
        f"({row['observed_low']:.1%} to {row['observed_high']:.1%})"
    )
