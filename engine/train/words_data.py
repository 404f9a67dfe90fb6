"""Word problems with a solution to learn from: the steps that are needed, in one of the orders that make sense."""

from collections.abc import Iterator, Sequence
from random import Random

from engine.tasks.words.problems import may_train, stories
from engine.tasks.words.story import COMMUTE, Derivation, Story
from engine.train.demonstrations import Demonstration

ALONG = 0.5
"""How often a quantity is derived along with the story where there is another way to it."""
IN_ORDER = 0.7
"""How often the next step is the one that comes first in the story."""


def demonstrations(seed: int, steps: Sequence[int]) -> Iterator[Demonstration]:
    """An endless, reproducible stream: stories of one of `steps` steps, none held out."""
    rng = Random(seed)
    for story in stories(rng, lambda rng: rng.choice(steps), may_train):
        yield Demonstration(story.question, tuple(solution(story, rng)))


def solution(story: Story, rng: Random) -> list[str]:
    """The steps of one way to the answer, each in one of its phrases, and the answer."""
    return [*(say(story.derivations[i], rng) for i in way(story, rng)), story.answer_step]


def way(story: Story, rng: Random) -> list[int]:
    """The derivations of one way to the answer, in an order in which nothing is used before it is derived."""
    chosen: dict[int, int] = {}
    waiting = [story.asked]
    while waiting:
        quantity = waiting.pop()
        if quantity not in chosen:
            first, *others = story.ways(quantity)
            chosen[quantity] = rng.choice(others) if others and rng.random() > ALONG else first
            waiting += story.derivations[chosen[quantity]].needs
    order = list[int]()
    while len(order) < len(chosen):
        done = {story.quantity(i) for i in order}
        ready = [i for i in sorted(chosen.values()) if i not in order and done.issuperset(story.derivations[i].needs)]
        order.append(ready[0] if rng.random() < IN_ORDER else rng.choice(ready))
    return order


def say(derivation: Derivation, rng: Random) -> str:
    """One way to say it; factors and summands in either order."""
    written = derivation.sums()
    turned = derivation.op in COMMUTE and rng.random() < 0.5
    return rng.choice(derivation.says).replace("{}", written[-1 if turned else 0])
