from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.scheduler import Job, run_searches
from engine.tree import Problem, Tree
from tests.scheduler.alone import NAMES, alone
from tests.worlds import (
    HARD,
    PROBLEMS,
    AskedPolicy,
    AskedPRM,
    search_all,
    setting,
)


@given(st.sampled_from(NAMES), st.permutations(PROBLEMS), st.integers(1, 8))
@settings(max_examples=40)
def test_a_tree_is_the_same_alone_and_in_a_crowd_whatever_the_window_and_the_order(
    strategy: str, problems: Sequence[Problem], window: int
) -> None:
    trees = search_all(problems, setting(strategy), window=window)
    assert [tree.events for tree in trees] == [alone(strategy, p) for p in problems]


def test_a_problem_searched_twice_in_one_crowd_gives_one_tree_twice() -> None:
    one, two = search_all([HARD, HARD], setting("mcts"))
    assert one is not two and one.events == two.events == alone("mcts", HARD)


def test_every_search_of_a_round_is_answered_in_one_batch_for_steps_and_one_for_rewards() -> None:
    policy, prm, rounds = AskedPolicy(), AskedPRM(), []
    how = setting("beam", {"redraws": 0}, policy=policy, prm=prm)
    search_all(PROBLEMS, how, on_round=lambda trees: rounds.append(dict(trees)))
    assert [c.prompt for c in policy.calls[0]] == [f"{p.question}\n" for p in PROBLEMS]
    assert {c.prompt for c in prm.calls[0]} == {f"{p.question}\n" for p in PROBLEMS}
    assert len(policy.calls) <= len(rounds) and len(prm.calls) <= len(rounds)


def test_after_each_round_the_trees_that_changed_are_told() -> None:
    known: dict[int, int] = {}
    told: list[set[int]] = []

    def on_round(trees: Mapping[int, Tree]) -> None:
        for i, tree in trees.items():
            assert len(tree.events) > known.get(i, 0)
            known[i] = len(tree.events)
        told.append(set(trees))

    trees = search_all(PROBLEMS, setting("mcts"), on_round=on_round)
    assert told[0] == set(range(len(PROBLEMS)))
    assert [known[i] for i in range(len(PROBLEMS))] == [len(tree.events) for tree in trees]


@pytest.mark.parametrize("window", [1, 2, 5])
def test_no_more_trees_are_alive_than_the_window_admits(window: int) -> None:
    admitted, ended, most = 0, 0, 0

    def jobs() -> Iterator[Job]:
        nonlocal admitted
        for i, problem in enumerate(PROBLEMS * 2):
            admitted += 1
            yield Job(i, problem)

    def on_round(trees: Mapping[int, Tree]) -> None:
        nonlocal most
        assert len(trees) <= window
        most = max(most, admitted - ended)

    for _ in run_searches(jobs(), setting("beam"), window=window, on_round=on_round):
        ended += 1
    assert ended == admitted == 2 * len(PROBLEMS)
    assert most == window


def test_trees_are_given_out_as_they_end_and_not_at_the_end() -> None:
    policy = AskedPolicy()
    found = run_searches([Job(i, p) for i, p in enumerate(PROBLEMS)], setting("beam", policy=policy), window=1)
    next(found)
    asked = len(policy.calls)
    next(found)
    assert 0 < asked < len(policy.calls)


def test_no_jobs_are_no_trees() -> None:
    assert list(run_searches([], setting("beam"))) == []
