"""How long it takes to draw every curve of eight pools, with its intervals, once they are loaded.

The pools are made, not sampled: answers by a Dirichlet distribution of each problem's own, rewards that
know a little of what is right. What the estimators do depends on sizes and ties alone.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from bench.apart import apart
from bench.options import Options, median, spend
from bench.report import Sheet, verdict
from engine.measure import bootstrap
from engine.measure.pools import Estimate, Pools, best_of, majority, mean_error, pass_at, weighted

PROBLEMS, SAMPLES, STRATEGIES, DRAWS = 500, 256, 8, 1000
ANSWERS = 24
"""That a problem has at most."""
RIGHT, WRONG = 3.0, 0.4
"""Concentrations of the right answer and of each wrong one: about a quarter of all samples is right."""
TIMES = 5
BAR = 1.0
ALL = "all of them"
Curve = tuple[list[bootstrap.Interval], float]
CURVES: Mapping[str, Callable[..., Estimate]] = {
    "pass@k": pass_at,
    "majority@k": majority,
    "best-of-k": best_of,
    "weighted best-of-k": weighted,
}


def pools(problems: int, seed: int) -> Pools:
    """Pools as sampling gives them: in no order, some samples without an answer, some rewards missing."""
    rng = np.random.default_rng(seed)
    likely = np.cumsum(rng.dirichlet([RIGHT, *[WRONG] * (ANSWERS - 1)], size=problems), axis=1)
    answers = (rng.random((problems, SAMPLES, 1)) > likely[:, None, :-1]).sum(axis=2)
    correct = answers == 0
    rewards = np.clip(rng.normal(0.45 + 0.15 * correct, 0.2), 0, 1)
    rewards[rng.random(rewards.shape) < 0.01] = np.nan
    answers[rng.random(answers.shape) < 0.02] = -1
    return Pools(answers, rewards, correct & (answers >= 0))


def curve(estimate: Estimate) -> Curve:
    """The intervals of the means at all k, and the largest standard error that draws left in one of them."""
    return bootstrap.means(estimate.value, draws=DRAWS), float(mean_error(estimate).max())


def measure(options: Options, problems: int) -> dict[str, Any]:
    """Of each kind of curve and of all: seconds, the largest error of the draws, the intervals' mean half width."""
    ks = [2**i for i in range(SAMPLES.bit_length())]
    given = [pools(problems, seed) for seed in range(STRATEGIES)]
    facts: dict[str, Any] = {"answers": float(np.mean([len(np.unique(row)) for pool in given for row in pool.answers]))}
    for name, estimators in {**{name: [one] for name, one in CURVES.items()}, ALL: list(CURVES.values())}.items():
        times = []
        for _ in range(TIMES):
            bootstrap._counts.cache_clear()
            told, spent = spend(partial(_all, given, ks, estimators))
            times.append((spent.cpu, spent.wall))
        half = float(np.mean([(i.high - i.low) / 2 for intervals, _ in told for i in intervals]))
        cpu, wall = (median(list(column)) for column in zip(*times, strict=True))
        facts[name] = [cpu, wall, max(error for _, error in told), half]
    return facts


def _all(given: list[Pools], ks: list[int], some: list[Callable[..., Estimate]]) -> list[Curve]:
    return [curve(one(pool, ks)) for pool in given for one in some]


def run(options: Options) -> list[Sheet]:
    """All curves of eight pools in a process of its own, the median of some repetitions."""
    problems = PROBLEMS // 10 if options.quick else PROBLEMS
    facts = apart("bench.curves", options, problems=problems)
    sheet = Sheet(
        f"Curves of {STRATEGIES} pools of {problems} problems × {SAMPLES} samples, {DRAWS:,} bootstrap draws",
        ("curve", "CPU, s", "wall, s", "draws' error of a mean, at most", "a mean interval's half width"),
    )
    for name in (*CURVES, ALL):
        sheet.add(name, *facts[name])
    cpu = facts[ALL][0]
    sheet.notes += [
        f"Bar: all in at most {BAR:g} s of CPU time after load, on {options.threads} thread: {cpu:.2f}, "
        f"{verdict(cpu <= BAR)}.",
        f"k = 1, 2, 4 … {SAMPLES}; {facts['answers']:.1f} different answers in a pool. pass@k and best-of-k are "
        "exact; votes in pools this large are drawn.",
    ]
    return [sheet]
