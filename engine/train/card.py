"""Train a built-in model to the end: weights, training.json, and a model card with what was measured."""

import json
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine.measure.estimators import pass_at_k
from engine.measure.prm import auc
from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.prms.builtin import BuiltinPRM, read_builtin
from engine.protocol import Chain, Continuation
from engine.tasks import find_task
from engine.train import countdown_policy, countdown_prm, countdown_steps
from engine.train.loop import Ledger, Progress

Report = Callable[[Progress], None]
POOL = 64
TASK = find_task("countdown")


def training_flops(model: Any, tokens: int) -> float:
    """6 a parameter and token: 2 forward, 4 backward (Kaplan et al. 2020, arXiv:2001.08361)."""
    return 6.0 * float(sum(p.numel() for p in model.parameters())) * tokens


def finish_policy(out: Path, *, seed: int, phases: Sequence[countdown_policy.Phase], on_progress: Report) -> None:
    """Train, measure and describe the policy in `out`."""
    model, ledgers = countdown_policy.train(out, seed=seed, phases=phases, on_progress=on_progress)
    data = (
        "Solved Countdown puzzles of three to five numbers, made by the exact solver: "
        f"{sum(p.chunks for p in phases) * countdown_policy.CHUNK_STEPS * countdown_policy.BATCH:,} demonstrations, "
        "none through a held-out puzzle."
    )
    metrics = {name: measure_policy(LocalPolicy(out, Loading("cpu")), name) for name in TASK.problem_sets()}
    _describe(out, "countdown-policy", "LlamaForCausalLM", model, data, seed, ledgers, metrics)


def finish_prm(out: Path, *, policy: Path, naive: bool, seed: int, on_progress: Report) -> None:
    """Train, measure and describe the PRM in `out`."""
    phases = countdown_prm.NAIVE_PHASES if naive else countdown_prm.PHASES
    model, ledgers = countdown_prm.train(
        out, policy=policy, legal_only=naive, seed=seed, phases=phases, on_progress=on_progress
    )
    kind = "legal steps only" if naive else "legal and illegal steps"
    data = (
        f"Candidate steps ({kind}) of puzzles played to the end, labelled by the rules "
        "and the exact solver: the policy's own at temperatures "
        f"{', '.join(map(str, sorted(set(countdown_steps.TEMPERATURES))))}, random legal moves"
        f"{'' if naive else ', forged moves; and the tokens of each step, as far as the first wrong one'}. "
        "None through a held-out puzzle."
    )
    metrics = {
        name: measure_prm(read_builtin(out, Loading("cpu")), LocalPolicy(policy, Loading("cpu")), name)
        for name in TASK.problem_sets()
    }
    name = "countdown-prm-naive" if naive else "countdown-prm"
    _describe(out, name, "LlamaForTokenClassification", model, data, seed, ledgers, metrics)


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


def _describe(
    out: Path,
    name: str,
    architecture: str,
    model: Any,
    data: str,
    seed: int,
    ledgers: Sequence[Ledger],
    metrics: dict[str, dict[str, float]],
) -> None:
    tokens = sum(ledger.tokens for ledger in ledgers)
    seconds = sum(ledger.seconds for ledger in ledgers)
    command = "python -m engine " + shlex.join(_portable(sys.argv[1:]))
    facts = {
        "name": name,
        "command": command,
        "seed": seed,
        "steps": sum(ledger.step for ledger in ledgers),
        "tokens": tokens,
        "seconds": round(seconds),
        "flops": training_flops(model, tokens),
        "parameters": sum(p.numel() for p in model.parameters()),
        "metrics": metrics,
        "losses": [round(loss, 4) for ledger in ledgers for loss in ledger.losses],
    }
    (out / "training.json").write_text(json.dumps(facts, indent=1) + "\n")
    columns = list(next(iter(metrics.values())))
    rows = ["| problems | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    rows += [f"| {which} | " + " | ".join(_cell(row[c]) for c in columns) + " |" for which, row in metrics.items()]
    (out / "README.md").write_text(
        f"""---
license: apache-2.0
library_name: transformers
---
# {name}

A `{architecture}` of {facts["parameters"]:,} parameters for the task Countdown, part of Arbutus.

- **Data.** {data}
- **Command.** `{command}`, seed {seed}
- **Training.** {facts["steps"]:,} steps, {tokens:,} tokens, {facts["flops"]:.3g} FLOPs (6 a parameter and token),
  {seconds / 60:.0f} minutes on one CPU thread.
- **Limits.** It knows Countdown with numbers to 20 and targets to 100, and nothing else.

Measured at temperature {TASK.temperature} on puzzles that were never trained on:

"""
        + "\n".join(rows)
        + "\n"
    )


def _portable(arguments: Sequence[str]) -> list[str]:
    """The arguments with absolute paths cut to their last part: a card names no one's folders."""
    return [Path(a).name if Path(a).is_absolute() else a for a in arguments]


def _cell(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
