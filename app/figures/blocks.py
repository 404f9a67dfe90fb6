"""A tree as blocks: where each node lies in an icicle, and what of a large tree is folded away. Pure arithmetic."""

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from engine.tree import Node, Tree

MOST = 1_500
"""Blocks drawn at most."""
LEAST = 1 / 1_500
"""The narrowest block, as a share of the whole width; narrower siblings are put together."""
WIDTHS = {"leaves": "Leaves", "tokens": "Tokens spent"}
"""What the width of a block may tell, by name and in words."""


class Block(NamedTuple):
    """A node, or several siblings too narrow to be drawn, from `left` to `left + width` of a whole of 1."""

    node: Node | None
    """None for several siblings."""
    parent: Node | None
    depth: int
    left: float
    width: float
    folded: int
    """Nodes below that aren't drawn; of several siblings they and all below them."""


def weights(tree: Tree, width: str = "leaves") -> list[int]:
    """For each node the leaves below it (itself, if it is one), or the tokens of both models for it and all below."""
    total = [(node.cost.tokens if width == "tokens" else int(not node.children)) for node in tree]
    for node in reversed(tree.nodes):
        if node.parent is not None:
            total[node.parent.id] += total[node.id]
    return total


def blocks(tree: Tree, width: str = "leaves", shown: Node | None = None, most: int = MOST) -> list[Block]:
    """The blocks of `tree`: the widest subtrees are opened first, until there are `most`; `shown` is always there.

    Children share the width of their parent by their weights. With tokens a gap is left: what the parent took itself.
    A tree without any tokens has no widths of that kind: then, and for an empty tree, there is the root alone.
    """
    weight, sizes = weights(tree, width), _sizes(tree)
    whole = weight[0] or 1
    path = {node.id for node in shown.path()[:-1]} | {0} if shown is not None and shown.parent else set[int]()
    found = {0: Block(tree.root, None, 0, 0.0, 1.0, 0)}
    rests: list[Block] = []
    waiting = [(0, 0, 0)]
    opened: set[int] = set()
    while waiting:
        _, _, at = heapq.heappop(waiting)
        block, node = found[at], tree.node(at)
        wide, narrow = _split(node, weight, whole, shown, path)
        if not node.children or (len(found) + len(rests) + len(wide) + bool(narrow) > most and at not in path):
            continue
        opened.add(at)
        left = block.left
        for child in wide:
            share = block.width * weight[child.id] / (weight[at] or 1)
            found[child.id] = Block(child, node, child.depth, left, share, 0)
            left += share
            heapq.heappush(waiting, (0 if child.id in path else 1, -weight[child.id], child.id))
        if narrow:
            share = block.width * sum(weight[c.id] for c in narrow) / (weight[at] or 1)
            rests.append(Block(None, node, node.depth + 1, left, share, sum(sizes[c.id] for c in narrow)))
    drawn = [b if i in opened else b._replace(folded=sizes[i] - 1) for i, b in found.items()]
    return drawn + rests


def _split(
    node: Node, weight: Sequence[int], whole: int, shown: Node | None, path: set[int]
) -> tuple[list[Node], list[Node]]:
    """The children that are drawn, and those too narrow for it (never a single one of some width)."""

    def is_wide(child: Node) -> bool:
        return weight[child.id] / whole >= LEAST or child is shown or child.id in path

    wide = [child for child in node.children if is_wide(child)]
    return wide, [child for child in node.children if not is_wide(child)]


def _sizes(tree: Tree) -> list[int]:
    """For each node how many nodes there are in its subtree, itself among them."""
    total = [1] * len(tree)
    for node in reversed(tree.nodes):
        if node.parent is not None:
            total[node.parent.id] += total[node.id]
    return total


def has_tokens(tree: Tree) -> bool:
    return any(node.cost.tokens for node in tree)
