"""The sampler against a full recomputation, and against itself in other company."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from engine.models.loading import Loading, ModelError
from engine.models.local import LocalPolicy
from engine.models.registry import load_policy
from engine.models.sampling import Sampled, Trie
from engine.protocol import Continuation
from engine.tree import Step

PROMPTS = ("Make 24 from 4 5 6 10\n", "Make 24 from 1 3\n", "Make 7 from 1 2 3 11 20\n")
FIRST = ("10 - 4 = 6 (left: 5 6 6)", "4 + 5 = 9 (left: 6 9 10)", "5 * 6 = 30 (left: 4 10 30)")


@pytest.fixture(scope="module")
def policy(policy_folder: Path) -> LocalPolicy:
    return LocalPolicy(policy_folder, Loading("cpu"))


@pytest.fixture(scope="module")
def plain(policy_folder: Path) -> "torch.nn.Module":
    model: torch.nn.Module = AutoModelForCausalLM.from_pretrained(policy_folder).eval()
    return model


def ask(prompt: int, steps: tuple[str, ...] = (), seeds: tuple[int, ...] = (1, 2, 3), **more: Any) -> Continuation:
    return Continuation(PROMPTS[prompt], steps, seeds, **{"max_tokens": 9, "max_steps": 4, **more})


def texts(chains: list[list[Step]]) -> list[list[str]]:
    return [[step.text for step in chain] for chain in chains]


def same(a: list[list[Step]], b: list[list[Step]]) -> bool:
    close = [
        abs((x.logprob or 0) - (y.logprob or 0)) < 1e-3
        for one, other in zip(a, b, strict=True)
        for x, y in zip(one, other, strict=True)
    ]
    return texts(a) == texts(b) and all(close)


@contextmanager
def sampled_tokens(policy: LocalPolicy) -> Iterator[list[list[Sampled]]]:
    """The chains that the policy samples, token by token."""
    seen: list[list[Sampled]] = []
    inner = Trie.sample

    def sample(trie: Trie, first: torch.Tensor) -> list[list[Sampled]]:
        seen.extend(inner(trie, first))
        return trie.chains

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trie, "sample", sample)
        yield seen


requests = st.builds(
    ask,
    prompt=st.integers(0, 2),
    steps=st.lists(st.sampled_from(FIRST), max_size=2).map(tuple),
    seeds=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=4).map(tuple),
    until=st.sampled_from(["step", "end"]),
    temperature=st.sampled_from([0.0, 0.7, 1.0, 1.5]),
)


@settings(max_examples=25, deadline=None)
@given(wanted=st.lists(requests, min_size=1, max_size=6))
def test_a_continuation_is_the_same_alone_and_in_a_crowd(policy: LocalPolicy, wanted: list[Continuation]) -> None:
    together = policy.sample(wanted)
    policy.backbone.store.clear()
    for one, chains in zip(wanted, together, strict=True):
        assert same(policy.sample([one])[0], chains)


def test_each_seed_has_the_continuation_it_has_without_its_siblings(policy: LocalPolicy) -> None:
    together = policy.sample([ask(0, seeds=tuple(range(20)), until="end")])[0]
    for seed in range(20):
        assert same(policy.sample([ask(0, seeds=(seed,), until="end")])[0], [together[seed]])


@settings(max_examples=20, deadline=None)
@given(wanted=st.lists(requests, min_size=1, max_size=4), forget=st.booleans())
def test_log_probabilities_equal_a_full_recomputation(
    policy: LocalPolicy, plain: torch.nn.Module, wanted: list[Continuation], forget: bool
) -> None:
    if forget:
        policy.backbone.store.clear()
    with sampled_tokens(policy) as sampled:
        policy.sample(wanted)
    chains = iter(sampled)
    for one in wanted:
        head = [*policy.writer.prompt(one.prompt), *(t for s in one.steps for t in policy.writer.step(s, "\n"))]
        for chain in [next(chains) for _ in one.seeds]:
            ids = list(head)
            for step in chain:
                with torch.no_grad():
                    logits = plain(torch.tensor([[*ids, *step.tokens]])).logits[0, len(ids) - 1 : -1].double()
                expected = logits.log_softmax(-1)[torch.arange(len(step.tokens)), torch.tensor(step.tokens)].sum()
                assert step.logprob == pytest.approx(float(expected), abs=1e-4)
                ids += step.tokens


def test_temperature_zero_is_what_generate_does_without_sampling(policy: LocalPolicy, plain: torch.nn.Module) -> None:
    writer = policy.writer
    ids = torch.tensor([writer.prompt(PROMPTS[0])])
    expected = plain.generate(
        ids, do_sample=False, max_new_tokens=9, eos_token_id=[*writer.ids("\n"), *writer.ends], pad_token_id=0,
        attention_mask=torch.ones_like(ids),
    )[0, ids.shape[1] :].tolist()  # fmt: skip
    step = policy.sample([ask(0, temperature=0.0)])[0][0][0]
    ended = step.finish in ("step", "end")
    assert step.text == writer.read(tuple(expected[:-1] if ended else expected), "\n")


def test_samples_follow_the_models_own_distribution(policy: LocalPolicy, plain: torch.nn.Module) -> None:
    count = 4000
    with sampled_tokens(policy) as sampled:
        policy.sample([ask(0, seeds=tuple(range(count)), max_tokens=1)])
    with torch.no_grad():
        p = plain(torch.tensor([policy.writer.prompt(PROMPTS[0])])).logits[0, -1].softmax(-1).numpy()
    seen = np.bincount([step.tokens[0] for (step,) in sampled], minlength=len(p))
    likely = p > 0.02
    error = np.abs(seen / count - p)[likely]
    assert likely.any() and (error < 4 * np.sqrt(p * (1 - p) / count)[likely]).all()


def test_a_prefix_that_is_known_is_not_computed_again(policy: LocalPolicy) -> None:
    policy.backbone.store.clear()
    first = policy.sample([ask(0), ask(0, (FIRST[0],)), ask(0, (FIRST[0],))])
    prompt = len(policy.writer.prompt(PROMPTS[0])) - 1
    step = len(policy.writer.step(FIRST[0], "\n"))
    assert [chains[0][0].cost.prompt_tokens for chains in first] == [prompt, step, 0]
    again = policy.sample([ask(0, (FIRST[0],), seeds=(9,))])
    assert again[0][0][0].cost.prompt_tokens == 0


def test_the_store_forgets_the_oldest_when_its_budget_is_spent_and_results_stay(policy_folder: Path) -> None:
    generous = LocalPolicy(policy_folder, Loading("cpu"))
    tight = LocalPolicy(policy_folder, Loading("cpu", cache_bytes=20_000))
    for round_ in range(6):
        wanted = [ask(p, FIRST[: round_ % 3], seeds=tuple(range(4)), until="end") for p in range(3)]
        for a, b in zip(generous.sample(wanted), tight.sample(wanted), strict=True):
            assert same(a, b)
        assert tight.backbone.store.bytes <= 20_000


def test_a_step_that_reaches_its_limit_says_so(policy: LocalPolicy) -> None:
    lengths = [s for c in policy.sample([ask(0, seeds=tuple(range(30)), max_tokens=2)])[0] for s in c]
    assert any(s.finish == "length" for s in lengths)
    assert all(s.cost.policy_tokens <= 2 for s in lengths)


def test_a_folder_without_a_model_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.json"):
        load_policy(str(tmp_path))
