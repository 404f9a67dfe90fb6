"""Solved problems as training rows of a policy, whatever the task: the loss is on the steps alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from engine.train.loop import Batch

PARTS = 4


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A solved problem as text: the question and its steps."""

    question: str
    steps: tuple[str, ...]


def small_llama(
    tokenizer: PreTrainedTokenizerFast, seed: int, *, width: int, layers: int, longest: int
) -> LlamaForCausalLM:
    """A freshly initialised Llama: heads of 32, three times `width` in its MLPs, input and output tied."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=layers,
        num_attention_heads=width // 32,
        num_key_value_heads=width // 32,
        max_position_embeddings=longest,
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


def collate(rows: Sequence[tuple[list[int], int]]) -> Batch:
    """A batch of encoded demonstrations: ``ids`` and ``labels`` of (rows, longest), -100 where nothing is learnt."""
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
