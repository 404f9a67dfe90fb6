"""Both ways of searching, on models too small to be any good, and how results are told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForTokenClassification

from bench import search
from bench.options import Options, machine, spend
from bench.peers import Peer
from bench.report import Sheet, cell
from engine.train.tokenizer import build_tokenizer


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=1025, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=512, bos_token_id=1, eos_token_id=2, pad_token_id=0, num_labels=1,
    )  # fmt: skip
    made = []
    for kind in (LlamaForCausalLM, LlamaForTokenClassification):
        folder = tmp_path_factory.mktemp(kind.__name__)
        kind(config).save_pretrained(folder)
        build_tokenizer().save_pretrained(folder)
        made.append(folder)
    yield made[0], made[1]


@pytest.mark.parametrize("variant", [search.OURS, search.PEERS, search.BATCHED])
def test_every_way_of_searching_tells_what_it_spent(
    folders: tuple[Path, Path], variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "N", 4)
    options = Options(policy=str(folders[0]), prm=str(folders[1]), quick=True)
    found = search.measure(options, variant=variant)
    assert found["policy_tokens"] > 0
    assert found["policy_work"]["calls"] > 0
    assert found["policy_work"]["tokens"] > 0
    assert found["cpu"] > 0


def test_a_padded_batch_is_rewarded_as_each_text_alone(folders: tuple[Path, Path]) -> None:
    peer = Peer(*folders)
    texts = [(1, 5, 9, 30), (1, 7), (1, 40, 41, 42, 43, 44)]
    together = peer.rewards(texts)
    assert together == pytest.approx([peer.rewards([text])[0] for text in texts], abs=1e-6)


def test_a_sheet_refuses_a_row_of_another_length() -> None:
    sheet = Sheet("t", ("a", "b"))
    with pytest.raises(ValueError, match="got 1 cells"):
        sheet.add(1)


def test_cells_have_the_digits_they_deserve() -> None:
    assert [cell(v) for v in (None, 12345, 12345.6, 1.2345, 0.012345, True, "x")] == [
        "–", "12,345", "12,346", "1.234", "0.0123", "yes", "x",
    ]  # fmt: skip


def test_work_is_measured_and_its_result_given_back() -> None:
    result, spent = spend(lambda: "done")
    assert result == "done"
    assert spent.wall >= 0
    assert machine(1)["torch threads"] == 1
