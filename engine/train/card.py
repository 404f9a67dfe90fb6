"""What is written beside a model once it is trained: training.json, and a model card with what was measured."""

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.train.loop import Ledger


def training_flops(model: Any, tokens: int) -> float:
    """6 a parameter and token: 2 forward, 4 backward (Kaplan et al. 2020, arXiv:2001.08361)."""
    return 6.0 * float(sum(p.numel() for p in model.parameters())) * tokens


def describe(
    out: Path,
    name: str,
    model: Any,
    *,
    task: str,
    data: str,
    limits: str,
    seed: int,
    ledgers: Sequence[Ledger],
    metrics: dict[str, dict[str, float]],
    measured: str,
) -> None:
    """Write both into the folder `out`. `metrics`: by problem set, and then by name."""
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

A `{type(model).__name__}` of {facts["parameters"]:,} parameters for the task {task}, part of Arbutus.

- **Data.** {data}
- **Command.** `{command}`, seed {seed}
- **Training.** {facts["steps"]:,} steps, {tokens:,} tokens, {facts["flops"]:.3g} FLOPs (6 a parameter and token),
  {seconds / 60:.0f} minutes on one CPU thread.
- **Limits.** {limits}

{measured}

"""
        + "\n".join(rows)
        + "\n"
    )


def _portable(arguments: Sequence[str]) -> list[str]:
    """The arguments with absolute paths cut to their last part: a card names no one's folders."""
    return [Path(a).name if Path(a).is_absolute() else a for a in arguments]


def _cell(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
