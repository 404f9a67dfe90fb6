"""Where a search lost its problem, as the page says it."""

from app.canvas.inspector import invitation
from app.canvas.losing import losing, ways
from tests.measure.by_hand import BAD, GOOD, UNKNOWN, Hand


def test_a_good_step_that_was_dropped_is_told_with_its_reward_and_the_numbers_of_the_cut() -> None:
    tree = Hand((0, GOOD, "step"), (0, BAD, "step"), (2, BAD, "end"), dropped=[1]).closed(3)
    said = losing(tree)
    assert "The last good step was dropped." in said and "0.99</span><b>step 1</b>" in said and "rank 2 of 2" in said
    assert "The answer goes wrong at step 1." in said and "<b>step 2</b>" in said
    assert [(way.node.id, way.said) for way in ways(tree)] == [
        (1, "Go to the last good step"), (2, "Go to where the answer goes wrong"),
    ]  # fmt: skip
    assert said in invitation(tree)


def test_a_right_solution_that_was_not_chosen_is_the_first_to_be_told() -> None:
    tree = Hand((0, GOOD, "end"), (0, BAD, "end")).closed(2)
    assert "A right solution was found, and not chosen." in losing(tree)
    assert ways(tree)[0] == (tree.node(1), "Go to the right solution")


def test_of_a_question_without_a_good_first_step_there_is_no_good_step_to_go_to() -> None:
    tree = Hand((0, BAD, "step"), (1, BAD, "end")).closed(2)
    assert "No good first step was drawn, of 1 step." in losing(tree)
    assert [way.node.id for way in ways(tree)] == [1]


def test_how_many_steps_were_drawn_in_vain_is_told() -> None:
    tree = Hand((0, GOOD, "step"), (1, BAD, "step"), (1, BAD, "end")).closed(3)
    assert "After the last good step no good one was drawn." in losing(tree)
    assert "2 steps drawn there, none of them good." in losing(tree)


def test_nothing_is_said_where_nothing_was_lost_or_nobody_can_tell() -> None:
    solved, untold = Hand((0, GOOD, "end")).closed(1), Hand((0, UNKNOWN, "step"), (1, BAD, "end")).closed(2)
    by_luck = Hand((0, BAD, "step"), (1, GOOD, "end")).closed(2)
    failed = Hand((0, BAD, "step"), (1, BAD, "end")).closed(2, "error")
    imported = Hand((0, GOOD, "end"), imported="a file").closed(None)
    for tree in (solved, untold, by_luck, failed, imported, Hand((0, GOOD, "step")).tree):
        assert losing(tree) == "" and ways(tree) == [] and "Where it was lost" not in invitation(tree)
