"""The pair that o1 made famous: accuracy against the compute of training, beside accuracy against that of searching.

Both share the y-axis, and both x-axes are logarithmic, in FLOPs. What is drawn is whatever was measured.
"""

from collections.abc import Collection
from math import log10

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.figures.curves import padded
from engine.figures.curves_info import amount, log_ticks, plural
from engine.figures.prm_style import lay_out
from engine.figures.style import Look, looks
from engine.measure.series import Series


def train_and_test(series: Series, tests: pd.DataFrame, shown: Collection[str]) -> go.Figure:
    """`tests`: of `engine.measure.curve`, over FLOPs, of the same policy; `shown`: the lines of it that are drawn."""
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.04)
    look = looks(tests)
    tests = tests[tests["line"].isin(shown)].dropna(subset=["x", "y"])
    table = series.table.assign(line=series.table["strategy"])
    own = looks(table) | {name: look[name] for name in set(table["line"]) & set(look)}
    told = set(table["line"])
    for name, rows in table.sort_values("training_flops").groupby("line"):
        hover = [_trained(row) for row in rows.to_dict("records")]
        figure.add_trace(_line(str(name), own[str(name)], rows, "training_flops", hover), row=1, col=1)
    for name in [name for name in look if name in set(tests["line"])]:
        rows = tests[tests["line"] == name].sort_values("x")
        hover = [_searched(row) for row in rows.to_dict("records")]
        trace = _line(name, look[name], rows, "x", hover).update(showlegend=name not in told)
        figure.add_trace(trace, row=1, col=2)
    _axis(figure, 1, "FLOPs to train", table["training_flops"])
    _axis(figure, 2, "FLOPs to search", tests["x"])
    figure.update_yaxes(range=[-0.03, 1.05], tickformat=".0%", dtick=0.2, zeroline=False)
    figure.update_yaxes(title="problems solved", row=1, col=1)
    counted = int(table["problems"].max())
    notes = [f"{plural(counted, 'problem')} of {series.problem_set}; bars: 95 % bootstrap over problems"]
    return lay_out(figure, height=420, notes=notes, left=79)


def _line(name: str, look: Look, rows: pd.DataFrame, x: str, hover: list[str]) -> go.Scatter:
    up, down = rows["high"] - rows["y"], rows["y"] - rows["low"]
    return go.Scatter(
        x=rows[x].astype(float).tolist(),
        y=rows["y"].astype(float).tolist(),
        error_y={"array": up.tolist(), "arrayminus": down.tolist(), "color": look.colour, "thickness": 1, "width": 2},
        name=name,
        legendgroup=name,
        mode="lines+markers",
        line={"color": look.colour, "width": 2.2, "dash": "dot" if look.dotted else None},
        marker={"color": look.colour, "symbol": look.symbol, "size": 9},
        hovertext=hover,
        hoverinfo="text",
    )


def _axis(figure: go.Figure, column: int, title: str, values: pd.Series) -> None:
    low, high = float(values.min()), float(values.max())
    ticks = [tick for tick in log_ticks(low, high) if log10(tick).is_integer() or high / low < 30]
    figure.update_xaxes(
        type="log", title=title, tickvals=ticks, ticktext=[amount(tick) for tick in ticks], range=padded(low, high),
        showgrid=False, ticks="outside", row=1, col=column,
    )  # fmt: skip


def _trained(row: dict[object, float]) -> str:
    what = "as shipped" if row["whole"] else f"after {plural(row['chunks'], 'chunk')}"
    return (
        f"<b>{row['strategy']}, n = {row['n']}</b>, {what}<br>{_solved(row)}<br>"
        f"{amount(row['training_flops'])} FLOPs of training, {amount(row['tokens'])} tokens"
    )


def _searched(row: dict[object, float]) -> str:
    return f"<b>{row['line']}</b>, n = {row['n']}<br>{_solved(row)}<br>{amount(row['x'])} FLOPs per problem"


def _solved(row: dict[object, float]) -> str:
    return f"{row['y']:.1%} solved ({row['low']:.1%} to {row['high']:.1%}), {plural(row['problems'], 'problem')}"
