import pytest

from app.canvas import facts
from app.canvas.inspector import headline, inspector, invitation
from app.canvas.scale import color, contrast, ink
from engine.tree import Closed, Cost, Grown, Node, Problem, Scored, Tree, Visited
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


def test_the_truth_is_said_in_the_words_of_the_task() -> None:
    node = siblings(0.5)[0]
    assert facts.truth(node, "countdown") == ""
    node.label = True
    assert facts.truth(node, "countdown") == "Truly good: legal so far, and the target can still be reached."
    assert facts.truth(node, "other") == "Truly a good step."
    node.label = False
    assert "hopeless" in facts.truth(node, "countdown")


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
