"""The PRM's rewards: against a plain forward pass, batched, cached and in parts."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForTokenClassification

from engine.models.loading import Loading
from engine.models.prms.builtin import BuiltinPRM, read_builtin
from engine.protocol import Chain

PROMPTS = ("Make 24 from 4 5 6 10\n", "Make 24 from 1 3\n")
STEPS = ("10 - 4 = 6 (left: 5 6 6)", "5 * 6 = 30 (left: 6 30)", "30 - 6 = 24 (left: 24)", "1 + 3 = 4 (left: 4)")

chains = st.builds(
    lambda prompt, steps, known, ended: Chain(PROMPTS[prompt], tuple(steps), known % len(steps), ended),
    prompt=st.integers(0, 1),
    steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=4),
    known=st.integers(0, 3),
    ended=st.booleans(),
)


@pytest.fixture(scope="module")
def prm(prm_folder: Path) -> BuiltinPRM:
    return read_builtin(prm_folder, Loading("cpu"))


@pytest.fixture(scope="module")
def plain(prm_folder: Path) -> torch.nn.Module:
    model: torch.nn.Module = AutoModelForTokenClassification.from_pretrained(prm_folder).eval()
    return model


def expected(prm: BuiltinPRM, plain: torch.nn.Module, chain: Chain) -> list[float]:
    """Each step's reward by one forward pass over the whole text, from the definition."""
    ids, ends = list(prm.writer.prompt(chain.prompt)), []
    for i, step in enumerate(chain.steps):
        ids += prm.writer.step(step, "\n", ended=chain.ended and i == len(chain.steps) - 1)
        ends.append(len(ids) - 1)
    with torch.no_grad():
        logits = plain(torch.tensor([ids])).logits[0, :, 0]
    return [float(logits[end].sigmoid()) for end in ends[chain.known :]]


@settings(max_examples=30, deadline=None)
@given(wanted=st.lists(chains, min_size=1, max_size=8))
def test_rewards_equal_a_plain_forward_pass_whatever_the_batch(
    prm: BuiltinPRM, plain: torch.nn.Module, wanted: list[Chain]
) -> None:
    for chain, rewards in zip(wanted, prm.score(wanted), strict=True):
        assert [r.value for r in rewards] == pytest.approx(expected(prm, plain, chain), abs=1e-5)
        assert len(rewards) == len(chain.steps) - chain.known


def test_only_the_new_step_is_read_when_its_prefix_is_known(prm: BuiltinPRM) -> None:
    prm.backbone.store.clear()
    prm.score([Chain(PROMPTS[0], STEPS[:2])])
    reward = prm.score([Chain(PROMPTS[0], STEPS[:3], known=2, ended=True)])[0][0]
    assert reward.cost.prm_tokens == len(prm.writer.step(STEPS[2], "\n", ended=True))


def test_the_question_is_counted_once(prm: BuiltinPRM) -> None:
    prm.backbone.store.clear()
    first, second = prm.score([Chain(PROMPTS[0], STEPS[:2])])[0]
    question = len(prm.writer.prompt(PROMPTS[0]))
    assert first.cost.prm_tokens == question + len(prm.writer.step(STEPS[0], "\n"))
    assert second.cost.prm_tokens == len(prm.writer.step(STEPS[1], "\n"))


def test_ending_a_solution_is_read_at_the_end_token(prm: BuiltinPRM) -> None:
    running, ended = prm.score([Chain(PROMPTS[0], STEPS[:1]), Chain(PROMPTS[0], STEPS[:1], ended=True)])
    assert running[0].raw != ended[0].raw
