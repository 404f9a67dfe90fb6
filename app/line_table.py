"""What whole lines are worth, as a table on the page: compute to an accuracy, and the area under the curve."""

from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from engine.figures.curves_info import UNITS, amount
from engine.figures.style import GREY, Looks
from engine.measure.curves import X
from engine.measure.lines import Line, compute_to_reach

READING = (
    "Interpolated between measured points, straight in log compute; nothing is extrapolated. What isn't reached stays "
    "empty. The mean accuracy is the area under the curve over log compute, where all lines were measured. Intervals: "
    "95 %, over resampled problems."
)
USUAL = 80
"""Percent of problems solved that are asked for first, where any line gets there."""


def line_table(found: list[Line], areas: pd.DataFrame, look: Looks, x: X) -> None:
    """The lines shown, the cheapest first, how surely they get there, and the areas under them."""
    st.header("Compute to reach an accuracy", anchor=False)
    target = st.slider(
        "Problems solved", 5, 100, _within_reach(found), 5, format="%d %%", key="target", bind="query-params", width=420
    )
    reach = compute_to_reach(found, target / 100)
    rows = reach.merge(areas, on=["problem_set", "line"], suffixes=("", "_area"))
    rows = rows.sort_values(["x", "area"], ascending=[True, False], na_position="last")
    heads = ["Line", f"{UNITS[x]} per problem", "How surely", "Mean accuracy"]
    cells = [_cells(row, look) for row in rows.to_dict("records")]
    told = [i for i in range(len(heads)) if any(row[i] for row in cells)]  # nobody reads an empty column
    body = "".join("<tr>" + "".join(f"<td>{row[i]}</td>" for i in told) + "</tr>" for row in cells)
    head = "<tr>" + "".join(f"<th>{heads[i]}</th>" for i in told) + "</tr>"
    st.html(
        '<div class="arbutus-scroll"><table class="arbutus-lines">'
        f"<thead>{head}</thead><tbody>{body}</tbody></table></div>"
    )
    st.caption(READING)


def _within_reach(found: list[Line]) -> int:
    """The accuracy that is asked for at first, in percent: the usual one, or what some line gets to."""
    highest = max((float(line.y.max()) for line in found), default=1.0)
    return max(5, min(USUAL, 5 * int(20 * highest + 1e-9)))


def _cells(row: dict[Any, Any], look: Looks) -> list[str]:
    colour = look[row["line"]].colour if row["line"] in look else GREY
    name = f'<i style="background: {colour}"></i>{escape(str(row["line"]))}'
    return [name, _reached(row), _surely(row), _mean(row)]


def _mean(row: dict[Any, Any]) -> str:
    return (
        "" if pd.isna(row["area"]) else f"<b>{row['area']:.1%}</b>{_small(row['low_area'], row['high_area'], _percent)}"
    )


def _reached(row: dict[Any, Any]) -> str:
    if pd.isna(row["x"]):
        return "not reached"
    at_most = "at most " if row["at_first"] else ""
    return f"{at_most}<b>{amount(row['x'])}</b>{_small(row['low'], row['high'], amount)}"


def _small(low: float, high: float, said: Any) -> str:
    if pd.isna(low):
        return ""
    return f" <small>{said(low)} to {'not reached' if pd.isna(high) else said(high)}</small>"


def _percent(share: float) -> str:
    return f"{share:.0%}"


def _surely(row: dict[Any, Any]) -> str:
    return "" if row["reached"] in (0, 1) else f"<small>in {row['reached']:.0%} of resamples</small>"
