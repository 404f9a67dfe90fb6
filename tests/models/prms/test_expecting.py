"""The PRM whose logits judge tokens, against a few lines written straight from its definition."""

import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.models.prms import load_prm
from engine.models.prms.expecting import log_odds
from engine.protocol import PRM, Chain
from engine.train.words_policy import make_model
from engine.train.words_tokenizer import build_words_tokenizer

QUESTION = "Mia has 28 books. She gives 2 books to each of 5 friends. How many books does Mia have now?\n"
READINGS, SURE, BIAS = 2, 0.7, 0.3
STEPS = ("The friends get 5 × 2 = 10 books.", "Mia has 28 - 10 = 18 books left.", "Answer: 18 books")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("expecting") / "prm"
    tokenizer = build_words_tokenizer()
    model = make_model(tokenizer, 5)
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(3)  # so that rewards differ
    model.config.prm = "expecting"
    model.config.readings, model.config.sure, model.config.bias = READINGS, SURE, BIAS
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    yield out


@pytest.fixture
def prm(folder: Path) -> PRM:
    return load_prm(str(folder))


def values(prm: PRM, *chains: Chain) -> list[list[float]]:
    return [[reward.value or 0.0 for reward in rewards] for rewards in prm.score(chains)]


def test_a_reward_is_the_probability_that_every_token_so_far_is_right(folder: Path, prm: PRM) -> None:
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    ids = [tokenizer.bos_token_id, *tokenizer.encode(QUESTION * READINGS, add_special_tokens=False)]
    (rewards,) = prm.score([Chain(QUESTION, STEPS, 0, ended=True)])
    total = 0.0
    for i, (step, reward) in enumerate(zip(STEPS, rewards, strict=True)):
        text = step if i == 2 else step + "\n"
        tokens = tokenizer.encode(text, add_special_tokens=False) + ([tokenizer.eos_token_id] if i == 2 else [])
        for token in tokens:
            logits = model(torch.tensor([ids])).logits[0, -1]
            total += torch.nn.functional.logsigmoid(SURE * logits[token].double() + BIAS).item()
            ids.append(token)
        assert reward.value == pytest.approx(math.exp(total), rel=1e-3, abs=1e-6)
        assert reward.raw == pytest.approx(total - math.log(-math.expm1(total)), abs=2e-3)


def test_rewards_never_rise_along_a_chain(prm: PRM) -> None:
    (rewards,) = prm.score([Chain(QUESTION, STEPS, 0, ended=True)])
    raws = [reward.raw or 0.0 for reward in rewards]
    assert raws == sorted(raws, reverse=True)


def test_step_by_step_equals_all_at_once_whatever_was_read_before(folder: Path, prm: PRM) -> None:
    whole = values(prm, Chain(QUESTION, STEPS, 0, ended=True))[0]
    fresh, stepwise = load_prm(str(folder)), list[float]()
    for i in range(3):
        stepwise += values(fresh, Chain(QUESTION, STEPS[: i + 1], i, ended=i == 2))[0]
    assert stepwise == pytest.approx(whole, abs=1e-5)
    resumed = values(load_prm(str(folder)), Chain(QUESTION, STEPS, 2, ended=True))[0]
    assert resumed == pytest.approx(whole[2:], abs=1e-5)


def test_a_batch_equals_one_by_one(prm: PRM, folder: Path) -> None:
    chains = [Chain(QUESTION, STEPS, 0, ended=True), Chain(QUESTION, STEPS[:1]), Chain("Tom has 3 cards.\n", STEPS[1:])]
    together = values(prm, *chains)
    alone = [values(load_prm(str(folder)), chain)[0] for chain in chains]
    for a, b in zip(together, alone, strict=True):
        assert a == pytest.approx(b, abs=1e-5)


def test_what_is_known_is_not_read_again(prm: PRM) -> None:
    first = prm.score([Chain(QUESTION, STEPS[:2], 0)])[0]
    (last,) = prm.score([Chain(QUESTION, STEPS, 2, ended=True)])[0]
    read = build_words_tokenizer().encode(STEPS[2], add_special_tokens=False)
    assert sum(reward.cost.prm_tokens for reward in first) > 30
    assert last.cost.prm_tokens <= len(read) + 1 and last.cost.prm_flops > 0


def test_a_prm_that_says_nothing_of_readings_reads_once_and_is_believed_as_it_is(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "plain")
    config = tmp_path / "plain" / "config.json"
    said = json.loads(config.read_text())
    config.write_text(json.dumps({k: v for k, v in said.items() if k not in ("readings", "sure", "bias")}))
    once, twice = load_prm(str(tmp_path / "plain")), load_prm(str(folder))
    chain = Chain(QUESTION, STEPS[:1])
    (a,), (b,) = once.score([chain])[0], twice.score([chain])[0]
    assert 1.5 * a.cost.prm_tokens < b.cost.prm_tokens < 2 * a.cost.prm_tokens
    assert a.value != b.value


@pytest.mark.parametrize("log", [-1e-12, -0.1, -5.0, -800.0])
def test_log_odds_are_those_of_the_probability(log: float) -> None:
    assert math.isfinite(log_odds(log)) and log_odds(log) <= 30
    if log == -0.1:
        p = math.exp(log)
        assert log_odds(log) == pytest.approx(math.log(p / (1 - p)))
