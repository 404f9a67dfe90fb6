"""What the models for Countdown can do on held-out puzzles: one pass, coverage, how well steps are told apart."""

from collections.abc import Sequence

from engine.measure.estimators import pass_at_k
from engine.measure.prm import auc
from engine.models.local import LocalPolicy
from engine.models.prms.builtin import BuiltinPRM
from engine.protocol import Chain, Continuation
from engine.tasks import find_task

POOL = 64
TASK = find_task("countdown")


def measure_policy(policy: LocalPolicy, problem_set: str) -> dict[str, float]:
    """Greedy accuracy, pass@1 and pass@32 (unbiased, from a pool of 64 at the task's temperature)."""
    problems = TASK.problems(problem_set)

    def right(seeds: Sequence[int], temperature: float) -> list[list[bool]]:
        wanted = [
            Continuation(
                TASK.prompt(p),
                (),
                tuple(s + 1_000 * i for s in seeds),
                "end",
                temperature,
                TASK.writing.step_tokens,
                TASK.writing.steps,
            )
            for i, p in enumerate(problems)
        ]
        return [
            [chain[-1].finish == "end" and bool(TASK.correct(p, [s.text for s in chain])) for chain in chains]
            for p, chains in zip(problems, policy.sample(wanted), strict=True)
        ]

    greedy = [hits[0] for hits in right([0], 0.0)]
    pool = [sum(hits) for hits in right(range(POOL), TASK.temperature)]
    share = {k: sum(pass_at_k(POOL, c, k) for c in pool) / len(pool) for k in (1, 32)}
    return {"greedy": sum(greedy) / len(greedy), "pass@1": share[1], "pass@32": share[32]}


def measure_prm(prm: BuiltinPRM, policy: LocalPolicy, problem_set: str) -> dict[str, float]:
    """AUC over the distinct steps of 16 sampled solutions a problem: of all, and of the legal ones alone."""
    chains: list[Chain] = []
    truth: list[list[tuple[bool, bool]]] = []
    problems = TASK.problems(problem_set)
    wanted = [
        Continuation(
            TASK.prompt(p),
            (),
            tuple(range(16 * i, 16 * i + 16)),
            "end",
            TASK.temperature,
            TASK.writing.step_tokens,
            TASK.writing.steps,
        )
        for i, p in enumerate(problems)
    ]
    for p, sampled in zip(problems, policy.sample(wanted), strict=True):
        for texts in dict.fromkeys(tuple(s.text for s in c) for c in sampled if c[-1].finish == "end"):
            chains.append(Chain(TASK.prompt(p), texts, 0, ended=True))
            prefixes = [texts[: i + 1] for i in range(len(texts))]
            truth.append([(bool(TASK.label(p, s)), "llegal" not in TASK.describe_step(p, s)) for s in prefixes])
    seen: dict[tuple[str, tuple[str, ...]], tuple[float, bool, bool]] = {}
    for chain, rewards, labels in zip(chains, prm.score(chains), truth, strict=True):
        for i, (reward, (good, legal)) in enumerate(zip(rewards, labels, strict=True)):
            if reward.raw is not None:
                seen[chain.prompt, chain.steps[: i + 1]] = reward.raw, good, legal
    every, of_legal = list(seen.values()), [row for row in seen.values() if row[2]]
    return {
        "steps": len(every),
        "AUC, legal and illegal": auc([r for r, _, _ in every], [g for _, g, _ in every]),
        "AUC, legal": auc([r for r, _, _ in of_legal], [g for _, g, _ in of_legal]),
    }
