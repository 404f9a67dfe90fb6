"""Tree: one search tree, walked through and replayed, with all that is known of the selected step."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import data, overview, pages, showing, worlds
from app.addressed import node_of, quoted, way_out
from app.canvas import NOTHING, View, choice_of, has_news, kept_view, tree_canvas
from app.canvas.inspector import HERE, headline, inspector, invitation
from app.canvas.losing import Way, ways
from app.canvas.outline import tree_outline
from app.canvas.view import END
from app.canvas.why import Rule, rule_of
from app.figures.path_reward import path_reward, path_rewards
from app.finding import LISTED, counted, found
from app.lineage import grown_from
from app.maths.drawing import draws_formulas
from app.onward import onward
from app.standalone.button import page_button
from app.taking_along import other_files
from engine.protocol import ArbutusError
from engine.runs import RunInfo
from engine.tree import Tree

SHOWS: dict[str, Callable[[pd.DataFrame], "pd.Series[bool]"]] = {
    "All": lambda rows: rows["nodes"].notna(),
    "Solved": lambda rows: rows["correct"].fillna(False).astype(bool),
    "Unsolved": lambda rows: ~rows["correct"].fillna(True).astype(bool) & ~rows["failed"],
    "Failed": lambda rows: rows["failed"],
}


def page() -> None:
    pages.dress()
    st.html(HERE / "inspector.css")
    draws_formulas()
    refs = {ref.key: ref for ref in data.list_runs()}
    runs = {key: ref for key, ref in refs.items() if ref.error is None}
    if not runs:
        st.info("There is no run to look at yet. Run a search, or upload a packed run on the Start page.")
        pages.link("start", "Go to Start", ":material/home:")
        return
    first = next(iter(runs))
    wanted = st.query_params.get("run", first)
    if wanted not in runs:
        unread = wanted in refs and f"This run can't be read. {refs[wanted].error}"
        way_out(unread or f"There is no run called {quoted(wanted)} here.", "See another run", run=first)
        return
    try:
        _run(wanted, runs)
    except ArbutusError as error:
        way_out(data.brief(error), "See another run", run=first)


def _run(run: str, runs: dict[str, data.RunRef]) -> None:
    rows = data.frame(run)
    problem = _pickers(run, runs, rows, st.query_params.get("problem"))
    if problem is None:
        st.info("No tree of this run has ended yet. Come back in a moment.")
        return
    with st.spinner("Reading the tree", show_time=False):
        try:
            tree = data.load_tree(run, problem)
        except ArbutusError:
            if problem in set(rows["problem"]) or not len(rows):
                raise
            way_out(
                f"This run has no problem called {quoted(problem)}.", "See its first problem",
                run=run, problem=str(rows["problem"].iloc[0]),
            )  # fmt: skip
            return
    info = data.open_run(run).info
    st.html(headline(tree, info.budget))
    grown_from(info)
    _explore(run, problem, tree, info)
    page_button(tree, info, run)
    other_files(tree, run)


def _pickers(run: str, runs: dict[str, data.RunRef], rows: pd.DataFrame, problem: str | None) -> str | None:
    """The widgets that choose what to look at; the URL, not they, says what is chosen."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="tree-pickers"):
        _chooser(
            "Run", options=list(runs), chosen=run, width=285,
            name=lambda key: runs[key].title, query=lambda key: {"run": key, **_carried()},
        )  # fmt: skip
        show = st.segmented_control("Show", list(SHOWS), default="All", key="tree-show", required=True) or "All"
        matching = data.problems(run, show, SHOWS[show])
        if problem is None:
            problem = next(iter((matching if len(matching) else rows)["problem"].head(1)), None)
        if problem is None:
            return None
        here = found(matching, lambda to: _go(run, to))["problem"]
        listed = here.head(LISTED).tolist()
        listed = listed if problem in listed else [problem, *listed]
        names = _names(rows[rows["problem"].isin(listed)])
        _chooser(
            counted(len(here), len(matching)), options=listed, chosen=problem, width=310,
            name=lambda key: names.get(key, key), query=lambda key: {"run": run, "problem": key, **_carried()},
        )  # fmt: skip
        _steps(run, here, problem)
    return problem


def _chooser(
    label: str,
    *,
    options: list[str],
    chosen: str,
    name: Callable[[str], str],
    query: Callable[[str], dict[str, str]],
    width: int,
) -> None:
    key = f"tree-{label.split(maxsplit=1)[0].lower()}"
    st.session_state[key] = chosen
    st.selectbox(
        label, options, key=key, format_func=name, width=width,
        on_change=lambda: st.query_params.from_dict(query(st.session_state[key])),
    )  # fmt: skip


def _names(rows: pd.DataFrame) -> dict[str, str]:
    asked = rows["question"].map(worlds.brief)
    double = asked.duplicated(keep=False)
    marks = rows["correct"].map({True: "✓", False: "✗"}).astype(object).fillna("·").mask(rows["failed"], "!")
    names = marks + "  " + asked.where(~double, asked + " (" + rows["problem"] + ")")
    return dict(zip(rows["problem"], names, strict=True))


def _steps(run: str, ids: "pd.Series[str]", problem: str) -> None:
    same = (ids == problem).to_numpy()
    here = int(same.argmax()) if same.any() else -1
    before = ids.iloc[here - 1] if here > 0 else None
    after = ids.iloc[here + 1] if here + 1 < len(ids) else None
    with st.container(horizontal=True, width="content", key="tree-steps"):  # they are never parted
        for label, icon, to in (("Previous", "chevron_left", before), ("Next", "chevron_right", after)):
            st.button(
                label, icon=f":material/{icon}:", key=f"tree-{label}", disabled=to is None,
                on_click=lambda to=to: _go(run, to),
            )  # fmt: skip


def _go(run: str, problem: str | None) -> None:
    if problem is not None:
        st.query_params.from_dict({"run": run, "problem": problem, **_carried()})


def _carried() -> dict[str, str]:
    """What goes on to another tree: the view and its colours, but no moment and no filter."""
    seen = View.read(st.query_params.to_dict())
    return showing.as_query(showing.showing()) | overview.as_query() | View(colour=seen.colour, by=seen.by).to_query()


@st.fragment
def _explore(run: str, problem: str, tree: Tree, info: RunInfo) -> None:
    known = node_of(st.query_params.get("node", ""), len(tree))
    asked, wished, of = NOTHING if known is None else known, View.read(st.query_params.to_dict()), f"{run}:{problem}"
    way = showing.switch()
    explore = st.container(key="tree-explore")
    with explore.container():
        selected, seen, news = DRAWN[way](tree, of, asked, wished, choice_of(info))
    wanted = st.query_params.get("node")
    if news or (selected != asked and selected is not None) or seen != wished:
        wanted = wanted if selected is None else str(selected)
        at = {} if wanted is None else {"node": wanted}
        looks = showing.as_query(way) | overview.as_query() | seen.to_query()
        st.query_params.from_dict({"run": run, "problem": problem, **at, **looks})
    if selected is None and wanted is not None:
        st.warning(f"This tree has no node {quoted(wanted)}: its nodes are 0 to {len(tree) - 1}. Pick one above.")
    node = None if selected is None else tree.node(selected)
    with explore.container():
        onward(run, tree, node, info)
        if node is None:
            _nothing_selected(run, problem, tree, rule_of(info))
        else:
            st.html(inspector(tree, node, info.task, rule_of(info)))
    with explore.container():
        if drawn := path_reward(path_rewards(tree, node), dark=st.context.theme.type == "dark"):
            st.html(drawn)
            st.caption("The reward of each step on the chosen path, and on the selected one where it is another.")


Drawn = tuple[int | None, View, bool]
"""What is selected, how the tree is looked at, and whether the browser reported that just now."""


def _canvas(tree: Tree, of: str, asked: int, wished: View, rule: Rule) -> Drawn:
    news = has_news("tree-canvas", of)
    wish = None if news else wished
    picked = None if news else asked
    selected = tree_canvas(tree, key="tree-canvas", of=of, selected=picked, view=wish, rule=rule)
    return selected, kept_view("tree-canvas", of), news


def _outline(tree: Tree, of: str, asked: int, wished: View, rule: Rule) -> Drawn:
    """It has the moment and the words to find in common with the canvas, whose colours wait in the address."""
    news = has_news("tree-outline", of)
    wish = None if news else wished
    picked = None if news else asked
    selected = tree_outline(
        tree, key="tree-outline", of=of, selected=picked, view=wish, canvas="tree-canvas", rule=rule
    )
    return selected, kept_view("tree-outline", of), news


def _overview(tree: Tree, of: str, asked: int, wished: View, _: Rule) -> Drawn:
    """The view waits in the address, where a click is already; no answers are told."""
    selected = None if asked == NOTHING else asked
    overview.overview(tree, of=of, selected=selected, moment=END if wished.moment is None else wished.moment)
    return selected, wished, False


DRAWN = {"canvas": _canvas, "outline": _outline, "overview": _overview}
"""How each of `showing.SHOWINGS` is drawn."""


def _nothing_selected(run: str, problem: str, tree: Tree, rule: Rule) -> None:
    st.html(invitation(tree, rule))
    chosen = [Way(tree.chosen, "Go to the chosen answer")] if tree.chosen else []
    with st.container(horizontal=True):
        for way in [*ways(tree), *chosen]:
            query = {"node": str(way.node.id), "run": run, "problem": problem}
            st.button(way.said, on_click=lambda query=query: st.query_params.update(query))


page()
