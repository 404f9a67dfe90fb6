"""A packed tree gives each step the reward that its own text gives."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForTokenClassification

from engine.train.packing import Pack, attention, collate

CONFIG = LlamaConfig(
    vocab_size=50, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
    num_key_value_heads=2, num_labels=1, pad_token_id=0, initializer_range=0.5,
)  # fmt: skip


def tree(*parents: int, seed: int) -> Pack:
    generator = torch.Generator().manual_seed(seed)

    def tokens() -> tuple[int, ...]:
        length = int(torch.randint(1, 6, (1,), generator=generator))
        return tuple(torch.randint(1, 50, (length,), generator=generator).tolist())

    pack = Pack([tokens()])
    for parent in parents:
        pack.add(parent, tokens(), label=parent == 0)
    return pack


def alone(model: LlamaForTokenClassification, pack: Pack, step: int) -> float:
    chain: list[int] = []
    while step >= 0:
        chain.append(step)
        step = pack.parent[step]
    ids = [t for s in reversed(chain) for t in pack.tokens[s]]
    return float(model(torch.tensor([ids])).logits[0, -1, 0])


def test_a_packed_step_is_read_as_if_it_stood_alone() -> None:
    torch.manual_seed(0)
    model = LlamaForTokenClassification(CONFIG).eval()
    packs = [tree(0, 0, 1, 1, 3, 2, seed=1), tree(0, seed=2), tree(0, 1, 2, 3, seed=3)]
    batch = collate(packs)
    with torch.no_grad():
        hidden = model.model(
            batch["ids"], attention_mask=attention(batch), position_ids=batch["positions"], use_cache=False
        ).last_hidden_state
        row, column = batch["last"].unbind(1)
        packed = model.score(hidden[row, column])[:, 0].tolist()
        expected = [alone(model, pack, i) for pack in packs for i in range(1, len(pack.tokens))]
    assert packed == pytest.approx(expected, abs=1e-5)


def test_labels_and_token_counts_are_those_of_the_steps() -> None:
    packs = [tree(0, 0, 1, seed=4), tree(0, seed=5)]
    batch = collate(packs)
    assert batch["labels"].tolist() == [1.0, 1.0, 0.0, 1.0]
    assert batch["tokens"] == sum(len(t) for p in packs for t in p.tokens)
