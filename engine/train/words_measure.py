"""What the models for word problems can do on held-out stories: one pass, votes, coverage, and the PRM's choice."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from engine.measure.estimators import pass_at_k
from engine.measure.prm import auc
from engine.models.local import LocalPolicy
from engine.protocol import PRM, Chain, Continuation
from engine.tasks.words.checking import answer_in
from engine.tasks.words.task import WordProblems
from engine.tree import Problem

POOL = 64
TASK = WordProblems()


@dataclass(frozen=True, slots=True)
class Solution:
    steps: tuple[str, ...]
    ended: bool

    @property
    def answer(self) -> str | None:
        return answer_in(self.steps[-1]) if self.ended else None


def pools(policy: LocalPolicy, problems: Sequence[Problem], count: int, temperature: float) -> list[list[Solution]]:
    """`count` solutions of each problem."""
    wanted = [
        Continuation(
            TASK.prompt(p),
            (),
            tuple(range(1_000_000 + count * i, 1_000_000 + count * (i + 1))),
            "end",
            temperature,
            TASK.writing.step_tokens,
            TASK.writing.steps,
        )
        for i, p in enumerate(problems)
    ]
    return [
        [Solution(tuple(s.text for s in chain), chain[-1].finish == "end") for chain in chains]
        for chains in policy.sample(wanted)
    ]


def measure_policy(policy: LocalPolicy, problem_set: str) -> dict[str, float]:
    """Greedy accuracy; pass@1, the majority and coverage of 64 samples."""
    problems = TASK.problems(problem_set)
    greedy = pools(policy, problems, 1, 0.0)
    sampled = pools(policy, problems, POOL, TASK.temperature)
    hits = [sum(s.answer == p.answer for s in pool) for p, pool in zip(problems, sampled, strict=True)]
    return {
        "greedy": _share([pool[0].answer == p.answer for p, pool in zip(problems, greedy, strict=True)]),
        "pass@1": sum(pass_at_k(POOL, h, 1) for h in hits) / len(hits),
        f"majority@{POOL}": _share(
            [_vote([(s.answer, 1.0) for s in pool]) == p.answer for p, pool in zip(problems, sampled, strict=True)]
        ),
        f"coverage@{POOL}": _share([h > 0 for h in hits]),
    }


def measure_prm(prm: PRM, policy: LocalPolicy, problem_set: str) -> dict[str, float]:
    """What it chooses of 64 samples, alone and in a weighted vote; and AUC over their distinct steps."""
    problems = TASK.problems(problem_set)
    sampled = pools(policy, problems, POOL, TASK.temperature)
    best, weighted = list[bool](), list[bool]()
    rewards, labels = list[float](), list[bool]()
    for p, pool in zip(problems, sampled, strict=True):
        ended = [s for s in pool if s.ended]
        unique = list(dict.fromkeys(s.steps for s in ended))
        scored = prm.score([Chain(TASK.prompt(p), steps, 0, True) for steps in unique])
        last = {steps: rs[-1].value or 0.0 for steps, rs in zip(unique, scored, strict=True)}
        chosen = max(ended, key=lambda s: last[s.steps], default=None)
        best.append(chosen is not None and chosen.answer == p.answer)
        weighted.append(_vote([(s.answer, last[s.steps]) for s in ended]) == p.answer)
        seen = {}
        for steps, of_steps in zip(unique, scored, strict=True):
            for i, reward in enumerate(of_steps, 1):
                seen[steps[:i]] = reward.raw or 0.0
        rewards += seen.values()
        labels += [bool(TASK.label(p, steps)) for steps in seen]
    return {
        f"best of {POOL}": _share(best),
        f"weighted best of {POOL}": _share(weighted),
        "steps": len(labels),
        "AUC": auc(rewards, labels),
    }


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right)


def _vote(votes: Sequence[tuple[str | None, float]]) -> str | None:
    """The answer with the most votes, the earliest on a tie; None if nobody votes."""
    totals: dict[str, float] = defaultdict(float)
    for answer, weight in votes:
        if answer is not None:
            totals[answer] += weight
    return max(totals, key=lambda answer: totals[answer], default=None)
