"""Answers followed along a log, against the strategy's own rule asked anew at each moment."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.measure.anytime import Rule, moments
from engine.search import STRATEGIES
from engine.search.beam_vote import vote_of_the_beam
from engine.search.following import FOLLOWED, following
from engine.search.mixture import best_mixed
from engine.search.ranking import best_solution, majority, weighted_majority
from engine.tree import Closed, Cost, Event, Finish, Grown, Mark, Marked, Problem, Scored, Tree, Visited
from tests.worlds import PROBLEMS, search, setting

RULES: dict[str, Rule] = {
    "best": best_solution,
    **{f"best by {how}": partial(best_solution, how=how) for how in ("last", "min", "prod", "mean")},
    "votes": majority,
    **{f"weighted by {how}": partial(weighted_majority, how=how) for how in ("last", "min", "mean")},
    "mixture": partial(best_mixed, mix=0.3, process="mean", penalty=0.02),
    "outcome alone": partial(best_mixed, mix=0.0, process="min", penalty=0.0),
    "the beam's votes": partial(vote_of_the_beam, vote="plain"),
    "the beam's weighted votes": partial(vote_of_the_beam, vote="weighted", how="prod"),
}
REWARDS = st.sampled_from([None, 0.0, 0.1, 0.2, 0.3, 0.7, 1.0])
"""Few, so that there are ties; and 0.1 + 0.2 + 0.3 depends on who is added first."""


def asked(tree: Tree, rule: Rule) -> list[tuple[int, int | None]]:
    return [(moment.event, moment.chosen.id if moment.chosen else None) for moment in moments(tree, rule)]


@st.composite
def grown_trees(draw: st.DrawFn) -> Tree:
    """Closed trees whose nodes are grown, scored, scored again, marked and marked otherwise in any order."""
    tree = Tree(Problem("p", "q"))
    for _ in range(draw(st.integers(1, 25))):
        tree.apply(draw(st.sampled_from([grown, grown, scored, marked, visited]))(draw, tree))
    tree.apply(Closed(None, "", "done", {}, {}))
    return tree


def some_of(draw: st.DrawFn, tree: Tree) -> list[int]:
    return draw(st.lists(st.integers(0, len(tree) - 1), min_size=1, max_size=4, unique=True))


def grown(draw: st.DrawFn, tree: Tree) -> Event:
    parents = some_of(draw, tree)
    finish: list[Finish] = [draw(st.sampled_from(["step", "end", "end", "length"])) for _ in parents]
    answers = [draw(st.sampled_from([None, "a", "b", "c"])) for _ in parents]
    return Grown(parents, ["s"] * len(parents), finish, [None] * len(parents), answers, [Cost(1)] * len(parents))


def scored(draw: st.DrawFn, tree: Tree) -> Event:
    nodes = some_of(draw, tree)
    return Scored(nodes, [draw(REWARDS) for _ in nodes], [None] * len(nodes), [Cost()] * len(nodes))


def marked(draw: st.DrawFn, tree: Tree) -> Event:
    nodes = some_of(draw, tree)
    marks: list[Mark] = [draw(st.sampled_from(["kept", "dropped"])) for _ in nodes]
    return Marked(nodes, marks, [""] * len(nodes))


def visited(draw: st.DrawFn, tree: Tree) -> Event:
    return Visited([0], 0.5)


@pytest.mark.parametrize("name", RULES)
@given(tree=grown_trees())
def test_at_every_moment_the_followed_answer_is_the_one_that_the_rule_gives(name: str, tree: Tree) -> None:
    followed = following(tree, RULES[name])
    assert followed is not None
    assert list(followed.follow(tree)) == asked(tree, RULES[name])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_real_searches_are_followed_to_the_answers_of_their_rule(strategy: str) -> None:
    how = setting(strategy)
    rule = how.strategy.rule(how.parameters)
    for problem in PROBLEMS[:3]:
        tree = search(problem, how)
        if followed := following(tree, rule):
            assert list(followed.follow(tree)) == asked(tree, rule)


def test_only_rules_that_hand_over_to_others_are_asked_each_time() -> None:
    assert {s.name for s in STRATEGIES.values() if s.choose not in FOLLOWED} == {"compute-optimal", "router"}


def test_a_reward_that_is_no_number_leaves_the_rule_to_be_asked() -> None:
    tree = Tree(Problem("p", "q"))
    tree.apply(Grown([0], ["s"], ["end"], [None], ["a"], [Cost()]))
    tree.apply(Scored([1], [float("nan")], [None], [Cost()]))
    tree.apply(Closed(1, "", "done", {}, {}))
    assert following(tree, best_solution) is None
