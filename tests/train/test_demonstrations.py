"""What a policy is taught, by which loss, and that what was trained is loaded with plain classes."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForTokenClassification

from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.prms.builtin import read_builtin
from engine.protocol import Chain, Continuation
from engine.train import demonstrations
from engine.train.countdown_policy import make_chunk
from engine.train.demonstrations import Demonstration, encode, loss_of
from engine.train.tokenizer import build_tokenizer
from tests.train.small import PHASES, same, train_policy, train_prm

pytestmark = pytest.mark.usefixtures("small")


def test_a_demonstration_is_learnt_from_its_first_step_to_its_end() -> None:
    tokenizer = build_tokenizer()
    ids, start = encode(tokenizer, Demonstration("Make 7 from 3 4", ("3 + 4 = 7 (left: 7)",)))
    assert tokenizer.decode(ids[1:start]) == "Make 7 from 3 4\n"
    assert tokenizer.decode(ids[start:-1]) == "3 + 4 = 7 (left: 7)"
    assert ids[0] == tokenizer.bos_token_id and ids[-1] == tokenizer.eos_token_id
    (batch,) = [demonstrations.collate([(ids, start), (ids[:-4], start)])]
    assert batch["tokens"] == 2 * len(ids) - 4
    assert batch["labels"][0, :start].eq(-100).all() and batch["labels"][0, start:].tolist() == ids[start:]
    assert batch["labels"][1, -4:].eq(-100).all()


def test_the_loss_of_a_policy_is_that_of_the_model_itself(untrained_policy: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(untrained_policy, dtype=torch.float32).eval()
    (batch, *_) = make_chunk(PHASES[0].mix, 3, 0)
    mask = torch.arange(batch["ids"].shape[1])[None] < batch["ids"].ne(0).sum(1)[:, None]
    with torch.no_grad():
        expected = model(input_ids=batch["ids"], attention_mask=mask.long(), labels=batch["labels"]).loss
        assert loss_of(model, batch) == pytest.approx(float(expected), rel=1e-4)


def test_a_trained_policy_is_loaded_with_plain_classes_and_answers(tmp_path: Path) -> None:
    model, _ = train_policy(tmp_path)
    assert same(AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32), model)
    ((chain,),) = LocalPolicy(tmp_path, Loading("cpu")).sample([Continuation("Make 7 from 3 4\n", (), (1,), "end")])
    assert chain[0].cost.policy_tokens > 0


def test_a_trained_prm_is_loaded_with_plain_classes_and_rewards(untrained_policy: Path, tmp_path: Path) -> None:
    train_prm(untrained_policy, tmp_path)
    assert AutoModelForTokenClassification.from_pretrained(tmp_path).config.num_labels == 1
    ((reward,),) = read_builtin(tmp_path, Loading("cpu")).score([Chain("Make 7 from 3 4\n", ("3 + 4 = 7 (left: 7)",))])
    assert reward.value is not None and 0 < reward.value < 1
