"""Verifiers that think aloud: what they are asked, when they have come to a verdict, and what is said if they don't."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.models.loading import Loading
from engine.models.prms import load_prm, verdicts
from engine.models.prms.thinking import Thinking
from engine.protocol import Chain
from engine.tree import Reward
from tests.models.families import build

QUESTION = "How many eggs does Janet sell every day?"
STEPS = ("We add 12 and 30.", "So 2x = 6", "It is \\boxed{6}.")
THOUGHT = "12 and 30 are there.\n\nSo this is right.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("qwen2", tmp_path_factory.mktemp("verifier"), seed=7)


@pytest.fixture(scope="module")
def loaded(folder: Path) -> dict[str, Thinking]:
    found = {kind: load_prm(f"{folder}:{kind}", Loading("cpu")) for kind in ("thinking", "genprm", "thinkprm")}
    return {kind: prm for kind, prm in found.items() if isinstance(prm, Thinking)}


@pytest.fixture
def verifiers(loaded: dict[str, Thinking], monkeypatch: pytest.MonkeyPatch) -> dict[str, Thinking]:
    """Those that remember nothing yet. A random model's verdict is nothing that it would have written: let it count."""
    monkeypatch.setattr(verdicts, "LIKELY", 1 << 20)
    for verifier in loaded.values():
        verifier.analyses.clear()
        verifier.backbone.store.clear()
    return loaded


@contextmanager
def writing(verifier: Thinking, *texts: str) -> Iterator[None]:
    """The verifier writes these texts, one a round, and ends its turn after each."""
    left, sample = iter(texts), verifier._sample
    vocabulary, end = verifier.verdicts.vocabulary.weight.shape[0], min(verifier.writer.ends)

    def round_of(turns: Any) -> Any:
        tokens = iter([*verifier.words.encode(next(left)), end])

        def next_logits(_: Any, feed: torch.Tensor) -> torch.Tensor:
            logits = torch.full((len(feed), vocabulary), -50.0)
            logits[:, next(tokens)] = 50.0
            return logits

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(verifier.backbone, "next_logits", next_logits)
            return sample(turns)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verifier, "_sample", round_of)
        yield


@torch.inference_mode()
def verdict_after(folder: Path, said: list[tuple[str, str]], analysis: str) -> float:
    """P(Yes) against P(No) after a chat and what the verifier wrote, in the spelling that is likelier there."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder).eval()
    turns = [{"role": role, "content": content} for role, content in said]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True) + analysis
    p = model(torch.tensor([tokenizer.encode(text)])).logits[0, -1].softmax(dim=0)
    pairs = [
        [float(p[tokenizer.encode(word)[0]]) for word in pair]
        for pair in ((" Yes", " No"), ("Yes", "No"), (" yes", " no"), ("yes", "no"))
    ]
    yes, no = max((pair for pair in pairs if pair[0] != pair[1]), key=sum)
    return yes / (yes + no)


def score(verifier: Thinking, *steps: str, known: int = 0) -> list[Reward]:
    return verifier.score([Chain(QUESTION, steps, known)])[0]


# Verdicts.


def test_the_reward_is_read_where_the_verifier_gives_its_verdict(verifiers: dict[str, Thinking], folder: Path) -> None:
    verifier = verifiers["thinking"]
    with writing(verifier, THOUGHT + "Verdict: Yes, for sure"):
        rewards = score(verifier, *STEPS)
    for i, reward in enumerate(rewards):
        said = verifier.form.ask(QUESTION, STEPS[: i + 1], ())
        assert reward.value == pytest.approx(verdict_after(folder, said, THOUGHT + "Verdict:"), abs=1e-5)
    written = verifier.analyses[QUESTION, STEPS[:1]].text
    assert written.startswith(THOUGHT + "Verdict: ") and written.split()[-1].lower() in ("yes", "no")


@pytest.mark.parametrize(
    ("text", "read_on"),
    [
        ("**Verdict:** Yes", "**Verdict:**"),
        ("Verdict: **No**", "Verdict: **"),
        ("verdict: no", "verdict:"),
        ("The verdict is open. Verdict: YES.", "The verdict is open. Verdict:"),
        ("Verdict:\nYes", "Verdict:\n"),
        ("<think>Verdict: Yes? Hm.</think> Verdict: No", "<think>Verdict: Yes? Hm.</think> Verdict:"),
        ("<think>Verdict: Yes? Hm", None),
        ("Verdict: perhaps", None),
        ("Verdict:", None),
        ("Yes", None),
    ],
)
def test_a_verdict_is_one_however_it_is_decorated_but_not_while_it_is_only_thought(
    verifiers: dict[str, Thinking], text: str, read_on: str | None
) -> None:
    assert verifiers["thinking"].form.verdict(text, 1) == read_on


def test_a_verdict_in_thoughts_that_the_template_opens_does_not_count(tmp_path: Path) -> None:
    verifier = load_prm(f"{build('deepseek-r1', tmp_path / 'r1')}:thinking", Loading("cpu"))
    assert isinstance(verifier, Thinking)
    with writing(verifier, "Verdict: Yes, I think."):
        (reward,) = score(verifier, STEPS[0])
    assert reward.value is None and reward.error and "no verdict" in reward.error
    assert verifier.analyses[QUESTION, STEPS[:1]].text.startswith("<think>")


def test_no_verdict_within_the_limit_is_a_missing_reward_that_says_so(
    verifiers: dict[str, Thinking], monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = verifiers["thinking"]
    monkeypatch.setattr(verifier, "limit", 9)
    with writing(verifier, "Let me think about this for a very long time. Verdict: Yes"):
        (reward,) = score(verifier, STEPS[0])
    assert (reward.value, reward.raw) == (None, None)
    assert reward.error == "no verdict: 9 tokens, the limit, of analysis without one"
    assert reward.cost.prm_tokens > 9


def test_an_analysis_that_ends_without_a_verdict_is_a_missing_reward_that_says_so(
    verifiers: dict[str, Thinking],
) -> None:
    with writing(verifiers["thinking"], "I don't know."):
        (reward,) = score(verifiers["thinking"], STEPS[0])
    assert reward.value is None and reward.error and "no verdict: the verifier ended" in reward.error


def test_where_yes_and_no_are_unlikely_there_is_no_verdict(
    verifiers: dict[str, Thinking], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "LIKELY", 1)  # of a random model, the likeliest token is some other
    with writing(verifiers["thinking"], "Verdict: Yes"):
        (reward,) = score(verifiers["thinking"], STEPS[0])
    assert reward.value is None and reward.error and "expected Yes or No" in reward.error


def test_a_step_that_leaves_no_room_for_an_analysis_is_an_error_that_names_the_lengths(
    verifiers: dict[str, Thinking],
) -> None:
    verifier = verifiers["thinking"]
    with writing(verifier, "Verdict: Yes"):
        long, short = verifier.score([Chain(QUESTION, ("We add 12 and 30. " * 120,)), Chain(QUESTION, STEPS[:1])])
    assert long[0].value is None and long[0].error and "1024" in long[0].error and "tokens" in long[0].error
    assert short[0].value is not None


# The forms of those that were trained to it.


def test_genprm_analyses_each_paragraph_and_sees_what_it_wrote_before(
    verifiers: dict[str, Thinking], folder: Path
) -> None:
    verifier = verifiers["genprm"]
    with writing(verifier, "Fine.\n</analyze>\n<verify>", "Wrong.\n</analyze>"):
        first, second = score(verifier, *STEPS[:2])
    begins = [f"<analyze>\nLet's analyze the Paragraph {i} step by step: " for i in (1, 2)]
    asks = "\n<output>\n**Judgement**: $\\boxed{"
    said = [
        (
            "system",
            "You are a math teacher. Your task is to review and critique the paragraphs in solution step by step.",
        ),
        ("user", f"Question: {QUESTION}\n\n{STEPS[0]}"),
    ]
    one = begins[0] + "Fine.\n</analyze>" + asks
    assert first.value == pytest.approx(verdict_after(folder, said, one), abs=1e-5)
    word = verifier.analyses[QUESTION, STEPS[:1]].text.removeprefix(one).removesuffix("}$\n</output>\n")
    assert word.strip().lower() == ("yes" if first.raw and first.raw > 0 else "no")
    said += [("assistant", f"{one}{word}}}$\n</output>\n"), ("user", STEPS[1])]
    assert second.value == pytest.approx(verdict_after(folder, said, begins[1] + "Wrong.\n</analyze>" + asks), abs=1e-5)


def test_genprm_writes_again_what_it_no_longer_remembers_of_known_steps(verifiers: dict[str, Thinking]) -> None:
    verifier = verifiers["genprm"]
    with writing(verifier, "Fine.\n</analyze>", "Wrong.\n</analyze>"):
        both = score(verifier, *STEPS[:2])
    verifier.analyses.clear()
    verifier.backbone.store.clear()
    with writing(verifier, "Fine.\n</analyze>", "Wrong.\n</analyze>"):
        (later,) = score(verifier, *STEPS[:2], known=1)
    assert later.value == pytest.approx(both[1].value, abs=2e-6)
    assert later.cost.prm_tokens == sum(r.cost.prm_tokens for r in both)


def test_genprm_without_the_end_of_its_analysis_gives_no_reward(verifiers: dict[str, Thinking]) -> None:
    with writing(verifiers["genprm"], "Fine, \\boxed{Yes}."):
        (reward,) = score(verifiers["genprm"], STEPS[0])
    assert reward.value is None and reward.error and "no verdict" in reward.error


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Step 1: ok.\nStep 2: ok.\n</think>\n", "Step 1: ok.\nStep 2: ok."),
        ("Step 1: ok.\nStep 2: ok.\nIs the solution correct? Yes", "Step 1: ok.\nStep 2: ok."),
        ("Step 1: ok.\nStep 2: ok.\nStep 3: there is none", "Step 1: ok.\nStep 2: ok."),
        ("Step 1: ok.\nStep 2: ok.\n", "Step 1: ok.\nStep 2: ok."),
    ],
)
def test_thinkprm_is_asked_for_its_verdict_when_it_has_thought(
    verifiers: dict[str, Thinking], folder: Path, written: str, kept: str
) -> None:
    verifier = verifiers["thinkprm"]
    with writing(verifier, written):
        (reward,) = score(verifier, *STEPS[:2], known=1)
    said = [
        (
            "user",
            "You are given a math problem and a proposed step-by-step solution:\n\n[Math Problem]\n\n"
            f"{QUESTION}\n\n[Solution]\n\nStep 1: {STEPS[0]}\nStep 2: {STEPS[1]}\n\nReview and critique each step in "
            "the proposed solution to determine whether each step is correct. If the solution is incomplete, only "
            "verify the provided steps.",
        )
    ]
    read = f"\nLet's verify step by step:{kept}\nIs the solution correct?"
    assert reward.value == pytest.approx(verdict_after(folder, said, read), abs=1e-5)


# What a verifier may not depend on.


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_an_analysis_is_the_same_alone_and_in_a_crowd(
    verifiers: dict[str, Thinking], monkeypatch: pytest.MonkeyPatch, temperature: float
) -> None:
    verifier = verifiers["thinkprm"]
    monkeypatch.setattr(verifier, "limit", 24)
    monkeypatch.setattr(verifier, "temperature", temperature)
    chains = [Chain(QUESTION, STEPS), Chain("1+1", STEPS[1:]), Chain(QUESTION, STEPS[:1] * 2)]
    crowd = verifier.score(chains)
    together = {asked: analysis.text for asked, analysis in verifier.analyses.items()}
    assert len(together) == 6  # the first step of the first and the last chain is one
    for chain, rewards in zip(chains, crowd, strict=True):
        verifier.analyses.clear()
        verifier.backbone.store.clear()
        alone = verifier.score([chain])[0]
        assert [r.value for r in alone] == pytest.approx([r.value for r in rewards], abs=2e-6, nan_ok=True)
        assert {asked: a.text for asked, a in verifier.analyses.items()}.items() <= together.items()


@pytest.mark.parametrize("kind", ["thinking", "genprm", "thinkprm"])
def test_an_empty_step_that_ends_a_solution_has_the_verdict_on_the_solution(
    verifiers: dict[str, Thinking], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = verifiers[kind]
    monkeypatch.setattr(verifier, "limit", 24)
    both = verifier.score([Chain("1 + 1?", ("We add.", "It is 2."))])[0]
    (ending,) = verifier.score([Chain("1 + 1?", ("We add.", "It is 2.", ""), 2, ended=True)])[0]
    assert (ending.value, ending.error, ending.cost.prm_tokens) == (both[1].value, both[1].error, 0)


def test_what_was_analysed_is_paid_for_once(verifiers: dict[str, Thinking]) -> None:
    verifier = verifiers["thinking"]
    with writing(verifier, "Verdict: Yes"):
        first, same = verifier.score([Chain(QUESTION, STEPS[:1]), Chain(QUESTION, STEPS[:1])])
    (again,) = score(verifier, STEPS[0])
    assert first[0].cost.prm_tokens > 0 == same[0].cost.prm_tokens == again.cost.prm_tokens
    assert first[0].value == same[0].value == again.value


def test_what_is_read_and_what_is_written_is_counted(verifiers: dict[str, Thinking]) -> None:
    verifier, text = verifiers["thinking"], "Well. Verdict: Yes"
    with writing(verifier, text):
        (reward,) = score(verifier, STEPS[0])
    tokenizer = verifier.words.tokenizer
    turns = [{"role": role, "content": content} for role, content in verifier.form.ask(QUESTION, STEPS[:1], ())]
    prompt = tokenizer.encode(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
    read_again = tokenizer.encode("Well. Verdict:")
    least = len(prompt) - 1 + len(tokenizer.encode(text)) + len(read_again)
    assert least <= reward.cost.prm_tokens <= least + len(prompt)
    assert reward.cost.prm_flops > verifier.backbone.arithmetic.flops(reward.cost.prm_tokens, 0)
    assert reward.cost.seconds > 0


def test_a_verifier_says_how_it_was_asked(verifiers: dict[str, Thinking]) -> None:
    told = verifiers["genprm"].describe()
    assert (told["kind"], told["limit"], told["temperature"], told["seed"]) == ("genprm", 2048, 0.0, 0)
