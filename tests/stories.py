"""Word problems played by a scripted policy and judged by a scripted PRM: trees of sentences for tests.

The policy offers every true next step, and beside each the slips a pupil makes: a sum that is off by one, a number
from elsewhere in the story, an answer too early. The PRM mostly knows which is which. Both know the key.
"""

import re
from collections.abc import Sequence
from functools import cache
from random import Random

from engine.models.scripted import Option, ScriptedPolicy, ScriptedPRM
from engine.scheduler import Setting
from engine.search import check_parameters, find_strategy
from engine.tasks import find_task
from engine.tasks.words.checking import truths, walk
from engine.tasks.words.generate import make_story
from engine.tasks.words.problems import to_problem
from engine.tasks.words.story import Story
from engine.tree import Problem, Tree
from tests.worlds import KNOBS, chance, search

WORDS = find_task("word-problems")
STORIES = {story.question: story for story in (make_story(Random(seed), steps) for seed, steps in ((4, 3), (11, 8)))}
PROBLEMS = tuple(to_problem(story, f"story-{i}") for i, story in enumerate(STORIES.values()))
SHORT, LONG = PROBLEMS
TYPED = WORDS.read("Mia has 28 books. She gives 2 books to each of 5 friends. How many books does Mia have now?")


@cache
def moves(prompt: str, steps: tuple[str, ...]) -> tuple[Option, ...]:
    """The policy's script."""
    story = STORIES[prompt.strip()]
    true = truths(story, walk(story, steps) or [])
    if len(steps) >= 12:
        return ((f"Answer: {len(steps)} {story.unit}", 1.0, True),)
    told = [(step, 1.0 + 3.0 * chance(prompt, steps, step)) for step in dict.fromkeys(true)]
    told += [(slip, 0.5 * weight) for step, weight in told for slip in _slips(story, step)]
    return tuple((step, weight, step.startswith("Answer")) for step, weight in told)


def _slips(story: Story, step: str) -> Sequence[str]:
    """Wrong steps that look like `step`: its last number is another, and an answer that comes too early."""
    numbers = re.findall(r"\d+", step)
    off = re.sub(r"\d+(?=\D*$)", str(int(numbers[-1]) + 1), step)
    return (off,) if step.startswith("Answer") else (off, f"Answer: {numbers[-1]} {story.unit}")


@cache
def opinion(prompt: str, steps: tuple[str, ...]) -> float:
    """The PRM's rule: mostly the truth, partly luck."""
    good = walk(STORIES[prompt.strip()], steps) is not None
    return round(0.6 * good + 0.4 * chance("opinion", prompt, steps), 3)


def setting(strategy: str = "beam", *, seed: int = 0) -> Setting:
    found = find_strategy(strategy)
    return Setting(
        task=WORDS,
        strategy=found,
        policy=ScriptedPolicy(moves),
        prm=ScriptedPRM(opinion) if found.needs_prm else None,
        parameters=check_parameters(found, KNOBS[strategy]),
        seed=seed,
    )


def story_tree(problem: Problem = SHORT, strategy: str = "beam", seed: int = 0) -> Tree:
    """The tree of one story, searched by the script."""
    return search(problem, setting(strategy, seed=seed))
