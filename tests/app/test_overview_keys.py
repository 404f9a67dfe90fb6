"""The blocks of the overview as the keys walk them: who is below whom, where each lies, and what is said of it."""

from app.figures.blocks import blocks
from app.figures.icicle import icicle
from app.overview_keys import NONE, walk
from engine.tree import Cost, Grown, Problem, Scored, Tree
from tests.app import trees


def test_the_blocks_stand_row_by_row_from_left_to_right_each_below_its_own_parent() -> None:
    tree = trees.beam(missing=0.2)
    told = walk(tree, blocks(tree), None)["blocks"]
    assert [(b["row"], b["left"]) for b in told] == sorted((b["row"], b["left"]) for b in told)
    for block in told[1:]:
        above = told[block["parent"]]
        assert above["node"] == tree.node(block["node"]).parent.id  # type: ignore[union-attr]
        assert (
            above["left"] <= block["left"] and block["left"] + block["width"] <= above["left"] + above["width"] + 1e-9
        )
    assert (told[0]["node"], told[0]["parent"]) == (0, NONE)


def test_the_layer_is_as_high_as_the_plot_and_its_rows() -> None:
    for tree in (trees.beam(), Tree(Problem("p", "q"))):
        found, figure = walk(tree, blocks(tree), None), icicle(tree)
        assert found["height"] == figure.layout.height
        assert found["margin"] == {side: figure.layout.margin[side] for side in "lrtb"}


def test_a_block_says_its_step_its_reward_and_what_became_of_it_as_plain_text() -> None:
    tree = Tree(Problem("p", "What is <b>4</b>?"))
    tree.apply(Grown([0, 0], ["2 + 2\u202e", "So 4."], ["step", "end"], [None] * 2, [None, "4"], [Cost()] * 2))
    tree.apply(Scored([2], [0.75], [None], [Cost()]))
    tree.drop({tree.node(1): "not the best"})
    names = [block["name"] for block in walk(tree, blocks(tree), tree.node(2))["blocks"]]
    assert names == [
        "Question: What is <b>4</b>?",
        "Step: 2 + 2⟨U+202E⟩. no reward, dropped",
        "Step: So 4. reward 0.750",
    ]


def test_several_steps_in_one_block_are_counted_and_lead_to_the_step_they_follow() -> None:
    tree = Tree(Problem("p", "q"))
    tree.apply(Grown([0], ["a"], ["step"], [None], [None], [Cost()]))
    many = 2_000
    tree.apply(Grown([1] * many, ["b"] * many, ["end"] * many, [None] * many, ["4"] * many, [Cost()] * many))
    rest = walk(tree, blocks(tree), None)["blocks"][-1]
    assert (rest["node"], rest["selects"], rest["name"]) == (NONE, 1, "2,000 steps, too narrow to be drawn")
