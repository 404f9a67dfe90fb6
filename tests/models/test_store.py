"""The prefix tree: what was put in comes out, the budget holds, and the leaves not used for longest go first."""

import numpy as np
import pytest
import torch
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.models.kv import WorkingSet
from engine.models.store import CacheFullError, Prefix, PrefixStore

SHAPE = (4, 2, 3)
TOKEN_BYTES = 4 * 2 * 3 * 4


def keys(prefix: Prefix) -> torch.Tensor:
    """What a model would compute: of each token something that depends on all before it. (tokens, 2, 3)."""
    state, out = 1, []
    for token in prefix:
        state = (state * 31 + token) % 10_007
        out.append(np.full((2, 3), state))
    return torch.tensor(np.array(out).reshape(-1, 2, 3), dtype=torch.float32)


def store_of(tokens: int) -> PrefixStore:
    return PrefixStore(SHAPE, dtype=torch.float32, device=torch.device("cpu"), budget=tokens * TOKEN_BYTES)


def put(store: PrefixStore, path: list[Prefix]) -> None:
    """Store a path as a round does: find what is there, run the rest on top of it."""
    node, depth = store.find(path)
    whole: Prefix = sum(path, ())
    working = store.gather([node], extra=len(whole))
    assert isinstance(working, WorkingSet)
    for plane, states in enumerate(working.buffer):
        states[0, :, : len(whole)] = (keys(whole) * (plane + 1)).transpose(0, 1)
    store.add([(node, path[depth:], 0, node.length)], working)


def check(store: PrefixStore, paths: list[list[Prefix]]) -> None:
    """What `paths` lead to is what was put there, gathered side by side."""
    found = [store.find(path) for path in paths]
    working = store.gather([node for node, _ in found])
    for row, (path, (node, depth)) in enumerate(zip(paths, found, strict=True)):
        whole: Prefix = sum(path[:depth], ())
        assert node.length == len(whole)
        for plane, states in enumerate(working.buffer):
            got = states[row, :, working.width - len(whole) : working.width].transpose(0, 1)
            assert torch.equal(got, keys(whole) * (plane + 1))


class Prefixes(RuleBasedStateMachine):
    """Any order of rounds, paths and evictions."""

    @initialize(tokens=st.integers(8, 40))
    def begin(self, tokens: int) -> None:
        self.tokens, self.store = tokens, store_of(tokens)
        self.seen: list[list[Prefix]] = []

    @rule(path=st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=3).map(tuple), min_size=1, max_size=5))
    def use(self, path: list[Prefix]) -> None:
        try:
            put(self.store, path)
            assert self.store.find(path)[1] == len(path)
        except CacheFullError:
            pass
        self.seen.append(path)

    @rule()
    def next_round(self) -> None:
        self.store.begin_round()

    @rule()
    def forget_new(self) -> None:
        self.store.forget_new()

    @invariant()
    def holds_what_was_put_within_its_budget(self) -> None:
        if hasattr(self, "store"):
            assert self.store.bytes <= self.tokens * TOKEN_BYTES
            check(self.store, self.seen[-6:])


TestPrefixes = Prefixes.TestCase


def test_a_shared_prefix_is_stored_once() -> None:
    store = store_of(20)
    store.begin_round()
    for last in range(10):
        put(store, [(1, 2, 3, 4, 5, 6, 7), (last,)])
    assert len(store) == 11 and store.bytes <= 20 * TOKEN_BYTES


def test_the_leaf_that_was_not_used_for_longest_is_forgotten_first() -> None:
    store = store_of(4)
    paths: list[list[Prefix]] = [[(1,)], [(1,), (2,)], [(1,), (3,)], [(4,)]]
    for path in paths:
        store.begin_round()
        put(store, path)
    store.begin_round()
    store.find(paths[1])
    store.begin_round()
    put(store, [(5,)])
    assert [store.find(path)[1] == len(path) for path in paths] == [True, True, False, True]


def test_what_a_round_uses_is_not_forgotten_in_it() -> None:
    store = store_of(3)
    store.begin_round()
    put(store, [(1,), (2,), (3,)])
    with pytest.raises(CacheFullError, match=r"more than the 3 tokens .* --cache"):
        put(store, [(4,)])
    store.begin_round()
    put(store, [(4,)])
    assert store.find([(4,)])[1] == 1


def test_what_is_forgotten_is_known_as_such() -> None:
    store = store_of(2)
    store.begin_round()
    put(store, [(1, 2)])
    key = store.find([(1, 2)])[0].key
    store.begin_round()
    put(store, [(3, 4)])
    assert key in store.forgotten
    store.begin_round()
    put(store, [(1, 2)])
    assert key not in store.forgotten
