"""A search watched while it runs in the worker process, and what can be done with it afterwards.

What the Live and the What-if page share. Each has one run at a time; its state in the session is named by the page.
"""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

import streamlit as st

from app import data, live, pages, places
from app.canvas import NO_RULE, choice_of, facts, tree_canvas
from app.canvas.inspector import inspector, question
from engine.runs import Run, RunError
from engine.tree import Tree

POLL = 0.25
"""Seconds between two looks at the log."""


@st.cache_resource(show_spinner=False)
def worker() -> live.Worker:
    return live.Worker()


def submit(page: str, folder: Path, job: dict[str, Any]) -> None:
    """Hand a job to the worker; its run is what the page shows from now on."""
    st.session_state[f"{page}-folder"] = folder
    st.session_state[f"{page}-status"] = worker().submit({**job, "id": uuid4().hex, "folder": str(folder)})
    st.session_state.pop(f"{page}-reader", None)


def running(page: str) -> bool:
    status = st.session_state.get(f"{page}-status")
    return status is not None and not status.ended


def shown(page: str) -> Path | None:
    """The folder of the run that the page shows."""
    return st.session_state.get(f"{page}-folder")


def cancel(page: str) -> None:
    live.cancel(st.session_state[f"{page}-folder"])


def forget(page: str) -> None:
    """Show no run any longer; what it logged stays."""
    for key in ("folder", "status", "reader"):
        st.session_state.pop(f"{page}-{key}", None)


def watch(
    page: str,
    folder: Path,
    afterwards: Callable[[Tree], None] = lambda _: None,
    stopped: Callable[[str], None] = lambda _: None,
) -> None:
    """The run in `folder` while it grows and afterwards, when `afterwards` draws what is to be said of its tree.

    `stopped`: draws what can be done with a search that was stopped before its end.
    """
    polling = running(page)
    st.fragment(_watch, run_every=POLL if polling else None)(page, folder, polling, afterwards, stopped)


def _watch(
    page: str, folder: Path, polling: bool, afterwards: Callable[[Tree], None], stopped: Callable[[str], None]
) -> None:
    """The search while it runs and afterwards: one fragment, or a pick on its way at the end would ask for one that is
    gone, and be lost."""
    if polling and not running(page):
        st.rerun()  # once more as a whole: without polling, and with what can be done now
    tree = _look(page, folder)
    if not polling:
        if tree is not None and tree.closed is not None:
            afterwards(tree)
        _what_now(page, folder, tree, stopped)


def _look(page: str, folder: Path) -> Tree | None:
    """One look at the run: the tree as far as it has grown, and how the search stands."""
    status: live.Status = st.session_state[f"{page}-status"]
    try:
        tree = _tree(page, folder)
    except RunError as error:
        st.error(data.brief(error))
        tree = None
    reader: Run | None = st.session_state.get(f"{page}-reader")
    _standing(status, tree, reader.info.budget if reader else {})
    if tree is not None:
        with st.container(key=f"{page}-explore"):
            origin = reader.info.origin if reader else {}
            rule = choice_of(reader.info) if reader else NO_RULE
            carried = 0 if origin.get("change") == "rescore" else int(origin.get("carried", 0))
            selected = tree_canvas(
                tree, key=f"{page}:{folder.name}", selected=None, marked=range(1, carried), rule=rule
            )
            if selected is not None and selected < len(tree):
                st.html(inspector(tree, tree.node(selected), reader.info.task if reader else ""))
    return tree


def _tree(page: str, folder: Path) -> Tree | None:
    """The run's one tree, None before its first event."""
    reader: Run | None = st.session_state.get(f"{page}-reader")
    if reader is None:
        if not (folder / "run.json").exists():
            return None
        reader = st.session_state[f"{page}-reader"] = Run.open(folder)
    reader.refresh()
    return reader.tree(0) if reader.finished or reader.fold.open else None


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


def _what_now(page: str, folder: Path, tree: Tree | None, stopped: Callable[[str], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if tree is None or tree.closed is None:
            stopped(page)
        else:
            pages.link(
                "tree", "Open in Tree", ":material/account_tree:", run=places.key_of(folder), problem=tree.problem.id
            )
        if st.button("Discard this run", icon=":material/delete:", key=f"{page}-discard"):
            live.discard(folder)
            forget(page)
            st.rerun()
