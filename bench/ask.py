"""Searching a set of problems with loaded models, for the benches that want to know how many are solved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.protocol import PRM, Policy
from engine.runner import make_setting
from engine.scheduler import Job, run_searches
from engine.tree import Problem, Tree

SOLUTIONS_AT_ONCE = 2048
"""Bounds the memory of a batch of whole solutions."""


def search(
    problems: Sequence[Problem],
    strategy: str,
    parameters: Mapping[str, float],
    loaded: tuple[Policy, PRM],
    *,
    seed: int = 0,
) -> list[Tree]:
    """The closed trees, in the order they ended."""
    setting = make_setting("countdown", strategy, parameters, seed=seed, loaded=loaded)
    window = max(1, min(128, SOLUTIONS_AT_ONCE // int(parameters.get("n", 1))))
    jobs = [Job(i, p) for i, p in enumerate(problems)]
    return [tree for _, tree in run_searches(jobs, replace(setting, label=False), window=window)]


def solved(
    problems: Sequence[Problem],
    strategy: str,
    parameters: Mapping[str, float],
    loaded: tuple[Policy, PRM],
    *,
    seed: int = 0,
) -> float:
    """The share of problems whose chosen answer is right."""
    trees = search(problems, strategy, parameters, loaded, seed=seed)
    return sum(bool(tree.chosen and tree.chosen.correct) for tree in trees) / len(problems)
