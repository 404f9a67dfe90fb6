"""The icicle figure: a block a node, coloured by reward, with nothing of the log read as markup."""

import math

from app.canvas.scale import color, contrast
from app.figures.icicle import NO_REWARD, icicle
from engine.tree import Closed, Cost, Grown, Problem, Scored, Tree
from tests.app import trees


def small(text: str = "one") -> Tree:
    tree = Tree(Problem("p", "q <b>"))
    tree.apply(Grown([0, 0], [text, "two"], ["step", "end"], [None] * 2, [None, "2"], [Cost(5), Cost(7)]))
    tree.apply(Scored([2], [0.75], [None], [Cost()]))
    tree.drop({tree.node(2): "not the best"})
    tree.apply(Closed(2, "the only one", "done", {2: True}, {}))
    return tree


def test_each_node_is_a_bar_that_knows_its_node_and_has_the_colour_of_its_reward() -> None:
    tree = trees.beam()
    bars = icicle(tree).data[0]
    assert set(bars.customdata) == {n.id for n in tree}
    colours = dict(zip(bars.customdata, bars.marker.color, strict=True))
    for node in tree.nodes[1:]:
        if node.reward is not None and node.mark != "dropped":
            assert colours[node.id] == color(node.reward)


def test_a_missing_reward_is_hatched_and_said_and_no_colour_of_the_scale() -> None:
    bars = icicle(small()).data[0]
    at = list(bars.customdata).index(1)
    assert bars.marker.pattern.shape[at] == "/" and bars.marker.color[at] == NO_REWARD[False]
    assert "no reward" in bars.hovertext[at]


def test_what_is_said_of_a_block_is_its_text_reward_and_marks_and_no_markup_of_the_log() -> None:
    bars = icicle(small('<img src=x> <a href="javascript:1">x</a> \u202e' + "y" * 1_000_000)).data[0]
    told = dict(zip(bars.customdata, bars.hovertext, strict=True))
    assert told[2].endswith("<b>reward 0.750</b> · dropped · chosen · ✓ correct")
    assert "<img" not in told[1] and "<a " not in told[1] and "⟨U+202E⟩" in told[1] and len(told[1]) < 1_000
    assert all("<" not in label and len(label) < 200 for label in bars.text)
    assert told[0] == "q &lt;b&gt;"


def test_labels_can_be_read_on_every_block_in_both_themes() -> None:
    for dark in (False, True):
        bars = icicle(trees.beam(missing=0.2), dark=dark).data[0]
        for text, ground in zip(bars.textfont.color, bars.marker.color, strict=True):
            assert contrast(text, ground) >= 4.5


def test_the_chosen_path_and_the_selected_block_are_framed_where_they_lie() -> None:
    tree = small()
    shapes = icicle(tree, selected=tree.node(1)).layout.shapes
    assert [(s.x0, s.x1, s.y0) for s in shapes] == [(0, 1, -1), (0.5, 1, -2), (0, 0.5, -2), (0, 0.5, -2)]


def test_of_a_large_tree_the_figure_is_bounded_and_says_what_is_folded() -> None:
    figure = icicle(trees.big(20_000), most=300)
    bars = figure.data[0]
    assert len(bars.x) <= 300 and any("folded away" in told for told in bars.hovertext)
    assert all(math.isfinite(x) for x in bars.x)


def test_an_empty_tree_is_its_question() -> None:
    assert list(icicle(Tree(Problem("p", "q"))).data[0].customdata) == [0]
