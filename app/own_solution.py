"""A solution of one's own, judged by a PRM in the worker process: what is asked, what came of it, and before."""

import time
from html import escape
from typing import Any, NamedTuple
from uuid import uuid4

import streamlit as st

from app import asking, live, logged_solutions, own_address, prm_data, watching, worlds
from app.judged_steps import judged_list, sentence, weighed
from engine.protocol import ArbutusError
from engine.solution import JudgedStep, Judgement, read_steps
from engine.tree import Problem

PATIENCE = 180
"""Seconds to wait for the worker: it may have a search before this."""
LOOK = 0.05
"""Seconds between two looks at whether it is done."""
SHAPE = {
    "countdown": "10 - 4 = 6 (left: 5 6 6)\n5 * 6 = 30 (left: 6 30)",
    "word-problems": "Mia gives 5 × 2 = 10 books.\nMia has 28 - 10 = 18 books left.",
}
"""By task: what its steps look like."""
HELP = (
    "One step a line. The PRM reads your words to the letter, and was trained on steps of one form: what it says of "
    "others is its own guess."
)


class Scored(NamedTuple):
    """A solution that was judged."""

    task: str
    prm: str
    problem: Problem
    judgement: Judgement


def own_solution() -> None:
    """The whole of it: what is to be judged on one side, what was found on the other."""
    watching.worker().start()
    st.html(
        '<p class="arbutus-lead">Paste or write a solution, one step a line, and see the reward of each step. '
        "Change a step, or the PRM, and score again to see what that does.</p>"
    )
    form, view = st.columns([1, 1.5], gap="large")
    with form:
        task = asking.choose_task()
        own_address.take_up(task)
        asked = asking.choose_question(task, "own")
        prm = _choose_prm(task)
        text = _steps(task, asked, prm)
        clicked = st.button("Score the steps", type="primary", icon=":material/grading:", key="own-score")
    with view:
        if clicked:
            _score(task, prm, asked, text)
        scored: Scored | None = st.session_state.get("own-now")
        if scored is None or scored.task != task or scored.problem.question != _question(asked, task):
            _nothing_yet()
        else:
            _found(scored, _before(scored))
            if _texts(scored) != _tidy(text) or scored.prm != prm:
                st.caption("This is of the solution as it was scored last: press *Score the steps* again.")


def _choose_prm(task: str) -> str:
    """One that knows the task."""
    words = worlds.WORLDS[task].prms
    return str(
        st.selectbox(
            "PRM", worlds.reward_models(task), format_func=lambda name: f"{name}: {words.get(name, 'a reward model')}",
            key=f"own-prm-{task}",
        )
    )  # fmt: skip


def _steps(task: str, asked: asking.Asked, prm: str) -> str:
    """The steps as they are typed; to begin with those scored last, or a logged solution where there is one."""
    begin = logged_solutions.proposed(task, asked.problems, asked.question)
    key = own_address.steps_key(task, asked)
    if key not in st.session_state:
        last: Scored | None = st.session_state.get("own-now")
        again = last is not None and last.task == task and last.problem.question == _question(asked, task)
        st.session_state[key] = "\n".join(_texts(last)) if last is not None and again else begin
    text = st.text_area("Steps", height=190, key=key, placeholder=SHAPE[task], help=HELP)
    if begin and text == begin:
        st.caption("To begin with: what a logged search chose for this question. Write over it.")
    elif not own_address.fits(text):
        st.caption("It is too long for the page's address: a reload or a link brings back the question alone.")
    own_address.keep(task, asked, prm, text, begin)
    return str(text)


def _question(asked: asking.Asked, task: str) -> str:
    try:
        return asked.read(task).question
    except ArbutusError:
        return ""


def _tidy(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _texts(scored: Scored) -> list[str]:
    return [step.text for step in scored.judgement.steps]


def _before(scored: Scored) -> Scored | None:
    """What was scored before, if it was the same question."""
    before: Scored | None = st.session_state.get("own-before")
    return before if before is not None and before.problem.question == scored.problem.question else None


def _score(task: str, prm: str, asked: asking.Asked, text: str) -> None:
    """Have it judged, and remember what was found and what was before; or say what is wrong."""
    try:
        problem, steps = asked.read(task), read_steps(text)
        found = _ask({"task": task, "prm": prm, "problem": live.as_json(problem), "steps": steps})
    except ArbutusError as error:
        st.error(f"This can't be scored: {error}", icon=":material/edit:")
        return
    judged = Judgement(**{**found, "steps": [JudgedStep(**step) for step in found["steps"]]})
    st.session_state["own-before"] = st.session_state.get("own-now")
    st.session_state["own-now"] = Scored(task, prm, problem, judged)


def _ask(job: dict[str, Any]) -> dict[str, Any]:
    """What the worker found. Raises `ArbutusError` with why it found nothing."""
    status = watching.worker().submit({**job, "id": uuid4().hex})
    said, until = st.empty(), time.monotonic() + PATIENCE
    while not status.ended:
        if time.monotonic() > until:
            raise ArbutusError("the worker process is busy with another search; wait for it, then score again")
        # Each word to the page is a place where another click can break off the waiting.
        said.info(_standing(), icon=":material/hourglass_top:")
        time.sleep(LOOK)
    said.empty()
    if status.found is None:
        raise ArbutusError(status.error or "the worker process gave no answer; score again")
    return status.found


def _standing() -> str:
    ready = watching.worker().ready
    return "The PRM reads." if ready else "The models are being loaded; this takes a few seconds once."


def _nothing_yet() -> None:
    with st.container(border=True, height=300, horizontal_alignment="center", vertical_alignment="center"):
        st.markdown("**The rewards will be here.** Press *Score the steps*.", text_alignment="center")
        st.caption("Everything runs on this machine; nothing is sent anywhere.", text_alignment="center")


def _found(scored: Scored, before: Scored | None) -> None:
    judgement, question = scored.judgement, scored.problem.question
    with st.spinner("Choosing the threshold on logged solutions"):
        chosen = prm_data.threshold(scored.prm, scored.task, question)
    st.html(f'<p class="arbutus-question">{escape(question)}</p>')
    place = st.empty()
    threshold = st.slider(
        "Threshold", 0.0, 1.0, round(min(chosen.value, 1.0), 2), 0.01,
        key=f"own-threshold-{scored.prm}-{chosen.value:.2f}",
        help="A PRM says that the first step whose reward is below the threshold is the first wrong one.",
    )  # fmt: skip
    place.html(
        f'<p class="arbutus-parting" role="status">{sentence(judgement.steps, threshold)}</p>'
        f"{judged_list(judgement, threshold, before.judgement if before else None)}"
    )
    st.caption(" ".join([*_told(scored, before), _of_threshold(chosen)]))


def _told(scored: Scored, before: Scored | None) -> list[str]:
    """Who judged, what that took, and what the earlier rewards are of."""
    judgement = scored.judgement
    end = {True: "The solution is right.", False: "The solution is wrong.", None: ""}[judgement.correct]
    parts = [f"Scored by {scored.prm}, which read {judgement.tokens:,} tokens.", weighed(judgement.steps), end]
    if not judgement.ended:
        parts.append("The solution hasn't ended yet.")
    if before is not None:
        by = f" by {before.prm}" if before.prm != scored.prm else ""
        parts.append(f"“Before” is what was scored{by} the last time.")
    return [part for part in parts if part]


def _of_threshold(chosen: prm_data.Threshold) -> str:
    if not chosen.solutions:
        return f"Threshold {chosen.value}: no run here has enough logged solutions to choose one on."
    basis = f"{chosen.solutions:,} logged solutions to other questions ({chosen.run})"
    if chosen.low == chosen.high:
        return f"The threshold proposed, {chosen.value:.2f}, has the best first-error F1 on {basis}."
    return (
        f"On {basis} every threshold from {chosen.low:.2f} to {chosen.high:.2f} finds the first wrong step about as "
        "well as the best of them, as far as a bootstrap over problems tells. Proposed is their middle, "
        f"{chosen.value:.2f}."
    )
