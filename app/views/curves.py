"""Curves: what more compute buys. Choose a collection and a unit; click a point to reach its trees."""

from collections.abc import Callable, Hashable
from functools import partial
from html import escape
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app import curve_choices, curve_data, data, pages, places
from app.line_table import line_table
from app.lost_part import lost_part
from app.marked import Marked, figure
from app.optimal_part import optimal_part
from app.plot import plot
from app.problems import label, problems_behind
from app.training_part import training_part
from engine.figures.curves import draw, plot_curves
from engine.figures.curves_info import GPT4, GPT4_NOTE, UNITS, Baseline, Info, everything_drawn, info, plural
from engine.figures.style import Looks, looks
from engine.measure.collection import largest_rows
from engine.measure.curves import SETTING, X, line_names
from engine.measure.difficulty import ordered
from engine.measure.lines import telling
from engine.measure.pool import CHANCES
from engine.prices import Prices
from engine.protocol import ArbutusError

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
ANYTIME_HELP = (
    "Replays the largest run of a line and asks its rule of choice after every batch: what would it have answered, "
    "stopped there? A batch counts when all of it is paid for."
)
SPLIT = (
    "Problems sorted by the share of the policy's samples that are right: for whoever reads the curves, since it needs "
    "the answer key. Where the same samples count in a curve, hard problems look a little harder than they are."
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
        trees = curve_data.trees(name)
    if trees.rows.empty:
        st.info("No tree of this collection has ended yet. Come back when its first search is done.")
        return
    trees = curve_choices.problems_of_kinds(trees)
    if trees.rows.empty:
        st.info("No problem is of this level and this subject. Choose fewer of them.")
        return
    _chart(name, trees)
    _trees(name, trees.rows)


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
    for key in (
        "lines",
        "point",
        "seed",
        "level",
        "steps",
        "subject",
        "split",
        "anytime",
        "optimal",
        "optimal-by",
        "lost",
        "target",
    ):
        st.session_state.pop(key, None)


def _chart(name: str, trees: Marked) -> None:
    """The controls, the curves and what is behind a point of them, then what else is counted from the same trees."""
    x = curve_choices.unit(trees.rows)
    prices = curve_choices.prices() if x == "money" else Prices()
    trees = curve_data.at_prices(trees, prices)
    measured = curve_data.points(trees, x, "accuracy").rows
    names = list(looks(measured))
    shown = curve_choices.lines(names, telling(curve_data.front(trees, "policy_tokens").rows, names))
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        coverage = st.toggle("Coverage", key="coverage", bind="query-params")
        counted = curve_data.at_prices(_counted(name, trees), prices)
        accuracy = curve_data.points(counted, x, "accuracy")
        front = st.toggle("Pareto front", key="front", bind="query-params")
        baselines, notes = _baselines(trees.rows, accuracy.rows)
    with st.container(horizontal=True, gap="medium"):
        replayed = st.multiselect(
            "Anytime curve of",
            shown,
            key="anytime",
            bind="query-params",
            help=ANYTIME_HELP,
            placeholder="None",
            width=420,
        )
        split = curve_choices.split(trees.rows, pools=_sampled(trees.rows))
    drawn = Drawn(
        accuracy,
        curve_data.points(counted, x, "coverage") if coverage else None,
        _anytime(trees, replayed, x, prices) if replayed else None,
        curve_data.front(counted, x) if front else None,
    )
    if counted is not trees:
        notes.append(POOLED)
    _curves(name, drawn, x, shown, baselines, notes)
    st.caption(" ".join([READING, *([COVERAGE] if coverage else []), *([SECONDS] if x == "seconds" else [])]))
    look = looks(accuracy.rows)
    if split:
        _parts(name, counted, split, x, shown, look)
    problems_behind(trees.rows, counted.rows, accuracy.rows, x)
    points = accuracy.rows[accuracy.rows["line"].isin(shown)]
    if points["x"].notna().any() and points["y"].notna().any():
        lines = [line for line in curve_data.lines_of(counted, x) if line.name in shown]
        line_table(lines, curve_data.areas(counted, x, shown), look, x)
    lost_part(name, trees.rows, shown, look)
    training_part(name, data.collections()[name], trees)
    optimal_part(name, trees.rows, measured, shown, x, prices)


class Drawn(NamedTuple):
    """The points of the plot, of each kind that is wanted."""

    accuracy: Marked
    coverage: Marked | None
    anytime: Marked | None
    front: Marked | None

    def rows(self) -> dict[str, pd.DataFrame | None]:
        return {kind: points and points.rows for kind, points in self._asdict().items()}

    def marks(self) -> tuple[Hashable, ...]:
        return tuple(points and points.mark for points in self)


def _curves(name: str, drawn: Drawn, x: X, shown: list[str], baselines: list[Baseline], notes: list[str]) -> None:
    # The key tells the chart that is redrawn from the one that was clicked: a selection belongs to one drawing.
    key = f"chart-{name}-{x}"
    plot(
        figure(
            "curves",
            (drawn.marks(), x, tuple(shown), tuple(baselines), tuple(notes)),
            lambda: plot_curves(**drawn.rows(), x=x, baselines=baselines, notes=notes, shown=shown),
        ),
        lambda: everything_drawn(**drawn.rows()),
        key=key,
        title=f"Problems solved against {UNITS[x]}, {name}",
        alt=f"Accuracy of the chosen answer against {UNITS[x]} per problem, one line a strategy",
        on_select=lambda: _clicked(key),
        selection_mode="points",
    )


def _counted(name: str, trees: Marked) -> Marked:
    """What the curves are counted from: the runs as they are, or estimates from the largest pools."""
    if not _sampled(trees.rows):
        return trees
    if not st.toggle("Estimate from one pool", value=True, key="pool", bind="query-params", help=POOL_HELP):
        return trees
    with st.spinner("Drawing from the pools"):
        return curve_data.pooled(name, trees)


def _sampled(rows: pd.DataFrame) -> bool:
    """Whether there are pools of samples to estimate from."""
    return not set(CHANCES).isdisjoint(rows["strategy"].unique())


def _baselines(rows: pd.DataFrame, accuracy: pd.DataFrame) -> tuple[list[Baseline], list[str]]:
    """The baselines that are wanted, and what is to be said of them."""
    baselines, notes = curve_choices.greedy_line(accuracy), []
    published = set(rows["problem_set"].unique()) == {"tot-100"}
    if published and st.toggle("GPT-4, as published", key="gpt4", bind="query-params"):
        baselines += GPT4
        notes.append(GPT4_NOTE)
    return baselines, notes


def _anytime(trees: Marked, wanted: list[str], x: X, prices: Prices) -> Marked:
    """The anytime curves of the largest runs of some lines, on the problems that are chosen."""
    rows = trees.rows
    found = largest_rows(rows)
    found = found.assign(line=line_names(rows).reindex(found.index))
    runs = found.loc[found["line"].isin(wanted), "run"].unique()
    parts = {}
    with st.spinner("Replaying the runs"):
        for run in runs:
            try:
                parts[run] = data.timelines(run)
            except ArbutusError as error:
                st.warning(data.brief(error))
    mark = ("timelines", tuple(parts), trees.mark)
    if not parts:
        return Marked(pd.DataFrame(columns=[*SETTING, "x", "y", "line"]), mark)
    told = pd.concat(list(parts.values()), ignore_index=True)
    of_these = Marked(told[told["problem"].isin(rows["problem"].unique())], mark)
    return curve_data.anytime_of(curve_data.at_prices(of_these, prices), x)


def _parts(name: str, counted: Marked, split: str, x: X, shown: list[str], look: Looks) -> None:
    """A small figure for each part of the problems, three in a row where there is room."""
    if split == curve_data.PASS_RATE:
        st.caption(SPLIT)
    of_all = curve_data.by_kind(name, counted, split, x)
    groups = {kind: of_all.rows[of_all.rows["difficulty"] == kind] for kind in ordered(of_all.rows["difficulty"])}
    for first in range(0, len(groups), 3):
        for column, (kind, part) in zip(st.columns(3), list(groups.items())[first : first + 3], strict=False):
            title = f"{kind} · {plural(int(part['problems'].max()), 'problem')}"
            told = partial(info, part, x=x, shown=shown, title=title, look=look)
            with column:
                plot(
                    figure(f"part {kind}", (of_all.mark, tuple(shown)), partial(_small, told)),
                    partial(pd.DataFrame, part),
                    key=f"part-{name}-{x}-{kind}",
                    title=f"{title}, {name}",
                    alt=title,
                )


def _small(told: Callable[[], Info]) -> go.Figure:
    return draw(told(), small=True)


def _clicked(key: str) -> None:
    for point in st.session_state[key].selection.points[:1]:
        if "customdata" in point:
            line, n = point["customdata"][:2]
            st.session_state["point"] = label(line, n)


def _trees(name: str, rows: pd.DataFrame) -> None:
    st.download_button(
        "Trees as CSV",
        lambda: rows.to_csv(index=False),
        f"{places.slug(name)}-trees.csv",
        "text/csv",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


page()
