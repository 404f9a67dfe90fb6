"""The problems behind a point of a curve, solved or not, each with the way to its tree."""

from collections.abc import Hashable
from html import escape
from itertools import takewhile
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from app.canvas.losing import FATES
from app.comparison import comparison
from app.losses import losses
from engine.measure.compare import trees_of
from engine.measure.curves import X
from engine.protocol import ArbutusError


def label(line: object, n: object) -> str:
    """What a point is called, on the page and in the URL."""
    return f"{line}, n = {n}"


def problems_behind(rows: pd.DataFrame, counted: pd.DataFrame, points: pd.DataFrame, x: X) -> None:
    """Choose a point of the curves, by a click on it or here: what it is worth, and which problems were solved.

    `counted`: what `points` were counted from; `rows`: the trees there are.
    """
    st.header("Behind a point", anchor=False)
    options = {label(point["line"], point["n"]): point for _, point in points.iterrows()}
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
    trees = _of_one_seed(trees_of(rows, options[chosen])).drop_duplicates("problem")
    if trees.empty:
        st.info("This point is an estimate from a larger run; no run was made at this n, so there is no tree to show.")
    outcome = _outcomes(trees)
    trees = trees.assign(said=without_common_start(trees["question"].tolist()))
    trees = trees.join(_losses(trees[outcome == "unsolved"]), on="problem")
    longest, of = int(trees["said"].str.len().max()) if len(trees) else 0, len(trees)
    for group in GROUPS:
        _list(group, trees[outcome == group], of, longest)
    comparison(rows, counted, points, options[chosen], x)
    _list(SOLVED, trees[outcome == SOLVED], of, longest)


LONG = 30
"""Characters from which a question needs a wide chip."""
SOLVED = "solved"
GROUPS = {"failed": ("!", "Failed"), "unsolved": ("✗", "Not solved"), "ungraded": ("?", "Not graded")}
"""What is shown first: one comes here to see what went wrong."""


def _of_one_seed(trees: pd.DataFrame) -> pd.DataFrame:
    seeds = sorted(trees["seed"].unique().tolist())
    if len(seeds) < 2:
        return trees
    seed = st.segmented_control("Seed", seeds, default=seeds[0], required=True, key="seed", bind="query-params")
    return trees[trees["seed"] == seed]


def _outcomes(trees: pd.DataFrame) -> "pd.Series[str]":
    """The group of each tree."""
    outcome = trees["correct"].map({True: SOLVED, False: "unsolved"}, na_action="ignore").fillna("ungraded")
    return outcome.mask(trees["failed"], "failed")


def _losses(trees: pd.DataFrame) -> pd.DataFrame:
    """By what these trees were lost; nothing where they are too many, or can't be read, which their own page says."""
    nothing = losses(trees.head(0))
    assert nothing is not None
    try:
        told = losses(trees)
    except ArbutusError:
        return nothing
    return nothing if told is None else told


def _list(group: str, trees: pd.DataFrame, of: int, longest: int) -> None:
    """The problems of one group; each leads to its tree, and where it is known to the step at which it was lost.

    `longest`: characters of the longest of all questions.
    """
    if trees.empty:
        return
    sign, title = GROUPS.get(group, ("✓", "Solved"))
    st.markdown(f"**{title}** {len(trees)} of {of}")
    kind = f"arbutus-chips arbutus-{group}{' arbutus-long' if longest > LONG else ''}"
    style = "" if longest > LONG else f' style="--letters:{longest}"'
    for fate in [*FATES, None]:
        these = trees[trees["fate"].isna() if fate is None else trees["fate"] == fate]
        if len(these):
            chips = "".join(_chip(sign, tree) for tree in these.to_dict("records"))
            why = f'<p class="arbutus-fate">{FATES[fate]} <small>{len(these)}</small></p>' if fate else ""
            st.html(f'{why}<div class="{kind}"{style}>{chips}</div>')


def without_common_start(questions: list[str]) -> list[str]:
    """Questions without the words that they all begin with, such as "Make 24 from"; numbers of the puzzle stay."""
    words = [question.split() for question in questions]
    common = list(takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False)))
    told = [i + 1 for i, column in enumerate(common) if column[0].isalpha()]
    start = told[-1] if told and len(questions) > 1 else 0
    return [" ".join(each[start:]) or question for each, question in zip(words, questions, strict=True)]


def _chip(sign: str, tree: dict[Hashable, object]) -> str:
    node = (
        {"node": tree["node"]} if pd.notna(tree["node"]) and tree["node"] else {}
    )  # of the question all is said there
    query = escape(urlencode({"run": tree["run"], "problem": tree["problem"], **node}))
    title, said = escape(str(tree["question"])), escape(str(tree["said"]))
    return f'<a href="tree?{query}" target="_self" title="{title}"><span>{sign}</span><span>{said}</span></a>'
