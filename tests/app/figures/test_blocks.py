"""Where the nodes of a tree lie in an icicle, against what an icicle is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.figures.blocks import LEAST, blocks, has_tokens, weights
from engine.tree import Cost, Grown, Node, Problem, Tree
from tests.app import trees


def tree_of(parents: list[int], tokens: list[int]) -> Tree:
    tree = Tree(Problem("p", "q"))
    for parent, spent in zip(parents, tokens, strict=False):
        at = min(parent, len(tree) - 1)
        tree.apply(Grown([at], ["s"], ["step"], [None], [None], [Cost(policy_tokens=spent)]))
    return tree


random_trees = st.builds(
    tree_of, st.lists(st.integers(0, 40), max_size=40), st.lists(st.integers(0, 9), min_size=40, max_size=40)
)


def leaves(node: Node) -> int:
    return sum(map(leaves, node.children)) if node.children else 1


def tokens(node: Node) -> int:
    return node.cost.tokens + sum(map(tokens, node.children))


@given(random_trees)
def test_a_weight_is_what_is_below_a_node_and_itself(tree: Tree) -> None:
    assert weights(tree) == [leaves(node) for node in tree]
    assert weights(tree, "tokens") == [tokens(node) for node in tree]


@given(random_trees, st.sampled_from(["leaves", "tokens"]), st.integers(1, 50), st.integers(0, 99))
def test_children_lie_below_their_parent_side_by_side_and_every_node_is_drawn_or_counted(
    tree: Tree, width: str, most: int, at: int
) -> None:
    shown = tree.node(at % len(tree))
    drawn = blocks(tree, width, shown, most)
    by_node = {block.node: block for block in drawn if block.node is not None}
    assert shown in by_node
    assert sum(block.folded for block in drawn) + len(by_node) == len(tree)
    for block in drawn:
        if block.parent is not None:
            above = by_node[block.parent]
            assert block.depth == above.depth + 1
            assert above.left - 1e-9 <= block.left and block.left + block.width <= above.left + above.width + 1e-9
    ends: dict[int, float] = {}
    for block in sorted(drawn, key=lambda b: (b.depth, b.left, b.width)):
        assert block.left >= ends.get(block.depth, 0.0) - 1e-9
        ends[block.depth] = max(ends.get(block.depth, 0.0), block.left + block.width)


@pytest.mark.parametrize("width", ["leaves", "tokens"])
def test_without_folding_a_width_is_the_weight_of_a_node(width: str) -> None:
    tree = trees.beam()
    weight = weights(tree, width)
    drawn = blocks(tree, width)
    assert len(drawn) == len(tree) and not any(block.folded for block in drawn)
    for block in drawn:
        assert block.node is not None and block.width == pytest.approx(weight[block.node.id] / weight[0])


def test_a_large_tree_has_a_bounded_number_of_blocks_the_widest_and_the_one_that_is_selected() -> None:
    tree = trees.big(30_000)
    shown = tree.nodes[-1]
    drawn = blocks(tree, "leaves", shown, most=500)
    assert len(drawn) <= 500 + sum(len(node.children) for node in shown.path())
    assert shown in [block.node for block in drawn]
    assert sum(block.folded for block in drawn) + sum(block.node is not None for block in drawn) == len(tree)


def test_siblings_too_narrow_to_be_drawn_are_one_block() -> None:
    count = int(2 / LEAST)
    tree = tree_of([0] * count, [1] * count)
    drawn = blocks(tree)
    assert [(block.node is None, block.folded) for block in drawn[1:]] == [(True, count)]
    assert len(blocks(tree, "leaves", tree.node(7))) == 3


def test_a_tree_without_tokens_has_no_widths_of_that_kind() -> None:
    assert not has_tokens(tree_of([0, 0], [0, 0])) and has_tokens(tree_of([0], [1]))
    assert all(block.width in (0.0, 1.0) for block in blocks(tree_of([0, 0], [0, 0]), "tokens"))
