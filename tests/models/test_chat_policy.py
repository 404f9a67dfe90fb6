"""Chat models of every family: what is put to them, where their steps end, and that the cache changes nothing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.models.branches import Branches
from engine.models.kv import WorkingSet
from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.writing import Stops
from engine.protocol import Continuation
from engine.tasks.maths.task import MATH
from engine.tree import Step
from tests.models.families import FAMILIES, build
from tests.models.test_policy import sampled_tokens

QUESTION = "How many eggs does Janet sell every day?"
STEPS = ("We add 12 and 30.", "So 2x = 6", "Then we multiply by 2.")
SEPARATOR = "\n\n"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {family: build(family, tmp_path_factory.mktemp(family)) for family in FAMILIES}


@pytest.fixture(scope="module")
def policies(folders: dict[str, Path]) -> dict[str, LocalPolicy]:
    return {family: LocalPolicy(folder, Loading("cpu"), system="Be brief.") for family, folder in folders.items()}


def ask(steps: tuple[str, ...] = (), seeds: tuple[int, ...] = (1, 2), **more: Any) -> Continuation:
    return Continuation(QUESTION, steps, seeds, **{"max_tokens": 12, "separator": SEPARATOR, **more})


@contextmanager
def parrot(policy: LocalPolicy, *texts: str) -> Iterator[None]:
    """The policy writes these texts, one after the other, and then ends its turn."""
    tokens = [*(t for text in texts for t in policy.writer.ids(text, SEPARATOR)), min(policy.writer.ends)]
    rest = iter(tokens)

    def next_logits(_: Any, feed: torch.Tensor) -> torch.Tensor:
        logits = torch.full((len(feed), policy.backbone.body.config.vocab_size), -50.0)
        logits[:, next(rest)] = 50.0
        return logits

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policy.backbone, "next_logits", next_logits)
        yield


def written(policy: LocalPolicy, *texts: str, **more: Any) -> list[Step]:
    with parrot(policy, *texts):
        return policy.sample([ask(seeds=(1,), until="end", **{"max_tokens": 200, **more})])[0][0]


# What is put to the model.


@pytest.mark.parametrize("family", FAMILIES)
def test_the_question_is_put_by_the_models_own_template_with_one_beginning_of_text(
    policies: dict[str, LocalPolicy], folders: dict[str, Path], family: str
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folders[family])
    prompt = policies[family].writer.prompt(QUESTION)
    said = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]
    if family in ("mistral", "gemma2", "gemma3"):
        said = [{"role": "user", "content": f"Be brief.\n\n{QUESTION}"}]
    expected = tokenizer.apply_chat_template(said, add_generation_prompt=True, return_dict=False)
    assert list(prompt) == expected
    if tokenizer.bos_token_id is not None:
        assert prompt.count(tokenizer.bos_token_id) == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_a_step_has_the_tokens_it_has_in_the_whole_text(policies: dict[str, LocalPolicy], family: str) -> None:
    writer = policies[family].writer
    by_steps = [token for step in STEPS for token in writer.step(step, SEPARATOR)]
    whole = writer.ids("".join(step + SEPARATOR for step in STEPS), SEPARATOR)
    assert by_steps == list(whole)
    assert writer.read(tuple(by_steps), SEPARATOR) == "".join(step + SEPARATOR for step in STEPS)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_end_of_a_turn_is_found_though_only_the_template_tells(
    policies: dict[str, LocalPolicy], folders: dict[str, Path], family: str
) -> None:
    assert policies[family].writer.ends == set(json.loads((folders[family] / "ends.json").read_text()))


def test_a_thinking_switch_reaches_the_template(folders: dict[str, Path]) -> None:
    policy = LocalPolicy(folders["qwen3"], Loading("cpu"), template={"enable_thinking": False})
    policy.writer.tokenizer.chat_template += "{% if enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"
    assert policy.writer.read(policy.writer.prompt("?"), SEPARATOR).endswith("<think>\n\n</think>\n\n")


# Where steps and solutions end.


@pytest.mark.parametrize("family", FAMILIES)
def test_a_step_is_cut_exactly_before_the_separator_however_the_tokenizer_merges_it(
    policies: dict[str, LocalPolicy], family: str
) -> None:
    policy = policies[family]
    steps = written(policy, "We add 12.\n\nSo 2x = 6\n\n\nThen\n\n", "ok")
    assert [s.text for s in steps] == ["We add 12.", "So 2x = 6", "Then", "ok"]
    assert [s.finish for s in steps] == ["step", "step", "step", "end"]


@given(text=st.text(alphabet="ab. \n", max_size=30))
@settings(max_examples=100, deadline=None)
def test_cutting_token_by_token_gives_what_splitting_the_text_gives(
    policies: dict[str, LocalPolicy], text: str
) -> None:
    policy = policies["qwen2"]
    expected = [part.strip("\n") for part in text.split(SEPARATOR) if part.strip()]
    assert [s.text for s in written(policy, text) if s.text] == expected


def test_a_boxed_answer_ends_the_solution_though_the_model_would_go_on(policies: dict[str, LocalPolicy]) -> None:
    def boxed(steps: Any) -> bool:
        return "\\boxed{" in steps[-1]

    steps = written(policies["qwen2"], "So 2x = 6\n\n", "It is \\boxed{6}.\n\n", "We add", ends=boxed)
    assert [(s.text, s.finish) for s in steps] == [("So 2x = 6", "step"), ("It is \\boxed{6}.", "end")]


def test_what_is_boxed_while_thinking_ends_nothing(policies: dict[str, LocalPolicy]) -> None:
    texts = ("Maybe \\boxed{6}.\n\n", "OK.</think>\n\n", "It is \\boxed{84}.\n\n", "We add")

    def boxed(steps: Any) -> bool:
        return MATH.ends(MATH.read(QUESTION), steps)

    assert [s.text for s in written(policies["deepseek-r1"], *texts, ends=boxed)] == [t.strip() for t in texts[:3]]
    assert [s.text for s in written(policies["qwen2"], *texts, ends=boxed)] == [texts[0].strip()]


def test_what_is_thought_is_kept_as_steps(policies: dict[str, LocalPolicy]) -> None:
    steps = written(policies["deepseek-r1"], "Wait, maybe not.\n\nOK.</think>\n\n", "The answer is 72")
    assert [s.text for s in steps] == ["Wait, maybe not.", "OK.</think>", "The answer is 72"]


def test_a_step_or_a_solution_that_is_too_long_says_so(policies: dict[str, LocalPolicy]) -> None:
    policy = policies["qwen2"]
    long = written(policy, "We add 12 and 30 to get 42", max_tokens=3)
    assert [s.finish for s in long] == ["length"] and long[0].cost.policy_tokens == 3
    both = written(policy, "We add\n\n", "We add 12 and 30", max_solution=5)
    assert [s.finish for s in both] == ["step", "length"] and sum(s.cost.policy_tokens for s in both) == 5
    before = len(policy.writer.step(STEPS[0], SEPARATOR))
    with parrot(policy, "We add 12 and 30"):
        ((step,),) = policy.sample([ask(STEPS[:1], seeds=(1,), max_solution=before + 2)])[0]
    assert step.finish == "length" and step.cost.policy_tokens == 2


def test_a_token_may_complete_a_separator_that_another_began(policies: dict[str, LocalPolicy]) -> None:
    writer = policies["mistral"].writer
    stops = Stops(writer, SEPARATOR, len(writer.tokenizer))
    tokens = writer.ids("So\n\n", SEPARATOR)
    assert stops.cut(tokens[:-1]) is None and stops.cut(tokens) == "So"


# The cache changes nothing.

requests = st.builds(
    ask,
    steps=st.lists(st.sampled_from(STEPS), max_size=3).map(tuple),
    seeds=st.lists(st.integers(0, 2**63), min_size=1, max_size=3).map(tuple),
    until=st.sampled_from(["step", "end"]),
    temperature=st.sampled_from([0.0, 1.0]),
)


@pytest.mark.parametrize("attention", [None, "eager"])
@pytest.mark.parametrize("family", FAMILIES)
def test_log_probabilities_equal_a_full_recompute_whatever_was_cached_and_forgotten(
    folders: dict[str, Path], family: str, attention: str | None
) -> None:
    roomy = LocalPolicy(folders[family], Loading("cpu", attn=attention)).backbone.store
    tight = LocalPolicy(folders[family], Loading("cpu", attn=attention, cache_bytes=150 * roomy.token_bytes))
    plain = AutoModelForCausalLM.from_pretrained(folders[family], attn_implementation="eager").eval()

    @settings(max_examples=8, deadline=None, derandomize=True)
    @given(rounds=st.lists(st.lists(requests, min_size=1, max_size=4), min_size=1, max_size=3))
    def check(rounds: list[list[Continuation]]) -> None:
        for wanted in rounds:
            with sampled_tokens(tight) as sampled:
                tight.sample(wanted)
            assert tight.backbone.store.bytes <= 150 * roomy.token_bytes
            compare(tight, plain, wanted, iter(sampled))

    check()


def compare(policy: LocalPolicy, plain: Any, wanted: list[Continuation], sampled: Iterator[Any]) -> None:
    for one in wanted:
        steps = [token for step in one.steps for token in policy.writer.step(step, SEPARATOR)]
        head = [*policy.writer.prompt(one.prompt), *steps]
        for chain in [next(sampled) for _ in one.seeds]:
            ids = list(head)
            for step in chain:
                with torch.no_grad():
                    logits = plain(torch.tensor([[*ids, *step.tokens]])).logits[0, len(ids) - 1 : -1].double()
                expected = logits.log_softmax(-1)[torch.arange(len(step.tokens)), torch.tensor(step.tokens)].sum()
                assert step.logprob == pytest.approx(float(expected), abs=1e-4)
                ids += step.tokens


def test_continuations_read_their_common_prefix_together_where_the_model_allows_it(
    policies: dict[str, LocalPolicy],
) -> None:
    together = {family for family, policy in policies.items() if isinstance(branch(policy), Branches)}
    assert together == {"qwen2", "qwen3", "llama3", "deepseek-r1"}, "the others have windows or weigh in their own way"


def branch(policy: LocalPolicy) -> WorkingSet:
    nodes, _ = policy.backbone.ensure([[policy.writer.prompt(QUESTION)]])
    return policy.backbone.branch(nodes, 1)
