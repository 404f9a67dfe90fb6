"""Where the first wrong step is, and where the PRM says it is: how many solutions of each kind."""

import pandas as pd
import plotly.graph_objects as go

from engine.figures.curves_info import plural
from engine.figures.prm_style import lay_out, nothing
from engine.measure.prm.first_error import NONE

WRITTEN = 12
"""Positions up to which counts are written into the cells."""
SCALE = [[0.0, "#e9e3d8"], [0.5, "#76a5cc"], [1.0, "#17568f"]]
"""From none of the row to all of it: the upper half of the scale that rewards have on the canvas."""

CHOSEN = "#D55E00"
"""The ring around the cell that is looked at."""


def first_error_matrix(table: pd.DataFrame) -> go.Figure:
    """`table`: that of `first_error.matrix`. A row is a true position; its colours are shares of that row."""
    there = table[table["count"] > 0]
    if there.empty:
        return nothing("No solution could be judged: a threshold is chosen on other problems, so it takes two of them")
    last = int(max(there["true"].max(), there["predicted"].max()))
    order = [*range(1, last + 1), NONE]
    counts, shares = (
        table.pivot(index="true", columns="predicted", values=value).reindex(index=order, columns=order)
        for value in ("count", "share")
    )
    names = list(map(position, order))
    written = counts.map(lambda count: f"{count:,.0f}" if count > 0 else "")
    heat = go.Heatmap(
        x=names,
        y=names,
        z=shares.to_numpy(),
        text=written.to_numpy() if len(order) <= WRITTEN else None,
        texttemplate="%{text}" if len(order) <= WRITTEN else None,
        colorscale=SCALE,
        zmin=0,
        zmax=1,
        xgap=2,
        ygap=2,
        hoverongaps=False,
        colorbar={"title": {"text": "of the row"}, "tickformat": ".0%", "thickness": 10, "outlinewidth": 0},
        hoverinfo="skip",
    )
    figure = go.Figure([heat, _cells(there)])
    figure.update_xaxes(title="first wrong step, says the PRM", showgrid=False, side="bottom")
    figure.update_yaxes(title="first wrong step, in truth", showgrid=False, autorange="reversed")
    total = int(table["count"].sum())
    right = int(table.loc[table["true"] == table["predicted"], "count"].sum())
    notes = [f"{total:,} distinct solutions, {right:,} on the diagonal; threshold chosen on other problems"]
    figure.update_layout(hoverdistance=-1, clickmode="event+select")  # anywhere in a cell is in the cell
    return lay_out(figure, height=min(720, 150 + 44 * len(order)), notes=notes, left=88, rows=0)


def position(place: int) -> str:
    """A position in words."""
    return "none" if place == NONE else f"step {place}"


def _cells(there: pd.DataFrame) -> go.Scatter:
    """A mark in each cell with solutions, unseen until it is chosen: of a heatmap nothing can be chosen.

    `customdata`: true and predicted position.
    """
    rows = there.to_dict("records")
    return go.Scatter(
        x=[position(row["predicted"]) for row in rows],
        y=[position(row["true"]) for row in rows],
        customdata=[[row["true"], row["predicted"]] for row in rows],
        hovertext=[
            f"first wrong: {position(row['true'])}<br>said: {position(row['predicted'])}<br>"
            f"{plural(row['count'], 'solution')}, {row['share']:.1%} of the row"
            for row in rows
        ],
        hoverinfo="text",
        mode="markers",
        marker={"symbol": "circle-open", "size": 34, "color": CHOSEN, "line": {"width": 3}, "opacity": 0},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0}},
        showlegend=False,
    )
