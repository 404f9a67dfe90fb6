"""What is chosen on the Curves page: the unit of compute and its prices, lines, problems, and what is drawn beside."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.curve_data import PASS_RATE
from app.marked import Marked
from engine.figures.curves_info import UNITS, Baseline
from engine.measure.curves import X
from engine.measure.difficulty import BUILT
from engine.prices import Prices

LINES_HELP = "Lines that are not chosen stay grey in the background. Colours stay with their lines."


def problems_of_kinds(trees: Marked) -> Marked:
    """The trees whose problems are of the levels and subjects chosen, where problems have them; all if none is."""
    kinds = {kind: sorted(trees.rows[kind].dropna().unique().tolist()) for kind in BUILT}
    with st.container(horizontal=True, gap="medium"):
        for kind in ("level", "steps"):
            if len(kinds[kind]) > 1:
                chosen = st.pills(kind.title(), kinds[kind], selection_mode="multi", key=kind, bind="query-params")
                trees = _of(trees, kind, chosen)
        if len(kinds["subject"]) > 1:
            subjects = st.multiselect(
                "Subject", kinds["subject"], key="subject", bind="query-params", placeholder="All", width=480
            )
            trees = _of(trees, "subject", subjects)
    return trees


def _of(trees: Marked, kind: str, chosen: list[Any]) -> Marked:
    return trees.changed((kind, *chosen), lambda rows: rows[rows[kind].isin(chosen)]) if chosen else trees


def unit(rows: pd.DataFrame) -> X:
    """What compute is counted in; at first what most runs tell of: those of other systems may not tell of tokens."""
    telling = {x: rows.loc[(rows[x] > 0).fillna(False), "run"].nunique() for x in ("policy_tokens", "completions")}
    first: X = "policy_tokens" if telling["policy_tokens"] >= telling["completions"] else "completions"
    chosen = st.segmented_control(
        "Compute, per problem",
        list(UNITS),
        format_func=UNITS.__getitem__,
        default=first,
        required=True,
        key="x",
        wrap=True,
        bind="query-params",
    )
    return chosen or first


def prices() -> Prices:
    """What a million tokens cost; nothing where nothing is given, then a run's own prices count."""
    with st.container(horizontal=True, gap="medium"):
        given = {
            name: st.number_input(
                f"{said}, a million tokens",
                min_value=0.0,
                value=0.0,
                step=0.05,
                format="%.2f",
                key=f"price-{name}",
                bind="query-params",
                width=220,
            )
            for name, said in (("policy", "Policy"), ("prompt", "Prompt"), ("prm", "PRM"))
        }
    return Prices(**given)


def lines(names: Sequence[str], first: Sequence[str]) -> list[str]:
    """The lines in colour; `first`: those that are when nobody has chosen."""
    return st.pills(
        "Strategies",
        list(names),
        selection_mode="multi",
        default=list(first),
        key="lines",
        bind="query-params",
        wrap=True,
        help=LINES_HELP,
    )


def greedy_line(accuracy: pd.DataFrame) -> list[Baseline]:
    """Greedy as a level line across the plot, if there is one run of it and it is wanted."""
    greedy = accuracy[accuracy["strategy"] == "greedy"].dropna(subset=["y"])
    if len(greedy) == 1 and st.toggle("Greedy as a line", value=True, key="greedy", bind="query-params"):
        return [Baseline("greedy", float(greedy["y"].iloc[0]))]
    return []


def split(rows: pd.DataFrame, *, pools: bool) -> str | None:
    """By what the problems are to be parted, each part with curves of its own; None: not at all."""
    able = [kind for kind in BUILT if rows[kind].nunique() > 1] + ([PASS_RATE] if pools else [])
    if not able:
        return None
    return st.segmented_control("Curves for each", able, key="split", bind="query-params")
