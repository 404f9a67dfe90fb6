"""The icicle by keyboard and for a screen reader: a layer over the plot that knows where each block lies."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from app.canvas.component import HERE, script
from app.figures.block_words import name
from app.figures.blocks import Block
from app.figures.icicle import MARGIN, row_height
from engine.repeats import twins
from engine.tree import Node, Tree

NONE = -1
"""In place of a node or a block: there is none."""

_mount = st.components.v2.component(
    "arbutus_blocks",
    html=(HERE / "blocks.html").read_text(encoding="utf-8"),
    css=(HERE / "blocks.css").read_text(encoding="utf-8"),
    js=script(("blocks",)),
)


def block_keys(
    tree: Tree, drawn: Sequence[Block], *, key: str, selected: Node | None, picked: Callable[[int], None]
) -> None:
    """Lay the layer over the plot of `drawn` that stands before it in a container; `picked` hears of Enter."""
    _mount(
        key=key, data=walk(tree, drawn, selected), on_picked_change=lambda: picked(int(st.session_state[key].picked))
    )


def walk(tree: Tree, drawn: Sequence[Block], selected: Node | None) -> dict[str, Any]:
    """The blocks row by row, from left to right: where each lies, what is said of it, and what Enter selects."""
    ordered = sorted(drawn, key=lambda block: (block.depth, block.left, block.width))
    place = {block.node.id: i for i, block in enumerate(ordered) if block.node is not None}
    repeats = {node.id for node in twins(tree)}
    rows = ordered[-1].depth + 1
    return {
        "blocks": [_block(tree, block, place, repeats) for block in ordered],
        "rowHeight": row_height(rows),
        "height": rows * row_height(rows) + MARGIN["t"] + MARGIN["b"],
        "margin": MARGIN,
        "selected": NONE if selected is None else selected.id,
        "chosen": NONE if tree.chosen is None else tree.chosen.id,
    }


def _block(tree: Tree, block: Block, place: dict[int, int], repeats: set[int]) -> dict[str, Any]:
    selects = block.node or block.parent or tree.root
    return {
        "node": NONE if block.node is None else block.node.id,
        "parent": NONE if block.parent is None else place[block.parent.id],
        "row": block.depth,
        "left": block.left,
        "width": block.width,
        "name": name(tree, block, repeats),
        "selects": selects.id,
    }
