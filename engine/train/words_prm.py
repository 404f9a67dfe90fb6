"""Train the built-in PRM for word problems: does the story say this step, after the ones before it?

It is a causal model that starts from the policy's weights; its logits become verdicts on tokens
(`models.prms.expecting`). It is shown the policy's own solutions and forged ones, as far as the first wrong token.
What follows a mistake needs no label: a step's reward is that of all before it as well.
"""

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.train.loop import Batch, Ledger, fit, muon
from engine.train.packing import Pack, batches, expecting_loss
from engine.train.words_steps import Phase, make_packs

CHUNK_STEPS = 50
TOKENS = 5000
"""Tokens of one batch, about."""
PASSES = 2
"""How often a chunk's data are read: to make them costs as much as to read them."""
PHASES = (Phase(16, 1e-3, samples=8, shown=4, forged=6),)


@cache
def _policy(folder: Path) -> LocalPolicy:
    torch.set_num_threads(1)
    return LocalPolicy(folder, Loading("cpu"))


def make_chunk(policy: Path, phase: Phase, seed: int, index: int) -> list[Batch]:
    """Chunk `index` of the training data."""
    rng = Random(seed * 1_000_003 + index)
    packs: list[Pack] = []
    while sum(map(len, packs)) < CHUNK_STEPS * TOKENS // PASSES:
        packs += make_packs(_policy(policy), phase, 64, rng)
    order = np.random.default_rng([seed, index])
    return [batch for _ in range(PASSES) for batch in batches(packs, CHUNK_STEPS // PASSES, order)]


def train(
    out: Path, *, policy: Path, seed: int, phases: Sequence[Phase] = PHASES, **options: Any
) -> tuple[LlamaForCausalLM, list[Ledger]]:
    """Train and save a PRM to `out` (Hugging Face layout), starting from the policy's weights."""
    torch.manual_seed(seed)
    model = LlamaForCausalLM.from_pretrained(policy, dtype=torch.float32)
    model.config.prm = "expecting"
    ledgers = [
        fit(
            model,
            partial(expecting_loss, model),
            partial(make_chunk, policy, phase, seed + 1000 * number),
            chunks=phase.chunks,
            chunk_steps=CHUNK_STEPS,
            lr=phase.lr,
            checkpoint=out / f"checkpoint-{number}.pt",
            optimizers=muon,
            **options,
        )
        for number, phase in enumerate(phases)
    ]
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(policy).save_pretrained(out)
    return model, ledgers
