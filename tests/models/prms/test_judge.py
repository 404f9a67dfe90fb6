"""An instruct model as a judge, of every family: what it is asked, what it answers, and what is read only once."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.models.loading import Loading, ModelError
from engine.models.local import LocalPolicy
from engine.models.prms import load_prm
from engine.models.prms.judge import ASK, TASK, Judge, judge_of
from engine.protocol import Chain, Continuation
from tests.models.families import FAMILIES, build

QUESTION = "How many eggs does Janet sell every day?"
STEPS = ("We add 12 and 30.", "So 2x = 6", "Then we multiply by 2.\n\n\nTwice", "It is \\boxed{6}.")
families = pytest.mark.parametrize("family", FAMILIES)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {family: build(family, tmp_path_factory.mktemp(family), seed=5) for family in FAMILIES}


@pytest.fixture(scope="module")
def judges(folders: dict[str, Path]) -> dict[str, Judge]:
    found = {family: load_prm(f"{folder}:judge", Loading("cpu")) for family, folder in folders.items()}
    return {family: judge for family, judge in found.items() if isinstance(judge, Judge)}


def asked(question: str, steps: Sequence[str]) -> str:
    """What the user says when the judge is asked about the last of these steps."""
    said = "".join(f"Step {i}: {step}\n\n" for i, step in enumerate(steps, 1))
    return f"{TASK}\n\nProblem:\n{question}\n\nSolution:\n\n{said}{ASK.format(number=len(steps))}"


@torch.inference_mode()
def expected(folder: Path, question: str, steps: Sequence[str]) -> list[float]:
    """P(Yes) against P(No), one plain forward pass a step, over the text that the chat template makes."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder).eval()
    out = []
    for i in range(len(steps)):
        said = [{"role": "user", "content": asked(question, steps[: i + 1])}]
        text = tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
        ids = tokenizer.encode(text, add_special_tokens=False)
        yes, no = (tokenizer.encode(text + word, add_special_tokens=False)[len(ids)] for word in ("Yes", "No"))
        logits = model(torch.tensor([ids])).logits[0, -1]
        out.append(float(logits[[yes, no]].softmax(dim=0)[0]))
    return out


@families
def test_the_judge_says_yes_or_no_to_every_step(
    judges: dict[str, Judge], folders: dict[str, Path], family: str
) -> None:
    rewards = judges[family].score([Chain(QUESTION, STEPS)])[0]
    assert [r.error for r in rewards] == [None] * len(STEPS)
    assert [r.value for r in rewards] == pytest.approx(expected(folders[family], QUESTION, STEPS), abs=1e-5)


@families
def test_the_question_about_a_step_is_no_part_of_what_follows_and_the_steps_are_read_once(
    judges: dict[str, Judge], family: str
) -> None:
    judge = judges[family]
    judge.backbone.store.clear()
    whole = judge.score([Chain(QUESTION, STEPS)])[0]
    shared, ends = judge.questions.lay(QUESTION, STEPS)
    assert sum(r.cost.prm_tokens for r in whole) == sum(map(len, shared)) + sum(map(len, ends))
    judge.backbone.store.clear()
    for i, reward in enumerate(whole):
        (step,) = judge.score([Chain(QUESTION, STEPS[: i + 1], known=i)])[0]
        assert step.value == pytest.approx(reward.value, abs=2e-6)
        assert step.cost.prm_tokens == reward.cost.prm_tokens
    assert not any(end in node.children for node in judge.backbone.store._order for end in ends)


@settings(max_examples=10, deadline=None)
@given(
    wanted=st.lists(
        st.builds(
            lambda steps, known: Chain(QUESTION, tuple(steps), known % len(steps)),
            st.lists(st.sampled_from(STEPS), min_size=1, max_size=4),
            st.integers(0, 3),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_batched_equals_single(judges: dict[str, Judge], wanted: list[Chain]) -> None:
    judge = judges["qwen2"]
    for chain, rewards in zip(wanted, judge.score(wanted), strict=True):
        judge.backbone.store.clear()
        alone = judge.score([chain])[0]
        assert [r.value for r in rewards] == pytest.approx([r.value for r in alone], abs=2e-6)
        assert len(rewards) == len(chain.steps) - chain.known


def test_a_search_over_a_tree_computes_each_position_once(judges: dict[str, Judge]) -> None:
    judge, computed, needed = judges["llama3"], 0, dict[tuple[object, ...], int]()
    judge.backbone.store.clear()
    beams: list[tuple[str, ...]] = [()]
    for depth in range(4):
        chains = [(*beam, f"{STEPS[child]} ({depth})") for beam in beams for child in range(4)]
        for rewards, chain in zip(judge.score([Chain(QUESTION, c, known=depth) for c in chains]), chains, strict=True):
            computed += sum(r.cost.prm_tokens for r in rewards)
            shared, ends = judge.questions.lay(QUESTION, chain)
            needed |= {tuple(shared[: i + 1]): len(shared[i]) for i in range(len(shared))}
            needed[(chain, "asked")] = len(ends[-1])
        beams = chains[1::4][:3] or chains[:3]
    assert sum(needed.values()) <= computed <= 1.05 * sum(needed.values())


def test_too_long_a_solution_has_no_reward_from_where_the_question_no_longer_fits(judges: dict[str, Judge]) -> None:
    steps = tuple(f"{step} ({i})" for i in range(20) for step in STEPS)
    long, short = judges["llama3"].score([Chain(QUESTION, steps), Chain(QUESTION, STEPS[:1])])
    missing = [r.value is None for r in long]
    first = missing.index(True)
    assert missing == [False] * first + [True] * (len(steps) - first) and first > 2
    shared, ends = judges["llama3"].questions.lay(QUESTION, steps)
    lengths = [sum(map(len, shared[: i + 2])) + len(end) for i, end in enumerate(ends)]
    assert lengths[first - 1] <= 1024 < lengths[first]
    assert long[first].error and f"{lengths[first]} tokens" in long[first].error
    assert short[0].value is not None


def test_an_empty_step_is_not_asked_about(judges: dict[str, Judge]) -> None:
    first, empty, last = judges["qwen3"].score([Chain(QUESTION, (STEPS[0], "\n", STEPS[1]))])[0]
    both = judges["qwen3"].score([Chain(QUESTION, STEPS[:2])])[0]
    assert empty.value is None and [first.value, last.value] == pytest.approx([r.value for r in both], abs=2e-6)


def test_an_empty_step_that_ends_a_solution_is_judged_as_the_solution(judges: dict[str, Judge]) -> None:
    both = judges["qwen3"].score([Chain(QUESTION, STEPS[:2])])[0]
    (ending,) = judges["qwen3"].score([Chain(QUESTION, (*STEPS[:2], ""), 2, ended=True)])[0]
    assert ending.value == pytest.approx(both[1].value, abs=2e-6)


def test_a_reasoning_model_is_asked_not_to_think_before_it_answers(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = build("qwen3", tmp_path / "qwen3")
    template = folder / "chat_template.jinja"
    switch = "{% if add_generation_prompt and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"
    template.write_text(template.read_text() + switch)
    judge = load_prm(f"{folder}:judge", Loading("cpu"))
    assert isinstance(judge, Judge)
    _, ends = judge.questions.lay(QUESTION, STEPS)
    assert judge.questions.words.tokenizer.decode(ends[0]).endswith("<think>\n\n</think>\n\n")


def test_a_template_that_rewrites_what_is_said_is_a_missing_reward_that_says_so(tmp_path: Path) -> None:
    folder = build("qwen2", tmp_path / "qwen2")
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text().replace("{{ m.content }}", "{{ m.content | upper }}"))
    judge = load_prm(f"{folder}:judge", Loading("cpu"))
    (reward,) = judge.score([Chain(QUESTION, STEPS[:1])])[0]
    assert reward.value is None and reward.error and "chat template" in reward.error


def test_a_model_without_a_chat_template_is_refused(policy_folder: Path) -> None:
    with pytest.raises(ModelError, match="no chat template"):
        load_prm(f"{policy_folder}:judge", Loading("cpu"))


@pytest.mark.parametrize("family", ["qwen2", "gemma2"])
def test_the_policy_itself_judges_with_one_set_of_weights(folders: dict[str, Path], family: str) -> None:
    policy = LocalPolicy(folders[family], Loading("cpu"))
    judge = judge_of(policy)
    assert judge.backbone is policy.backbone and judge.describe()["kind"] == "judge"
    before = policy.sample([Continuation(QUESTION, (), (1, 2), max_tokens=12)])
    rewards = judge.score([Chain(QUESTION, STEPS)])[0]
    assert [r.value for r in rewards] == pytest.approx(expected(folders[family], QUESTION, STEPS), abs=1e-5)
    after = policy.sample([Continuation(QUESTION, (), (1, 2), max_tokens=12)])
    assert [s.text for c in before for chain in c for s in chain] == [
        s.text for c in after for chain in c for s in chain
    ]
