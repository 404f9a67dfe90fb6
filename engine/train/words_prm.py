"""Train the built-in PRM for word problems: does the story say this step, after the ones before it?

It is a causal model that starts from the policy's weights; its logits become verdicts on tokens
(`models.prms.expecting`). It is shown the policy's own solutions and forged ones, as far as the first wrong token.
What follows a mistake needs no label: a step's reward is that of all before it as well.

It reads each story twice before it judges: at “15 fewer than Zoe” a model that reads once can't know whom it will be
asked about, nor, at “15”, than whom (reading again: Xu et al. 2023, arXiv:2309.06275).
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
from engine.train.words_sureness import fit_sureness, sampled_packs, told

CHUNK_STEPS = 50
TOKENS = 5000
"""Tokens of one batch, about."""
PASSES = 2
"""How often a chunk's data are read: to make them costs as much as to read them."""
READINGS = 2
"""How often it reads the story."""
SURE_STORIES, SURE_SAMPLES = 300, 12
"""Solutions on which it is fitted how far it is to be believed."""
PHASES = (Phase(52, 1e-3, samples=8, shown=4, forged=5),)


@cache
def _policy(folder: Path) -> LocalPolicy:
    torch.set_num_threads(1)
    return LocalPolicy(folder, Loading("cpu"))


def make_chunk(policy: Path, phase: Phase, seed: int, index: int) -> list[Batch]:
    """Chunk `index` of the training data."""
    rng = Random(seed * 1_000_003 + index)
    packs: list[Pack] = []
    while sum(map(len, packs)) < CHUNK_STEPS * TOKENS // PASSES:
        packs += make_packs(_policy(policy), phase, 64, rng, READINGS)
    order = np.random.default_rng([seed, index])
    return [batch for _ in range(PASSES) for batch in batches(packs, CHUNK_STEPS // PASSES, order)]


def train(
    out: Path, *, policy: Path, seed: int, phases: Sequence[Phase] = PHASES, **options: Any
) -> tuple[LlamaForCausalLM, list[Ledger]]:
    """Train and save a PRM to `out` (Hugging Face layout), starting from the policy's weights."""
    torch.manual_seed(seed)
    model = LlamaForCausalLM.from_pretrained(policy, dtype=torch.float32)
    model.config.prm, model.config.readings = "expecting", READINGS
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
    fresh = sampled_packs(_policy(policy), SURE_STORIES, SURE_SAMPLES, READINGS, Random(f"sureness {seed}"))
    model.config.sure, model.config.bias = fit_sureness(*told(model, fresh))
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(policy).save_pretrained(out)
    return model, ledgers
