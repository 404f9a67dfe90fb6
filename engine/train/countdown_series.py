"""The built-in Countdown policy as it was while it learned: what training compute buys, to set beside what search buys.

The policy's own training is run again, with its seed, batches and schedule, and its weights are kept after some
chunks; each is measured as the runs of the Curves page are. At a kept point the learning rate has not decayed: a policy
that was meant to be trained only so long might do a little better (Hoffmann et al. 2022, arXiv:2203.15556).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from engine.measure.curves import curve
from engine.measure.frame import frame
from engine.models.registry import Asked
from engine.runner import describe_run, execute, make_setting
from engine.runs import Run
from engine.tasks import find_task
from engine.train import countdown_policy
from engine.train.countdown_policy import Phase, make_chunk, make_model
from engine.train.demonstrations import loss_of
from engine.train.loop import Ledger, Progress, fit
from engine.train.tokenizer import build_tokenizer

KEPT = (1, 2, 4, 8, 16, 32)
"""Chunks after which the weights are kept: twice the compute each time, all in the first phase."""
PROBLEMS, TEMPERATURE, VOTES = "tot-100", 1.0, 16
MEASURES: tuple[tuple[str, dict[str, float | str]], ...] = (("greedy", {}), ("self-consistency", {"n": VOTES}))
Report = Callable[[Progress], None]


def grow(out: Path, chunks: int, *, seed: int, phase: Phase, on_progress: Report) -> Path:
    """Train as `countdown_policy.train` begins, for so many chunks; give the policy's folder below `out`.

    Resumes where it was stopped; what was kept already is not trained again. `phase`: the first of the training.
    """
    folder = out / f"chunk-{chunks}"
    if (folder / "ledger.json").exists():
        return folder
    tokenizer = build_tokenizer()
    model = make_model(tokenizer, seed)
    ledger = fit(
        model,
        partial(loss_of, model),
        partial(make_chunk, phase.mix, seed),
        chunks=phase.chunks,
        chunk_steps=countdown_policy.CHUNK_STEPS,
        lr=phase.lr,
        checkpoint=out / "checkpoint-0.pt",
        until=chunks,
        on_progress=on_progress,
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "ledger.json").write_text(json.dumps(asdict(ledger)))
    return folder


def measured(policy: str, out: Path, *, limit: int | None = None) -> list[dict[str, Any]]:
    """One greedy pass and a vote of 16 on the puzzles of `PROBLEMS`, logged as runs below `out`; resumes.

    A row a measure: strategy, n, problems, accuracy with its 95 % interval (shares), mean FLOPs a problem.
    """
    problems = find_task("countdown").problems(PROBLEMS)[:limit]
    runs = []
    for strategy, parameters in MEASURES:
        place = out / strategy
        setting = make_setting("countdown", strategy, parameters, asked=Asked(policy=policy), temperature=TEMPERATURE)
        execute(place, setting, problems, describe_run(setting, PROBLEMS, problems), resume=place.exists())
        runs.append(Run.open(place))
    rows = curve(frame(runs), x="flops")
    return [
        {"strategy": row["strategy"], "n": int(row["n"]), "problems": int(row["problems"]), "accuracy": row["y"],
         "low": row["low"], "high": row["high"], "flops": row["x"]}
        for row in rows.to_dict("records")
    ]  # fmt: skip


def series(
    out: Path, final: Path, *, seed: int, phase: Phase, kept: Sequence[int] = KEPT, limit: int | None = None,
    on_progress: Report,
) -> dict[str, Any]:  # fmt: skip
    """Train, measure, and write ``series.json`` into `out` after each point; `final`: the folder of the whole policy.

    The last point is that policy as it is shipped, with the compute that its card tells.
    """
    card = json.loads((final / "training.json").read_text())
    told: dict[str, Any] = {
        "policy": card["name"], "sha256": "", "seed": seed, "problem_set": PROBLEMS, "temperature": TEMPERATURE,
        "command": " ".join(["python -m engine train countdown-series", *(f"--chunk {chunks}" for chunks in kept)]),
        "points": [],
    }  # fmt: skip
    runs = measured(str(final), out / "runs" / "final", limit=limit)
    told["sha256"] = Run.open(out / "runs" / "final" / "greedy").info.policy["sha256"]
    last = {"chunks": len(card["losses"]), "tokens": card["tokens"], "flops": card["flops"]}
    whole = {**last, "loss": card["losses"][-1], "whole": True, "measured": runs}
    points: list[dict[str, Any]] = []
    for chunks in kept:
        folder = grow(out, chunks, seed=seed, phase=phase, on_progress=on_progress)
        ledger = Ledger(**json.loads((folder / "ledger.json").read_text()))
        flops = 6.0 * card["parameters"] * ledger.tokens  # as `engine.train.card.training_flops`
        point = {"chunks": chunks, "tokens": ledger.tokens, "flops": flops, "loss": round(ledger.losses[-1], 4)}
        found = measured(str(folder), out / "runs" / folder.name, limit=limit)
        points.append({**point, "whole": False, "measured": found})
        told["points"] = [*points, whole]
        (out / "series.json").write_text(json.dumps(told, indent=1) + "\n")
    return told
