from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.models.scripted import ScriptedPolicy
from engine.protocol import Budget, Continuation
from engine.tree import Cost, Grown, Problem, Scored, Step, Tree
from tests.scheduler.alone import NAMES
from tests.worlds import (
    HARD,
    PROBLEMS,
    moves,
    search,
    search_all,
    setting,
)


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
