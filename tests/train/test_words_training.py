"""How the models for word problems are trained: what they are shown, and with which labels."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.writing import Writer
from engine.tasks.words.checking import first_wrong, walk
from engine.tasks.words.generate import STEPS, make_story
from engine.train import finish, loop, words_measure, words_policy, words_prm, words_steps
from engine.train.demonstrations import Demonstration, encode
from engine.train.packing import Pack
from engine.train.words_data import demonstrations, solution
from engine.train.words_forge import forged
from engine.train.words_policy import batches, make_model
from engine.train.words_steps import add
from engine.train.words_tokenizer import build_words_tokenizer

TOKENIZER = build_words_tokenizer()
SEEDS = st.integers(0, 10**9)
PHASES = (words_policy.Phase(2, 1e-3, (2, 3)),)
PRM_PHASES = (words_steps.Phase(2, 1e-3, samples=2, shown=2, forged=3),)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few steps on a few rows, and the next chunk made in a thread, which needs no new process."""
    for module in (words_policy, words_prm):
        monkeypatch.setattr(module, "CHUNK_STEPS", 2)
        monkeypatch.setattr(module, "TOKENS", 400)
    make = words_steps.make_packs
    monkeypatch.setattr(words_prm, "make_packs", lambda policy, phase, _, rng, n: make(policy, phase, 3, rng, n))
    monkeypatch.setattr(words_prm, "SURE_STORIES", 2)
    monkeypatch.setattr(loop, "ProcessPoolExecutor", lambda workers, **_: ThreadPoolExecutor(workers))
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An untrained policy."""
    out = tmp_path_factory.mktemp("words") / "policy"
    make_model(TOKENIZER, 1).save_pretrained(out)
    TOKENIZER.save_pretrained(out)
    yield out


def writer() -> Writer:
    return Writer(TOKENIZER, [TOKENIZER.eos_token_id])


@given(SEEDS, st.sampled_from(STEPS))
def test_the_tokenizer_knows_every_word_of_a_story_and_loses_nothing(seed: int, steps: int) -> None:
    rng = Random(seed)
    story = make_story(rng, steps)
    text = story.question + "\n" + "\n".join(solution(story, rng))
    ids = TOKENIZER.encode(text, add_special_tokens=False)
    assert TOKENIZER.decode(ids, clean_up_tokenization_spaces=False) == text
    assert len(ids) == len([piece for piece in _pieces(text) if piece])


def _pieces(text: str) -> list[str]:
    import re

    return re.findall(r"'s|[A-Za-z]+|\d+|[^\w\s]|\n", text)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_words_nobody_taught_it_fall_apart_into_letters(text: str) -> None:
    ids = TOKENIZER.encode(text, add_special_tokens=False)
    if "  " not in text and "\n" not in text:
        assert TOKENIZER.unk_token_id not in [i for i, c in zip(ids, text, strict=False) if c != " "]


def test_a_row_begins_with_its_question_and_learns_only_the_steps() -> None:
    ids, start = encode(TOKENIZER, Demonstration("Mia has 2 books.", ("Answer: 2 books",)))
    assert TOKENIZER.decode(ids[1:start]) == "Mia has 2 books.\n"
    assert ids[-1] == TOKENIZER.eos_token_id


def test_demonstrations_are_the_same_for_the_same_seed_and_none_is_held_out() -> None:
    first = [d for d, _ in zip(demonstrations(4, (2, 3)), range(20), strict=False)]
    assert first == [d for d, _ in zip(demonstrations(4, (2, 3)), range(20), strict=False)]
    assert {len(d.steps) for d in first} == {3, 4}


def test_batches_have_about_as_many_tokens_each_and_every_row_is_in_one() -> None:
    rows = sorted(([1] * n, 1) for n in range(5, 60))
    made = batches(rows, 5, Random(1))
    sizes = [batch["tokens"] for batch in made]
    assert sum(sizes) == sum(range(5, 60)) and max(sizes) < 1.4 * min(sizes)


@given(SEEDS, st.sampled_from(STEPS))
def test_a_forged_solution_is_nearly_always_wrong_somewhere_and_its_sums_follow_from_it(seed: int, steps: int) -> None:
    rng = Random(seed)
    story = make_story(rng, steps)
    told = forged(story, rng)
    at = first_wrong(story, told)
    if at is not None:
        assert walk(story, told[:at]) is not None and walk(story, told[: at + 1]) is None


def test_most_forged_solutions_are_wrong_and_the_mistakes_are_of_every_kind() -> None:
    rng, wrong = Random(2), 0
    for _ in range(300):
        story = make_story(rng, rng.choice(STEPS))
        wrong += first_wrong(story, forged(story, rng)) is not None
    assert wrong > 240


@given(SEEDS, st.sampled_from(STEPS))
def test_labels_of_steps_and_tokens_are_those_of_the_story(seed: int, steps: int) -> None:
    rng = Random(seed)
    story = make_story(rng, steps)
    told = tuple(forged(story, rng))
    if not told:
        return
    pack = Pack(TOKENIZER.encode(story.question + "\n"))
    add(pack, writer(), story, (told, True))
    wrong = first_wrong(story, told)
    good = [wrong is None or i < wrong for i in range(len(told))]
    beside = [] if wrong is None else [True]  # the true step in place of the wrong one
    assert sorted(pack.labels.values()) == sorted(good + beside)
    if wrong is not None:
        (at,) = [at for at, right in pack.right.items() if not right]
        siblings = [i for i, parent in enumerate(pack.parent) if parent == pack.parent[at]]
        assert any(pack.right.get(i) or pack.labels.get(i) for i in siblings if i != at)


def test_a_tokens_label_is_wrong_at_the_first_token_that_no_true_step_has() -> None:
    rng = Random(1)
    story = next(s for s in iter(lambda: make_story(rng, 2), None) if s.derivations[0].op == "+")
    made = story.derivations[0]
    wrong = made.says[0].replace("{}", f"{made.left.value} + {made.right.value} = {made.result + 1}")
    pack = Pack(TOKENIZER.encode(story.question + "\n"))
    add(pack, writer(), story, ((wrong,), False))
    (at,) = [at for at, right in pack.right.items() if not right]
    assert TOKENIZER.decode([pack.tokens[at]]) == str(made.result + 1)


def test_the_policy_and_the_prm_are_trained_measured_and_described(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = words_measure.TASK.problems("stories-100")[::30]
    monkeypatch.setattr(type(words_measure.TASK), "problems", lambda _, name: few)
    monkeypatch.setattr(type(words_measure.TASK), "problem_sets", lambda _: ["stories-100"])
    monkeypatch.setattr(words_measure, "POOL", 3)
    finish.finish_words_policy(tmp_path / "policy", seed=3, phases=PHASES, on_progress=lambda _: None)
    finish.finish_words_prm(tmp_path / "prm", policy=folder, seed=3, phases=PRM_PHASES, on_progress=lambda _: None)
    for name, kind, measured in (("policy", "LlamaForCausalLM", "majority@3"), ("prm", "LlamaForCausalLM", "AUC")):
        told = (tmp_path / name / "README.md").read_text()
        assert kind in told and measured in told and str(tmp_path) not in told
    assert LocalPolicy(tmp_path / "policy", Loading("cpu")).describe()["training_flops"] > 0


def test_training_goes_on_where_it_was_stopped_with_both_of_its_optimisers(tmp_path: Path) -> None:
    whole, _ = words_policy.train(tmp_path / "whole", seed=3, phases=PHASES)

    def stop(progress: Any) -> None:
        if progress.step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        words_policy.train(tmp_path / "parts", seed=3, phases=PHASES, on_progress=stop)
    parts, _ = words_policy.train(tmp_path / "parts", seed=3, phases=PHASES)
    for a, b in zip(whole.parameters(), parts.parameters(), strict=True):
        assert torch.equal(a, b)


def test_chunks_are_pure_functions_of_their_number(folder: Path) -> None:
    a = words_prm.make_chunk(folder, PRM_PHASES[0], 1, 0)
    b = words_prm.make_chunk(folder, PRM_PHASES[0], 1, 0)
    assert all(np.array_equal(x["ids"], y["ids"]) for x, y in zip(a, b, strict=True))
