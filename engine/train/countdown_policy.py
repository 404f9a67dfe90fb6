"""Train the built-in Countdown policy: a 1 M-parameter Llama on the solver's demonstrations.

It learns to write one of the moves that keep the target in reach. That takes looking ahead, which
a model this small does only in part: a policy that needs search is the point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from engine.train.countdown_data import Mix, demonstrations
from engine.train.demonstrations import collate, encode, loss_of, small_llama
from engine.train.loop import Batch, Ledger, fit
from engine.train.tokenizer import build_tokenizer

CHUNK_STEPS = 50
BATCH = 128


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of training with its own data and its own decay of the learning rate."""

    chunks: int
    lr: float
    mix: Mix


# The first phase repeats the puzzles of 24 until they are known by heart, which narrows what is sampled
# for puzzles never seen. The second has few repeats, and coverage comes back (see LAB.md).
PHASES = (
    Phase(60, 2e-3, (("24-cards", 0.35), ("general-4", 0.30), ("general-5", 0.25), ("general-3", 0.10))),
    Phase(25, 1.2e-3, (("24", 0.25), ("general-4", 0.40), ("general-5", 0.25), ("general-3", 0.10))),
)


def make_model(tokenizer: PreTrainedTokenizerFast, seed: int) -> LlamaForCausalLM:
    """A freshly initialised policy: 4 layers, width 128, 0.98 M parameters."""
    return small_llama(tokenizer, seed, width=128, layers=4, longest=256)


def make_chunk(mix: Mix, seed: int, index: int) -> list[Batch]:
    """Chunk `index` of the training data."""
    tokenizer = build_tokenizer()
    stream = demonstrations(mix, seed * 1_000_003 + index)
    rows = [encode(tokenizer, next(stream)) for _ in range(CHUNK_STEPS * BATCH)]
    return [collate(rows[i : i + BATCH]) for i in range(0, len(rows), BATCH)]


def train(
    out: Path, *, seed: int, phases: Sequence[Phase] = PHASES, **options: Any
) -> tuple[LlamaForCausalLM, list[Ledger]]:
    """Train and save the policy to `out` (Hugging Face layout). Resumes where it was stopped."""
    tokenizer = build_tokenizer()
    model = make_model(tokenizer, seed)
    ledgers = [
        fit(
            model,
            partial(loss_of, model),
            partial(make_chunk, phase.mix, seed + 1000 * number),
            chunks=phase.chunks,
            chunk_steps=CHUNK_STEPS,
            lr=phase.lr,
            checkpoint=out / f"checkpoint-{number}.pt",
            **options,
        )
        for number, phase in enumerate(phases)
    ]
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    return model, ledgers
