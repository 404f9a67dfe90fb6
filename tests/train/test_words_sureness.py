"""How far a PRM is to be believed: the two numbers that make its products as right as they say."""

from random import Random

import pytest
import torch
from transformers import LlamaForCausalLM

from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.prms import load_prm
from engine.models.registry import POLICIES, find_model
from engine.protocol import Chain
from engine.train.packing import Pack
from engine.train.words_sureness import fit_sureness, sampled_packs, told


def test_the_numbers_that_made_the_labels_are_found_again() -> None:
    made = torch.Generator().manual_seed(1)
    tokens = torch.randint(3, 12, (4000,), generator=made)
    step = torch.arange(4000).repeat_interleave(tokens)
    logits = torch.randn(len(step), generator=made) * 2 + 4
    right = torch.zeros(4000).index_add(0, step, torch.nn.functional.logsigmoid(0.6 * logits - 0.5)).exp()
    labels = (torch.rand(4000, generator=made) < right).float()
    sure, bias = fit_sureness(logits, step, labels)
    assert sure == pytest.approx(0.6, abs=0.05) and bias == pytest.approx(-0.5, abs=0.15)


def test_a_path_is_what_follows_the_question() -> None:
    pack = Pack([1, 7, 8])
    first = pack.add(pack.start, [5, 6], True)
    second = pack.add(first, [9], False)
    other = pack.add(pack.start, [5, 4], False)
    assert [[pack.tokens[i] for i in pack.path(at)] for at in (first, second, other)] == [[5, 6], [5, 6, 9], [5, 4]]


def test_what_is_told_of_a_step_is_what_the_prm_says_of_it() -> None:
    folder = find_model("words-policy", POLICIES)
    model, prm = LlamaForCausalLM.from_pretrained(folder), load_prm(f"{folder}:expecting")
    policy = LocalPolicy(folder, Loading("cpu"))
    packs = sampled_packs(policy, 3, 2, 1, Random(4))
    logits, step, labels = told(model, packs)
    sums = torch.zeros(len(labels), dtype=torch.float64)
    sums.index_add_(0, step, torch.nn.functional.logsigmoid(logits.double()))
    at = 0
    for pack in packs:
        question = policy.writer.text(tuple(pack.tokens[1 : pack.start + 1]), ())
        for last in pack.labels:
            ends = [i for i in pack.path(last) if i in pack.labels]
            texts = _texts(policy, pack, ends)
            ended = pack.tokens[last] in policy.writer.ends
            (reward,) = prm.score([Chain(question, texts, len(texts) - 1, ended)])[0]
            assert reward.value == pytest.approx(sums[at].exp().item(), abs=1e-4)
            at += 1
    assert at == len(labels)


def _texts(policy: LocalPolicy, pack: Pack, ends: list[int]) -> tuple[str, ...]:
    texts, path = list[str](), pack.path(ends[-1])
    for begin, end in zip([0, *(path.index(e) + 1 for e in ends)], (path.index(e) + 1 for e in ends), strict=False):
        tokens = tuple(pack.tokens[i] for i in path[begin : end - 1])
        texts.append(policy.writer.text(tokens, ()).strip())
    return tuple(texts)
