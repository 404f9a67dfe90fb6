import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.render import BEFORE_TEXT, LEAST_ROOM, show
from engine.search import STRATEGIES
from engine.tree import Closed, Cost, Grown, Marked, Tree
from tests.stories import LONG, story_tree
from tests.worlds import HARD, grown_tree, search, setting


def test_a_tree_is_drawn_a_line_a_node_with_bars_for_rewards() -> None:
    tree = grown_tree([("one", 0.0), ("two", 1.0)], [("three", None)], [("four", 0.5), ("five", 0.25)])
    tree.drop({tree.node(3): "worse"})
    tree.back_up(tree.node(2), 0.5)
    tree.apply(Closed(2, "it was best", "done", {2: True, 3: None, 5: False}, {}))
    assert show(tree, all_nodes=True).splitlines() == [
        "Make 24 from 4 6",
        "├─   0.000 ★ one N=1 Q=0.500",
        "│  └─ █ 1.000 ★ two ✓ N=1 Q=0.500",
        "├─ ·  –    three",
        "└─ ▄ 0.500 four",
        "   └─ ▂ 0.250 five ✗",
        "",
        "two (right); it was best; 10 policy tokens, 10 PRM tokens, 0.00 s",
    ]


def test_dropped_branches_are_counted_rather_than_drawn() -> None:
    tree = grown_tree([("one", 0.5), ("two", 1.0)], [("three", 0.1)], [("four", 0.2)])
    tree.drop({tree.node(3): "worse", tree.node(4): "worse"})
    assert show(tree).splitlines()[:4] == ["Make 24 from 4 6", "├─ ▄ 0.500 one", "│  └─ █ 1.000 two", "└─ … 2 dropped"]


def test_a_step_that_was_drawn_often_is_one_line_with_how_often() -> None:
    tree = grown_tree([("one", 0.5)], [("two", 0.25)])
    tree.apply(Grown([0, 0], ["one"] * 2, ["step"] * 2, [None] * 2, [None] * 2, [Cost()] * 2))
    tree.drop({tree.node(3): "the same step as node 1", tree.node(4): "the same step as node 1"})
    assert show(tree).splitlines()[1:3] == ["├─ ▄ 0.500 one ×3", "└─ ▂ 0.250 two"]
    assert len(show(tree, all_nodes=True).splitlines()) == 7


def test_a_chosen_path_is_drawn_even_where_it_was_dropped() -> None:
    tree = grown_tree([("one", 0.5), ("two", 1.0)])
    tree.apply(Marked([1, 2], ["dropped"] * 2, ["worse"] * 2))
    tree.apply(Closed(2, "the only one", "done", {2: None}, {}))
    assert "★ two" in show(tree) and "dropped" not in show(tree)


def test_a_failed_step_is_drawn_as_its_error_or_its_ending() -> None:
    tree = Tree(HARD)
    tree.apply(Grown([0, 0], ["", ""], ["error", "length"], [None] * 2, [None] * 2, [Cost()] * 2, {1: "out of luck"}))
    assert show(tree).splitlines()[1:3] == ["├─ ·  –    out of luck", "└─ ·  –    length"]


@pytest.mark.parametrize(
    ("closed", "ending"),
    [
        (None, "unfinished; 4 policy tokens, 4 PRM tokens, 0.00 s"),
        (Closed(None, "no solution was finished", "done", {}, {}), "no answer: no solution was finished; 4 policy"),
        (Closed(None, "", "error", {}, {}, "the script tore"), "no answer: the script tore; 4 policy"),
        (Closed(2, "why not", "done", {2: None}, {}), "two (not graded); why not; 4 policy"),
        (Closed(2, "why not", "done", {2: False}, {}), "two (wrong); why not; 4 policy"),
    ],
)
def test_the_last_line_says_how_it_ended_and_what_it_cost(closed: Closed | None, ending: str) -> None:
    tree = grown_tree([("one", 0.5), ("two", 1.0)])
    if closed:
        tree.apply(closed)
    assert show(tree).splitlines()[-1].startswith(ending)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_all_nodes_are_drawn_if_asked_for_and_otherwise_all_that_were_not_dropped(strategy: str) -> None:
    tree = search(HARD, setting(strategy))
    assert len(show(tree, all_nodes=True).splitlines()) == len(tree) + 2
    shown = show(tree).splitlines()[1:-2]
    hidden = sum(int(line.split("… ")[1].split()[0]) for line in shown if "… " in line)
    drawn = [line for line in shown if "… " not in line]
    assert len(drawn) + hidden <= len(tree) - 1
    assert len(drawn) >= sum(all(n.mark != "dropped" for n in node.path()) for node in tree.nodes[1:])


def test_show_is_found_in_the_package_and_what_is_not_there_is_not() -> None:
    assert engine.show is show
    with pytest.raises(AttributeError, match="module 'engine' has no attribute 'shout'"):
        engine.shout  # noqa: B018


def test_a_tree_that_stopped_at_a_limit_says_at_which() -> None:
    tree = grown_tree([("a", 0.5)])
    tree.apply(Closed(1, "the only one", "flops", {1: True}, {}))
    assert show(tree).endswith("; stopped at its limit of FLOPs")


def test_a_long_step_goes_on_below_its_beginning() -> None:
    tree = grown_tree([("Mia has 28 - 10 = 18 books left.", 0.5), ("Answer: 18 books", 1.0)], [("No", 0.0)])
    assert show(tree, width=40).splitlines()[1:5] == [
        "├─ ▄ 0.500 Mia has 28 - 10 = 18 books",
        "│  │       left.",
        "│  └─ █ 1.000 Answer: 18 books",
        "└─   0.000 No",
    ]


@given(st.integers(40, 120), st.sampled_from(["beam", "mcts", "best-of-n"]))
def test_no_line_is_wider_than_asked_and_every_word_is_there(width: int, strategy: str) -> None:
    tree = story_tree(LONG, strategy)
    narrow, whole = show(tree, width=width), show(tree)
    deepest = 3 * max(node.depth for node in tree)
    assert max(map(len, narrow.splitlines())) <= max(width, deepest + BEFORE_TEXT + LEAST_ROOM)
    assert "".join(narrow.split()).replace("│", "") == "".join(whole.split()).replace("│", "")


@given(st.integers(40, 120))
def test_a_sum_is_never_broken(width: int) -> None:
    whole, narrow = (re.findall(r"\d+ [-+×÷] \d+ = \d+", show(story_tree(LONG), width=w)) for w in (None, width))
    assert whole and narrow == whole
