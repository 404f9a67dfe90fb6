import pytest

from engine.protocol import Budget
from engine.scheduler import Job, run_searches
from engine.tree import Closed, Cost, Grown, Opened, Scored, Tree
from tests.scheduler.alone import NAMES, alone
from tests.worlds import (
    HARD,
    KNOBS,
    PROBLEMS,
    AskedPolicy,
    AskedPRM,
    search,
    setting,
)


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
