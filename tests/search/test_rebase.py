from itertools import pairwise
from math import exp

from hypothesis import given
from hypothesis import strategies as st

from engine.search.rebase import shares
from engine.tree import Grown
from tests.worlds import HARD, PROBLEMS, search, setting

rewards = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(rewards, st.integers(1, 64), st.floats(0.05, 5))
def test_samples_are_shared_out_as_the_paper_says(rewards: list[float], budget: int, balance: float) -> None:
    total = sum(exp(r / balance) for r in rewards)
    paper = [budget * exp(r / balance) / total for r in rewards]
    given_ = shares(rewards, budget, balance)
    if max(paper) > 0.5 + 1e-9:
        # rounded to the nearest; a half may go either way
        assert all(abs(a - b) <= 0.5 + 1e-9 for a, b in zip(given_, paper, strict=True))
    else:
        assert sum(given_) >= 1 and given_[rewards.index(max(rewards))] == 1


@given(rewards, st.integers(1, 64))
def test_a_better_step_never_gets_less(rewards: list[float], budget: int) -> None:
    ranked = sorted(zip(rewards, shares(rewards, budget, 0.3), strict=True))
    assert all(a[1] <= b[1] for a, b in pairwise(ranked) if a[0] < b[0])


def test_nothing_is_shared_out_when_all_solutions_have_come() -> None:
    assert shares([0.3, 0.9], 0, 0.1) == [0, 0] and shares([], 8, 0.1) == []


def test_the_budget_shrinks_by_each_solution_that_is_finished() -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting("rebase", {"n": 12, "balance": 0.2}))
        grown = [event for event in tree.events if isinstance(event, Grown)]
        assert len(grown[0].text) == 12
        first, done = 1, 0
        for event, after in pairwise(grown):
            made = tree.nodes[first : first + len(event.text)]
            first += len(event.text)
            done += sum(n.finished for n in made)
            open_ = [n for n in made if n.open and n.reward is not None]
            expected = dict(zip(open_, shares([n.reward or 0 for n in open_], 12 - done, 0.2), strict=True))
            drawn = [tree.node(parent) for parent in after.parent]
            assert {n: drawn.count(n) for n in set(drawn)} == {n: c for n, c in expected.items() if c}


def test_an_even_temper_spreads_wider_than_a_sharp_one() -> None:
    def kept(balance: float) -> int:
        tree = search(HARD, setting("rebase", {"n": 16, "balance": balance}))
        return sum(n.mark == "kept" for n in tree.root.children)

    assert kept(0.01) < kept(10)
