"""A point of the curves against the other strategies at about the same compute, as a table on the page."""

from html import escape
from math import isnan
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from engine.figures.curves_info import UNITS, amount
from engine.measure.compare import compare, trees_of
from engine.measure.curves import X

READING = (
    "Paired: both solved the same problems, so what they share cancels out. In points of accuracy, with the 95 % "
    "bootstrap interval of the difference. p: of the paired randomisation test, raised for there being several "
    "comparisons (Holm). Better or worse is said only where the interval leaves out 0 and p is at most 0.05."
)
ALPHA = 0.05
"""What p is at most where a difference is called more than luck; its interval must be clear of 0 too."""


def comparison(made: pd.DataFrame, counted: pd.DataFrame, points: pd.DataFrame, point: pd.Series, x: X) -> None:
    """How much more the point solves than each other line, where that spent about as much.

    `made`: the trees there are; a line whose point is a run of its own can be compared tree by tree.
    """
    rows = compare(counted, points, point)
    if rows.empty:
        return
    own = run_of(made, point)
    st.markdown(f"**Against the others, each where it spent most nearly {amount(point['x'])} {UNITS[x]}**")
    others = {(other["line"], other["n"]): other for _, other in points.iterrows()}
    body = "".join(_row(row, x, own, run_of(made, others[row["line"], row["n"]])) for _, row in rows.iterrows())
    names = "Strategy", UNITS[x], "Difference", "p (Holm)", "Verdict", "Trees"
    head = f"<tr>{''.join(f'<th>{name}</th>' for name in names)}</tr>"
    table = f'<table class="arbutus-against"><thead>{head}</thead><tbody>{body}</tbody></table>'
    st.html(f'<div class="arbutus-scroll">{table}</div>')
    st.caption(READING)


def run_of(made: pd.DataFrame, point: pd.Series) -> str:
    """The run behind a point, of several seeds the first; empty where the point is an estimate."""
    runs = trees_of(made, point).sort_values("seed")["run"]
    return "" if runs.empty else str(runs.iloc[0])


def _row(row: pd.Series, x: X, own: str, other: str) -> str:
    where = f"{escape(str(row['line']))} <small>n = {row['n']}</small>"
    bounds = f"<small>{points_words(row['low'])} to {points_words(row['high'])}</small>"
    return (
        f"<tr><td>{where}</td><td>{amount(row['x'])}</td>"
        f"<td><b>{points_words(row['difference'])}</b> {bounds}</td><td>{p_words(row['p_holm'])}</td>"
        f"<td>{verdict(row)}</td><td>{_trees(own, other)}</td></tr>"
    )


def _trees(own: str, other: str) -> str:
    """The way to both runs, problem by problem."""
    if not own or not other:
        return ""
    query = escape(urlencode({"run": own, "with": other}))
    return f'<a href="compare?{query}" target="_self">problem by problem</a>'


def p_words(p: float) -> str:
    """A p-value, to three digits."""
    return "–" if isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def points_words(share: float) -> str:
    """A difference of shares in points, with its sign."""
    return f"{100 * share:+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")


def verdict(row: pd.Series) -> str:
    """What the interval and p allow to say."""
    if row["low"] <= 0 <= row["high"] or not row["p_holm"] <= ALPHA:
        return "can't be told apart"
    return "better" if row["low"] > 0 else "worse"
