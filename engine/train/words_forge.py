"""Solutions told wrong in one step, and true to themselves after it: what a PRM learns from beside the policy's own.

The mistakes are those that people make: a wrong number copied (often one that has nothing to do with it), another
operation, a slip in the arithmetic, something that happened left out, the wrong thing given as the answer.
"""

import re
from random import Random

from engine.tasks.words.story import ANSWER, OPERATIONS, Derivation, Story
from engine.train.words_data import way

KINDS = ("number", "number", "operation", "slip", "slip", "left out", "answer")


def forged(story: Story, rng: Random) -> list[str]:
    """A solution of `story` with a mistake somewhere."""
    kind = rng.choice(KINDS)
    if kind == "answer":
        return _wrong_answer(story, rng)
    order = way(story, rng)
    wrong = rng.choice(order)
    values: dict[int, int] = {}
    steps: list[str] = []
    for i in order:
        made = story.derivations[i]
        a, b = (operand.value if operand.of is None else values[operand.of] for operand in (made.left, made.right))
        op = made.op
        if i == wrong:
            a, op, b = _mistake(story, made, (a, op, b), kind, rng)
        result = OPERATIONS[op](a, b)
        if result is None or not 0 <= result <= 999:
            return steps
        if i == wrong and kind == "slip":
            result = max(0, result + rng.choice((-10, -2, -1, 1, 2, 10, rng.randint(-30, 30))))
        values[story.quantity(i)] = result
        steps.append(_say(made, f"{a} {op} {b} = {result}", rng))
    return [*steps, f"{ANSWER}{values[story.asked]} {story.unit}"]


def _say(made: Derivation, written: str, rng: Random) -> str:
    return rng.choice(made.says).replace("{}", written)


def _mistake(
    story: Story, made: Derivation, right: tuple[int, str, int], kind: str, rng: Random
) -> tuple[int, str, int]:
    a, op, b = right
    if kind == "operation":
        return a, rng.choice([other for other in OPERATIONS if other != op]), b
    if kind == "left out" and made.left.of is not None:
        return story.derivations[made.left.of].left.value, op, b
    if kind == "slip":
        return right
    other = rng.choice([int(n) for n in re.findall(r"\d+", story.question)])
    if rng.random() < 0.2:
        other = max(1, b + rng.choice((-10, -2, -1, 1, 2, 10)))
    return (other, op, b) if made.left.of is None and rng.random() < 0.4 else (a, op, other)


def _wrong_answer(story: Story, rng: Random) -> list[str]:
    """Right steps as far as it pleases, and then an answer that isn't the one asked for."""
    order = way(story, rng)
    count = rng.randint(1, len(order))
    steps = [_say(story.derivations[i], rng.choice(story.derivations[i].sums()), rng) for i in order[:count]]
    early = story.derivations[order[count - 1]].result
    given = early if count < len(order) else story.answer + rng.choice((-1, 1, 10))
    return [*steps, f"{ANSWER}{given} {story.unit}"]
