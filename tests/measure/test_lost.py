"""Where a search lost its problem: on trees made by hand, and on grown ones against all their good chains."""

from collections.abc import Iterator

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.measure.lost import Lost, by_rollouts, first_bad, lost
from engine.measure.prm.keys import prefix_key
from engine.measure.prm.labels import Labels
from engine.repeats import twins
from engine.tree import Finish, Node, Tree
from tests.app import trees
from tests.measure.by_hand import BAD, GOOD, UNKNOWN, Hand


def where(tree: Tree) -> tuple[int, str, int] | None:
    found = lost(tree)
    return found and (found.node.id, found.fate, found.drawn)


def test_a_good_step_that_was_dropped_is_where_it_was_lost() -> None:
    tree = Hand((0, GOOD, "step"), (0, BAD, "step"), (2, BAD, "end"), dropped=[1]).closed(3)
    assert where(tree) == (1, "dropped", 0)
    assert first_bad(tree) is tree.node(2)


def test_where_no_good_step_was_drawn_the_last_good_one_is_told_with_how_many_were() -> None:
    tree = Hand((0, GOOD, "step"), (1, BAD, "step"), (1, BAD, "step"), (2, BAD, "end")).closed(4)
    assert where(tree) == (1, "none drawn", 2)
    assert first_bad(tree) is tree.node(2)


def test_of_first_steps_that_are_all_bad_the_question_is_the_last_good_one() -> None:
    tree = Hand((0, BAD, "step"), (0, BAD, "step"), (1, BAD, "end")).closed(3)
    assert where(tree) == (0, "none drawn", 2)


def test_a_right_solution_that_was_not_chosen_counts_before_all_else() -> None:
    tree = Hand((0, GOOD, "step"), (1, GOOD, "end"), (0, GOOD, "step"), (3, GOOD, "step"), (0, BAD, "end")).closed(5)
    assert where(tree) == (2, "found", 0)


def test_a_good_step_that_nobody_went_on_from_was_left() -> None:
    tree = Hand((0, GOOD, "step"), (0, BAD, "end")).closed(2)
    assert where(tree) == (1, "left", 0)


def test_the_deepest_counts_then_the_best_rewarded() -> None:
    dropped = [2, 3, 4]
    nodes: list[tuple[int, bool | None, Finish]] = [(0, GOOD, "step"), (0, GOOD, "step"), (1, GOOD, "step")]
    tree = Hand(*nodes, (1, GOOD, "step"), (0, BAD, "end"), dropped=dropped).closed(5)
    assert where(tree) == (3, "dropped", 0)


def test_steps_that_failed_or_were_cut_off_lead_nowhere() -> None:
    tree = Hand((0, GOOD, "step"), (1, UNKNOWN, "error"), (1, UNKNOWN, "length"), (0, BAD, "end")).closed(4)
    assert where(tree) == (1, "none drawn", 2)


@pytest.mark.parametrize("unknown", [0, 1])
def test_what_the_labels_do_not_tell_is_not_said(unknown: int) -> None:
    tree = Hand((0, GOOD, "step"), (unknown, UNKNOWN, "step"), (0, BAD, "end")).closed(3)
    assert where(tree) == (None if unknown else (1, "left", 0))
    answer = Hand((0, UNKNOWN, "step"), (1, BAD, "end")).closed(2)
    assert lost(answer) is None and first_bad(answer) is None


def test_a_step_is_good_by_rollouts_if_any_of_them_was_right_and_unknown_if_none_could_be_sampled() -> None:
    tree = Hand((0, BAD, "step"), (1, BAD, "step"), (2, BAD, "step"), (2, BAD, "end"), dropped=[3]).closed(4)
    rows = [(prefix_key("q", [f"step {i}" for i in steps]), n, right) for steps, n, right in (
        ([1], 4, 1), ([1, 2], 4, 4), ([1, 2, 3], 4, 2),
    )]  # fmt: skip
    table = pd.DataFrame(rows, columns=["key", "rollouts", "right"])
    labels = Labels({}, table.assign(share=table["right"] / table["rollouts"]))
    told = lost(tree, by_rollouts(labels)("q"))
    assert told == (tree.node(3), "dropped", 0)
    assert first_bad(tree, by_rollouts(labels)("q")) is tree.node(4)
    unsampled = Labels({}, labels.table.assign(share=[0.25, None, 0.5]))
    assert lost(tree, by_rollouts(unsampled)("q")) is None
    assert where(tree) == (0, "none drawn", 1)


def test_nothing_is_lost_by_a_search_that_solved_failed_goes_on_or_is_not_graded() -> None:
    nodes: tuple[tuple[int, bool | None, Finish], ...] = (0, GOOD, "step"), (1, GOOD, "end"), (0, UNKNOWN, "end")
    assert lost(Hand(*nodes).tree) is None
    assert lost(Hand(*nodes).closed(2)) is None
    assert lost(Hand(*nodes).closed(3)) is None
    assert lost(Hand((0, BAD, "step")).closed(None, "error")) is None
    assert where(Hand(*nodes[:2]).closed(None)) == (2, "found", 0)


def _chains(node: Node, repeats: set[Node]) -> Iterator[Node]:
    """All nodes whose every step is good, by walking down."""
    yield node
    for child in node.children:
        good = child.correct if child.finished else child.label if child.open else False
        if good and child not in repeats:
            yield from _chains(child, repeats)


@given(st.sampled_from(["beam", "mcts", "best_of_n"]), st.integers(0, 20))
def test_on_grown_trees_it_is_the_deepest_of_all_good_chains(kind: str, seed: int) -> None:
    tree = {"beam": trees.beam, "mcts": trees.mcts, "best_of_n": trees.best_of_n}[kind](seed=seed)
    found, repeats = lost(tree), set(twins(tree))
    if tree.chosen is not None and tree.chosen.correct:
        assert found is None
        return
    chains = list(_chains(tree.root, repeats))
    assert isinstance(found, Lost)
    solutions = [node for node in chains if node.finished]
    assert (found.fate == "found") == bool(solutions)
    if not solutions:
        assert found.node.depth == max(node.depth for node in chains) and found.node in chains
        assert (found.fate == "none drawn") == bool(found.drawn)
