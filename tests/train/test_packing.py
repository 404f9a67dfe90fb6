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
    """Steps of a few tokens, many beginning alike; step i + 1 stands under step ``parents[i]``, 0 is the question."""
    generator = torch.Generator().manual_seed(seed)

    def tokens() -> tuple[int, ...]:
        length = int(torch.randint(1, 6, (1,), generator=generator))
        return tuple(torch.randint(1, 4, (length,), generator=generator).tolist())

    pack = Pack(tokens())
    ends = [pack.start]
    for parent in parents:
        ends.append(pack.add(ends[parent], (*tokens(), len(ends) + 3), label=parent == 0))
    return pack


def text(pack: Pack, last: int) -> list[int]:
    chain: list[int] = []
    while last >= 0:
        chain.append(pack.tokens[last])
        last = pack.parent[last]
    return chain[::-1]


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
        texts = [text(pack, last) for pack in packs for last in pack.labels]
        expected = [float(model(torch.tensor([ids])).logits[0, -1, 0]) for ids in texts]
    assert packed == pytest.approx(expected, abs=1e-5)


def test_steps_that_begin_alike_share_their_tokens() -> None:
    pack = Pack((1, 2))
    one, two = pack.add(pack.start, (5, 6, 7), label=True), pack.add(pack.start, (5, 6, 8), label=False)
    after = pack.add(two, (5,), label=True)
    assert [text(pack, last) for last in (one, two, after)] == [[1, 2, 5, 6, 7], [1, 2, 5, 6, 8], [1, 2, 5, 6, 8, 5]]
    assert len(pack) == 7
    assert pack.add(pack.start, (5, 6, 7), label=True) == one and len(pack) == 7


def test_labels_and_token_counts_are_those_of_the_steps() -> None:
    packs = [tree(0, 0, 1, seed=4), tree(0, seed=5)]
    batch = collate(packs)
    assert batch["labels"].tolist() == [1.0, 1.0, 0.0, 1.0]
    assert (
        batch["tokens"]
        == sum(len(p) for p in packs)
        == len({(i, *text(p, t)) for i, p in enumerate(packs) for t in range(len(p))})
    )


def test_tokens_are_labelled_as_far_as_the_first_that_is_wrong_and_the_last_by_its_step() -> None:
    pack = Pack((1, 2))
    wrong = pack.add(pack.start, (5, 6, 7, 8, 9), label=False, right=2)
    assert {tuple(text(pack, at)[2:]): r for at, r in pack.right.items()} == {
        (5,): True,
        (5, 6): True,
        (5, 6, 7): False,
    }
    good = pack.add(pack.start, (5, 6, 4), label=True, right=2)
    assert [tuple(text(pack, at)[2:]) for at, right in pack.right.items() if right] == [(5,), (5, 6)]
    assert pack.labels == {wrong: False, good: True}
    pack.add(good, (5, 6), label=True)
    batch = collate([pack])
    assert batch["at"].tolist() == [[0, at] for at in pack.right]
    assert batch["right"].tolist() == [1.0, 1.0, 0.0]
