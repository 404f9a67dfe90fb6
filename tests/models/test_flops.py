"""The formula of FLOPs against what torch's profiler counts. The profiler sees every matrix product that is run."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoModel, GPT2Config, LlamaConfig, MistralConfig, MixtralConfig, Qwen3Config, Qwen3MoeConfig

from engine.models.backbone import PADDED
from engine.models.flops import Arithmetic, attended
from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.prms import load_prm
from engine.models.registry import PRETRAINED
from engine.protocol import PRM, Chain, Continuation
from engine.tasks import find_task
from engine.tree import Reward, Step

PROMPTS = ("Make 24 from 4 5 6 10\n", "Make 24 from 1 3\n", "Make 7 from 1 2 3 11 20\n")
FIRST = ("10 - 4 = 6 (left: 5 6 6)", "4 + 5 = 9 (left: 6 9 10)", "5 * 6 = 30 (left: 4 10 30)")
Found = TypeVar("Found")


def profiled(call: Callable[[], Found]) -> tuple[float, Found]:
    """What the profiler counts while `call` runs. The plain kernel of attention is the one it can see into."""
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        found = call()
    return counter.get_total_flops(), found


def ask(prompt: int, steps: Sequence[str] = (), count: int = 3, **more: Any) -> Continuation:
    return Continuation(
        PROMPTS[prompt], tuple(steps), tuple(range(count)), **{"max_tokens": 24, "max_steps": 6, **more}
    )


def told(chains: Sequence[Sequence[Sequence[Step]]]) -> float:
    return sum(step.cost.policy_flops for of_one in chains for chain in of_one for step in chain)


@pytest.fixture(params=["random", "trained"])
def policy(request: pytest.FixtureRequest, policy_folder: Path) -> LocalPolicy:
    folder = policy_folder if request.param == "random" else PRETRAINED / "countdown-policy"
    return LocalPolicy(folder, Loading("cpu"))


@pytest.mark.parametrize("count", [1, 4, 64])
@pytest.mark.parametrize("until", ["step", "end"])
@pytest.mark.parametrize("prompts", [(0,), (0, 1, 2)])
def test_reading_a_prompt_and_sampling_from_it_as_a_trie(
    policy: LocalPolicy, count: int, until: Any, prompts: tuple[int, ...]
) -> None:
    counted, chains = profiled(lambda: policy.sample([ask(p, count=count, until=until) for p in prompts]))
    assert told(chains) == pytest.approx(counted, rel=0.05)


def test_samples_that_begin_alike_are_run_once_and_share_what_it_takes(policy_folder: Path) -> None:
    policy = LocalPolicy(policy_folder, Loading("cpu"))
    one = told(policy.sample([ask(0, count=1, temperature=0.0)]))
    again = LocalPolicy(policy_folder, Loading("cpu"))
    counted, chains = profiled(lambda: again.sample([ask(0, count=16, temperature=0.0)]))
    assert told(chains) == pytest.approx(one, rel=1e-3) and counted == pytest.approx(one, rel=0.05)
    costs = [chain[0].cost.policy_flops for chain in chains[0]]
    assert len(set(costs[1:])) == 1 and costs[0] > costs[1]  # the first one bears the prompt


def test_going_on_from_what_is_cached(policy: LocalPolicy) -> None:
    policy.sample([ask(0, FIRST[:1])])
    counted, chains = profiled(lambda: policy.sample([ask(0, FIRST[:1], count=8)]))
    assert all(s.cost.prompt_tokens == 0 for chain in chains[0] for s in chain)
    assert told(chains) == pytest.approx(counted, rel=0.05)
    counted, chains = profiled(lambda: policy.sample([ask(0, FIRST[:2], count=8, until="end")]))
    assert told(chains) == pytest.approx(counted, rel=0.05)


@pytest.fixture(scope="module")
def solutions() -> list[Chain]:
    """What the policy writes for ten puzzles, four times each."""
    policy = LocalPolicy(PRETRAINED / "countdown-policy", Loading("cpu"))
    questions = [problem.question + "\n" for problem in find_task("countdown").problems("tot-100")[:10]]
    wanted = [Continuation(question, (), (1, 2, 3, 4), "end", max_tokens=48, max_steps=8) for question in questions]
    return [
        Chain(c.prompt, tuple(step.text for step in chain), ended=chain[-1].finish == "end")
        for c, chains in zip(wanted, policy.sample(wanted), strict=True)
        for chain in chains
    ]


def rewarded(chains: Sequence[Sequence[Reward]]) -> float:
    return sum(reward.cost.prm_flops for of_one in chains for reward in of_one)


@pytest.fixture
def prm() -> PRM:
    return load_prm("countdown-prm", Loading("cpu"), folder=PRETRAINED / "countdown-prm")


def test_a_prm_that_reads_whole_solutions(solutions: list[Chain]) -> None:
    for chains in (solutions, solutions[:1]):
        prm = load_prm("countdown-prm", Loading("cpu"), folder=PRETRAINED / "countdown-prm")
        counted, rewards = profiled(partial(prm.score, chains))
        assert rewarded(rewards) == pytest.approx(counted, rel=0.05)


def test_a_prm_that_reads_one_more_step_of_what_is_cached(prm: PRM, solutions: list[Chain]) -> None:
    begun = [Chain(c.prompt, c.steps[:1]) for c in solutions]
    prm.score(begun)
    more = [Chain(c.prompt, c.steps[:2], known=1) for c in solutions]
    counted, rewards = profiled(lambda: prm.score(more))
    assert rewarded(rewards) == pytest.approx(counted, rel=0.05)


def test_padding_and_what_the_mask_throws_away_are_the_only_things_that_are_not_counted(prm: PRM) -> None:
    chains = [Chain(prompt, FIRST[: i + 1]) for prompt in PROMPTS for i in range(3)]
    counted, rewards = profiled(lambda: prm.score(chains))
    assert rewarded(rewards) < counted < rewarded(rewards) * PADDED * 1.05


SHAPE: dict[str, Any] = {
    "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
    "intermediate_size": 128, "vocab_size": 50,
}  # fmt: skip
EXPERTS: dict[str, Any] = {"num_experts_per_tok": 2}
CONFIGS = {
    "llama": LlamaConfig(**SHAPE),
    "qwen3": Qwen3Config(**SHAPE, head_dim=32),
    "mistral": MistralConfig(**SHAPE, sliding_window=None),
    "gpt2": GPT2Config(n_embd=64, n_layer=3, n_head=4, vocab_size=50),
    "mixtral": MixtralConfig(**SHAPE, **EXPERTS, num_local_experts=8),
    "qwen3-moe": Qwen3MoeConfig(**SHAPE, **EXPERTS, num_experts=8, head_dim=16, moe_intermediate_size=48),
}


def _seen(family: str) -> dict[str, str]:
    """Experts in plain products too, which is what the profiler counts."""
    return {"experts_implementation": "eager"} if family in ("mixtral", "qwen3-moe") else {}


@pytest.mark.parametrize("family", CONFIGS)
def test_one_token_after_many_in_the_cache_for_families_of_models(family: str) -> None:
    torch.manual_seed(0)
    body = AutoModel.from_config(CONFIGS[family], attn_implementation="sdpa", **_seen(family)).eval()
    arithmetic = Arithmetic.of(body)
    ids = torch.randint(0, 50, (1, 301))
    with torch.inference_mode():
        cached = body(ids[:, :300], use_cache=True).past_key_values
        counted, _ = profiled(lambda: body(ids[:, 300:], past_key_values=cached, use_cache=True))
    said = arithmetic.flops(1, attended(300, 1))
    assert said == pytest.approx(counted, rel=0.05)
    assert said > 1.5 * arithmetic.flops(1, 1)  # attention is a good part of it


def test_a_pass_over_many_tokens_takes_what_they_take_one_by_one() -> None:
    body = AutoModel.from_config(CONFIGS["llama"], attn_implementation="sdpa").eval()
    arithmetic = Arithmetic.of(body)
    ids = torch.randint(0, 50, (1, 120))

    def one_by_one() -> None:
        cache = None
        for i in range(120):
            cache = body(ids[:, i : i + 1], past_key_values=cache, use_cache=True).past_key_values

    with torch.inference_mode():
        counted, _ = profiled(one_by_one)
    assert arithmetic.flops(120, attended(0, 120)) == pytest.approx(counted, rel=0.01)
    parts = arithmetic.flops(50, attended(0, 50)) + arithmetic.flops(70, attended(50, 70))
    assert parts == pytest.approx(arithmetic.flops(120, attended(0, 120)))


def test_a_sliding_window_bounds_what_is_attended_to() -> None:
    plain = Arithmetic(1000, 64, (float("inf"),) * 4)
    half = Arithmetic(1000, 64, (float("inf"), 100.0) * 2)
    assert half.flops(3, 3 * 80) == plain.flops(3, 3 * 80) == 3 * (2000 + 4 * 64 * 4 * 80)
    assert half.flops(3, 3 * 500) == 3 * (2000 + 4 * 64 * 2 * (500 + 100))
    assert plain.flops(0, 0) == 0.0
