"""Train the built-in Countdown PRM: is this step legal, and can the target still be reached?

The label is exact (the rules and the solver say it); `countdown_steps` says which steps it is learnt
from. The naive PRM is trained on the legal steps alone, and is fooled under search: it is shipped as a
lesson.
"""

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, LlamaForTokenClassification
from transformers.utils import logging as transformers_logging

from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.prms.builtin import BuiltinPRM, read_builtin
from engine.train.countdown_steps import Phase, draw_puzzle, play
from engine.train.loop import Batch, Ledger, fit
from engine.train.packing import Pack, batches, loss_of

CHUNK_STEPS = 50
TOKENS = 4500
"""Tokens of one batch, about."""
# First which states can still be won; then, with most of the data, the policy's own illegal steps and what
# becomes of them; then the steps by which the PRM itself is fooled. From the first on token by token: where a
# step goes wrong is learnt within a few hundred steps so, and hardly at all from the label at its end.
PHASES = (
    Phase(24, 1.5e-3, samples=8, share=1.0, forged=3, wishes=2, traced=True),
    Phase(20, 1.3e-3, samples=20, share=0.25, forged=4, wishes=3, tempted=True, traced=True),
    Phase(44, 1.2e-3, samples=24, share=0.5, forged=3, wishes=4, tempted=True, traced=True, judged=True),
)
NAIVE_PHASES = (Phase(10, 1.5e-3, samples=6, share=1.0, forged=0),)


@cache
def _policy(folder: Path) -> LocalPolicy:
    torch.set_num_threads(1)
    return LocalPolicy(folder, Loading("cpu"))


@cache
def _judge(folder: Path) -> BuiltinPRM:
    return read_builtin(folder, Loading("cpu"))


def make_chunk(policy: Path, judge: Path | None, legal_only: bool, phase: Phase, seed: int, index: int) -> list[Batch]:
    """Chunk `index` of the training data: packs, sorted into batches of similar length."""
    rng = np.random.default_rng([seed, index])
    model = _policy(policy)
    packs: list[Pack] = []
    while sum(map(len, packs)) < CHUNK_STEPS * TOKENS:
        positions = [draw_puzzle(model, rng) for _ in range(64)]
        packs += play(model, _judge(judge) if judge else None, positions, phase, legal_only, rng)
    return batches(packs, CHUNK_STEPS, rng)


def train(
    out: Path, *, policy: Path, legal_only: bool, seed: int, phases: Sequence[Phase], **options: Any
) -> tuple[LlamaForTokenClassification, list[Ledger]]:
    """Train and save a PRM to `out` (Hugging Face layout), starting from the policy's weights."""
    torch.manual_seed(seed)
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    model = LlamaForTokenClassification.from_pretrained(policy, num_labels=1, dtype=torch.float32)
    torch.nn.init.zeros_(model.score.weight)
    ledgers, judge = list[Ledger](), None
    for number, phase in enumerate(phases):
        if phase.judged:
            judge = out / f"after-phase-{number}"
            _save(model, policy, judge)
        ledgers.append(
            fit(
                model,
                partial(loss_of, model),
                partial(make_chunk, policy, judge, legal_only, phase, seed + 1000 * number),
                chunks=phase.chunks,
                chunk_steps=CHUNK_STEPS,
                lr=phase.lr,
                checkpoint=out / f"checkpoint-{number}.pt",
                **options,
            )
        )
    torch.nn.Module.half(model)  # rewards keep four digits, and the file is half as large
    _save(model, policy, out)
    return model, ledgers


def _save(model: LlamaForTokenClassification, policy: Path, out: Path) -> None:
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(policy).save_pretrained(out)
