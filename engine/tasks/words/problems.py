"""Problem sets of stories, and what is held out.

A story is held out if both its template (which kinds of sentence follow each other) and its numbers are, by a hash;
one that models are trained on has neither. So what is measured is solved by no template and by no numbers seen.

The sets are stored as they were made, in `sets/`: to make them again takes seconds, since few stories are held out,
and what was measured on them stays what it was. `write_sets` makes them again, after the generator has changed.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from random import Random
from zlib import crc32

from engine.tasks.words.generate import STEPS, make_story
from engine.tasks.words.story import Story, to_meta
from engine.tree import Problem

SHARE = 8
"""One in so many templates is held out, and one in so many sets of numbers."""


def held(text: str) -> bool:
    return crc32(text.encode()) % SHARE == 0


def numbers(story: Story) -> str:
    return " ".join(re.findall(r"\d+", story.question))


def held_out(story: Story) -> bool:
    """Whether neither its template nor its numbers may be trained on."""
    return held(story.template) and held(numbers(story))


def may_train(story: Story) -> bool:
    return not held(story.template) and not held(numbers(story))


def stories(rng: Random, steps: Callable[[Random], int], wanted: Callable[[Story], bool]) -> Iterator[Story]:
    """An endless stream of stories of as many steps as `steps` says, of those that are `wanted`."""
    while True:
        number = steps(rng)
        story = make_story(rng, number)
        while not wanted(story):
            story = make_story(rng, number)
        yield story


def make_set(name: str) -> list[Problem]:
    """The problems of a set, from the generator: as many of each number of steps."""
    rng = Random(name)
    levels = sorted(STEPS[i % len(STEPS)] for i in range(SIZES[name]))
    ordered = iter(levels)
    found = stories(rng, lambda _: next(ordered), held_out)
    return [to_problem(next(found), f"{name}-{i:03}") for i in range(len(levels))]


def to_problem(story: Story, name: str) -> Problem:
    return Problem(name, story.question, str(story.answer), to_meta(story))


def write_sets() -> None:
    """Store every set, a JSON line a problem."""
    for name in SIZES:
        lines = (json.dumps(asdict(problem), ensure_ascii=False) for problem in make_set(name))
        _file(name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _stored(name: str) -> list[Problem]:
    lines = _file(name).read_text(encoding="utf-8").splitlines()
    return [Problem(**json.loads(line)) for line in lines]


def _file(name: str) -> Path:
    return Path(__file__).parent / "sets" / f"{name}.jsonl"


SIZES = {"stories-100": 100, "stories-350": 350}
"""By name: 2 to 8 steps, evenly."""
PROBLEM_SETS: dict[str, Callable[[], list[Problem]]] = {name: partial(_stored, name) for name in SIZES}
