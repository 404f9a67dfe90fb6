from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.models.draws import child_seed
from engine.models.scripted import Option, ScriptedPolicy, ScriptedPRM
from engine.protocol import Budget, Chain, Continuation, Expand, Score, Search, Strategy, StrategyError
from engine.scheduler import Job, Setting, halving, run_searches
from engine.search import STRATEGIES
from engine.search.ranking import best_solution
from engine.tree import Closed, Cost, Event, Grown, Opened, Problem, Reward, Scored, Step, Tree
from tests.worlds import (
    HARD,
    KNOBS,
    PROBLEMS,
    AskedPolicy,
    AskedPRM,
    chance,
    moves,
    opinion,
    search,
    search_all,
    setting,
)

NAMES = list(STRATEGIES)


def alone(strategy: str, problem: Problem) -> list[Event]:
    """The events of a problem that is searched by itself."""
    return _alone(strategy, PROBLEMS.index(problem))


@cache
def _alone(strategy: str, index: int) -> list[Event]:
    return search(PROBLEMS[index], setting(strategy)).events


# Alone and in a crowd.


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


# What is asked of the models.


def test_the_seed_of_a_step_belongs_to_the_run_the_problem_and_its_place() -> None:
    policy = AskedPolicy()
    tree = search(HARD, setting("beam", policy=policy, seed=7))
    asked = [seed for call in policy.calls for wanted in call for seed in wanted.seeds]
    assert asked == [child_seed(7, HARD.id, node.place) for node in tree.nodes[1:]]
    assert len(set(asked)) == len(asked)
    assert child_seed(7, HARD.id, (1,)) != child_seed(8, HARD.id, (1,)) != child_seed(7, "other", (1,))


def test_a_continuation_says_where_it_starts_and_how_far_it_may_go() -> None:
    policy = AskedPolicy()
    tree = search(HARD, replace(setting("beam", {"redraws": 0}, policy=policy), temperature=0.5))
    wanted = policy.calls[1][0]
    assert wanted.prompt == "Make 24 from 4 5 6 10\n"
    (best,) = (n for n in tree.root.children if n.reason.startswith("rank 1 of"))
    assert wanted.steps == (best.text,)
    assert (wanted.until, wanted.temperature, wanted.max_tokens, wanted.max_steps) == ("step", 0.5, 48, 7)


def test_a_chain_is_scored_in_one_pass_and_no_step_twice() -> None:
    prm = AskedPRM()
    tree = search(HARD, setting("best-of-n", prm=prm))
    (call,) = prm.calls
    assert [(chain.known, chain.steps) for chain in call] == [(0, tuple(n.steps())) for n in tree.finished()]

    prm = AskedPRM()
    tree = search(HARD, setting("beam", prm=prm))
    assert all(len(chain.steps) - chain.known == 1 for call in prm.calls for chain in call)
    ended = {chain.steps for call in prm.calls for chain in call if chain.ended}
    assert ended == {tuple(n.steps()) for n in tree.finished() if not n.reason.startswith("the same")}


def test_a_search_that_needs_a_prm_and_has_none_is_refused_before_anything_is_asked() -> None:
    policy = AskedPolicy()
    how = replace(setting("beam", policy=policy), prm=None)
    with pytest.raises(StrategyError, match="strategy 'beam' needs a PRM, got none; name one with --prm"):
        list(run_searches([Job(0, HARD)], how))
    assert not policy.calls


@pytest.mark.parametrize("strategy", NAMES)
def test_the_truth_of_every_step_and_solution_is_recorded_at_the_end(strategy: str) -> None:
    how = setting(strategy)
    for problem in PROBLEMS:
        tree = search(problem, how)
        assert all(n.label == how.task.label(problem, n.steps()) for n in tree.nodes[1:])
        assert all(n.correct == (how.task.correct(problem, n.steps()) if n.finished else None) for n in tree)
    assert all(n.label is None for n in search(HARD, replace(how, label=False)))


@pytest.mark.parametrize("strategy", ["self-consistency", "beam"])
def test_a_chain_that_never_ends_is_cut_at_the_longest_there_may_be(strategy: str) -> None:
    endless = ScriptedPolicy(lambda _, steps: [(f"step {len(steps)}", 1.0, False), ("other", 1.0, False)])
    tree = search(HARD, setting(strategy, policy=endless, prm=ScriptedPRM(lambda *_: 0.5)))
    leaves = [n for n in tree if n.depth == 8]
    assert leaves and {n.finish for n in leaves} == {"length"}
    assert {n.finish for n in tree if n.depth < 8} == {"step"}
    assert tree.finished() == [] and tree.chosen is None
    assert tree.closed and tree.closed.stopped == "done" and tree.closed.error is None


# Failures.


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


# Budgets.


class Timed(ScriptedPolicy):
    """Each token takes a quarter of a second."""

    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        def timed(step: Step) -> Step:
            return replace(step, cost=step.cost._replace(seconds=0.25 * step.cost.policy_tokens))

        return [[[timed(s) for s in chain] for chain in chains] for chains in super().sample(wanted)]


def reached(tree: Tree, budget: Budget) -> str | None:
    """Which limit was reached, counted over the nodes."""
    spent = Cost()
    for node in tree:
        spent = spent.plus(node.cost)
    assert tree.cost == spent
    if budget.completions is not None and sum(n.finish == "end" for n in tree) >= budget.completions:
        return "completions"
    if budget.tokens is not None and spent.policy_tokens + spent.prm_tokens >= budget.tokens:
        return "tokens"
    if budget.seconds is not None and spent.seconds >= budget.seconds:
        return "seconds"
    return None


budgets = st.builds(
    Budget,
    st.none() | st.integers(1, 10),
    st.none() | st.integers(1, 400),
    st.none() | st.integers(1, 200).map(lambda s: s / 4),
)


@given(st.sampled_from(NAMES), st.sampled_from(PROBLEMS), budgets)
@settings(max_examples=50)
def test_a_search_ends_before_the_first_request_after_a_limit_is_reached_and_says_which(
    strategy: str, problem: Problem, budget: Budget
) -> None:
    tree = search(problem, setting(strategy, policy=Timed(moves), budget=budget))
    assert tree.closed and tree.closed.error is None
    if tree.closed.stopped != "done":
        assert tree.closed.stopped == reached(tree, budget)
    asked = [i for i, event in enumerate(tree.events) if isinstance(event, Grown | Scored)]
    for i in asked:
        assert reached(Tree.replay(tree.events[:i]), budget) is None
    whole = search(problem, setting(strategy, policy=Timed(moves)))
    if tree.closed.stopped == "done":
        assert tree.events == whole.events
    else:
        made = [e for e in tree.events if isinstance(e, Grown | Scored)]
        assert made == [e for e in whole.events if isinstance(e, Grown | Scored)][: len(made)]


@pytest.mark.parametrize(
    ("budget", "stopped"),
    [
        (Budget(completions=1), "completions"),
        (Budget(tokens=10), "tokens"),
        (Budget(seconds=0.5), "seconds"),
        (Budget(tokens=10, seconds=0.5), "tokens"),
        (Budget(1_000_000, 1_000_000, 1e9), "done"),
        (Budget(), "done"),
    ],
)
def test_each_limit_stops_a_beam(budget: Budget, stopped: str) -> None:
    tree = search(HARD, setting("beam", policy=Timed(moves), budget=budget))
    assert tree.closed and tree.closed.stopped == stopped


def test_a_search_out_of_budget_still_chooses_from_what_it_has() -> None:
    tree = search(HARD, setting("beam", budget=Budget(completions=1)))
    assert tree.chosen is not None and tree.chosen.finished


def test_one_search_out_of_budget_takes_nothing_from_the_others() -> None:
    how = setting("mcts", budget=Budget(tokens=80))
    assert [t.events for t in search_all(PROBLEMS, how)] == [search(p, how).events for p in PROBLEMS]


# Resuming.


@pytest.mark.parametrize("strategy", NAMES)
@pytest.mark.parametrize("budget", [Budget(), Budget(tokens=150)])
def test_from_every_cut_a_search_goes_on_to_the_same_tree_and_asks_only_for_what_is_missing(
    strategy: str, budget: Budget
) -> None:
    policy, prm = AskedPolicy(), AskedPRM()
    whole = search(HARD, setting(strategy, policy=policy, prm=prm, budget=budget))
    for cut in range(1, len(whole.events) + 1):
        past = Tree.replay(whole.events[:cut])
        grown = sum(isinstance(e, Grown) for e in past.events)
        scored = sum(isinstance(e, Scored) for e in past.events)
        again, against = AskedPolicy(), AskedPRM()
        tree = search(HARD, setting(strategy, policy=again, prm=against, budget=budget), past)
        assert tree.events == whole.events
        assert again.calls == policy.calls[grown:]
        assert against.calls == prm.calls[scored:]


def test_a_crowd_resumed_from_different_moments_ends_with_the_trees_it_would_have_had() -> None:
    for strategy in ("beam", "mcts"):
        jobs = []
        for i, problem in enumerate(PROBLEMS):
            events = alone(strategy, problem)
            past = Tree.replay(events[: 1 + i * len(events) // len(PROBLEMS)]) if i else None
            jobs.append(Job(i, problem, past))
        trees = dict(run_searches(jobs, setting(strategy), window=4))
        assert [trees[i].events for i in range(len(PROBLEMS))] == [alone(strategy, p) for p in PROBLEMS]


def test_a_past_that_the_strategy_cannot_have_had_is_an_error_and_no_guess() -> None:
    past = Tree(HARD)
    for _ in range(2):
        past.apply(Grown([0], ["a"], ["step"], [None], [None], [Cost()]))
    policy = AskedPolicy()
    tree = search(HARD, setting("beam", policy=policy), past)
    assert tree.closed and tree.closed.stopped == "error" and not policy.calls
    assert tree.closed.error and "the recorded events don't follow from this strategy" in tree.closed.error


def test_a_tree_begins_with_its_problem_and_ends_closed() -> None:
    for strategy in KNOBS:
        events = alone(strategy, HARD)
        assert [i for i, e in enumerate(events) if isinstance(e, Opened)] == [0]
        assert [i for i, e in enumerate(events) if isinstance(e, Closed)] == [len(events) - 1]


# Halving.


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
