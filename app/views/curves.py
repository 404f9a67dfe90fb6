"""Curves: what more compute buys. Choose a collection and a unit; click a point to reach its trees."""

from html import escape

import pandas as pd
import streamlit as st

from app import data, pages
from app.problems import label, problems_behind
from engine import measure
from engine.figures.curves import plot_curves
from engine.figures.curves_info import GPT4, GPT4_NOTE, UNITS, Baseline
from engine.figures.style import looks
from engine.measure.curves import X, Y
from engine.measure.pool import CHANCES

COVERAGE = (
    "**Coverage** (dashed): some finished solution is right, chosen or not. Where answers can't be checked only an "
    "oracle gets there; in Countdown it is reachable by checking: the checker needs no answer key."
)
READING = (
    "**Solid**: accuracy of the chosen answer. Bands: 95 % paired bootstrap over problems, seeds averaged inside a "
    "problem. A tree that failed or answered nothing counts as not solved."
)
SECONDS = (
    "Seconds are the models' working time, shared among the searches of a batch: compare runs of one machine only."
)
POOLED = "Sampling strategies: estimated from their largest runs"
POOL_HELP = (
    "Self-consistency and best-of-n at k: the mean over all ways to draw k of the n solutions of the largest run. "
    "Far less noise than a run at each k. Off: each point is the run made at that n. Searches are always measured."
)


def page() -> None:
    pages.dress()
    st.title("What more compute buys", anchor=False)
    collections = data.collections()
    if not collections:
        st.info(
            "There is no collection yet: several runs over one problem set, in one folder. "
            "`python -m engine sweep` makes one."
        )
        return
    name = _choose_collection(collections)
    with st.spinner("Reading the runs"):
        rows = data.collection_frame(name)
    if rows.empty:
        st.info("No tree of this collection has ended yet. Come back when its first search is done.")
        return
    rows = _chosen_kinds(rows)
    if rows.empty:
        st.info("No problem is of this level and this subject. Choose fewer of them.")
        return
    counted, points, x = _chart(name, rows)
    _downloads(name, rows, points)
    problems_behind(rows, counted, points, x)


def _choose_collection(collections: dict[str, list[data.RunRef]]) -> str:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = st.selectbox(
            "Collection", list(collections), key="collection", bind="query-params", width=320, on_change=_forget
        )
        question = next((ref.info.note for ref in collections[name] if ref.info and ref.info.note), "")
        if question:
            st.html(f'<p class="arbutus-question" style="padding-bottom:.45rem">{escape(question)}</p>')
    return name


def _chosen_kinds(rows: pd.DataFrame) -> pd.DataFrame:
    """The trees whose problems are of the levels and subjects chosen, where problems have them; all if none is."""
    kinds = {kind: sorted(rows[kind].dropna().unique().tolist()) for kind in ("level", "subject")}
    with st.container(horizontal=True, gap="medium"):
        if len(kinds["level"]) > 1:
            levels = st.pills("Level", kinds["level"], selection_mode="multi", key="level", bind="query-params")
            rows = rows[rows["level"].isin(levels)] if levels else rows
        if len(kinds["subject"]) > 1:
            subjects = st.multiselect(
                "Subject", kinds["subject"], key="subject", bind="query-params", placeholder="All", width=480
            )
            rows = rows[rows["subject"].isin(subjects)] if subjects else rows
    return rows


def _forget() -> None:
    """Another collection has other lines and other points."""
    for key in ("lines", "point", "seed", "level", "subject"):
        st.session_state.pop(key, None)


def _chart(name: str, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, X]:
    """The controls and the plot. Returns what the curves were counted from, the points drawn, and the unit."""
    with st.container(horizontal=True, gap="medium"):
        x = _choose_unit()
        lines = list(looks(_curve(rows, x, "accuracy")))
        shown = st.pills(
            "Strategies", lines, selection_mode="multi", default=lines, key="lines", bind="query-params", wrap=True
        )
    with st.container(horizontal=True, gap="medium"):
        coverage = st.toggle("Coverage", key="coverage", bind="query-params")
        counted = _counted(name, rows)
        accuracy = _curve(counted, x, "accuracy")
        baselines, notes = _baselines(rows, accuracy)
    points = accuracy[accuracy["line"].isin(shown)]
    covered = _curve(counted, x, "coverage") if coverage else None
    if counted is not rows:
        notes.append(POOLED)
    # The key tells the chart that is redrawn from the one that was clicked: a selection belongs to one drawing.
    key = f"chart-{name}-{x}"
    st.plotly_chart(
        plot_curves(points, covered, x=x, baselines=baselines, notes=notes),
        key=key,
        on_select=lambda: _clicked(key),
        selection_mode="points",
        config={"displayModeBar": False, "scrollZoom": False},
        alt=f"Accuracy of the chosen answer against {UNITS[x]} per problem, one line a strategy",
    )
    st.caption(" ".join([READING, *([COVERAGE] if coverage else []), *([SECONDS] if x == "seconds" else [])]))
    return counted, points, x


def _counted(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """What the curves are counted from: the runs as they are, or estimates from the largest pools."""
    if not set(rows["strategy"]) & set(CHANCES):
        return rows
    if not st.toggle("Estimate from one pool", value=True, key="pool", bind="query-params", help=POOL_HELP):
        return rows
    with st.spinner("Drawing from the pools"):
        pooled = data.pooled_collection_frame(name)
        return pooled[pooled["problem"].isin(rows["problem"].unique())]


def _choose_unit() -> X:
    unit = st.segmented_control(
        "Compute, per problem",
        list(UNITS),
        format_func=UNITS.__getitem__,
        default="policy_tokens",
        required=True,
        key="x",
        wrap=True,
        bind="query-params",
    )
    return unit or "policy_tokens"


def _baselines(rows: pd.DataFrame, accuracy: pd.DataFrame) -> tuple[list[Baseline], list[str]]:
    """The baselines that are wanted, and what is to be said of them."""
    greedy = accuracy[accuracy["strategy"] == "greedy"].dropna(subset=["y"])
    baselines, notes = [], []
    if len(greedy) == 1 and st.toggle("Greedy as a line", value=True, key="greedy", bind="query-params"):
        baselines.append(Baseline("greedy", float(greedy["y"].iloc[0])))
    published = set(rows["problem_set"]) == {"tot-100"}
    if published and st.toggle("GPT-4, as published", key="gpt4", bind="query-params"):
        baselines += GPT4
        notes.append(GPT4_NOTE)
    return baselines, notes


@st.cache_data(max_entries=64, show_spinner=False)
def _curve(rows: pd.DataFrame, x: X, y: Y) -> pd.DataFrame:
    return measure.curve(rows, x=x, y=y)


def _clicked(key: str) -> None:
    for point in st.session_state[key].selection.points[:1]:
        line, n = point["customdata"][:2]
        st.session_state["point"] = label(line, n)


def _downloads(name: str, rows: pd.DataFrame, points: pd.DataFrame) -> None:
    stem = data.slug(name)
    with st.container(horizontal=True):
        st.download_button(
            "Curve as CSV",
            lambda: points.to_csv(index=False),
            f"{stem}-curve.csv",
            "text/csv",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )
        st.download_button(
            "Trees as CSV",
            lambda: rows.to_csv(index=False),
            f"{stem}-trees.csv",
            "text/csv",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )


page()
