from collections import Counter
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.scripted import ScriptedPolicy
from engine.search.early_stop import decided, leads
from engine.tree import Tree
from tests.worlds import HARD, PROBLEMS, search, setting


def winner(answers: Sequence[str]) -> str | None:
    """Written apart from the search: the most votes, and of equals the one that was given first."""
    return max(dict.fromkeys(answers), key=lambda a: (answers.count(a), -answers.index(a)), default=None)


@given(st.lists(st.sampled_from("abc"), max_size=7), st.integers(0, 4))
def test_a_vote_is_decided_if_it_has_the_same_winner_whatever_is_still_to_come(answers: list[str], left: int) -> None:
    # a sample may also give an answer that nobody gave yet, or none
    ways = [[a for a in way if a != "-"] for way in product("abcde-", repeat=left)]
    ends = {winner([*answers, *way]) for way in ways}
    assert decided(Counter(answers), left) == (ends == {winner(answers)})


@given(st.integers(0, 12), st.integers(0, 12))
def test_the_leader_leads_with_the_probability_of_the_paper(v: int, w: int) -> None:
    # the integral of p^v (1-p)^w over the upper half, by that over all, on a fine grid
    cells = 4000
    heights = [((i + 0.5) / cells) ** v * (1 - (i + 0.5) / cells) ** w for i in range(cells)]
    if v < w:
        heights.reverse()
    counts = {"a": v, "b": w, "c": 0}
    assert leads(counts) == pytest.approx(sum(heights[cells // 2 :]) / sum(heights), abs=1e-4)


def test_nothing_leads_before_the_first_vote() -> None:
    assert leads({}) == 0.5 and not decided({}, 3) and decided({}, 0)


def answers_of(tree: Tree) -> list[str]:
    return [n.answer for n in tree.finished() if n.answer is not None]


def coin(share: float) -> ScriptedPolicy:
    return ScriptedPolicy(lambda *_: [("4 + 20 = 24", share, True), ("4 * 5 = 20", 1 - share, True)])


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("rule", ["certain", "confident"])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.99])
def test_it_stops_at_the_first_batch_that_decides(rule: str, share: float, batch: int) -> None:
    for seed in range(6):
        knobs = {"n": 20, "batch": batch, "rule": rule, "confidence": 0.9}
        tree = search(HARD, setting("early-stop", knobs, policy=coin(share), seed=seed))
        whole = search(HARD, setting("self-consistency", {"n": 20}, policy=coin(share), seed=seed))
        drawn = len(tree.root.children)
        assert [n.steps() for n in tree] == [n.steps() for n in whole][: len(tree)]
        for k in [*range(batch, 20, batch), 20]:
            votes = Counter(n.answer for n in whole.root.children[:k] if n.answer is not None)
            if decided(votes, 20 - k) or (rule == "confident" and leads(votes) > 0.9) or k == 20:
                assert drawn == k
                break


def test_for_certain_the_answer_is_that_of_the_whole_vote() -> None:
    for problem in PROBLEMS:
        for seed in range(4):
            few = search(problem, setting("early-stop", {"n": 15, "rule": "certain"}, seed=seed))
            all_ = search(problem, setting("self-consistency", {"n": 15}, seed=seed))
            assert len(few) <= len(all_)
            assert few.chosen is not None and all_.chosen is not None and few.chosen.answer == all_.chosen.answer


def test_where_the_policy_is_sure_few_samples_do() -> None:
    tree = search(
        HARD, setting("early-stop", {"n": 40}, policy=ScriptedPolicy(lambda *_: [("4 + 20 = 24", 1.0, True)]))
    )
    assert len(answers_of(tree)) in (0, 4)
    assert all(n.mark for n in tree.nodes[1:])


def test_every_solution_says_how_it_voted() -> None:
    for problem in PROBLEMS:
        tree = search(problem, setting("early-stop", {"n": 7}))
        for end in tree.finished():
            assert tree.chosen is not None
            assert (end.mark == "kept") == (end.answer is not None and end.answer == tree.chosen.answer)
            assert " votes, with " in end.reason or end.reason == "no answer, so no vote"
