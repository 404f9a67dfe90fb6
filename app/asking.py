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
CHOOSE, TYPE = "Choose", "Type"
"""A problem of a set, or one's own words."""
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


def first(task: str, name: str = "") -> Asked:
    """What is proposed of a problem set; of the first one by default."""
    name = name or next(iter(worlds.WORLDS[task].sets))
    among = problems(task, name)
    proposed = next((problem for problem in among if problem.meta.get("steps") == STEPS), among[0])
    return Asked(proposed, name, proposed.question)


def choose_question(task: str, page: str = "live") -> Asked:
    """The question; `page` names the widgets. What they are to begin with may be set in the session before."""
    thing = worlds.WORLDS[task].thing.capitalize()
    begin = st.session_state.setdefault
    begin(f"{page}-how-{task}", CHOOSE)
    how = st.segmented_control(thing, [CHOOSE, TYPE], required=True, key=f"{page}-how-{task}")
    if how == TYPE:
        return Asked(None, "", _typed(task, page))
    sets = worlds.WORLDS[task].sets
    name = st.selectbox("From", list(sets), format_func=sets.__getitem__, key=f"{page}-set-{task}")
    begin(f"{page}-puzzle-{name}", first(task, name).problem)
    chosen = st.selectbox(
        thing, problems(task, name), format_func=worlds.named, key=f"{page}-puzzle-{name}", label_visibility="collapsed"
    )
    if worlds.named(chosen) != chosen.question:
        st.html(f'<p class="arbutus-told">{escape(chosen.question)}</p>')
    return Asked(chosen, name, chosen.question)


def _typed(task: str, page: str) -> str:
    begin = st.session_state.setdefault
    if task == "word-problems":
        begin(f"{page}-story", OWN_STORY)
        return str(st.text_area("Story", height=160, key=f"{page}-story", help=VOCABULARY))
    begin(f"{page}-numbers", "3 3 8 8")
    begin(f"{page}-target", "24")
    numbers = st.text_input("Numbers", key=f"{page}-numbers", help="Two to six numbers; 2/3 and 1.5 will do")
    target = st.text_input("Target", key=f"{page}-target")
    return f"Make {target} from {numbers}"
