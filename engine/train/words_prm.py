"""Train the built-in PRM for word problems: does the story say this step, after the ones before it?

It starts from the policy's weights. It is shown the policy's own solutions and forged ones, token by token as far as
the first wrong token, and in the end the wrong solutions by which the PRM itself is fooled.
"""

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, LlamaForTokenClassification
from transformers.utils import logging as transformers_logging

from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.prms.builtin import BuiltinPRM, read_builtin
from engine.train.loop import Batch, Ledger, fit, muon
from engine.train.packing import Pack, batches, loss_of
from engine.train.words_steps import Phase, make_packs

CHUNK_STEPS = 50
TOKENS = 5000
"""Tokens of one batch, about."""
PASSES = 2
"""How often a chunk's data are read: to make them costs as much as to read them."""
PHASES = (
    Phase(16, 2e-3, samples=8, shown=4, forged=4),
    Phase(24, 2e-3, samples=16, shown=4, forged=3, judged=True),
)


@cache
def _policy(folder: Path) -> LocalPolicy:
    torch.set_num_threads(1)
    return LocalPolicy(folder, Loading("cpu"))


@cache
def _judge(folder: Path) -> BuiltinPRM:
    return read_builtin(folder, Loading("cpu"))


def make_chunk(policy: Path, judge: Path | None, phase: Phase, seed: int, index: int) -> list[Batch]:
    """Chunk `index` of the training data."""
    rng = Random(seed * 1_000_003 + index)
    packs: list[Pack] = []
    while sum(map(len, packs)) < CHUNK_STEPS * TOKENS // PASSES:
        packs += make_packs(_policy(policy), _judge(judge) if judge else None, phase, 64, rng)
    order = np.random.default_rng([seed, index])
    return [batch for _ in range(PASSES) for batch in batches(packs, CHUNK_STEPS // PASSES, order)]


def train(
    out: Path, *, policy: Path, seed: int, phases: Sequence[Phase] = PHASES, **options: Any
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
                partial(make_chunk, policy, judge, phase, seed + 1000 * number),
                chunks=phase.chunks,
                chunk_steps=CHUNK_STEPS,
                lr=phase.lr,
                checkpoint=out / f"checkpoint-{number}.pt",
                optimizers=muon,
                **options,
            )
        )
    torch.nn.Module.half(model)  # rewards keep four digits, and the file is half as large
    _save(model, policy, out)
    return model, ledgers


def _save(model: LlamaForTokenClassification, policy: Path, out: Path) -> None:
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(policy).save_pretrained(out)
