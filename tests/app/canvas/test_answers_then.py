"""What a search would have answered at each of its events, against the strategy's own rule and the anytime curves."""

import pytest

from app.canvas import answers as module
from app.canvas.answers import UNKNOWN, answers, changes_of
from app.canvas.component import packed_tree
from app.canvas.why import Rule
from engine.measure.anytime import moments
from engine.search import STRATEGIES
from engine.tree import Closed, Cost, Grown, Problem, Scored, Tree
from tests.worlds import PROBLEMS, search, setting


def answered_at(tree: Tree, rule: Rule, event: int) -> int | None:
    """The node that would have been chosen, as the browser reads it; None for no answer."""
    known, changes = changes_of(tree, rule)
    assert known == 0
    before = [node for at, node in changes if at <= event]
    return before[-1] if before and before[-1] >= 0 else None


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_at_every_event_the_answer_is_that_of_the_anytime_curves(strategy: str) -> None:
    how = setting(strategy)
    rule = Rule(strategy, how.parameters)
    for problem in PROBLEMS[:2]:
        tree = search(problem, how)
        told = list(moments(tree, how.strategy.rule(how.parameters)))
        for event in range(len(tree.events)):
            past = [moment for moment in told if moment.event <= event]
            chosen = past[-1].chosen if past else None
            assert answered_at(tree, rule, event) == (chosen and chosen.id)
        assert answered_at(tree, rule, len(tree.events) - 1) == (tree.chosen and tree.chosen.id)


@pytest.mark.parametrize("strategy", ["beam", "mcts", "self-consistency"])
def test_an_answer_comes_with_the_tokens_that_it_took(strategy: str) -> None:
    how = setting(strategy)
    tree = search(PROBLEMS[0], how)
    for moment in moments(tree, how.strategy.rule(how.parameters)):
        assert isinstance(tree.events[moment.event], Grown | Scored)
        assert moment.cost == Tree.replay(tree.events[: moment.event + 1]).cost


def wavering() -> Tree:
    """Nodes 1 to 3 end with ever better rewards; the answers are a, b, and a again."""
    tree = Tree(Problem("p", "q"))
    for node, (answer, reward) in enumerate((("a", 0.2), ("b\u202e\n c", 0.5), ("a", 0.7)), start=1):
        tree.apply(Grown([0], ["s"], ["end"], [None], [answer], [Cost(policy_tokens=5)]))
        tree.apply(Scored([node], [reward], [None], [Cost(prm_tokens=7)]))
    tree.apply(Closed(3, "best", "done", {1: True, 2: False, 3: True}, {}))
    return tree


def test_only_changes_are_packed_and_each_text_once_made_visible() -> None:
    found = answers(wavering(), Rule("best-of-n", {}))
    assert found["answers_from"] == 0
    assert found["answer_event"].tolist() == [1, 4, 6]
    assert found["answer_node"].tolist() == [1, 2, 3]
    assert found["answer_text"].tolist() == [0, 1, 0]
    assert found["answer_texts"] == ["a", "b⟨U+202E⟩ c"]


@pytest.mark.parametrize(
    "rule", [Rule(), Rule("no such strategy", {}), Rule("best-of-n", {"aggregate": "no such way"})]
)
def test_without_a_rule_only_the_end_is_told(rule: Rule) -> None:
    found = answers(wavering(), rule)
    assert found["answers_from"] == 7
    assert (found["answer_event"].tolist(), found["answer_node"].tolist()) == ([7], [3])


def test_a_rule_that_does_not_lead_to_the_chosen_answer_is_not_believed() -> None:
    tree = Tree.replay([*wavering().events[:-1], Closed(1, "by another rule", "done", {}, {})])
    assert changes_of(tree, Rule("best-of-n", {})) == (7, [(7, 1)])


def test_of_a_search_that_still_runs_nothing_is_told() -> None:
    tree = Tree.replay(wavering().events[:-1])
    assert changes_of(tree, Rule("best-of-n", {})) == (UNKNOWN, [])
    tree.apply(wavering().events[-1])
    assert changes_of(tree, Rule("best-of-n", {})) == (0, [(1, 1), (4, 2), (6, 3)])


def test_a_search_that_failed_had_its_answers_before_and_none_at_its_end() -> None:
    failed = Closed(None, "", "error", {}, {}, "out of memory")
    tree = Tree.replay([*wavering().events[:-1], failed])
    assert changes_of(tree, Rule("best-of-n", {})) == (0, [(1, 1), (4, 2), (6, 3), (7, -1)])


def test_a_rule_that_can_be_followed_is_told_of_however_long_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = search(PROBLEMS[0], setting("mcts"))
    monkeypatch.setattr(module, "MOST_WORK", 3)
    known, changes = changes_of(tree, Rule("mcts", setting("mcts").parameters))
    assert (known, len(changes) > 1) == (0, True)


def test_of_a_long_search_whose_rule_must_be_asked_only_the_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = search(PROBLEMS[0], setting("router"))
    monkeypatch.setattr(module, "MOST_WORK", 3)
    known, changes = changes_of(tree, Rule("router", setting("router").parameters))
    assert known == len(tree.events) - 1
    assert [node for _, node in changes] == ([tree.chosen.id] if tree.chosen else [])


def test_a_search_without_solutions_is_known_to_have_no_answer_at_any_time() -> None:
    tree = Tree(Problem("p", "q"))
    tree.apply(Grown([0], ["s"], ["length"], [None], [None], [Cost()]))
    tree.apply(Closed(None, "no solution was finished", "done", {}, {}))
    assert changes_of(tree, Rule()) == (0, [])


def test_a_vote_answers_otherwise_than_the_best_reward() -> None:
    assert changes_of(wavering(), Rule("self-consistency", {})) == (0, [(1, 1), (6, 3)])
    assert changes_of(wavering(), Rule("best-of-n", {})) == (0, [(1, 1), (4, 2), (6, 3)])


def test_a_tree_is_packed_anew_once_its_rule_is_known() -> None:
    tree = wavering()
    before = packed_tree(tree, "key", 600)
    assert packed_tree(tree, "key", 600, rule=Rule("best-of-n", {})) != before
    assert packed_tree(tree, "key", 600) == before
