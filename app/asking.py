"""What a live search is asked: the widgets that choose a task, and a problem of it or one's own words."""

from html import escape
from typing import NamedTuple

import streamlit as st

from app import worlds
from engine.tasks import find_task
from engine.tree import Problem

OWN_STORY = (
    "Mia has 28 books. She gives 2 books to each of 5 friends. She buys 3 bags with 4 books in each. "
    "How many books does Mia have now?"
)
STEPS = 4
"""Of a problem that is proposed first, where it is known how many it takes."""
VOCABULARY = (
    "The model was trained on one kind of story: people who have, buy, find, lose, give, sell and share things. "
    "It spells out any other word, but has never seen it. A story of your own has no key: nobody tells whether its "
    "steps are true, only whether the sums are."
)


class Asked(NamedTuple):
    """What is to be searched: a problem of a set, or a question as it was typed."""

    problem: Problem | None
    problems: str
    """The problem set; empty for a typed question."""
    question: str

    def read(self, task: str) -> Problem:
        """The problem. Raises `ArbutusError` if what was typed is none."""
        return self.problem or find_task(task).read(self.question)


@st.cache_data(show_spinner="Reading the problems")
def problems(task: str, name: str) -> list[Problem]:
    return find_task(task).problems(name)


def choose_task() -> str:
    """The task; `pages.switch("live", task=…)` and links choose it by its title."""
    tasks = worlds.playable()
    if len(tasks) == 1:
        return tasks[0]
    return st.segmented_control(
        "Task", tasks, format_func=worlds.title, default=tasks[0], required=True, key="task", bind="query-params"
    )


def choose_question(task: str, page: str = "live") -> Asked:
    """The question; `page` names the widgets."""
    thing = worlds.WORLDS[task].thing.capitalize()
    how = st.segmented_control(thing, ["Choose", "Type"], default="Choose", required=True, key=f"{page}-how-{task}")
    if how == "Type":
        return Asked(None, "", _typed(task, page))
    sets = worlds.WORLDS[task].sets
    name = st.selectbox("From", list(sets), format_func=sets.__getitem__, key=f"{page}-set-{task}")
    among = problems(task, name)
    first = next((i for i, problem in enumerate(among) if problem.meta.get("steps") == STEPS), 0)
    chosen = st.selectbox(
        thing, among, first, format_func=worlds.named, key=f"{page}-puzzle-{name}", label_visibility="collapsed"
    )
    if worlds.named(chosen) != chosen.question:
        st.html(f'<p class="arbutus-told">{escape(chosen.question)}</p>')
    return Asked(chosen, name, chosen.question)


def _typed(task: str, page: str) -> str:
    if task == "word-problems":
        return str(st.text_area("Story", OWN_STORY, height=160, key=f"{page}-story", help=VOCABULARY))
    numbers = st.text_input("Numbers", "3 3 8 8", key=f"{page}-numbers", help="Two to six numbers; 2/3 and 1.5 will do")
    target = st.text_input("Target", "24", key=f"{page}-target")
    return f"Make {target} from {numbers}"
