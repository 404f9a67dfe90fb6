"""What the Curves page computes, remembered by the tables it is computed from: a click must not count again."""

import pandas as pd
import streamlit as st

from engine.measure.anytime import anytime_curve
from engine.measure.curves import X, Y, curve
from engine.measure.difficulty import curves_by
from engine.measure.lines import Line, lines, pareto


@st.cache_data(max_entries=64, show_spinner=False)
def points(rows: pd.DataFrame, x: X, y: Y) -> pd.DataFrame:
    return curve(rows, x=x, y=y)


@st.cache_data(max_entries=32, show_spinner=False)
def lines_of(rows: pd.DataFrame, x: X) -> list[Line]:
    return lines(rows, x=x)


@st.cache_data(max_entries=32, show_spinner=False)
def front(rows: pd.DataFrame, x: X) -> pd.DataFrame:
    return pareto(lines_of(rows, x))


@st.cache_data(max_entries=32, show_spinner=False)
def by_kind(rows: pd.DataFrame, kinds: pd.Series, x: X) -> pd.DataFrame:
    return curves_by(rows, kinds, x=x)


@st.cache_data(max_entries=32, show_spinner=False)
def anytime_of(timelines: pd.DataFrame, x: X) -> pd.DataFrame:
    return anytime_curve(timelines, x=x)
