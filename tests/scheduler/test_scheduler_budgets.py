from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.budgets import UNITS
from engine.models.scripted import ScriptedPolicy, ScriptedPRM
from engine.prices import Prices
from engine.protocol import ArbutusError, Budget, Chain, Continuation
from engine.scheduler import Setting
from engine.tree import Cost, Grown, Node, Problem, Reward, Scored, Step, Tree
from tests.scheduler.alone import NAMES
from tests.worlds import HARD, KNOBS, PROBLEMS, AskedPolicy, moves, opinion, search, search_all, setting

PRICES = Prices(policy=3.0, prompt=1.0, prm=0.5)


class Timed(ScriptedPolicy):
    """Each token takes a quarter of a second, and the first of a chain had a prompt of 20 tokens."""

    def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
        def timed(step: Step, first: bool) -> Step:
            cost = step.cost._replace(seconds=0.25 * step.cost.policy_tokens, prompt_tokens=20 * first)
            return replace(step, cost=cost)

        found = super().sample(wanted)
        return [[[timed(s, not i) for i, s in enumerate(chain)] for chain in chains] for chains in found]


class TimedPRM(ScriptedPRM):
    """Each token takes an eighth of a second."""

    def score(self, chains: Sequence[Chain]) -> list[list[Reward]]:
        def timed(reward: Reward) -> Reward:
            return replace(reward, cost=reward.cost._replace(seconds=reward.cost.prm_tokens / 8))

        return [[timed(r) for r in rewards] for rewards in super().score(chains)]


def only(unit: str, limit: float) -> Budget:
    limits: dict[str, Any] = {unit: limit}
    return Budget(**limits)


def limited(strategy: str, budget: Budget, parameters: dict[str, Any] | None = None) -> Setting:
    how = setting(strategy, parameters, policy=Timed(moves), prm=TimedPRM(opinion), budget=budget)
    return replace(how, prices=PRICES)


def spent(tree: Tree) -> dict[str, float]:
    """What a tree cost in every unit, counted over its nodes and by the definition of each unit."""
    cost = Cost()
    for node in tree:
        cost = cost.plus(node.cost)
    assert tree.cost == cost
    return {
        "completions": sum(node.finish == "end" for node in tree),
        "policy_tokens": cost.policy_tokens,
        "tokens": cost.policy_tokens + cost.prm_tokens,
        "flops": cost.policy_flops + cost.prm_flops,
        "seconds": cost.seconds,
        "money": (3.0 * cost.policy_tokens + 1.0 * cost.prompt_tokens + 0.5 * cost.prm_tokens) / 1e6,
    }


def told(node: Node) -> tuple[Any, ...]:
    """What a node is, whenever it was made."""
    return node.place, node.text, node.finish, node.logprob, node.answer


def requests(tree: Tree) -> list[int]:
    """The events that answered a request which cost something."""
    asked = [(i, e) for i, e in enumerate(tree.events) if isinstance(e, Grown | Scored)]
    return [i for i, e in asked if any(any(cost) for cost in e.cost)]


shares = st.floats(0.01, 1.2)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("strategy", NAMES)
@given(st.sampled_from(PROBLEMS), shares)
@settings(max_examples=8)
def test_a_search_stops_within_one_part_of_its_budget_and_says_why(
    unit: str, strategy: str, problem: Problem, share: float
) -> None:
    whole = search(problem, limited(strategy, Budget()))
    limit = spent(whole)[unit] * share
    tree = search(problem, limited(strategy, only(unit, limit or 0.1)))
    assert tree.closed and tree.closed.error is None
    assert tree.closed.stopped in ("done", unit)
    if tree.closed.stopped == unit:
        assert spent(tree)[unit] >= limit
    for i in requests(tree):
        before, after = spent(Tree.replay(tree.events[:i])), spent(Tree.replay(tree.events[: i + 1]))
        assert before[unit] < limit or after[unit] == before[unit]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("strategy", NAMES)
def test_a_search_under_a_budget_is_the_beginning_of_the_one_without(unit: str, strategy: str) -> None:
    for problem in PROBLEMS:
        whole = search(problem, limited(strategy, Budget()))
        for share in (0.3, 0.8, 10.0):
            budget = only(unit, spent(whole)[unit] * share or 0.1)
            tree = search(problem, limited(strategy, budget))
            assert [told(n) for n in tree] == [told(n) for n in whole][: len(tree)]
            assert all(n.reward in (None, whole.node(n.id).reward) for n in tree)
            if share > 1:
                assert tree.closed == whole.closed and len(tree) == len(whole)
                assert [n.reward for n in tree] == [n.reward for n in whole]
                assert [(n.mark, n.reason, n.visits) for n in tree] == [(n.mark, n.reason, n.visits) for n in whole]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("strategy", ["self-consistency", "best-of-n", "weighted-best-of-n"])
def test_one_that_asks_for_many_whole_solutions_overshoots_by_two_of_them_at_most(unit: str, strategy: str) -> None:
    for limit in (0.1, 0.5, 0.9):
        whole = search(HARD, limited(strategy, Budget(), {"n": 100}))
        leaves = [n for n in whole if n.finished]
        dearest = max(spent_on(leaf)[unit] for leaf in leaves)
        most = spent(whole)[unit] * limit
        tree = search(HARD, limited(strategy, only(unit, most), {"n": 100}))
        assert tree.closed and tree.closed.stopped == unit
        assert most <= spent(tree)[unit] <= most + 2 * dearest


def spent_on(leaf: Node) -> dict[str, float]:
    tree = Tree(HARD)
    for node in leaf.path():
        tree.apply(Grown([len(tree) - 1], [node.text], [node.finish], [None], [None], [node.cost]))
    return spent(tree)


@pytest.mark.parametrize("strategy", ["best-of-n", "weighted-best-of-n"])
@pytest.mark.parametrize("unit", ["completions", "policy_tokens"])
def test_what_was_sampled_within_the_budget_is_rewarded_before_one_is_chosen(unit: str, strategy: str) -> None:
    tree = search(HARD, limited(strategy, only(unit, 90 if unit == "policy_tokens" else 3), {"n": 100}))
    rewarded = [n for n in tree.finished() if n.cost.prm_tokens]
    assert rewarded == tree.finished() and tree.chosen is not None


def test_completions_of_whole_solutions_are_counted_exactly() -> None:
    for most in range(1, 9):
        tree = search(HARD, limited("best-of-n", Budget(completions=most), {"n": 100}))
        assert len(tree.finished()) == most


@pytest.mark.parametrize(
    ("budget", "stopped"),
    [
        (Budget(completions=1), "completions"),
        (Budget(tokens=10), "tokens"),
        (Budget(seconds=0.5), "seconds"),
        (Budget(policy_tokens=10), "policy_tokens"),
        (Budget(flops=20.0), "flops"),
        (Budget(money=1e-5), "money"),
        (Budget(tokens=10, seconds=0.5), "tokens"),
        (Budget(1_000_000, 1_000_000, 1e9, 1_000_000, 1e18, 1e9), "done"),
        (Budget(), "done"),
    ],
)
def test_each_limit_stops_a_beam(budget: Budget, stopped: str) -> None:
    tree = search(HARD, limited("beam", budget))
    assert tree.closed and tree.closed.stopped == stopped


def test_a_search_out_of_budget_still_chooses_from_what_it_has() -> None:
    tree = search(HARD, setting("beam", budget=Budget(completions=1)))
    assert tree.chosen is not None and tree.chosen.finished


def test_a_search_that_ran_out_before_any_solution_says_so_and_names_the_limit() -> None:
    tree = search(HARD, setting("beam", budget=Budget(policy_tokens=1_500)))
    assert tree.chosen is not None
    tree = search(HARD, setting("beam", budget=Budget(policy_tokens=25)))
    assert tree.chosen is None and tree.closed
    assert tree.closed.reason == "no solution was finished; the search stopped at its limit of 25 policy tokens"


def test_one_search_out_of_budget_takes_nothing_from_the_others() -> None:
    how = setting("mcts", budget=Budget(tokens=80))
    assert [t.events for t in search_all(PROBLEMS, how)] == [search(p, how).events for p in PROBLEMS]


def test_without_a_budget_a_request_is_one_batch_and_with_one_a_few() -> None:
    for budget, most in ((Budget(), 1), (Budget(policy_tokens=10**9), 5)):
        policy = AskedPolicy()
        search(HARD, setting("self-consistency", {"n": 64}, policy=policy, budget=budget))
        assert len(policy.calls) <= most


def served(model: Any) -> Any:
    model.describe = lambda: {"id": model.id, "device": "served"}
    return model


@pytest.mark.parametrize("which", ["policy", "prm"])
def test_a_budget_of_flops_is_refused_where_a_served_model_counts_none(which: str) -> None:
    models: dict[str, Any] = {"policy": ScriptedPolicy(moves), "prm": ScriptedPRM(opinion)}
    served(models[which])
    with pytest.raises(ArbutusError, match=r"nobody knows those of scripted-\w+, which is served"):
        search(HARD, setting("beam", **models, budget=Budget(flops=1e9)))
    assert search(HARD, setting("beam", **models, budget=Budget(tokens=100))).closed


def test_a_model_that_turns_out_to_count_no_flops_ends_the_search_with_an_error() -> None:
    class Silent(ScriptedPolicy):
        def sample(self, wanted: Sequence[Continuation]) -> list[list[list[Step]]]:
            return [
                [[replace(s, cost=s.cost._replace(policy_flops=0.0)) for s in chain] for chain in chains]
                for chains in super().sample(wanted)
            ]

    tree = search(HARD, setting("beam", policy=Silent(moves), budget=Budget(flops=1e9)))
    assert tree.closed and tree.closed.stopped == "error"
    assert tree.closed.error and "didn't count the FLOPs that the budget limits" in tree.closed.error


@pytest.mark.parametrize(
    ("strategy", "budget", "prices", "said"),
    [
        ("beam", Budget(money=1.0), Prices(), "no price of anything"),
        ("greedy", Budget(money=1.0), Prices(prm=1.0), "no price of anything"),
        ("beam", Budget(tokens=0), Prices(), "expected a number above 0"),
        ("beam", Budget(seconds=float("nan")), Prices(), "expected a number above 0"),
    ],
)
def test_a_budget_that_can_not_be_kept_is_refused(strategy: str, budget: Budget, prices: Prices, said: str) -> None:
    with pytest.raises(ArbutusError, match=said):
        search(HARD, replace(setting(strategy, budget=budget), prices=prices))


def test_every_limit_of_a_budget_is_a_unit_with_words() -> None:
    assert set(asdict(Budget())) == set(UNITS)


def test_every_strategy_is_tried_with_every_unit() -> None:
    assert set(NAMES) == set(KNOBS)
