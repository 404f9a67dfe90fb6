"""Train the built-in Countdown policy: a 1 M-parameter Llama on the solver's demonstrations.

It learns to write one of the moves that keep the target in reach. That takes looking ahead, which
a model this small does only in part: a policy that needs search is the point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from engine.train.countdown_data import Demonstration, Mix, demonstrations
from engine.train.loop import Batch, Ledger, fit
from engine.train.tokenizer import build_tokenizer

CHUNK_STEPS = 50
BATCH = 128
PARTS = 4


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
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def encode(tokenizer: PreTrainedTokenizerFast, demonstration: Demonstration) -> tuple[list[int], int]:
    """Token ids (bos, question, steps, eos), and the position of the first token of the first step."""
    assert tokenizer.bos_token_id is not None and tokenizer.eos_token_id is not None
    head = tokenizer.encode(demonstration.question + "\n", add_special_tokens=False)
    body = tokenizer.encode("\n".join(demonstration.steps), add_special_tokens=False)
    return [tokenizer.bos_token_id, *head, *body, tokenizer.eos_token_id], 1 + len(head)


def make_chunk(mix: Mix, seed: int, index: int) -> list[Batch]:
    """Chunk `index` of the training data."""
    tokenizer = build_tokenizer()
    stream = demonstrations(mix, seed * 1_000_003 + index)
    rows = [encode(tokenizer, next(stream)) for _ in range(CHUNK_STEPS * BATCH)]
    return [_collate(rows[i : i + BATCH]) for i in range(0, len(rows), BATCH)]


def _collate(rows: list[tuple[list[int], int]]) -> Batch:
    longest = max(len(ids) for ids, _ in rows)
    tokens = torch.zeros(len(rows), longest, dtype=torch.long)
    labels = torch.full_like(tokens, -100)
    for r, (ids, start) in enumerate(rows):
        tokens[r, : len(ids)] = torch.tensor(ids)
        labels[r, start : len(ids)] = tokens[r, start : len(ids)]
    return {"ids": tokens, "labels": labels, "tokens": sum(len(ids) for ids, _ in rows)}


def loss_of(model: LlamaForCausalLM, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy of the steps' tokens.

    Right padding needs no mask in a causal model, but it takes time: rows of like length are read together.
    """
    longest = [int(n) for n in (batch["labels"] >= 0).int().cumsum(1).argmax(1) + 1]
    order = torch.tensor(sorted(range(len(longest)), key=longest.__getitem__))
    loss = torch.zeros(())
    for rows in order.chunk(PARTS):
        end = longest[rows[-1]]
        hidden = model.model(batch["ids"][rows, : end - 1], use_cache=False).last_hidden_state
        labels = batch["labels"][rows, 1:end]
        chosen = labels >= 0
        loss = loss + torch.nn.functional.cross_entropy(model.lm_head(hidden[chosen]), labels[chosen], reduction="sum")
    mean: torch.Tensor = loss / (batch["labels"] >= 0).sum()
    return mean


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
