"""Live: set a puzzle, a strategy and a budget, and watch the tree grow."""

from html import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

import streamlit as st

from app import data, live, pages
from app.canvas import facts, tree_canvas
from app.canvas.inspector import HERE, inspector
from app.worker import command
from engine.budgets import UNITS
from engine.models.registry import PRMS
from engine.protocol import ArbutusError, Parameter, Strategy
from engine.runs import Run, RunError
from engine.search import STRATEGIES, check_parameters
from engine.tasks import find_task
from engine.tree import Problem, Tree

POLL = 0.25
"""Seconds between two looks at the log."""
SIZES = (1, 2, 4, 8, 16, 32, 64)
NO_LIMIT = "no limit"
LIMITS: dict[str, tuple[float, float]] = {
    "completions": (1, 16), "policy_tokens": (1, 500), "tokens": (1, 1000),
    "flops": (1e6, 1e9), "seconds": (0.01, 0.5), "money": (1e-6, 0.001),
}  # fmt: skip
"""For each unit of a budget the least there may be, and what is proposed."""
PRM_NAMES = {
    "countdown-prm": "careful: it has seen the policy's mistakes",
    "countdown-prm-naive": "naive: it has seen legal steps only",
}
SET_NAMES = {
    "tot-100": "Tree of Thoughts test set: 24 from four numbers",
    "held-150": "More puzzles of 24, held out",
    "countdown-200": "Countdown: four or five numbers, any target",
}


@st.cache_resource(show_spinner=False)
def worker() -> live.Worker:
    return live.Worker()


@st.cache_data(show_spinner=False)
def problems(name: str) -> list[Problem]:
    return find_task("countdown").problems(name)


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
            (_growing if _running() else _at_rest)(folder)


def _form() -> None:
    question = _puzzle()
    strategy = _strategy()
    parameters = _size(strategy)
    prm = "countdown-prm"
    if strategy.needs_prm:
        prm = st.selectbox("Reward model", PRMS, format_func=lambda name: PRM_NAMES.get(name, name), key="live-prm")
    pause = st.slider(
        "Pause between rounds", 0.0, 2.0, 0.5, 0.1, format="%.1f s", key="live-pause",
        help="The models are fast; a pause lets the eye follow. It changes nothing in the search.",
    )  # fmt: skip
    with st.expander("More: shape of the search, budget, temperature, seed"):
        parameters |= _shape(strategy)
        budget, prices = _budget()
        temperature = st.slider(
            "Temperature", 0.0, 2.0, find_task("countdown").temperature, 0.1, key="live-temperature"
        )
        seed = st.number_input("Seed", min_value=0, max_value=2**31 - 1, value=0, step=1, key="live-seed")
    job = {
        "strategy": strategy.name, "parameters": parameters, "prm": prm, "pause": pause, "budget": budget,
        "prices": prices, "temperature": temperature, "seed": int(seed),
    }  # fmt: skip
    running = _running()
    with st.container(horizontal=True):
        # No callback: its arguments would be those of the last drawing, older than what was typed just before.
        clicked = st.button("Run", type="primary", icon=":material/play_arrow:", disabled=running, key="live-run")
        if clicked or (st.session_state.pop(pages.RUN_NOW, False) and not running):
            _start(question, job)
            st.rerun()
        if running:
            st.button("Cancel", icon=":material/stop:", key="live-cancel", on_click=_cancel)
    if error := st.session_state.pop("live-error", None):
        st.error(error, icon=":material/edit:")


def _puzzle() -> str:
    how = st.segmented_control("Puzzle", ["Choose", "Type"], default="Choose", required=True, key="live-how")
    if how == "Type":
        numbers = st.text_input(
            "Numbers", "3 3 8 8", key="live-numbers", help="Two to six numbers; 2/3 and 1.5 are fine"
        )
        target = st.text_input("Target", "24", key="live-target")
        return f"Make {target} from {numbers}"
    name = st.selectbox("From", list(SET_NAMES), format_func=SET_NAMES.__getitem__, key="live-set")
    chosen = st.selectbox("Puzzle", problems(name), format_func=lambda p: p.question, key=f"live-puzzle-{name}",
                          label_visibility="collapsed")  # fmt: skip
    return str(chosen.question)


def _strategy() -> Strategy:
    name = st.selectbox("Strategy", list(STRATEGIES), index=list(STRATEGIES).index("beam"), key="live-strategy")
    strategy = STRATEGIES[name]
    st.caption(f"{strategy.summary}. {strategy.paper}.")
    return strategy


def _size(strategy: Strategy) -> dict[str, float | str]:
    parameter = strategy.parameters.get("n")
    if parameter is None:
        return {}
    key = f"live-{strategy.name}-n"
    return {"n": st.select_slider("n", SIZES, int(parameter.default), help=parameter.help, key=key)}


def _shape(strategy: Strategy) -> dict[str, float | str]:
    """The strategy's parameters other than its size."""
    return {
        name: _knob(name, parameter, key=f"live-{strategy.name}-{name}")
        for name, parameter in strategy.parameters.items()
        if name != "n"
    }


def _knob(name: str, parameter: Parameter, key: str) -> float | str:
    if parameter.choices:
        first = parameter.choices.index(str(parameter.default))
        return str(st.selectbox(name, parameter.choices, first, help=parameter.help, key=key))
    kind, usual = (int, 16) if isinstance(parameter.default, int) else (float, 10.0)
    most = kind(min(parameter.most, max(usual, 4 * float(parameter.default))))
    given: float = st.number_input(
        name, kind(parameter.least), most, kind(parameter.default), help=parameter.help, key=key
    )
    return given


def _budget() -> tuple[dict[str, float], dict[str, float]]:
    """The limit that was set, by unit, and the prices a million tokens if it is one of money."""
    unit = st.selectbox(
        "Budget", [NO_LIMIT, *UNITS], format_func=lambda name: UNITS[name].words if name in UNITS else name,
        key="live-budget", help="The search stops when it has spent so much, and answers from what it has.",
    )  # fmt: skip
    if unit == NO_LIMIT:
        return {}, {}
    least, usual = LIMITS[unit]
    limit = st.number_input(
        f"At most so many {UNITS[unit].words}" if unit != "money" else "At most so much money", least, None, usual,
        key=f"live-{unit}", format=None if isinstance(usual, int) else "%g",
    )  # fmt: skip
    return {unit: limit}, _prices() if unit == "money" else {}


def _prices() -> dict[str, float]:
    st.caption("Prices of a million tokens, in any one currency")
    usual = {"policy": ("Sampled", 0.4), "prompt": ("Prompt", 0.1), "prm": ("PRM", 0.1)}
    return {
        name: column.number_input(label, 0.0, None, price, 0.05, key=f"live-price-{name}")
        for column, (name, (label, price)) in zip(st.columns(3), usual.items(), strict=True)
    }


def _start(question: str, job: dict[str, Any]) -> None:
    try:
        problem = find_task("countdown").read(question)
        check_parameters(STRATEGIES[job["strategy"]], job["parameters"])
    except ArbutusError as error:
        st.session_state["live-error"] = str(error)
        return
    folder = live.new_folder(problem.question, job["strategy"])
    title = f"{problem.question}, {job['strategy']}"
    told = command(folder, problem.question, job)
    job = {**job, "id": uuid4().hex, "folder": str(folder), "question": problem.question, "title": title,
           "command": told}  # fmt: skip
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
        st.markdown("**The tree will grow here.** Set a puzzle and press *Run*.", text_alignment="center")
        st.caption("Everything runs on this machine; nothing is sent anywhere.", text_alignment="center")


@st.fragment(run_every=POLL)
def _growing(folder: Path) -> None:
    if not _running():
        st.rerun()  # once more as a whole: without polling, and with what can be done now
    _look(folder)


@st.fragment
def _at_rest(folder: Path) -> None:
    tree = _look(folder)
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
                st.html(inspector(tree, tree.node(selected), "countdown"))
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
    ended = facts.stopped(tree, budget) if closed is not None else ""
    verdict = f"<b>{escape(verdict)}</b> · {ended}{', ' * bool(ended)}"
    st.html(
        f'<div class="arbutus-head"><h2>{escape(tree.problem.question)}</h2><p>{verdict}'
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
