from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas import facts
from app.canvas.inspector import headline, inspector, invitation
from app.canvas.scale import color, contrast, ink
from engine.tasks import find_task
from engine.tree import Closed, Cost, Grown, Node, Problem, Scored, Tree, Visited
from tests import stories
from tests.app import trees
from tests.worlds import grown_tree

HOSTILE = '<script>alert("1")</script> & $x$'


def siblings(*rewards: float | None) -> list[Node]:
    tree = Tree(Problem("p", "q"))
    n = len(rewards)
    tree.apply(Grown([0] * n, ["step"] * n, ["step"] * n, [None] * n, [None] * n, [Cost()] * n))
    tree.apply(Scored(list(range(1, n + 1)), list(rewards), [None] * n, [Cost()] * n))
    return tree.nodes[1:]


def test_ranks_count_from_the_highest_reward() -> None:
    assert [str(facts.rank(n)) for n in siblings(0.2, 0.9, 0.5)] == ["3rd of 3", "1st of 3", "2nd of 3"]


def test_equal_rewards_share_the_better_rank_and_the_next_is_skipped() -> None:
    ranks = [str(facts.rank(n)) for n in siblings(0.5, 0.9, 0.5, 0.1)]
    assert ranks == ["tied 2nd of 4", "1st of 4", "tied 2nd of 4", "4th of 4"]


def test_a_step_without_a_reward_has_no_rank_and_is_not_counted() -> None:
    first, missing, last = siblings(0.9, None, 0.0)
    assert facts.rank(missing) is None
    assert str(facts.rank(first)) == "1st of 2"
    assert str(facts.rank(last)) == "2nd of 2"
    assert facts.by_reward([missing, last, first]) == [first, last, missing]


def test_the_root_has_no_rank() -> None:
    assert facts.rank(siblings(0.5)[0].parent) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(("n", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th")])
def test_ordinals_read_like_english(n: int, said: str) -> None:
    assert facts.ordinal(n) == said


@pytest.mark.parametrize(("n", "said"), [(21, "21st"), (112, "112th"), (102, "102nd")])
def test_ordinals_of_large_numbers_do_too(n: int, said: str) -> None:
    assert facts.ordinal(n) == said


def labelled(problem: Problem, *steps: str, label: bool | None) -> tuple[Tree, Node]:
    """A tree of one chain, and its last node with this label."""
    tree = grown_tree([(step, 0.5) for step in steps])
    tree.problem = problem
    node = tree.nodes[-1]
    node.label = label
    return tree, node


def test_the_truth_is_said_in_the_words_of_the_task() -> None:
    puzzle = find_task("countdown").read("Make 24 from 4 6")
    assert facts.truth(*labelled(puzzle, "4 × 6 = 24 (left: 24)", label=None), "countdown") == ""
    made = facts.truth(*labelled(puzzle, "4 × 6 = 24 (left: 24)", label=True), "countdown")
    assert made == "Legal, and it makes 24."
    illegal = facts.truth(*labelled(puzzle, "4 + 6 = 11 (left: 11)", label=False), "countdown")
    assert illegal == "Illegal: 4 + 6 is 10, not 11."
    wrong = facts.truth(*labelled(stories.SHORT, "Sam has 14 - 11 = 4 pencils.", label=False), "word-problems")
    assert wrong == "Wrong sum: 14 - 11 is 3, not 4."


@pytest.mark.parametrize("task", ["countdown", "word-problems", "from another version"])
@pytest.mark.parametrize("meta", [{}, {"facts": 3}, {"facts": [[[1], "?", [2], []]], "asked": 7, "unit": 0}])
def test_the_truth_of_a_log_that_the_task_cannot_read_is_said_plainly(task: str, meta: dict[str, Any]) -> None:
    odd = Problem("p", "no question of this task", meta=meta)
    assert facts.truth(*labelled(odd, "step", label=True), task) == "Truly a good step."
    assert facts.truth(*labelled(odd, "step", label=False), task) == "Truly a bad step."


def test_the_sums_of_a_story_are_checked_whoever_typed_it() -> None:
    tree, node = labelled(stories.TYPED, "The friends get 5 × 2 = 11 books.", label=None)
    assert facts.checked(tree, node, "word-problems") == "5 × 2 is 10, not 11. 5 from the story, 2 from the story."
    assert "<b>Checked:</b> 5 × 2 is 10" in inspector(tree, node, "word-problems")
    assert facts.checked(tree, node, "countdown") == ""


def voting(*answers: str | None, chosen: int | None = None) -> Tree:
    tree = Tree(Problem("p", "q"))
    n = len(answers)
    tree.apply(Grown([0] * n, ["done"] * n, ["end"] * n, [None] * n, list(answers), [Cost()] * n))
    tree.apply(Closed(chosen, "why not", "done", {i: a == "18" for i, a in enumerate(answers, 1)}, {}))
    return tree


def test_answers_are_listed_with_their_votes_the_chosen_one_is_told_and_no_answer_has_no_vote() -> None:
    tree = voting("9", "18", None, "18", "7", chosen=1)
    assert facts.votes(tree) == [("18", 2, False, True), ("9", 1, True, False), ("7", 1, False, False)]
    page = inspector(tree, tree.root)
    assert "3 answers of 4 solutions" in page
    assert page.index("<td>18") < page.index("<td>9") and 'class="here"' in page.split("<td>9")[0].rsplit("<tr", 1)[1]
    assert "Answer <b>9</b>, given by 1 of 5 solutions" in headline(tree)


@given(st.sampled_from(["self-consistency", "beam", "mcts", "beam-vote"]), st.integers(0, 5))
def test_the_votes_are_those_that_the_search_counts(strategy: str, seed: int) -> None:
    tree = stories.story_tree(stories.LONG, strategy, seed)
    votes = facts.votes(tree)
    assert sum(vote.votes for vote in votes) == sum(node.answer is not None for node in tree.finished())
    assert [vote.votes for vote in votes] == sorted((vote.votes for vote in votes), reverse=True)
    assert [vote.answer for vote in votes if vote.chosen] == ([tree.chosen.answer] if tree.chosen else [])
    if strategy == "self-consistency":
        assert votes[0].votes == next(vote.votes for vote in votes if vote.chosen)


def test_of_many_answers_the_first_are_listed_and_the_chosen_one() -> None:
    tree = voting(*map(str, range(30)), chosen=30)
    page = invitation(tree)
    assert "30 answers of 30 solutions" in page and "and 21 answers more" in page
    assert page.count("chosen</td>") == 1


def test_a_long_question_is_there_whole() -> None:
    for page in (
        headline(stories.story_tree(stories.LONG)),
        inspector(stories.story_tree(stories.LONG), Tree(stories.LONG).root),
    ):
        assert len(stories.LONG.question) > 200 and stories.LONG.question in page.replace("&#x27;", "'")


def test_large_numbers_get_a_prefix() -> None:
    assert facts.flops(0.0) == "0 FLOP"
    assert facts.flops(None) == "FLOPs unknown"
    assert facts.flops(34_100_000.0) == "34.1 MFLOP"
    assert facts.seconds(0.0042) == "4.2 ms"


def test_every_number_printed_on_its_colour_is_readable() -> None:
    for hundredth in range(101):
        background = color(hundredth / 100)
        assert contrast(ink(background), background) >= 4.5


def test_rewards_out_of_range_take_the_colour_of_the_nearer_end() -> None:
    assert color(-0.3) == color(0.0)
    assert color(1.7) == color(1.0)


def test_the_inspector_says_missing_where_a_reward_is_missing() -> None:
    tree = trees.beam(missing=0.4, seed=3)
    node = next(n for n in tree.nodes[1:] if n.reward is None)
    page = inspector(tree, node)
    assert "It is missing, not zero" in page
    assert "0.000" not in page.split("</div>")[0]


def test_the_inspector_gives_rank_reason_path_and_cost() -> None:
    tree = trees.beam()
    assert tree.chosen is not None
    page = inspector(tree, tree.chosen, "countdown")
    for said in ("by reward", "<b>Kept:</b>", "<b>Chosen:</b>", "The path so far", "Tokens sampled", "chosen answer"):
        assert said in page


def test_the_inspector_of_every_node_of_every_kind_of_tree_can_be_made() -> None:
    grown = [
        trees.beam(failures=0.3, missing=0.3),
        trees.best_of_n(scored=False),
        trees.mcts(),
        Tree(Problem("p", "q")),
    ]
    for tree in grown:
        assert headline(tree) and invitation(tree)
        for node in tree:
            assert inspector(tree, node, "countdown")


def test_text_from_a_log_is_escaped_everywhere() -> None:
    tree = Tree(Problem("p", HOSTILE))
    tree.apply(Grown([0, 0], [HOSTILE] * 2, ["end"] * 2, [None] * 2, [HOSTILE] * 2, [Cost()] * 2, {1: HOSTILE}))
    tree.apply(Visited([0, 1], 0.5))
    tree.keep({tree.node(1): HOSTILE})
    tree.apply(Closed(1, HOSTILE, "error", {1: True}, {}, HOSTILE))
    for page in (headline(tree), invitation(tree), inspector(tree, tree.node(1)), inspector(tree, tree.root)):
        assert "<script" not in page


def test_a_long_list_of_siblings_is_cut_but_shows_the_selected_one() -> None:
    many = siblings(*(i / 100 for i in range(100)))
    page = inspector(Tree(Problem("p", "q")), many[0])
    assert "and 76 more" in page
    assert page.count('aria-current="true"') == 1


def test_visits_and_value_are_shown_for_a_tree_search_alone() -> None:
    searched, beamed = trees.mcts(), trees.beam()
    assert "Visits N" in inspector(searched, searched.node(1))
    assert "Visits N" not in inspector(beamed, beamed.node(1))


def repeating() -> Tree:
    tree = Tree(Problem("p", "q"))
    words = ["one", "two", "one", "one"]
    tree.apply(Grown([0] * 4, words, ["step"] * 4, [None] * 4, [None] * 4, [Cost()] * 4))
    tree.apply(Scored([1, 2], [0.5, 0.25], [None] * 2, [Cost()] * 2))
    tree.drop({tree.node(3): "the same step as node 1", tree.node(4): "the same step as node 1"})
    return tree


def test_steps_that_were_drawn_often_are_listed_once_with_how_often() -> None:
    tree = repeating()
    assert "4 steps (2 repeats)" in headline(tree)
    for node in (1, 3):
        html = inspector(tree, tree.node(node))
        assert "2 steps tried here" in html
        assert html.count("<tr") == 3
        assert "×3" in html
        assert html.split('aria-current="true"')[1].split("</tr>")[0].count("one") == 1


def test_a_step_that_was_drawn_again_and_again_is_the_only_one_tried() -> None:
    tree = Tree(Problem("p", "q"))
    tree.apply(Grown([0] * 2, ["one"] * 2, ["step"] * 2, [None] * 2, [None] * 2, [Cost()] * 2))
    tree.apply(Scored([1], [0.5], [None], [Cost()]))
    tree.drop({tree.node(2): "the same"})
    html = inspector(tree, tree.node(1))
    assert "It was drawn 2 times." in html
    assert "The only step tried here" in html and "1st of 1" not in html


def test_a_step_whose_siblings_have_no_reward_is_not_the_only_one_tried() -> None:
    tree = Tree(Problem("p", "q"))
    tree.apply(Grown([0] * 2, ["one", "two"], ["step"] * 2, [None] * 2, [None] * 2, [Cost()] * 2))
    tree.apply(Scored([1, 2], [0.5, None], [None] * 2, [Cost()] * 2))
    html = inspector(tree, tree.node(1))
    assert "The only one here with a reward" in html and "The only step tried here" not in html


@pytest.mark.parametrize(
    ("value", "tokens", "said"),
    [(-3.5, 7, "−3.50 (−0.50 a token)"), (-3.5, 0, "−3.50"), (0.0, 5, "0"), (-0.00019, 9, "above −0.005")],
)
def test_a_log_probability_is_never_a_row_of_zeros(value: float, tokens: int, said: str) -> None:
    assert facts.logprob(value, tokens) == said


def test_the_headline_says_at_which_limit_a_search_stopped() -> None:
    tree = grown_tree([("a", 0.5)])
    tree.apply(Closed(1, "the only one", "policy_tokens", {1: True}, {}))
    assert "ended at its limit of policy tokens" in headline(tree)
    assert "ended at its limit of 1,500 policy tokens" in headline(tree, {"policy_tokens": 1500, "money": 0.5})
    paid = grown_tree([("a", 0.5)])
    paid.apply(Closed(1, "the only one", "money", {1: True}, {}))
    assert "ended at its limit of 0.025 in money" in headline(paid, {"money": 0.025})


def test_the_limit_is_said_once_where_the_reason_says_it() -> None:
    tree = grown_tree([("a", 0.5)], ends=False)
    reason = "no solution was finished; the search stopped at its limit of 9 policy tokens"
    tree.apply(Closed(None, reason, "policy_tokens", {}, {}))
    assert headline(tree, {"policy_tokens": 9}).count("at its limit") == 1
