"""A solution that somebody wrote by hand, step by step: what a PRM says of each step, and what is true of it."""

from collections.abc import Sequence
from typing import NamedTuple

from engine.measure.prm.first_error import NONE
from engine.protocol import PRM, ArbutusError, Chain, Task
from engine.tree import Problem

MOST_STEPS = 64
LONGEST_STEP = 2_000
"""Characters. A PRM reads fewer still, and says so itself."""


class JudgedStep(NamedTuple):
    """A step, its reward and its truth."""

    text: str
    reward: float | None
    """In [0, 1]; None if it is missing."""
    error: str | None
    """Why it is missing."""
    good: bool | None
    """Whether the step is truly good; None where the task can't tell."""
    said: str
    """What the task says of its truth; empty if nothing."""


class Judgement(NamedTuple):
    """All steps of a solution, judged."""

    steps: list[JudgedStep]
    tokens: int
    """That the PRM read: those of a beginning that it still remembers from before are none of them."""
    ended: bool
    """Whether the last step ends the solution."""
    correct: bool | None
    """Whether the solution is right; None if it hasn't ended or nobody can tell."""


def read_steps(text: str) -> list[str]:
    """The steps of a solution written one a line. Raises `ArbutusError` if there are none, or too much of them."""
    steps = [line.strip() for line in text.splitlines() if line.strip()]
    if not steps:
        raise ArbutusError("got no steps, expected one a line; write or paste at least one")
    if len(steps) > MOST_STEPS:
        raise ArbutusError(f"got {len(steps):,} steps, expected at most {MOST_STEPS}; leave the last ones out")
    for number, step in enumerate(steps, 1):
        if len(step) > LONGEST_STEP:
            raise ArbutusError(
                f"step {number}: got {len(step):,} characters, expected at most {LONGEST_STEP:,}; "
                "a step is one line: break it in two"
            )
    return steps


def judge(problem: Problem, steps: Sequence[str], task: Task, prm: PRM) -> Judgement:
    """Reward every step of a solution in one pass, and say of each what the task knows."""
    ended = task.ends(problem, steps)
    rewards = prm.score([Chain(task.prompt(problem), tuple(steps), 0, ended)])[0]
    judged = []
    for i, (text, reward) in enumerate(zip(steps, rewards, strict=True), 1):
        good, said = task.label(problem, steps[:i]), task.describe_step(problem, steps[:i])
        judged.append(JudgedStep(text, reward.value, reward.error, good, said))
    correct = task.correct(problem, steps) if ended else None
    return Judgement(judged, sum(r.cost.prm_tokens for r in rewards), ended, correct)


def first_wrong(steps: Sequence[JudgedStep]) -> int | None:
    """The position from 1 of the first step that is truly wrong, NONE if all are good; None if that isn't known."""
    doubtful = next(((i, s) for i, s in enumerate(steps, 1) if s.good is not True), None)
    return NONE if doubtful is None else (doubtful[0] if doubtful[1].good is False else None)


def first_below(steps: Sequence[JudgedStep], threshold: float) -> int | None:
    """The position from 1 of the first reward below `threshold`, NONE if there is none; None if one before is missing.

    That is the step which the PRM says is the first wrong one, as `measure.prm.first_error` has it.
    """
    for i, step in enumerate(steps, 1):
        if step.reward is None:
            return None
        if step.reward < threshold:
            return i
    return NONE
