"""Curves: what more compute buys. Choose a collection and a unit; click a point to reach its trees."""

from collections.abc import Hashable
from html import escape
from itertools import takewhile
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from app import data, pages
from app.figures.curves import GPT4, GPT4_NOTE, UNITS, Baseline, plot_curves
from app.figures.style import looks
from engine import measure

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
    points = _chart(name, rows)
    _downloads(name, rows, points)
    _problems(rows, points)


def _choose_collection(collections: dict[str, list[data.RunRef]]) -> str:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = st.selectbox(
            "Collection", list(collections), key="collection", bind="query-params", width=320, on_change=_forget
        )
        question = next((ref.info.note for ref in collections[name] if ref.info and ref.info.note), "")
        if question:
            st.html(f'<p class="arbutus-question" style="padding-bottom:.45rem">{escape(question)}</p>')
    return name


def _forget() -> None:
    """Another collection has other lines and other points."""
    for key in ("lines", "point", "seed"):
        st.session_state.pop(key, None)


def _chart(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The controls and the plot. Returns the points drawn."""
    with st.container(horizontal=True, gap="medium"):
        x = _choose_unit()
        accuracy = _curve(name, rows, x, "accuracy")
        lines = list(looks(accuracy))
        shown = st.pills(
            "Strategies", lines, selection_mode="multi", default=lines, key="lines", bind="query-params", wrap=True
        )
    coverage, baselines, notes = _extras(rows, accuracy)
    points = accuracy[accuracy["line"].isin(shown)]
    figure = plot_curves(
        points, _curve(name, rows, x, "coverage") if coverage else None, x=x, baselines=baselines, notes=notes
    )
    # The key tells the chart that is redrawn from the one that was clicked: a selection belongs to one drawing.
    key = f"chart-{name}-{x}"
    st.plotly_chart(
        figure,
        key=key,
        on_select=lambda: _clicked(key),
        selection_mode="points",
        config={"displayModeBar": False, "scrollZoom": False},
        alt=f"Accuracy of the chosen answer against {UNITS[x]} per problem, one line a strategy",
    )
    st.caption(" ".join([READING, *([COVERAGE] if coverage else []), *([SECONDS] if x == "seconds" else [])]))
    return points


def _choose_unit() -> str:
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


def _extras(rows: pd.DataFrame, accuracy: pd.DataFrame) -> tuple[bool, list[Baseline], list[str]]:
    greedy = accuracy[accuracy["strategy"] == "greedy"].dropna(subset=["y"])
    baselines, notes = [], []
    with st.container(horizontal=True, gap="medium"):
        coverage = st.toggle("Coverage", key="coverage", bind="query-params")
        if len(greedy) == 1 and st.toggle("Greedy as a line", value=True, key="greedy", bind="query-params"):
            baselines.append(Baseline("greedy", float(greedy["y"].iloc[0])))
        published = set(rows["problem_set"]) == {"tot-100"}
        if published and st.toggle("GPT-4, as published", key="gpt4", bind="query-params"):
            baselines += GPT4
            notes.append(GPT4_NOTE)
    return coverage, baselines, notes


@st.cache_data(max_entries=64, show_spinner=False)
def _curve(name: str, rows: pd.DataFrame, x: str, y: str) -> pd.DataFrame:
    return measure.curve(rows, x=x, y=y)


def _label(point: pd.Series) -> str:
    return f"{point['line']}, n = {point['n']}"


def _clicked(key: str) -> None:
    for point in st.session_state[key].selection.points[:1]:
        line, n = point["customdata"][:2]
        st.session_state["point"] = f"{line}, n = {n}"


def _problems(rows: pd.DataFrame, points: pd.DataFrame) -> None:
    st.subheader("The problems behind a point", anchor=False)
    options = {_label(point): point for _, point in points.iterrows()}
    chosen = st.selectbox(
        "Point",
        list(options),
        index=None,
        key="point",
        bind="query-params",
        width=320,
        placeholder="Click a point above, or choose one",
        label_visibility="collapsed",
    )
    if chosen is None:
        return
    trees = _trees_of(rows, options[chosen])
    seeds = sorted(trees["seed"].unique().tolist())
    if len(seeds) > 1:
        seed = st.segmented_control("Seed", seeds, default=seeds[0], required=True, key="seed", bind="query-params")
        trees = trees[trees["seed"] == seed]
    _lists(trees.drop_duplicates("problem"))


def _trees_of(rows: pd.DataFrame, point: pd.Series) -> pd.DataFrame:
    same = pd.Series(True, index=rows.index)
    for column in (*measure.curves.SETTING, "n"):
        same &= rows[column].isna() if pd.isna(point[column]) else (rows[column] == point[column]).fillna(False)
    return rows[same]


GROUPS = {
    "failed": ("!", "Failed"),
    "unsolved": ("✗", "Not solved"),
    "solved": ("✓", "Solved"),
    "ungraded": ("?", "Not graded"),
}


def _lists(trees: pd.DataFrame) -> None:
    """The problems of one run, those that went wrong first; each leads to its tree."""
    outcome = trees["correct"].map({True: "solved", False: "unsolved"}, na_action="ignore").fillna("ungraded")
    outcome = outcome.mask(trees["failed"], "failed")
    trees = trees.assign(said=_without_common_start(trees["question"].tolist()))
    for group, (sign, title) in GROUPS.items():
        of_group = trees[outcome == group]
        if len(of_group):
            chips = "".join(_chip(sign, tree) for tree in of_group.to_dict("records"))
            st.markdown(f"**{title}** {len(of_group)} of {len(trees)}")
            st.html(f'<div class="arbutus-chips arbutus-{group}">{chips}</div>')


def _without_common_start(questions: list[str]) -> list[str]:
    """Questions without the words that they all begin with, such as "Make 24 from"; numbers of the puzzle stay."""
    words = [question.split() for question in questions]
    common = list(takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False)))
    told = [i + 1 for i, column in enumerate(common) if column[0].isalpha()]
    start = told[-1] if told and len(questions) > 1 else 0
    return [" ".join(each[start:]) or question for each, question in zip(words, questions, strict=True)]


def _chip(sign: str, tree: dict[Hashable, object]) -> str:
    query = escape(urlencode({"run": tree["run"], "problem": tree["problem"]}))
    title, said = escape(str(tree["question"])), escape(str(tree["said"]))
    return f'<a href="tree?{query}" target="_self" title="{title}"><span>{sign}</span><span>{said}</span></a>'


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
