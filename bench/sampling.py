"""Whole solutions sampled: our sampler against `generate(num_return_sequences=64)`, with the same weights."""

from typing import Any

from bench.apart import apart
from bench.options import Options, median, spend
from bench.report import Sheet
from engine.models.draws import child_seed
from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.registry import POLICIES, find_model
from engine.protocol import Continuation
from engine.tasks import find_task
from engine.tree import Problem

TASK = find_task("countdown")
N = 64
FEW = 5
"""The ways that go problem by problem get every fifth one."""
MOST = 128
"""Tokens that a solution may have; ours may have eight steps, which is about as many."""
AT_ONCE = 32
"""Problems in one batch of ours."""

OURS, ALONE, PEER = "ours, 32 problems at once", "ours, one problem at a time", "generate, one problem at a time"


def run(options: Options) -> list[Sheet]:
    found: dict[str, list[dict[str, Any]]] = {}
    for variant in (OURS, PEER, ALONE, OURS, PEER, ALONE, OURS):
        found.setdefault(variant, []).append(apart(__name__, options, variant=variant))
    sheet = Sheet(
        f"Sampling {N} solutions a problem on tot-100, {options.policy}, {options.threads} thread(s)",
        ("way", "problems", "runs", "tokens a solution", "tokens/s (CPU)", "tokens/s (wall)", "ours is faster by",
         "tokens run per token sampled", "peak memory MB"),
    )  # fmt: skip
    speed = {v: median([r["tokens"] / r["cpu"] for r in runs]) for v, runs in found.items()}
    for variant, runs in found.items():
        one = runs[0]
        solutions = one["problems"] * N
        wall = median([r["tokens"] / r["wall"] for r in runs])
        sheet.add(
            variant,
            one["problems"],
            len(runs),
            one["tokens"] / solutions,
            round(speed[variant]),
            round(wall),
            f"{speed[OURS] / speed[variant]:.1f} x",
            one["ran"] / one["tokens"],
            round(median([r["grown"] for r in runs])),
        )
    sheet.notes = [
        "Tokens are those sampled up to each solution's end, counted alike; ours runs a beginning that several "
        "solutions share once, so it runs fewer tokens than it samples.",
        "Ratios are of CPU time. Memory is the peak above the loaded models.",
    ]
    return [sheet]


def measure(options: Options, *, variant: str) -> dict[str, Any]:
    """One variant in this process."""
    problems = TASK.problems("tot-100")[:: 1 if variant == OURS else FEW][:: 10 if options.quick else 1]
    folder = find_model(options.policy, POLICIES)
    if variant == PEER:
        return _measure_peer(folder, problems)
    policy = LocalPolicy(folder, Loading("cpu"))
    size = AT_ONCE if variant == OURS else 1
    _sample(policy, problems[:1])
    ran, inner = [0], policy.backbone.forward

    def counted(model: Any, working: Any, tokens: Any, **more: Any) -> Any:
        ran[0] += tokens.numel()
        return inner(model, working, tokens, **more)

    policy.backbone.forward = counted  # type: ignore[method-assign]
    batches = [problems[i : i + size] for i in range(0, len(problems), size)]
    tokens, spent = spend(lambda: sum(_sample(policy, batch) for batch in batches))
    return {"problems": len(problems), "tokens": tokens, "ran": ran[0], **_spent(spent)}


def _sample(policy: LocalPolicy, problems: list[Problem]) -> int:
    wanted = [
        Continuation(
            TASK.prompt(p),
            (),
            tuple(child_seed(0, p.id, (i,)) for i in range(N)),
            until="end",
            temperature=TASK.temperature,
            max_tokens=TASK.writing.step_tokens,
            max_steps=TASK.writing.steps,
        )
        for p in problems
    ]
    return sum(s.cost.policy_tokens for chains in policy.sample(wanted) for chain in chains for s in chain)


def _measure_peer(folder: Any, problems: list[Problem]) -> dict[str, Any]:
    import torch

    from bench.peers import Peer

    peer = Peer(folder)
    torch.manual_seed(0)

    def sample(problem: Problem) -> int:
        prompt = peer.prompt(problem)
        found = peer.continuations(prompt, N, temperature=TASK.temperature, stop=(peer.end,), most=MOST)
        return sum(map(len, found))

    sample(problems[0])
    peer.policy_work.calls = peer.policy_work.tokens = 0
    tokens, spent = spend(lambda: sum(map(sample, problems)))
    return {"problems": len(problems), "tokens": tokens, "ran": peer.policy_work.tokens, **_spent(spent)}


def _spent(spent: Any) -> dict[str, float]:
    return {"wall": spent.wall, "cpu": spent.cpu, "grown": spent.grown}
