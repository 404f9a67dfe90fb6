"""Every public layout: rewards against the conventions, batched, padded, cached and in parts."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.models.loading import Loading
from engine.models.prms import load_prm
from engine.models.prms.reading import StepPRM
from engine.protocol import Chain
from engine.tree import Reward
from tests.models.prms.checkpoints import LAYOUTS, shard
from tests.models.prms.references import Reference

QUESTIONS = ("How many eggs does Janet sell every day?", "Let $x = 3$.\n\nWhat is $2x$? Naïve: 5.", "1+1")
STEPS = (
    "We add 12 and 30 to get 42.",
    "So 2x = 6",
    "Then we multiply by 2.  Twice!",
    "-5 + 3 = -2",
    "задачки ≤ 4: $\\frac{1}{2}$.",
    "The answer is: \\boxed{84}.",
)

solutions = st.builds(
    lambda question, steps, known: Chain(QUESTIONS[question], tuple(steps), known % len(steps)),
    question=st.integers(0, 2),
    steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=6),
    known=st.integers(0, 5),
)
kinds = pytest.mark.parametrize("kind", LAYOUTS)


def values(rewards: list[Reward]) -> list[float | None]:
    assert not any(r.error for r in rewards)
    return [r.value for r in rewards]


@kinds
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(solutions, min_size=1, max_size=6))
def test_rewards_are_what_the_convention_says_whatever_the_batch_and_the_cache(
    prms: dict[str, StepPRM], references: dict[str, Reference], kind: str, wanted: list[Chain]
) -> None:
    for chain, rewards in zip(wanted, prms[kind].score(wanted), strict=True):
        expected = references[kind].scores(chain.prompt, chain.steps)[chain.known :]
        assert values(rewards) == pytest.approx(expected, abs=1e-5)


@kinds
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_padded_batch_of_others_agrees_with_ours(
    prms: dict[str, StepPRM], references: dict[str, Reference], kind: str, side: str
) -> None:
    chains = [Chain(QUESTIONS[0], STEPS[:5]), Chain(QUESTIONS[1], STEPS[3:4]), Chain(QUESTIONS[2], STEPS[::-1])]
    expected = references[kind].padded([(c.prompt, c.steps) for c in chains], side)
    prms[kind].backbone.store.clear()
    for rewards, plain in zip(prms[kind].score(chains), expected, strict=True):
        assert values(rewards) == pytest.approx(plain, abs=1e-5)


@kinds
def test_batched_equals_single(prms: dict[str, StepPRM], kind: str) -> None:
    chains = [Chain(question, STEPS[: n + 1]) for n, question in enumerate(QUESTIONS)]
    prms[kind].backbone.store.clear()
    together = prms[kind].score(chains)
    for chain, rewards in zip(chains, together, strict=True):
        prms[kind].backbone.store.clear()
        assert values(prms[kind].score([chain])[0]) == pytest.approx(values(rewards), abs=2e-6)


@kinds
def test_step_by_step_with_a_cached_prefix_equals_the_full_pass(prms: dict[str, StepPRM], kind: str) -> None:
    prm = prms[kind]
    prm.backbone.store.clear()
    whole = prm.score([Chain(QUESTIONS[0], STEPS)])[0]
    prm.backbone.store.clear()
    parts = [prm.score([Chain(QUESTIONS[0], STEPS[: i + 1], known=i)])[0] for i in range(len(STEPS))]
    assert [len(part) for part in parts] == [1] * len(STEPS)
    assert [part[0].value for part in parts] == pytest.approx(values(whole), abs=2e-6)
    assert [part[0].cost.prm_tokens for part in parts] == [r.cost.prm_tokens for r in whole]


@kinds
def test_one_pass_gives_every_step_of_a_chain(prms: dict[str, StepPRM], kind: str) -> None:
    prm, passes = prms[kind], []
    prm.backbone.store.clear()
    hook = prm.backbone.body.register_forward_hook(lambda *_: passes.append(1))
    try:
        prm.score([Chain(QUESTIONS[0], STEPS)])
    finally:
        hook.remove()
    assert len(passes) == 1


@kinds
def test_what_was_cached_is_still_right_after_it_was_forgotten(checkpoints: dict[str, Path], kind: str) -> None:
    small = load_prm(f"{checkpoints[kind]}:{kind}", Loading("cpu", cache_bytes=1 << 15))
    large = load_prm(f"{checkpoints[kind]}:{kind}", Loading("cpu"))
    chains = [Chain(question, STEPS[i:] + STEPS[:i], known=i % 3) for question in QUESTIONS for i in range(6)]
    for rewards, expected in zip(small.score(chains), large.score(chains), strict=True):
        assert values(rewards) == pytest.approx(values(expected), abs=2e-6)


@kinds
def test_a_checkpoint_in_shards_gives_the_same_rewards(
    prms: dict[str, StepPRM], checkpoints: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    prm = load_prm(f"{shard(checkpoints[kind], tmp_path / 'shards')}:{kind}", Loading("cpu"))
    chain = Chain(QUESTIONS[0], STEPS)
    assert values(prm.score([chain])[0]) == pytest.approx(values(prms[kind].score([chain])[0]), abs=2e-6)


@kinds
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_checkpoint_in_bfloat16_loads_and_is_read_in_the_dtype_asked_for(
    tmp_path: Path, kind: str, dtype: str
) -> None:
    import torch

    folder = LAYOUTS[kind](tmp_path, torch.bfloat16)
    prm = load_prm(f"{folder}:{kind}", Loading("cpu", dtype=dtype))
    expected = Reference(kind, folder).scores(QUESTIONS[0], STEPS)
    got = values(prm.score([Chain(QUESTIONS[0], STEPS)])[0])
    assert prm.describe()["dtype"] == dtype
    assert got == pytest.approx(expected, abs=1e-5 if dtype == "float32" else 0.15)
