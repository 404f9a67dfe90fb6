"""Where the first wrong step is, and where the PRM says it is: how many solutions of each kind."""

import pandas as pd
import plotly.graph_objects as go

from engine.figures.prm_style import lay_out, nothing
from engine.measure.prm.first_error import NONE

WRITTEN = 12
"""Positions up to which counts are written into the cells."""
SCALE = [[0.0, "#e9e3d8"], [0.5, "#76a5cc"], [1.0, "#17568f"]]
"""From none of the row to all of it: the upper half of the scale that rewards have on the canvas."""


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
    names = ["none" if i == NONE else f"step {i}" for i in order]
    written = counts.map(lambda count: f"{count:,.0f}" if count > 0 else "")
    heat = go.Heatmap(
        x=names,
        y=names,
        z=shares.to_numpy(),
        text=written.to_numpy() if len(order) <= WRITTEN else None,
        texttemplate="%{text}" if len(order) <= WRITTEN else None,
        customdata=counts.fillna(0).to_numpy(),
        colorscale=SCALE,
        zmin=0,
        zmax=1,
        xgap=2,
        ygap=2,
        hoverongaps=False,
        colorbar={"title": {"text": "of the row"}, "tickformat": ".0%", "thickness": 10, "outlinewidth": 0},
        hovertemplate="first wrong: %{y}<br>said: %{x}<br>%{customdata:,} solutions, %{z:.1%}<extra></extra>",
    )
    figure = go.Figure(heat)
    figure.update_xaxes(title="first wrong step, says the PRM", showgrid=False, automargin=True, side="bottom")
    figure.update_yaxes(title="first wrong step, in truth", showgrid=False, automargin=True, autorange="reversed")
    total = int(table["count"].sum())
    right = int(table.loc[table["true"] == table["predicted"], "count"].sum())
    notes = [f"{total:,} distinct solutions, {right:,} on the diagonal; threshold chosen on other problems"]
    return lay_out(figure, height=min(720, 150 + 44 * len(order)), notes=notes)
