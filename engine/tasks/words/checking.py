"""Which steps of a solution are true, from the story's own facts; and what is wrong with one that is not."""

import re
from collections.abc import Sequence

from engine.tasks.words.story import ANSWER, OPERATIONS, Story

SUM = re.compile(r"(\d+) ([-+×÷]) (\d+) = (\d+)")


def follow(story: Story, steps: Sequence[str]) -> tuple[list[int], int | None]:
    """The quantities that `steps` derive one after the other, and the index of the first step that isn't right.

    A step is right if it says, in one of the story's ways, a quantity that follows from the story and the steps
    before it, and that no step has said yet. The answer is right if it is the quantity asked for, derived before.
    """
    done: list[int] = []
    for at, step in enumerate(steps):
        if step == story.answer_step and story.asked in done:
            return done, None if at == len(steps) - 1 else at + 1
        made = made_by(story, done, step)
        if made is None:
            return done, at
        done.append(story.quantity(made))
    return done, None


def first_wrong(story: Story, steps: Sequence[str]) -> int | None:
    """The index of the first step that isn't right; None if all are."""
    return follow(story, steps)[1]


def walk(story: Story, steps: Sequence[str]) -> list[int] | None:
    """The quantities that `steps` derive; None if a step isn't right."""
    done, wrong = follow(story, steps)
    return done if wrong is None else None


def made_by(story: Story, done: Sequence[int], step: str) -> int | None:
    """The derivation that `step` makes where the quantities in `done` are known; None if it makes none."""
    return next((i for i in story.open(done) if step in story.derivations[i].sentences()), None)


def truths(story: Story, done: Sequence[int]) -> list[str]:
    """Every right next step."""
    answer = [story.answer_step] if story.asked in done else []
    return [s for i in story.open(done) for s in story.derivations[i].sentences()] + answer


def answer_in(step: str) -> str | None:
    """The number that an answering step gives, as it is compared; None if it gives none."""
    if not step.startswith(ANSWER):
        return None
    found = re.match(r"-?\d+", step.removeprefix(ANSWER).strip())
    return str(int(found.group())) if found else None


def explain(story: Story, steps: Sequence[str]) -> str:
    """What is to be said of the last step's truth, in a sentence or two."""
    before = walk(story, steps[:-1])
    if before is None:
        return "An earlier step was wrong."
    if walk(story, steps) is not None:
        made = made_by(story, before, steps[-1])
        beside = made is not None and story.quantity(made) not in story.useful()
        return "Right, though the question doesn't need it." if beside else "Right."
    return why_wrong(story, before, steps[-1])


def why_wrong(story: Story, done: Sequence[int], step: str) -> str:
    """What is wrong with a step after the quantities in `done`."""
    if step.startswith(ANSWER):
        if story.asked not in done:
            return "Wrong: what is asked for hasn't been worked out yet."
        return f"Wrong: the answer is {story.answer} {story.unit}."
    found = SUM.search(step)
    if found is None:
        return "Wrong: it works nothing out."
    a, op, b, c = found.groups()
    true = OPERATIONS[op](int(a), int(b))
    if true != int(c):
        return f"Wrong sum: {a} {op} {b} is {'no whole number' if true is None else true}, not {c}."
    frame = step[: found.start()] + "{}" + step[found.end() :]
    same = [i for i, d in enumerate(story.derivations) if frame in d.says]
    if any(story.quantity(i) in done and step in story.derivations[i].sentences() for i in same):
        return "It was said before."
    expected = next((i for i in same if i in story.open(done)), None)
    if expected is not None:
        return f"Wrong: by the story it is {story.derivations[expected].sums()[0]}."
    if any(step in story.derivations[i].sentences() for i in same):
        return "Wrong: a step before it is left out."
    return "Wrong: the story doesn't say so."
