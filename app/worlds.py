"""The worlds of the explorer: what the tasks whose models come with the engine are called, and what is in them."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.maths.plain import plain
from engine.models.registry import KNOWS, POLICIES, PRMS
from engine.tasks import TASKS
from engine.tree import Problem

BRIEF = 90
"""Characters of a question where it is only named."""


@dataclass(frozen=True, slots=True)
class World:
    """A task as the pages speak of it."""

    title: str
    thing: str
    """What one of its questions is: a puzzle, a story."""
    sets: Mapping[str, str]
    """Its problem sets, in words."""
    prms: Mapping[str, str]
    """Its reward models, in words."""


WORLDS = {
    "countdown": World(
        "Countdown",
        "puzzle",
        {
            "tot-100": "Tree of Thoughts test set: 24 from four numbers",
            "held-150": "More puzzles of 24, held out",
            "countdown-200": "Countdown: four or five numbers, any target",
        },
        {
            "countdown-prm": "careful: it has seen the policy's mistakes",
            "countdown-prm-naive": "naive: it has seen legal steps only",
        },
    ),
    "word-problems": World(
        "Word problems",
        "story",
        {
            "stories-100": "100 stories of 2 to 8 steps, held out",
            "stories-350": "350 more stories, held out",
        },
        {"words-prm": "it has seen the policy's mistakes"},
    ),
}


def playable() -> list[str]:
    """The tasks that can be searched here at once: those whose models come with the engine."""
    own = {*POLICIES, *PRMS}
    return [name for name in WORLDS if (models := TASKS[name].models) is not None and own.issuperset(models)]


def reward_models(task: str) -> list[str]:
    """The built-in reward models that know `task`, its own first."""
    models = TASKS[task].models
    known = [name for name in PRMS if KNOWS[name.partition("-")[0]] == task]
    return sorted(known, key=lambda name: models is None or name != models[1])


def title(task: str) -> str:
    """What a task is called; the name it goes by in a command if there is no other."""
    return WORLDS[task].title if task in WORLDS else task


def brief(question: str, length: int = BRIEF) -> str:
    """A question in one line, its formulas read as text, cut between words if it is longer than `length`."""
    line = " ".join(plain(question).split())
    return line if len(line) <= length else f"{line[:length].rpartition(' ')[0] or line[:length]} …"


def named(problem: Problem) -> str:
    """A problem in a list: its question, after the steps it takes where that is known and the question is long."""
    steps = problem.meta.get("steps")
    return f"{steps} steps · {brief(problem.question)}" if steps else problem.question
