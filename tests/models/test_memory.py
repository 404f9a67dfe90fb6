"""Out of memory: a batch is halved, caches are emptied, the work goes on, and it is said."""

import gc
import logging
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.memory import PATIENCE, is_out_of_memory, within_memory
from engine.models.store import MANY, CacheFullError, PrefixStore
from engine.protocol import Continuation

OUT = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")


@pytest.fixture
def store() -> PrefixStore:
    gc.collect()  # what other tests left behind
    return PrefixStore((2, 1, 1), dtype=torch.float32, device=torch.device("cpu"))


class Tight:
    """Doubles numbers, `most` of them at a time. `asked`: how many it was asked for, call by call."""

    def __init__(self, most: int, error: Exception = OUT) -> None:
        self.most, self.error, self.asked = most, error, list[int]()

    def __call__(self, units: Sequence[int]) -> list[int]:
        self.asked.append(len(units))
        if len(units) > self.most:
            raise self.error
        return [2 * unit for unit in units]


@pytest.mark.parametrize("error", [OUT, CacheFullError("too small"), MemoryError()])
def test_a_batch_is_halved_until_it_fits_and_the_answers_keep_their_order(store: PrefixStore, error: Exception) -> None:
    ask = Tight(3, error)
    assert within_memory(ask, range(10), store) == [2 * i for i in range(10)]
    assert ask.asked == [10, 5, 2, 2, 2, 2, 2]


def test_what_has_failed_once_is_not_tried_again_in_each_round(store: PrefixStore) -> None:
    ask = Tight(3)
    within_memory(ask, range(10), store)
    ask.asked.clear()
    within_memory(ask, range(4), store)
    assert ask.asked == [2, 2]


def test_after_a_while_more_is_tried_again(store: PrefixStore) -> None:
    ask = Tight(3)
    within_memory(ask, range(10), store)
    ask.most = 100
    within_memory(ask, range(200 * PATIENCE), store)
    assert max(ask.asked[6:]) > 100 // 2 and store.at_once < MANY


def test_it_is_said_each_time_how_many_were_too_many(store: PrefixStore, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "arbutus"):
        within_memory(Tight(3), range(10), store)
        within_memory(Tight(1, CacheFullError("too small")), range(2), store)
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == [
        "out of memory with 10 requests at once",
        "out of memory with 5 requests at once",
        "the cache is too small for 2 requests at once",
    ]


def test_what_a_failed_call_held_is_free_before_the_next(store: PrefixStore) -> None:
    held: list[weakref.ref[torch.Tensor]] = []

    def ask(units: Sequence[int]) -> list[int]:
        assert all(tensor() is None for tensor in held)
        large = torch.ones(3)
        held.append(weakref.ref(large))
        if len(units) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return list(units)

    assert within_memory(ask, range(4), store) == [0, 1, 2, 3]


def test_one_request_is_asked_again_with_empty_caches_and_fails_for_good_without_any(policy_folder: Path) -> None:
    gc.collect()
    other, own = (LocalPolicy(policy_folder, Loading("cpu")) for _ in range(2))
    other.sample([Continuation("Make 24 from 1 2 3 4", (), (1,))])
    stores = other.backbone.store, own.backbone.store
    calls: list[int] = []

    def ask(units: Sequence[int]) -> list[int]:
        calls.append(len(stores[0]))
        if any(map(len, stores)):
            raise OUT
        return list(units)

    assert within_memory(ask, [7], stores[1]) == [7]
    assert calls[0] > 0 and calls[1:] == [0], "the other model's cache is emptied as well"
    with pytest.raises(torch.OutOfMemoryError):
        within_memory(Tight(0), [7], stores[1])


def test_a_processor_that_has_no_more_is_understood_and_other_faults_are_not_hidden(store: PrefixStore) -> None:
    with pytest.raises(RuntimeError) as told:
        torch.empty(1 << 50, dtype=torch.uint8)
    assert is_out_of_memory(told.value)
    assert is_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 18 GB)"))
    with pytest.raises(RuntimeError, match="a fault"):
        within_memory(Tight(3, RuntimeError("a fault")), range(10), store)
    with pytest.raises(ValueError, match="out of memory"):
        within_memory(Tight(3, ValueError("out of memory")), range(10), store)


def test_a_policy_out_of_memory_writes_what_it_would_have_and_counts_what_it_computes_again(
    policy_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wanted = [Continuation(f"Make 24 from 1 2 3 {i}", (), (i,)) for i in range(4, 8)]
    roomy, tight = (LocalPolicy(policy_folder, Loading("cpu")) for _ in range(2))
    inner = tight.backbone.next_logits

    def short(working: Any, tokens: torch.Tensor) -> torch.Tensor:
        if working.rows > 2:
            raise OUT
        return inner(working, tokens)

    monkeypatch.setattr(tight.backbone, "next_logits", short)
    with caplog.at_level(logging.WARNING, "arbutus"):
        found = tight.sample(wanted)
    written = [[[(s.text, s.finish) for (s,) in chains] for chains in one] for one in (found, roomy.sample(wanted))]
    assert written[0] == written[1]
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == [
        "out of memory with 4 requests at once"
    ]
    # The prompts had been read when memory ran out; they were forgotten, and read once more.
    assert all(step.cost.recomputed_tokens == step.cost.prompt_tokens for ((step,),) in found)
    assert sum(step.cost.recomputed_tokens for ((step,),) in found) > 0
