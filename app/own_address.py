"""A solution of one's own as an address: its question, its steps and who judges it.

What the page proposes by itself isn't named. The address is taken up where it has changed: on a reload, a step back, a
link from elsewhere. Where a widget has changed instead, the address is the older of the two, and is written anew.
"""

import re
from urllib.parse import quote

import streamlit as st

from app import asking, logged_solutions, worlds
from app.asking import Asked

OWN = "Your own solution"
"""What the PRM lab shows then, as it and the address name it."""
QUESTION, STEPS, PRM = "question", "steps", "prm"
"""Names in the address."""
LONGEST = 2_000
"""Characters that a solution may take up in an address: longer ones are cut by some browsers, mails and chats."""
_WIDGETS = ("own-how", "own-set", "own-puzzle", "own-story", "own-numbers", "own-target", "own-prm", "own-steps")
_TOLD, _LEFT = "own-address", "own-widgets"


def fits(steps: str) -> bool:
    """Whether a solution is short enough for an address."""
    return len(quote(steps)) <= LONGEST


def query(question: str, steps: str, prm: str = "") -> dict[str, str]:
    """What leads to a solution in an address; without the steps where they are too long."""
    said = {QUESTION: question, STEPS: steps if fits(steps) else "", PRM: prm}
    return {name: value for name, value in said.items() if value}


def take_up(task: str) -> None:
    """Before the widgets of `task` are drawn: set them to what the address says, where it has changed."""
    asked = {name: value for name in (QUESTION, STEPS, PRM) if (value := st.query_params.get(name))}
    now = _widgets()
    if not now and not asked:
        return  # the page has just been opened, and proposes something
    if now and (now != st.session_state.get(_LEFT) or asked == st.session_state.get(_TOLD)):
        return
    st.session_state[_TOLD] = asked
    question = _choose(task, asked.get(QUESTION, ""))
    prms = worlds.reward_models(task)
    prm = asked.get(PRM)
    st.session_state[f"own-prm-{task}"] = prm if prm in prms else prms[0]
    begin = logged_solutions.proposed(task, question.problems, question.question)
    st.session_state[steps_key(task, question)] = asked.get(STEPS, begin)


def keep(task: str, asked: Asked, prm: str, text: str, begin: str) -> None:
    """After they are drawn: write into the address what it doesn't say yet."""
    own = text != begin
    named = own or asked.question != asking.first(task).question
    usual = prm == worlds.reward_models(task)[0]
    said = query(asked.question if named else "", text if own else "", "" if usual else prm)
    if said != {name: st.query_params[name] for name in (QUESTION, STEPS, PRM) if st.query_params.get(name)}:
        st.query_params.update({name: said.get(name, []) for name in (QUESTION, STEPS, PRM)})
    st.session_state[_TOLD], st.session_state[_LEFT] = said, _widgets()


def steps_key(task: str, asked: Asked) -> str:
    return f"own-steps-{task}-{asked.question}"


def _widgets() -> dict[str, object]:
    return {str(key): value for key, value in st.session_state.items() if str(key).startswith(_WIDGETS)}


def _choose(task: str, question: str) -> Asked:
    """Have the widgets show a question: as one of a set where it is one, else as it was typed."""
    for name in worlds.WORLDS[task].sets if question else ():
        found = next((problem for problem in asking.problems(task, name) if problem.question == question), None)
        if found is not None:
            return _show(task, Asked(found, name, question))
    numbers = re.fullmatch(r"Make (\S+) from (.+)", question)
    if not question or (task == "countdown" and not numbers):
        return _show(task, asking.first(task))
    st.session_state[f"own-how-{task}"] = asking.TYPE
    if numbers and task == "countdown":
        st.session_state["own-target"], st.session_state["own-numbers"] = numbers.groups()
    else:
        st.session_state["own-story"] = question
    return Asked(None, "", question)


def _show(task: str, asked: Asked) -> Asked:
    st.session_state[f"own-how-{task}"] = asking.CHOOSE
    st.session_state[f"own-set-{task}"] = asked.problems
    st.session_state[f"own-puzzle-{asked.problems}"] = asked.problem
    return asked
