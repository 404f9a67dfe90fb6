"""How rewards are spread: good steps upwards, wrong ones downwards, on a root scale that shows the rare too."""

from math import sqrt

import pandas as pd
import plotly.graph_objects as go

from engine.figures.prm_style import TRUTHS, lay_out, nothing

TICKS = (0.01, 0.1, 0.3, 0.6, 1.0)
HIGH = 0.8
"""A reward from which a wrong step is wrongly trusted, in the figure's note."""


def reward_distribution(table: pd.DataFrame) -> go.Figure:
    """`table`: that of `rewards.distribution`."""
    if not table["count"].sum():
        return nothing("No step has both a reward and a known truth")
    figure = go.Figure()
    for good, (name, colour) in TRUTHS.items():
        rows = table[(table["good"] == good) & (table["count"] > 0)]
        sign = 1 if good else -1
        figure.add_trace(
            go.Bar(
                x=((rows["low"] + rows["high"]) / 2).tolist(),
                y=[sign * sqrt(share) for share in rows["share"]],
                width=((rows["high"] - rows["low"]) * 0.92).tolist(),
                name=name,
                marker={"color": colour, "line": {"width": 0}},
                hovertext=[_hover(name, row) for row in rows.to_dict("records")],
                hoverinfo="text",
            )
        )
    both = [*(-t for t in reversed(TICKS)), *TICKS]
    names = [f"{abs(t):.0%}" for t in both]
    highest = max(0.25, sqrt(table["share"].max())) * 1.08
    figure.update_yaxes(
        title="share of such steps, root scale",
        tickvals=[sqrt(t) if t > 0 else -sqrt(-t) for t in both],
        ticktext=names,
        range=[-highest, highest],
        zeroline=True,
    )
    figure.update_xaxes(title="reward", range=[-0.02, 1.02], showgrid=False)
    return lay_out(figure, height=400, notes=_notes(table), left=73, barmode="overlay", bargap=0)


def _notes(table: pd.DataFrame) -> list[str]:
    wrong, good = table[~table["good"]], table[table["good"]]
    trusted, doubted = wrong[wrong["low"] >= HIGH - 1e-9], good[good["high"] <= 1 - HIGH + 1e-9]
    told = [
        _told(trusted, wrong, f"wrong steps get {HIGH:g} or more"),
        _told(doubted, good, f"good steps get less than {1 - HIGH:.1f}"),
    ]
    missing = int(table.groupby("good")["missing"].first().sum())
    return [line for line in told if line] + ([f"{missing:,} steps have no reward"] if missing else [])


def _told(part: pd.DataFrame, whole: pd.DataFrame, what: str) -> str:
    total = int(whole["count"].sum())
    return f"{int(part['count'].sum()):,} of {total:,} {what}" if total else ""


def _hover(name: str, row: dict[object, float]) -> str:
    where = f"rewards from {row['low']:.2f} to {row['high']:.2f}"
    return f"<b>{name}</b><br>{where}<br>{row['count']:,} steps, {row['share']:.1%}"
