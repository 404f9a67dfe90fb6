"""Word problems with a solution to learn from: the steps that are needed, in one of the orders that make sense."""

from collections.abc import Iterator, Sequence
from random import Random

from engine.tasks.words.problems import may_train, stories
from engine.tasks.words.story import COMMUTE, Derivation, Story
from engine.train.demonstrations import Demonstration

IN_ORDER = 0.85
"""How often the next step is the one that comes first in the story."""


def demonstrations(seed: int, steps: Sequence[int]) -> Iterator[Demonstration]:
    """An endless, reproducible stream: stories of one of `steps` steps, none held out."""
    rng = Random(seed)
    for story in stories(rng, lambda rng: rng.choice(steps), may_train):
        yield Demonstration(story.question, tuple(solution(story, rng)))


def solution(story: Story, rng: Random) -> list[str]:
    """The needed steps, each in one of its ways, and the answer."""
    needed, done, steps = set(story.needed()), list[int](), list[str]()
    while len(done) < len(needed):
        ready = [i for i in story.open(done) if i in needed]
        done.append(ready[0] if rng.random() < IN_ORDER else rng.choice(ready))
        steps.append(say(story.derivations[done[-1]], rng))
    return [*steps, story.answer_step]


def say(derivation: Derivation, rng: Random) -> str:
    """One way to say it; two factors in either order, summands mostly as they come."""
    written = derivation.sums()
    turned = derivation.op in COMMUTE and rng.random() < (0.5 if derivation.op == "×" else 0.1)
    return rng.choice(derivation.says).replace("{}", written[-1 if turned else 0])
