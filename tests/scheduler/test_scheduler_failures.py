from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.scripted import Option, ScriptedPolicy, ScriptedPRM
from engine.protocol import Chain, Continuation, Expand, Score, Search, Strategy
from engine.scheduler import Setting, halving
from engine.search.ranking import best_solution
from engine.tree import Problem, Reward, Step, Tree
from tests.scheduler.alone import NAMES, alone
from tests.worlds import (
    HARD,
    PROBLEMS,
    AskedPRM,
    chance,
    moves,
    opinion,
    search,
    search_all,
    setting,
)


@pytest.mark.parametrize("strategy", NAMES)
def test_a_job_that_fails_ends_as_failed_steps_in_its_own_tree_and_the_others_go_on(strategy: str) -> None:
    def script(prompt: str, steps: tuple[str, ...]) -> Sequence[Option]:
        if "1 1 1 1" in prompt:
            raise ValueError("poison")
        return moves(prompt, steps)

    trees = search_all(PROBLEMS, setting(strategy, policy=ScriptedPolicy(script)))
    for problem, tree in zip(PROBLEMS, trees, strict=True):
        if "1 1 1 1" in problem.question:
            assert len(tree) > 1
            assert {(n.finish, n.error, n.reward) for n in tree.nodes[1:]} == {("error", "ValueError: poison", None)}
            assert tree.chosen is None
            assert tree.closed and (tree.closed.stopped, tree.closed.error) == ("done", "ValueError: poison")
        else:
            assert tree.events == alone(strategy, problem)


def test_a_job_that_fails_half_way_keeps_what_it_has() -> None:
    def script(prompt: str, steps: tuple[str, ...]) -> Sequence[Option]:
        if len(steps) == 1 and "4 * 5" in steps[0]:
            raise ValueError("poison")
        return moves(prompt, steps)

    found = [search(HARD, setting("beam", policy=ScriptedPolicy(script), seed=seed)) for seed in range(20)]
    failed = [tree for tree in found if any(n.error == "ValueError: poison" for n in tree)]
    assert failed
    for tree in failed:
        assert any(not n.error for n in tree.nodes[1:])
        assert all(n.depth == 2 and n.mark == "dropped" for n in tree if n.error == "ValueError: poison")


class Small:
    """A policy and a PRM in one, out of memory above `most` continuations or chains at a time."""

    id = "small"

    def __init__(self, most: int, error: Exception) -> None:
        self.most, self.error, self.failures = most, error, 0
        self.policy, self.prm = ScriptedPolicy(moves), ScriptedPRM(opinion)

    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        self._check(sum(len(c.seeds) for c in wanted))
        return self.policy.sample(wanted)

    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        self._check(len(chains))
        return self.prm.score(chains)

    def describe(self) -> Mapping[str, Any]:
        return {}

    def _check(self, count: int) -> None:
        if count > self.most:
            self.failures += 1
            raise self.error


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA error: out of memory")])
@pytest.mark.parametrize("most", [1, 2, 3, 7, 15])
def test_out_of_memory_halves_the_batch_and_changes_no_tree(most: int, error: Exception) -> None:
    for strategy in ("self-consistency", "beam", "mcts"):
        small = Small(most, error)
        trees = search_all(PROBLEMS, setting(strategy, policy=small, prm=small))
        assert small.failures
        assert [tree.events for tree in trees] == [alone(strategy, p) for p in PROBLEMS]


def test_a_chain_that_the_prm_cannot_score_has_missing_rewards_with_the_reason_and_never_nought() -> None:
    def rule(prompt: str, steps: tuple[str, ...]) -> float | None:
        if chance(steps[-1]) < 0.15:
            raise ValueError("poison")
        return 0.5 + 0.5 * chance(prompt, steps)

    for strategy in ("beam", "mcts", "best-of-n"):
        tree = search(HARD, setting(strategy, prm=ScriptedPRM(rule)))
        failed = [n for n in tree if n.error]
        assert failed
        assert {n.error for n in failed} == {"ValueError: poison"}
        assert all(n.reward is None and n.raw is None for n in failed)
        scored = [n for n in tree if n.reward is not None]
        assert scored and all(n.reward is not None and n.reward >= 0.5 for n in scored)
        if strategy == "beam":
            fine = [n for n in tree.nodes[1:] if chance(n.text) >= 0.15 and not n.reason.startswith("the same")]
            assert all(n.reward is not None for n in fine)
            assert all(n.mark == "kept" or n.reason for n in tree.nodes[1:])


def test_a_reward_that_is_no_number_is_missing() -> None:
    tree = search(HARD, setting("beam", prm=ScriptedPRM(lambda *_: float("nan"))))
    scored = [n for n in tree if n.error]
    assert scored and {n.error for n in scored} == {"the PRM gave nan for a reward"}
    assert all(n.reward is None and n.raw is None for n in tree)


class Sloppy(ScriptedPRM):
    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        return [of[:-1] if "4 * 5" in c.steps[0] else of for c, of in zip(chains, super().score(chains), strict=True)]


class Stingy(ScriptedPolicy):
    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        return [of[:3] for of in super().sample(wanted)]


def test_models_that_give_fewer_answers_than_were_asked_for_are_asked_in_smaller_parts_or_fail_there() -> None:
    trees = [search(HARD, setting("beam", prm=Sloppy(opinion), seed=seed)) for seed in range(10)]
    errors = {n.error for tree in trees for n in tree if n.error} - {"the script gives no reward"}
    assert errors == {"ValueError: the model gave 0 answers where 1 were asked for"}
    tree = search(HARD, setting("beam", policy=Stingy(moves)))
    assert tree.events == alone("beam", HARD)


def test_a_question_that_cannot_be_put_fails_alone() -> None:
    bad = Problem("bad", "How many roads must a man walk down?")
    first, second, third = search_all([PROBLEMS[0], bad, PROBLEMS[1]], setting("beam"))
    assert first.events == alone("beam", PROBLEMS[0]) and third.events == alone("beam", PROBLEMS[1])
    assert len(second) == 1 and second.closed and second.closed.stopped == "error"
    assert second.closed.error and second.closed.error.startswith("got 'How many roads")


def a_strategy(search_: Any, choose: Any = best_solution) -> Setting:
    return replace(setting("beam"), strategy=Strategy("mine", "", "", search_, choose, {}), parameters={})


def continues_an_end(tree: Tree) -> Search:
    yield Expand([tree.root], 1, until="end")
    yield Expand([tree.nodes[-1]], 1)


def miscounts(tree: Tree) -> Search:
    yield Expand([tree.root], [1, 2])


def asks_for_none(tree: Tree) -> Search:
    yield Expand([tree.root], 0)


def trips(tree: Tree) -> Search:
    yield Expand([tree.root], 2)
    raise KeyError("a bug")


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        (continues_an_end, r"got a request to continue node \d, which has finish 'end'"),
        (miscounts, r"got counts \[1, 2\] for 1 nodes, expected one of at least 1 for each"),
        (asks_for_none, r"got counts \[0\] for 1 nodes"),
        (trips, r"KeyError: 'a bug'"),
    ],
)
def test_a_search_with_a_fault_ends_its_own_tree_with_an_error(faulty: Any, message: str) -> None:
    for tree in search_all(PROBLEMS, a_strategy(faulty)):
        assert tree.closed and tree.closed.stopped == "error" and tree.chosen is None
        with pytest.raises(Exception, match=message):
            raise Exception(tree.closed.error)


def test_a_choice_that_fails_ends_its_own_tree_with_an_error() -> None:
    def choose(_: Tree) -> Any:
        raise ZeroDivisionError("no votes")

    def one(tree: Tree) -> Search:
        yield Expand([tree.root], 1, until="end")

    (tree,) = search_all([HARD], a_strategy(one, choose))
    assert tree.closed and (tree.closed.stopped, tree.closed.error) == ("error", "ZeroDivisionError: no votes")


def test_scoring_nothing_new_asks_no_one() -> None:
    def twice(tree: Tree) -> Search:
        steps = yield Expand([tree.root], 2)
        assert (yield Score(steps)) == steps
        assert (yield Score([*steps, tree.root])) == [*steps, tree.root]
        assert (yield Score([])) == []

    prm = AskedPRM()
    (tree,) = search_all([HARD], replace(a_strategy(twice), prm=prm))
    assert tree.closed and tree.closed.error is None and len(prm.calls) == 1


@given(st.sets(st.integers(0, 15)), st.integers(0, 16), st.integers(1, 16))
def test_whatever_fails_is_halved_until_only_what_cannot_be_answered_has_failed(
    poisonous: set[int], count: int, capacity: int
) -> None:
    def ask(units: Sequence[int]) -> list[list[str]]:
        if poisonous.intersection(units) or len(units) > capacity:
            raise RuntimeError("no")
        return [[str(u)] for u in units]

    found = halving(ask, range(count), lambda _: None, lambda unit, why: [f"{unit} failed: {why}"])
    assert found == [[f"{u} failed: RuntimeError: no" if u in poisonous else str(u)] for u in range(count)]


def test_one_unit_too_large_is_split_within() -> None:
    def ask(units: Sequence[tuple[int, ...]]) -> list[list[int]]:
        if sum(map(len, units)) > 2:
            raise MemoryError
        return [[10 * n for n in unit] for unit in units]

    def split(unit: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        half = len(unit) // 2
        return (unit[:half], unit[half:]) if half else None

    found = halving(ask, [(1, 2, 3, 4, 5), (6,)], split, lambda unit, _: [-1 for _ in unit])
    assert found == [[10, 20, 30, 40, 50], [60]]


def test_a_person_who_interrupts_is_not_taken_for_a_failure() -> None:
    def ask(_: Sequence[int]) -> list[list[int]]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        halving(ask, [1, 2], lambda _: None, lambda *_: [0])
