"""Over-optimisation: what the chosen answers are rewarded (dashed) and what they are worth (solid), over k or n."""

from math import log2

import pandas as pd
import plotly.graph_objects as go

from engine.figures.prm_style import hanging, lay_out, marks, nothing, share_axis
from engine.figures.style import GREY, faded

KEYS_IN_A_ROW = 2
"""Where two figures stand side by side."""


def overoptimisation(table: pd.DataFrame, *, x: str, title: str) -> go.Figure:
    """`table`: pool_curve or budget_curve of `overoptimise`, with columns `prm` and `name` (of a line); `x`: k or n.

    Of several PRMs each has a colour, and its lines have markers; of one PRM the lines have colours too.
    Reward and accuracy share an axis: of a PRM that can be trusted the two lines of a name lie together.
    """
    known = table.dropna(subset=["accuracy"])
    if known.empty:
        return nothing("No answer could be graded")
    look = _looks(known)
    figure = go.Figure()
    for name, rows in known.sort_values(x).groupby("name", sort=False):
        figure.add_trace(_band(rows, x, look[str(name)][0], str(name)))
    for name in look:
        rows = known[known["name"] == name].sort_values(x)
        colour, symbol = look[name]
        figure.add_trace(_line(rows, x, name, colour, symbol, "accuracy"))
        figure.add_trace(_line(rows, x, name, colour, symbol, "proxy"))
    figure.add_trace(_key("reward (dashed)"))
    values = sorted(int(v) for v in known[x].unique())
    figure.update_xaxes(type="log", title=title, tickvals=values, ticktext=[f"{v:,}" for v in values], showgrid=False)
    pad = 0.06 * (log2(values[-1] / values[0]) or 1)
    figure.update_xaxes(range=[log2(values[0]) * 0.30103 - pad * 0.3, log2(values[-1]) * 0.30103 + pad * 0.3])
    figure.update_yaxes(share_axis("reward, share right", tickformat=".1f"))
    keys = len(look) + 1
    # On a phone each has a row of its own; of very many the plot would be too low.
    key_y = hanging(400, min(keys, 6))
    return lay_out(figure, height=400, notes=_notes(known), rows=-(-keys // KEYS_IN_A_ROW), key_y=key_y)


def _looks(rows: pd.DataFrame) -> dict[str, tuple[str, str]]:
    lines = rows.drop_duplicates("name")
    by_name = marks(lines["name"])
    if lines["prm"].nunique() < 2 or "line" not in lines:
        return by_name
    colours, symbols = marks(rows["prm"]), marks(rows["line"])
    named = zip(lines["name"], lines["prm"], lines["line"], strict=True)
    return {name: (colours[prm][0], symbols[line][1]) for name, prm, line in named}


def _line(rows: pd.DataFrame, x: str, name: str, colour: str, symbol: str, column: str) -> go.Scatter:
    proxy = column == "proxy"
    return go.Scatter(
        x=rows[x].astype(int).tolist(),
        y=[None if pd.isna(v) else float(v) for v in rows[column]],
        name=name,
        legendgroup=name,
        showlegend=not proxy,
        mode="lines+markers",
        line={"color": colour, "width": 1.6 if proxy else 2.4, "dash": "dash" if proxy else "solid"},
        marker={"color": colour, "symbol": symbol + ("-open" if proxy else ""), "size": 7 if proxy else 9},
        hovertext=[_hover(name, x, row) for row in rows.to_dict("records")],
        hoverinfo="text",
    )


def _band(rows: pd.DataFrame, x: str, colour: str, name: str) -> go.Scatter:
    xs = rows[x].astype(int).tolist()
    return go.Scatter(
        x=xs + xs[::-1],
        y=rows["high"].tolist() + rows["low"].tolist()[::-1],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=faded(colour, 0.11),
        hoverinfo="skip",
        showlegend=False,
        legendgroup=name,
    )


def _key(name: str) -> go.Scatter:
    line = {"color": GREY, "width": 1.6, "dash": "dash"}
    return go.Scatter(x=[None], y=[None], name=name, mode="lines", line=line, hoverinfo="skip")


def _hover(name: str, x: str, row: dict[object, float]) -> str:
    reward = "no reward" if pd.isna(row["proxy"]) else f"rewarded {row['proxy']:.3f} in the mean"
    missing = f"<br>{row['missing']:,} without a reward" if row["missing"] else ""
    return (
        f"<b>{name}</b>, {x} = {row[x]}<br>{reward}<br>"
        f"{row['accuracy']:.1%} right ({row['low']:.1%} to {row['high']:.1%})<br>{row['problems']} problems{missing}"
    )


def _notes(known: pd.DataFrame) -> list[str]:
    low, high = int(known["problems"].min()), int(known["problems"].max())
    count = f"{high}" if low == high else f"{low} to {high}"
    return [f"{count} problems; bands: 95 % bootstrap over problems"]
