"""Live: set a question, a strategy and a budget, and watch the tree grow."""

from typing import Any

import streamlit as st

from app import asking, knobs, live, pages, watching, worlds
from app.canvas.inspector import HERE
from app.maths.drawing import draws_formulas
from app.worker import command
from engine.protocol import ArbutusError
from engine.search import STRATEGIES, check_parameters
from engine.tasks import find_task

PAGE = "live"


def page() -> None:
    pages.dress()
    st.html(HERE / "inspector.css")
    draws_formulas()
    watching.worker().start()
    controls, view = st.columns([1, 2.6], gap="large")
    with controls:
        st.header("Run a search", anchor=False)
        _form()
    with view:
        folder = watching.shown(PAGE)
        if folder is None:
            _nothing_yet()
        else:
            watching.watch(PAGE, folder)


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
    running = watching.running(PAGE)
    with st.container(horizontal=True, key="live-go"):
        # No callback: its arguments would be those of the last drawing, older than what was typed just before.
        clicked = st.button("Run", type="primary", icon=":material/play_arrow:", disabled=running, key="live-run")
        if clicked or (st.session_state.pop(pages.RUN_NOW, False) and not running):
            _start(asked, job)
            st.rerun()
        if running:
            st.button("Cancel", icon=":material/stop:", key="live-cancel", on_click=watching.cancel, args=(PAGE,))
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
    job = {**job, "problems": asked.problems, "title": title, "problem": live.as_json(problem)}
    watching.submit(PAGE, folder, {**job, "command": command(folder, job)})


def _nothing_yet() -> None:
    with st.container(border=True, height=420, horizontal_alignment="center", vertical_alignment="center"):
        st.markdown("**The tree will grow here.** Set a question and press *Run*.", text_alignment="center")
        st.caption("Everything runs on this machine; nothing is sent anywhere.", text_alignment="center")


page()
