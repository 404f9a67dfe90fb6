"""Train the built-in policy for word problems: a small Llama on solved stories, short ones first.

To copy the right number out of a story is what takes long to learn; it is learnt on short stories, and then long
ones come. It is stopped where it still errs: a policy that needs search is the point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from engine.tasks.words.generate import STEPS
from engine.train.demonstrations import collate, encode, loss_of, small_llama
from engine.train.loop import Batch, Ledger, fit, muon
from engine.train.words_data import demonstrations
from engine.train.words_tokenizer import build_words_tokenizer

CHUNK_STEPS = 100
TOKENS = 5000
"""Tokens of one batch, about."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of training: stories of these numbers of steps, and its own decay of the learning rate."""

    chunks: int
    lr: float
    steps: Sequence[int]


PHASES = (Phase(6, 2.5e-3, (2, 3, 4)), Phase(20, 2.5e-3, STEPS), Phase(12, 2e-3, STEPS))


def make_model(tokenizer: PreTrainedTokenizerFast, seed: int) -> LlamaForCausalLM:
    """A freshly initialised policy: 4 layers, width 128, 1.0 M parameters."""
    return small_llama(tokenizer, seed, width=128, layers=4, longest=512)


def make_chunk(phase: Phase, seed: int, index: int) -> list[Batch]:
    """Chunk `index` of the training data: rows of like length share a batch."""
    tokenizer = build_words_tokenizer()
    stream = demonstrations(seed * 1_000_003 + index, phase.steps)
    rows, tokens = list[tuple[list[int], int]](), 0
    while tokens < CHUNK_STEPS * TOKENS:
        rows.append(encode(tokenizer, next(stream)))
        tokens += len(rows[-1][0])
    return batches(sorted(rows, key=lambda row: len(row[0])), CHUNK_STEPS, Random(index))


def batches(rows: Sequence[tuple[list[int], int]], count: int, rng: Random) -> list[Batch]:
    """`count` batches of about as many tokens each, from rows in the order of their length."""
    ends = np.cumsum([len(ids) for ids, _ in rows])
    bounds = np.searchsorted(ends, np.linspace(0, ends[-1], count + 1)[1:-1])
    made = [collate(rows[i:j]) for i, j in pairwise([0, *bounds.tolist(), len(rows)])]
    rng.shuffle(made)
    return made


def train(
    out: Path, *, seed: int, phases: Sequence[Phase] = PHASES, **options: Any
) -> tuple[LlamaForCausalLM, list[Ledger]]:
    """Train and save the policy to `out` (Hugging Face layout). Resumes where it was stopped."""
    tokenizer = build_words_tokenizer()
    model = make_model(tokenizer, seed)
    ledgers = [
        fit(
            model,
            partial(loss_of, model),
            partial(make_chunk, phase, seed + 1000 * number),
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
    tokenizer.save_pretrained(out)
    return model, ledgers
