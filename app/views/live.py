"""Live: set a question, a strategy and a budget, and watch the tree grow."""

from html import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

import streamlit as st

from app import asking, data, knobs, live, pages, worlds
from app.canvas import facts, tree_canvas
from app.canvas.inspector import HERE, inspector, question
from app.worker import command
from engine.protocol import ArbutusError
from engine.runs import Run, RunError
from engine.search import STRATEGIES, check_parameters
from engine.tasks import find_task
from engine.tree import Tree

POLL = 0.25
"""Seconds between two looks at the log."""


@st.cache_resource(show_spinner=False)
def worker() -> live.Worker:
    return live.Worker()


def page() -> None:
    pages.dress()
    st.html(HERE / "inspector.css")
    worker().start()
    controls, view = st.columns([1, 2.6], gap="large")
    with controls:
        st.subheader("Run a search", anchor=False)
        _form()
    with view:
        folder = _shown()
        if folder is None:
            _nothing_yet()
        else:
            polling = _running()
            st.fragment(_watch, run_every=POLL if polling else None)(folder, polling)


def _form() -> None:
    task = asking.choose_task()
    asked = asking.choose_question(task)
    strategy = knobs.choose_strategy()
    parameters = knobs.size(strategy)
    prm = _reward_model(task) if strategy.needs_prm else None
    pause = st.slider(
        "Pause between rounds", 0.0, 2.0, 0.5, 0.1, format="%.1f s", key="live-pause",
        help="The models are fast; a pause lets the eye follow. It changes nothing in the search.",
    )  # fmt: skip
    with st.expander("More: shape of the search, budget, temperature, seed"):
        parameters |= knobs.shape(strategy)
        budget, prices = knobs.budget()
        temperature = st.slider(
            "Temperature", 0.0, 2.0, find_task(task).temperature, 0.1, key=f"live-temperature-{task}"
        )
        seed = st.number_input("Seed", min_value=0, max_value=2**31 - 1, value=0, step=1, key="live-seed")
    job = {
        "task": task, "strategy": strategy.name, "parameters": parameters, "prm": prm, "pause": pause,
        "budget": budget, "prices": prices, "temperature": temperature, "seed": int(seed),
    }  # fmt: skip
    running = _running()
    with st.container(horizontal=True):
        # No callback: its arguments would be those of the last drawing, older than what was typed just before.
        clicked = st.button("Run", type="primary", icon=":material/play_arrow:", disabled=running, key="live-run")
        if clicked or (st.session_state.pop(pages.RUN_NOW, False) and not running):
            _start(asked, job)
            st.rerun()
        if running:
            st.button("Cancel", icon=":material/stop:", key="live-cancel", on_click=_cancel)
    if error := st.session_state.pop("live-error", None):
        st.error(error, icon=":material/edit:")


def _reward_model(task: str) -> str:
    """The reward model; there is nothing to choose where a task has one alone."""
    names, words = worlds.reward_models(task), worlds.WORLDS[task].prms
    if len(names) == 1:
        return names[0]
    return str(
        st.selectbox("Reward model", names, format_func=lambda name: words.get(name, name), key=f"live-prm-{task}")
    )


def _start(asked: asking.Asked, job: dict[str, Any]) -> None:
    try:
        problem = asked.read(job["task"])
        check_parameters(STRATEGIES[job["strategy"]], job["parameters"])
    except ArbutusError as error:
        st.session_state["live-error"] = str(error)
        return
    folder = live.new_folder(problem.question, job["strategy"])
    title = f"{worlds.brief(problem.question, 60)}, {job['strategy']}"
    job = {**job, "id": uuid4().hex, "folder": str(folder), "problems": asked.problems, "title": title,
           "problem": live.as_json(problem)}  # fmt: skip
    job["command"] = command(folder, job)
    st.session_state["live-folder"] = folder
    st.session_state["live-status"] = worker().submit(job)
    st.session_state.pop("live-reader", None)


def _cancel() -> None:
    live.cancel(st.session_state["live-folder"])


def _discard(folder: Path) -> None:
    live.discard(folder)
    for key in ("live-folder", "live-status", "live-reader"):
        st.session_state.pop(key, None)


def _running() -> bool:
    status = st.session_state.get("live-status")
    return status is not None and not status.ended


def _shown() -> Path | None:
    return st.session_state.get("live-folder")


def _nothing_yet() -> None:
    with st.container(border=True, height=420, horizontal_alignment="center", vertical_alignment="center"):
        st.markdown("**The tree will grow here.** Set a question and press *Run*.", text_alignment="center")
        st.caption("Everything runs on this machine; nothing is sent anywhere.", text_alignment="center")


def _watch(folder: Path, polling: bool) -> None:
    """The search while it runs and afterwards: one fragment, or a pick on its way at the end would ask for one that is
    gone, and be lost."""
    if polling and not _running():
        st.rerun()  # once more as a whole: without polling, and with what can be done now
    tree = _look(folder)
    if not polling:
        _afterwards(folder, tree)


def _look(folder: Path) -> Tree | None:
    """One look at the run: the tree as far as it has grown, and how the search stands."""
    status: live.Status = st.session_state["live-status"]
    try:
        tree = _tree(folder)
    except RunError as error:
        st.error(data.brief(error))
        tree = None
    _standing(status, tree, _limits())
    if tree is not None:
        with st.container(key="live-explore"):
            selected = tree_canvas(tree, key=f"live:{folder.name}", selected=None)
            if selected is not None and selected < len(tree):
                st.html(inspector(tree, tree.node(selected), _task()))
    return tree


def _tree(folder: Path) -> Tree | None:
    """The run's one tree, None before its first event."""
    reader: Run | None = st.session_state.get("live-reader")
    if reader is None:
        if not (folder / "run.json").exists():
            return None
        reader = st.session_state["live-reader"] = Run.open(folder)
    reader.refresh()
    known = reader.fold.closed or reader.fold.open
    return reader.tree(0) if known else None


def _limits() -> dict[str, float | None]:
    reader: Run | None = st.session_state.get("live-reader")
    return reader.info.budget if reader else {}


def _task() -> str:
    reader: Run | None = st.session_state.get("live-reader")
    return reader.info.task if reader else ""


def _standing(status: live.Status, tree: Tree | None, budget: dict[str, float | None]) -> None:
    if status.state == "failed":
        st.error(f"The search failed: {status.error}", icon=":material/error:")
    elif status.state == "cancelled":
        st.info("Cancelled. What had grown by then is kept, and can be looked at.", icon=":material/stop_circle:")
    elif tree is None:
        said = "The search begins." if worker().ready else "The models are being loaded; this takes a few seconds once."
        st.info(said, icon=":material/hourglass_top:")
    if tree is None:
        return
    closed, chosen = tree.closed, tree.chosen
    if closed is None:
        verdict = "Searching …" if not status.ended else "Unfinished"
    elif chosen is None:
        verdict = f"No answer: {closed.error or closed.reason}"
    else:
        mark = {True: "✓ solved:", False: "✗ not solved:", None: "answered:"}[chosen.correct]
        verdict = f"{mark} {chosen.answer}"
    why = closed.reason if closed is not None and chosen is not None else ""
    ended = facts.stopped(tree, budget) if closed is not None else ""
    verdict = f"<b>{escape(verdict)}</b> · {escape(why)}{' · ' * bool(why)}{ended}{', ' * bool(ended)}"
    st.html(
        f'<div class="arbutus-head">{question(tree)}<p>{verdict}'
        f"{len(tree) - 1:,} steps, {len(tree.finished()):,} solutions, {facts.cost_words(tree.cost)}</p></div>"
    )


def _afterwards(folder: Path, tree: Tree | None) -> None:
    with st.container(horizontal=True):
        if tree is not None and tree.closed is not None:
            pages.link(
                "tree", "Open in Tree", ":material/account_tree:", run=data.key_of(folder), problem=tree.problem.id
            )
        if st.button("Discard this run", icon=":material/delete:", key="live-discard"):
            _discard(folder)
            st.rerun()


page()
