"""Rules of choice that take more than the tree: a mixture of rewards, and the vote of a beam."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.scripted import ScriptedPRM
from engine.search.beam_vote import vote_of_the_beam
from engine.search.mixture import best_mixed
from engine.tree import Node, Tree
from tests.worlds import HARD, PROBLEMS, grown_tree, search, setting

chains = st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=4), min_size=1, max_size=6)


@given(chains, st.floats(0, 1), st.sampled_from(["mean", "min"]), st.floats(0, 0.2))
def test_the_mixture_is_its_formula(rewards: list[list[float]], mix: float, process: str, penalty: float) -> None:
    tree = grown_tree(*[[(f"{i}.{j}", r) for j, r in enumerate(chain)] for i, chain in enumerate(rewards)])
    chosen, reason = best_mixed(tree, mix, process, penalty)
    way = min if process == "min" else lambda chain: sum(chain) / len(chain)
    worth = [(1 - mix) * c[-1] + mix * way(c) - penalty * len(c) for c in rewards]
    assert chosen is not None and worth[tree.finished().index(chosen)] == pytest.approx(max(worth), abs=1e-12)
    assert float(reason.split(": ")[1].split(" = ")[0]) == pytest.approx(max(worth), abs=6e-4)


def test_outcome_alone_is_best_of_n() -> None:
    for problem in PROBLEMS:
        for seed in range(3):
            mixed = search(problem, setting("mixture", {"n": 9, "mix": 0, "penalty": 0}, seed=seed))
            plain = search(problem, setting("best-of-n", {"n": 9}, seed=seed))
            assert mixed.chosen is not None and plain.chosen is not None
            assert mixed.chosen.id == plain.chosen.id and mixed.cost == plain.cost


def test_process_alone_looks_at_the_way_and_a_penalty_prefers_the_shorter() -> None:
    tree = grown_tree([("a", 0.2), ("a end", 0.9)], [("b", 0.7), ("b end", 0.8)], [("c end", 0.74)])
    picks = {(mix, penalty): best_mixed(tree, mix, "mean", penalty)[0] for mix in (0, 1) for penalty in (0, 0.2)}
    answers = {key: node.answer if node else None for key, node in picks.items()}
    assert answers == {(0, 0): "a end", (1, 0): "b end", (0, 0.2): "c end", (1, 0.2): "c end"}


def test_a_missing_reward_ranks_last_only_where_it_counts() -> None:
    tree = grown_tree([("a", None), ("a end", 0.9)], [("b", 0.5), ("b end", 0.5)])
    outcome, mixed = best_mixed(tree, 0, "mean", 0)[0], best_mixed(tree, 0.5, "mean", 0)[0]
    assert outcome and mixed and (outcome.answer, mixed.answer) == ("a end", "b end")


def voters(tree: Tree) -> list[Node]:
    return [n for n in tree.finished() if n.answer is not None and "same step" not in n.reason]


def test_a_voting_beam_is_a_beam_whose_solutions_vote() -> None:
    told = 0
    for problem in PROBLEMS:
        beam = search(problem, setting("beam", {"n": 12, "width": 3}))
        for vote in ("plain", "weighted"):
            tree = search(problem, setting("beam-vote", {"n": 12, "width": 3, "vote": vote}))
            assert [n.steps() for n in tree] == [n.steps() for n in beam]
            totals = Counter[str]()
            for n in voters(tree):
                totals[n.answer or ""] += 1 if vote == "plain" else n.reward or 0  # type: ignore[assignment]
            if tree.chosen is not None and totals:
                assert totals[tree.chosen.answer or ""] == max(totals.values())
                told += 1
    assert told > 6


def test_the_beam_may_vote_for_another_answer_than_its_best_solution() -> None:
    tree = grown_tree(*[[("x", 0.6)] for _ in range(3)], [("y", 0.9)])
    assert [n.answer for n, _ in [vote_of_the_beam(tree, "plain"), vote_of_the_beam(tree, "weighted")] if n] == [
        "x",
        "x",
    ]
    tree.drop(dict.fromkeys(tree.finished()[1:3], "the same step as node 1"))
    plain, weighted = vote_of_the_beam(tree, "plain")[0], vote_of_the_beam(tree, "weighted")[0]
    assert plain and weighted and (plain.answer, weighted.answer) == ("x", "y")


def test_without_rewards_the_plain_vote_still_counts() -> None:
    tree = search(HARD, setting("beam-vote", {"n": 8, "width": 4, "vote": "plain"}, prm=ScriptedPRM(lambda *_: None)))
    assert tree.closed and "votes for this answer" in tree.closed.reason
