"""The mistakes that other systems made in reading PRMs, one after the other."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from engine.models.loading import Loading, ModelError
from engine.models.prms import load_prm
from engine.models.prms.reading import StepPRM
from engine.models.store import Prefix
from engine.protocol import Chain
from engine.rewards import AGGREGATES, aggregate
from tests.models.prms.checkpoints import LAYOUTS
from tests.models.prms.references import Reference

QUESTION = "How many eggs does Janet sell every day?"
STEPS = ("We add 12 and 30 to get 42.", "Then we multiply by 2.", "So 2x = 6", "The answer is: 84")
kinds = pytest.mark.parametrize("kind", LAYOUTS)


def laid(prm: StepPRM, *steps: str, question: str = QUESTION) -> list[Prefix]:
    return prm.layout(question, steps, True)


@contextmanager
def head_giving(prm: StepPRM, *raws: float) -> Iterator[None]:
    """The head gives these numbers, whatever it reads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prm, "head", lambda hidden: torch.tensor(raws[: len(hidden)]))
        yield


# 1. A phantom step.


@kinds
@pytest.mark.parametrize("mark", ["\n", "\n\n", " ки", " ки\n", "<extra_0>", "\n<extra_0>\n"])
def test_1_a_trailing_separator_gives_no_phantom_step(
    prms: dict[str, StepPRM], references: dict[str, Reference], kind: str, mark: str
) -> None:
    rewards = prms[kind].score([Chain(QUESTION, tuple(step + mark for step in STEPS))])[0]
    expected = references[kind].scores(QUESTION, STEPS)
    assert len(rewards) == len(STEPS)
    assert [r.value for r in rewards] == pytest.approx(expected, abs=1e-5)


@kinds
def test_1_an_empty_step_has_no_reward_and_moves_no_other(
    prms: dict[str, StepPRM], references: dict[str, Reference], kind: str
) -> None:
    rewards = prms[kind].score([Chain(QUESTION, (STEPS[0], " \n", STEPS[1], "ки"), known=1)])[0]
    expected = references[kind].scores(QUESTION, STEPS[:2])
    assert [r.value is None for r in rewards] == [True, False, True]
    assert rewards[1].value == pytest.approx(expected[1], abs=1e-5)
    assert rewards[0].error and "empty" in rewards[0].error


@kinds
@pytest.mark.parametrize("known", [0, 1, 2])
def test_1_an_empty_step_that_ends_a_solution_has_the_reward_of_the_solution(
    prms: dict[str, StepPRM], references: dict[str, Reference], kind: str, known: int
) -> None:
    prm = prms[kind]
    prm.backbone.store.clear()
    whole = prm.score([Chain(QUESTION, STEPS[:2])])[0]
    rewards = prm.score([Chain(QUESTION, (*STEPS[:2], ""), known, ended=True)])[0]
    expected = references[kind].scores(QUESTION, STEPS[:2])
    assert [r.value for r in rewards] == pytest.approx([*expected, expected[-1]][known:], abs=1e-5)
    assert sum(r.cost.prm_tokens for r in rewards) <= sum(r.cost.prm_tokens for r in whole)
    (nothing,) = prm.score([Chain(QUESTION, ("",), ended=True)])[0]
    assert nothing.value is None and "empty" in (nothing.error or "")


def test_1_a_mark_within_a_step_is_no_step_of_its_own(
    prms: dict[str, StepPRM], references: dict[str, Reference]
) -> None:
    rewards = prms["qwen"].score([Chain(QUESTION, ("We add<extra_0> 12.", STEPS[1]))])[0]
    assert [r.value for r in rewards] == pytest.approx(
        references["qwen"].scores(QUESTION, ("We add 12.", STEPS[1])), abs=1e-5
    )


@pytest.mark.parametrize("step", ["We add ки 12.", "кино 12."])
def test_1_the_token_of_a_mark_within_a_step_is_no_step_of_its_own(
    prms: dict[str, StepPRM], references: dict[str, Reference], step: str
) -> None:
    plain = references["shepherd"]
    ids = plain.tokenizer.encode(f"{QUESTION} Step 1: {step} ки\nStep 2: {STEPS[1]} ки")
    assert ids.count(12902) == 3
    places = [ids.index(12902, ids.index(12902) + 1), len(ids) - 1]
    with torch.inference_mode():
        expected = plain.head(plain.model(torch.tensor([ids])).logits[0, places]).tolist()
    rewards = prms["shepherd"].score([Chain(QUESTION, (step, STEPS[1]))])[0]
    assert [r.value for r in rewards] == pytest.approx(expected, abs=1e-5)


# 2. Silent substitutes.


@kinds
@pytest.mark.parametrize("raw", [math.nan, math.inf])
def test_2_what_is_no_number_is_a_missing_reward(prms: dict[str, StepPRM], kind: str, raw: float) -> None:
    with head_giving(prms[kind], 0.5, raw, -0.5):
        first, second, third = prms[kind].score([Chain(QUESTION, STEPS[:3])])[0]
    assert (second.value, second.raw) == (None, None) and second.error
    assert first.value == pytest.approx(0.622459) and third.value == pytest.approx(0.377541)


@kinds
def test_2_out_of_memory_is_a_missing_reward_and_the_other_chains_get_theirs(
    prms: dict[str, StepPRM], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prm, read = prms[kind], prms[kind].backbone.read

    def short_of_memory(chains: Any, wanted: Any) -> Any:
        if any(sum(map(len, chain)) > 200 for chain in chains) or len(chains) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return read(chains, wanted)

    monkeypatch.setattr(prm.backbone, "read", short_of_memory)
    small = Chain("1+1", STEPS[:1])
    found = prm.score([small, Chain(QUESTION, STEPS * 6), small])
    assert all(r.value is None and r.error and "out of memory" in r.error for r in found[1])
    assert found[0][0].value == found[2][0].value is not None
    assert len(found[1]) == len(STEPS) * 6


@kinds
def test_2_a_template_or_tokenizer_that_fails_is_a_missing_reward_that_says_so(
    prms: dict[str, StepPRM], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(question: str, steps: Any, ended: bool) -> Any:
        raise ModelError("no such turn")

    monkeypatch.setattr(prms[kind], "layout", refusing)
    assert [(r.value, r.error) for r in prms[kind].score([Chain(QUESTION, STEPS[:2])])[0]] == [
        (None, "no such turn")
    ] * 2


# 3. Masks by value.


@kinds
def test_3_a_probability_that_underflows_keeps_its_place(prms: dict[str, StepPRM], kind: str) -> None:
    with head_giving(prms[kind], 2.0, -1000.0, -2.0):
        rewards = prms[kind].score([Chain(QUESTION, STEPS[:3])])[0]
    assert [r.value for r in rewards] == [pytest.approx(0.880797), 0.0, pytest.approx(0.119203)]


# 4. Merges, and the beginning of text.


@kinds
def test_4_there_is_one_beginning_of_text_where_the_model_knows_one(
    prms: dict[str, StepPRM], references: dict[str, Reference], kind: str
) -> None:
    bos = references[kind].tokenizer.bos_token_id
    tokens = [token for segment in laid(prms[kind], *STEPS) for token in segment]
    if bos is None:
        assert kind == "qwen" and tokens[0] == references[kind].tokenizer.convert_tokens_to_ids("<|im_start|>")
    else:
        assert tokens[0] == bos and tokens.count(bos) == 1


@kinds
@pytest.mark.parametrize(
    "step", ["ends with a stop.", "a (b)", "50%!!", "two\nlines, the first with a stop.\nok", "= 8", "-", "+1"]
)
def test_4_the_tokens_are_those_of_the_whole_text_and_each_step_ends_at_its_mark(
    prms: dict[str, StepPRM], references: dict[str, Reference], kind: str, step: str
) -> None:
    if kind == "skywork":  # a line is a step to it, and encoded by itself
        step = step.replace("\n", " ")
    segments = laid(prms[kind], step, "Then we multiply by 2.")
    whole = [token for segment in segments for token in segment]
    expected, places = references[kind].read(QUESTION, (step, "Then we multiply by 2."))
    assert whole == expected[: len(whole)]
    ends = [sum(map(len, segments[: i + 1])) - 1 for i in range(len(segments))]
    assert ends[-2:] == places


def test_4_lines_of_a_step_are_encoded_apart_where_the_model_was_trained_so(prms: dict[str, StepPRM]) -> None:
    layout = prms["skywork"].layout
    newline = layout.newline  # type: ignore[attr-defined]
    (segment,) = layout(QUESTION, ["First.\n\nSecond."], False)[1:]
    assert segment.count(newline) == 2 and segment[-1] == newline


# 5. Truncation.


@kinds
def test_5_too_long_is_an_error_that_names_the_lengths_and_no_other_chain_pays_for_it(
    prms: dict[str, StepPRM], references: dict[str, Reference], kind: str
) -> None:
    steps = tuple(f"{step} ({i})" for i in range(60) for step in STEPS)
    long, short = prms[kind].score([Chain(QUESTION, steps), Chain(QUESTION, STEPS[:2])])
    assert len(long) == len(steps) and all(r.value is not None for r in short)
    missing = [r.value is None for r in long]
    fits = missing.index(True)
    assert missing == [False] * fits + [True] * (len(steps) - fits)
    assert [r.value for r in long[:fits]] == pytest.approx(references[kind].scores(QUESTION, steps[:fits]), abs=1e-5)
    length = sum(map(len, laid(prms[kind], *steps)))
    assert long[-1].error and f"{length} tokens" in long[-1].error and "1024" in long[-1].error


@kinds
def test_5_a_solution_as_long_as_the_model_reads_is_read(
    prms: dict[str, StepPRM], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    length = sum(map(len, laid(prms[kind], *STEPS)))
    monkeypatch.setattr(prms[kind], "longest", length)
    assert prms[kind].score([Chain(QUESTION, STEPS)])[0][-1].value is not None
    monkeypatch.setattr(prms[kind], "longest", length - 1)
    rewards = prms[kind].score([Chain(QUESTION, STEPS)])[0]
    assert rewards[-1].value is None and rewards[-2].value is not None


# 6. Memory.


class Largest(TorchDispatchMode):
    """Notes every tensor that is made and as wide as the vocabulary."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.vocabulary, self.found = vocabulary, list[tuple[int, ...]]()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if isinstance(out, torch.Tensor) and self.vocabulary in out.shape and out._base is None:
            self.found.append(tuple(out.shape))
        return out


@pytest.mark.parametrize("kind", ["shepherd", "rlhflow"])
def test_6_two_rows_of_the_head_are_multiplied_at_step_positions_and_nothing_is_as_wide_as_the_vocabulary(
    prms: dict[str, StepPRM], kind: str
) -> None:
    prm, seen = prms[kind], []
    prm.backbone.store.clear()
    assert isinstance(prm.head, torch.nn.Module)
    hook = prm.head.register_forward_hook(lambda _, given, out: seen.append((tuple(given[0].shape), tuple(out.shape))))
    try:
        with Largest(prm.backbone.body.config.vocab_size) as largest:
            prm.score([Chain(QUESTION, STEPS), Chain(QUESTION, STEPS[:2], known=1)])
    finally:
        hook.remove()
    assert seen == [((4, 32), (4,)), ((1, 32), (1,))]
    assert prm.head.rows.shape == (2, 32)
    assert not largest.found


# 7. Speed.


@kinds
def test_7_a_search_over_a_tree_computes_each_position_once(prms: dict[str, StepPRM], kind: str) -> None:
    prm, computed = prms[kind], 0
    prm.backbone.store.clear()
    needed: set[tuple[Prefix, ...]] = set()
    beams: list[tuple[str, ...]] = [()]
    for depth in range(6):
        chains = [(*beam, f"{STEPS[child]} ({depth})") for beam in beams for child in range(4)]
        for rewards, chain in zip(prm.score([Chain(QUESTION, c, known=depth) for c in chains]), chains, strict=True):
            computed += sum(r.cost.prm_tokens for r in rewards)
            segments = laid(prm, *chain)
            needed |= {tuple(segments[: i + 1]) for i in range(len(segments))}
        beams = chains[1::4][:3] or chains[:3]
    positions = sum(len(segments[-1]) for segments in needed)
    assert positions <= computed <= 1.05 * positions


# 8. Aggregation ignored.


@kinds
def test_8_every_way_to_aggregate_changes_the_number(prms: dict[str, StepPRM], kind: str) -> None:
    rewards = [r.value for r in prms[kind].score([Chain(QUESTION, STEPS)])[0]]
    known = [r for r in rewards if r is not None]
    assert len(known) == len(STEPS)
    expected = {"last": known[-1], "min": min(known), "prod": math.prod(known), "mean": sum(known) / len(known)}
    found = {how: aggregate(rewards, how) for how in AGGREGATES}
    assert {how: found[how] for how in expected} == pytest.approx(expected)
    swapped = {how: aggregate([0.9, 0.2, 0.5], how) for how in expected}
    assert len(set(swapped.values())) == len(expected)


def test_the_whole_text_that_is_read_is_never_cut(checkpoints: dict[str, Path]) -> None:
    """A tokenizer that is set to truncate is not listened to."""
    prm = load_prm(f"{checkpoints['skywork']}:skywork", Loading("cpu"))
    assert isinstance(prm, StepPRM)
    prm.layout.words.tokenizer.model_max_length = 8  # type: ignore[attr-defined]
    segments = laid(prm, "We add " * 30)
    assert len(segments[-1]) > 30
