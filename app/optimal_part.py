"""Compute where it helps, on the Curves page: the best strategy for each difficulty against the best fixed one."""

from html import escape

import pandas as pd
import streamlit as st

from app import data
from app.comparison import points_words
from app.plot import plot
from engine.figures.curves import draw
from engine.figures.curves_info import UNITS, amount
from engine.figures.optimal import optimal_info
from engine.measure.arms import KEY, Arms, arms_of
from engine.measure.curves import X, line_names
from engine.measure.difficulty import BUILT
from engine.measure.optimal import Point, compute_optimal, table, words
from engine.prices import Prices
from engine.protocol import ArbutusError
from engine.search.plan import read_strategy

HELP = (
    "Sorts problems by how hard they look and gives each part the strategy that does best on other problems of that "
    "part, within a mean budget (Snell et al. 2024). Cross-validated; what the estimate costs is counted."
)
READING = (
    "Plan and best fixed strategy are both chosen on nine tenths of the problems and shown on the last tenth, ten "
    "times. The difference is paired by problem, with a 95 % bootstrap interval. A plan loses where its estimate "
    "costs more than it gains."
)
SAMPLES = (1, 2, 4, 8)
PARTS = (1, 2, 3, 4, 5)


def optimal_part(name: str, rows: pd.DataFrame, behind: pd.DataFrame, shown: list[str], x: X, prices: Prices) -> None:
    """The toggle, and if it is on all of it. `rows`: the trees; `behind`: the points of the strategies."""
    if not st.toggle("Compute-optimal", key="optimal", bind="query-params", help=HELP):
        return
    st.header("Compute where it helps", anchor=False)
    by, samples, parts, only = _choices(rows)
    runs = tuple(sorted(rows.loc[line_names(rows).isin(shown), "run"].unique() if only else rows["run"].unique()))
    try:
        with st.spinner("Choosing on nine tenths, showing on the last"):
            arms, points = _computed(runs, _stamps(runs), by, samples, parts, x, prices)
    except ArbutusError as error:
        st.info(data.brief(error), icon=":material/tune:")
        return
    if not points:
        st.info("No budget buys an estimate and the cheapest strategy. Choose more strategies, or fewer samples.")
        return
    figure = draw(optimal_info(behind, arms, points, x))
    alt = f"Compute-optimal and the best fixed strategy against {UNITS[x]} per problem"
    plot(
        figure,
        lambda: table(arms, points),
        key=f"optimal-{name}-{x}",
        title=f"Compute-optimal against {UNITS[x]}, {name}",
        alt=alt,
    )
    st.html(_table(arms, points, x))
    st.caption(READING)


def _choices(rows: pd.DataFrame) -> tuple[str, int, int, bool]:
    built = [kind for kind in BUILT if kind != "subject" and rows[kind].nunique() > 1]
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        by = st.segmented_control(
            "Difficulty by", ["reward", "agreement", *built, KEY], default="reward", required=True, key="optimal-by",
            bind="query-params", help=f"{KEY} takes the answer key: what a perfect estimate might give, no strategy.",
        )  # fmt: skip
        samples = st.segmented_control(
            "Samples that tell it", SAMPLES, default=4, required=True, key="optimal-samples", bind="query-params",
            disabled=by not in ("reward", "agreement"),
        )  # fmt: skip
        parts = st.segmented_control(
            "Parts", PARTS, default=3, required=True, key="optimal-parts", bind="query-params"
        )  # fmt: skip
        only = st.toggle("Only the strategies in colour", key="optimal-only", bind="query-params")
    return by or "reward", samples or 4, parts or 3, only


def _stamps(runs: tuple[str, ...]) -> tuple[data.Stamp, ...]:
    return tuple(data.stamp(data.find(key).path) for key in runs)


@st.cache_data(max_entries=16, show_spinner=False)
def _computed(
    keys: tuple[str, ...], at: tuple[data.Stamp, ...], by: str, samples: int, parts: int, x: X, prices: Prices
) -> tuple[Arms, list[Point]]:
    arms = arms_of({key: data.open_run(key) for key in keys}, by=by, samples=samples, x=x, prices=prices or None)
    return arms, compute_optimal(arms, parts=parts)


def _table(arms: Arms, points: list[Point], x: X) -> str:
    named = arms._replace(names=[read_strategy(name).words for name in arms.names])
    head = "".join(
        f"<th>{said}</th>"
        for said in (f"{UNITS[x]} at most", "Plan", "spent", "Best fixed", "spent", "Difference", "The plan")
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td>{cell}</td>"
            for cell in (
                amount(p.budget),
                f"<b>{p.accuracy[0]:.1%}</b>",
                amount(p.spent),
                f"<b>{p.fixed[0]:.1%}</b>",
                amount(p.fixed_spent),
                _difference(p),
                escape(words(named, p.chosen)),
            )
        )
        + "</tr>"
        for p in _telling(points)
    )
    return (
        '<div class="arbutus-scroll"><table class="arbutus-lines arbutus-plans">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _telling(points: list[Point]) -> list[Point]:
    """Without the budgets for which nothing else is chosen than for the one before."""
    return [p for i, p in enumerate(points) if not i or (p.spent, p.fixed_spent) != _spent(points[i - 1])]


def _spent(point: Point) -> tuple[float, float]:
    return point.spent, point.fixed_spent


def _difference(point: Point) -> str:
    mean, low, high = map(points_words, point.gain)
    return f"<b>{mean}</b> <small>{low} to {high}</small>"
