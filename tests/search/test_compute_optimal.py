"""Compute by difficulty: what is read of a plan, which part a problem gets, and what that part does."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.estimates import estimate
from engine.protocol import Budget, StrategyError
from engine.scheduler import Job, run_searches
from engine.search import STRATEGIES
from engine.search.plan import DEFAULT, ITSELF, read_plan
from engine.tree import Grown, Problem, Tree
from tests.worlds import HARD, KNOBS, PROBLEMS, AskedPolicy, search, setting

INNER = [name for name in STRATEGIES if name not in ITSELF]


def test_the_part_of_a_problem_is_the_first_whose_bound_its_estimate_does_not_pass() -> None:
    plan = read_plan("reward of 3: up to 0.2 greedy; up to 0.5 mcts n=4; else beam")
    assert [plan.number(found) for found in (0.0, 0.2, 0.21, 0.5, 0.9, 1.0)] == [0, 0, 1, 1, 2, 2]
    assert plan.number(None) == 0  # nothing is known: as hard as any


@given(st.lists(st.floats(0, 1).map(lambda x: float(f"{x:g}")), unique=True, max_size=5).map(sorted), st.integers(1, 9))
def test_a_plan_reads_back_as_it_is_written(bounds: list[float], samples: int) -> None:
    names = ["mcts n=4", "beam width=2 aggregate=min", "greedy", "stop", "self-consistency n=3"]
    parts = [f"up to {bound:g} {name}" for bound, name in zip(bounds, names, strict=False)]
    words = f"agreement of {samples}: " + "; ".join([*parts, "else best-of-n"])
    plan = read_plan(words)
    assert plan.words == words and read_plan(plan.words) == plan
    assert all(a.up_to < b.up_to for a, b in pairwise(plan.parts))


@pytest.mark.parametrize("inner", INNER)
def test_a_part_searches_as_its_strategy_would_beside_the_samples_and_chooses_by_its_rule(inner: str) -> None:
    knobs = " ".join(f"{k}={v}" for k, v in KNOBS[inner].items())
    for problem in PROBLEMS[:3]:
        tree = search(problem, setting("compute-optimal", {"n": 5, "plan": f"reward of 3: else {inner} {knobs}"}))
        assert tree.closed and tree.closed.error is None and tree.closed.stopped == "done"
        found = estimate(tree, "reward", 3)
        assert tree.closed.reason.startswith(f"reward of 3 samples {found:.3f}, part 1 of 1: {inner}")
        rule = STRATEGIES[inner].rule(dict(setting(inner).parameters))
        chosen, reason = rule(tree)
        assert tree.chosen is chosen and tree.closed.reason.endswith(reason)
        assert all(node.mark and node.reason for node in tree.nodes[1:])


def test_the_cost_of_the_estimate_is_in_the_cost_of_the_tree() -> None:
    for problem in PROBLEMS:
        few = search(problem, setting("best-of-n", {"n": 3}))
        stopped = search(problem, setting("compute-optimal", {"plan": "reward of 3: else stop"}))
        more = search(problem, setting("compute-optimal", {"plan": "reward of 3: else best-of-n n=6"}))
        nine = search(problem, setting("best-of-n", {"n": 9}))
        assert stopped.cost == few.cost and stopped.chosen and few.chosen and stopped.chosen.id == few.chosen.id
        assert more.cost == nine.cost and [n.text for n in more] == [n.text for n in nine]


def test_each_problem_gets_the_part_that_its_estimate_names() -> None:
    found = {p.id: estimate(search(p, setting("best-of-n", {"n": 3})), "reward", 3) for p in PROBLEMS}
    values = sorted(v for v in found.values() if v is not None)
    middle = float(f"{(values[2] + values[3]) / 2:g}")
    plan = f"reward of 3: up to {middle:g} best-of-n n=2; else stop"
    for problem in PROBLEMS:
        tree = search(problem, setting("compute-optimal", {"plan": plan}))
        hard = (found[problem.id] or 0.0) <= middle
        assert len(tree.root.children) == (5 if hard else 3)


def test_by_agreement_no_reward_is_asked_before_the_part_asks() -> None:
    tree = search(HARD, setting("compute-optimal", {"plan": "agreement of 4: else self-consistency n=4"}))
    assert tree.cost.prm_tokens == 0 and len(tree.finished()) == 8
    assert tree.closed and tree.closed.reason.startswith("agreement of 4 samples ")


def test_a_problem_that_says_how_hard_it_is_costs_nothing_to_sort() -> None:
    plan = "steps: up to 3 greedy; else best-of-n n=2"
    for steps, drawn in ((3, 1), (4, 2)):
        problem = Problem(HARD.id, HARD.question, None, {"steps": steps})
        tree = search(problem, setting("compute-optimal", {"plan": plan}))
        assert len(tree.root.children) == drawn
        assert tree.closed and tree.closed.reason.startswith(f"the problem's steps {steps}, part {drawn} of 2: ")


def test_out_of_budget_before_the_estimate_is_made_it_answers_from_what_it_has_and_says_so() -> None:
    tree = search(HARD, setting("compute-optimal", budget=Budget(completions=2)))
    assert tree.chosen is not None and tree.closed
    assert tree.closed.reason.endswith("the difficulty was not estimated yet")


def test_the_default_plan_can_be_read_and_its_parts_take_the_n_of_the_run() -> None:
    assert read_plan(DEFAULT).words == DEFAULT
    small, large = (search(HARD, setting("compute-optimal", {"n": n})) for n in (2, 16))
    assert small.cost.policy_tokens < large.cost.policy_tokens


PLANS = """
[[plans]]
budget = 100
by = "reward"
samples = 2
[[plans.parts]]
strategy = "stop"

[[plans]]
budget = 500
by = "reward"
samples = 4
[[plans.parts]]
up_to = 0.25
strategy = "mcts"
n = 64
[[plans.parts]]
strategy = "greedy"
"""


def test_a_plan_in_a_file_is_taken_by_its_budget_and_recorded_in_words(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLANS)
    large = "reward of 4: up to 0.25 mcts n=64; else greedy"
    words = {
        "": large,
        "#500": large,
        "#2000": large,
        "#499": "reward of 2: else stop",
        "#100": "reward of 2: else stop",
    }
    for budget, said in words.items():
        assert setting("compute-optimal", {"plan": f"{file}{budget}"}).parameters["plan"] == said
    with pytest.raises(StrategyError, match="got the budget 99, expected one of at least 100"):
        setting("compute-optimal", {"plan": f"{file}#99"})


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("", "expected one such as"),
        ("mcts", "expected one such as"),
        ("reward of 4: mcts", "expected 'up to 0.3 STRATEGY' or 'else STRATEGY'"),
        ("reward of 4: up to 0.5 mcts", "expected growing ones and then 'else'"),
        ("reward of 4: else mcts; up to 0.5 beam", "expected growing ones and then 'else'"),
        ("reward of 4: up to 0.5 mcts; up to 0.5 beam; else greedy", "expected growing ones"),
        ("reward of 4: up to half mcts; else greedy", "got the bound 'half'"),
        ("reward of 0: else greedy", "expected reward or agreement of at least 1"),
        ("reward: else greedy", "expected reward or agreement of at least 1"),
        ("steps of 4: else greedy", "or what problems say of themselves, of none"),
        ("steps: up to 4 stop; else greedy", "stops without a sample"),
        ("reward of 4: else magic", "got strategy 'magic', expected one of"),
        ("reward of 4: else compute-optimal", "expected a strategy that searches by itself"),
        ("reward of 4: else router", "expected a strategy that searches by itself"),
        ("reward of 4: else beam breadth=3", "has no parameter 'breadth'"),
        ("reward of 4: else beam n=0", "got n=0.0 for 'beam', expected a whole number"),
        ("reward of 4: else beam n", "expected a parameter such as n=16"),
        ("none.toml", "none.toml: can't be read as TOML"),
    ],
)
def test_a_plan_that_can_not_be_meant_is_refused_in_words(plan: str, said: str) -> None:
    with pytest.raises(StrategyError, match=re.escape(said)):
        setting("compute-optimal", {"plan": plan})


def test_a_plan_must_be_text() -> None:
    with pytest.raises(StrategyError, match="expected text"):
        setting("compute-optimal", {"plan": 3.0})


# The router.


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.7, 1.01])
def test_what_is_believed_costs_one_pass_and_what_is_not_is_searched(threshold: float) -> None:
    for problem in PROBLEMS:
        policy = AskedPolicy()
        tree = search(problem, setting("router", {"n": 8, "threshold": threshold}, policy=policy))
        first = tree.root.children[0]
        while first.children:
            first = first.children[0]
        believed = first.reward is not None and first.reward >= threshold
        assert tree.closed and tree.closed.stopped == "done"
        if believed:
            assert len(policy.calls) == 1 and tree.chosen is first
            assert tree.closed.reason == f"the greedy answer: {first.reward:.3f} is at least {threshold:g}"
        else:
            assert len(policy.calls) > 1 and "so beam went on; highest reward" in tree.closed.reason
        greedy = search(problem, setting("greedy"))
        assert first.steps() == greedy.finished()[0].steps()


@pytest.mark.parametrize("to", INNER)
def test_every_strategy_can_be_gone_on_with(to: str) -> None:
    tree = search(HARD, setting("router", {"n": 4, "threshold": 1.01, "to": to}))
    assert tree.closed and tree.closed.error is None and f"so {to} went on; " in tree.closed.reason
    assert all(node.mark for node in tree.nodes[1:])


def test_the_other_strategy_has_its_own_parameters_and_they_are_checked() -> None:
    assert setting("router", {"to": "mcts width=3"}).parameters["to"] == "mcts width=3"
    with pytest.raises(StrategyError, match="has no parameter 'breadth'"):
        setting("router", {"to": "mcts breadth=3"})
    with pytest.raises(StrategyError, match="got strategy 'magic'"):
        setting("router", {"to": "magic"})


def test_both_go_on_from_every_cut_when_resumed() -> None:
    for strategy in ITSELF:
        whole = search(HARD, setting(strategy))
        for cut in range(1, len(whole.events), 3):
            past = Tree.replay(whole.events[:cut])
            ((_, tree),) = run_searches([Job(0, HARD, past)], setting(strategy))
            assert tree.events == whole.events
            assert sum(isinstance(e, Grown) for e in tree.events) > 1
