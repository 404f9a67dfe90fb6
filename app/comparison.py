"""A point of the curves against the other strategies at about the same compute, as a table on the page."""

from html import escape
from math import isnan

import pandas as pd
import streamlit as st

from engine.figures.curves_info import UNITS, amount
from engine.measure.compare import compare
from engine.measure.curves import X

READING = (
    "Paired: both solved the same problems, so what they share cancels out. In points of accuracy, with the 95 % "
    "bootstrap interval of the difference; where it holds 0, this many problems can't tell the two apart. p: of the "
    "paired randomisation test, raised for there being several comparisons (Holm)."
)


def comparison(counted: pd.DataFrame, points: pd.DataFrame, point: pd.Series, x: X) -> None:
    """How much more the point solves than each other line, where that spent about as much."""
    rows = compare(counted, points, point)
    if rows.empty:
        return
    st.markdown(f"**Against the others, each where it spent most nearly {amount(point['x'])} {UNITS[x]}**")
    body = "".join(_row(row, x) for _, row in rows.iterrows())
    head = f"<tr><th>Strategy</th><th>{UNITS[x]}</th><th>Difference</th><th>p (Holm)</th><th></th></tr>"
    table = f'<table class="arbutus-against"><thead>{head}</thead><tbody>{body}</tbody></table>'
    st.html(f'<div class="arbutus-scroll">{table}</div>')
    st.caption(READING)


def _row(row: pd.Series, x: X) -> str:
    where = f"{escape(str(row['line']))} <small>n = {row['n']}</small>"
    bounds = f"<small>{_points(row['low'])} to {_points(row['high'])}</small>"
    return (
        f"<tr><td>{where}</td><td>{amount(row['x'])}</td>"
        f"<td><b>{_points(row['difference'])}</b> {bounds}</td><td>{_p(row['p_holm'])}</td><td>{verdict(row)}</td></tr>"
    )


def _p(p: float) -> str:
    return "–" if isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")


def verdict(row: pd.Series) -> str:
    """What the interval allows to say."""
    if row["low"] > 0:
        return "better"
    return "worse" if row["high"] < 0 else "can't be told apart"
