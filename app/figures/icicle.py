"""A whole tree in one picture: each step a block below the one it follows, coloured by reward."""

from collections.abc import Sequence
from html import escape
from textwrap import wrap

import plotly.graph_objects as go

from app.canvas.safe import visible
from app.canvas.scale import color, ink, mixed
from app.figures.block_words import told
from app.figures.blocks import MOST, Block, blocks
from app.maths.plain import plain
from engine.repeats import twins
from engine.tree import Node, Tree

ROW, LOW = 40, 22
"""Pixels of a row; and of one where there are more than `DEEP` of them."""
DEEP = 16
LETTERS = 140
"""Letters that fit into the whole width of a wide page."""
LINE = 56
"""Letters in a line of what is said of a block."""
MARGIN = {"l": 66, "r": 4, "t": 4, "b": 20}
"""Pixels around the blocks."""
NO_REWARD = {True: "#5b605a", False: "#d3d0c8"}
"""Of a step without a reward, in the dark theme and in the light one."""
GROUND = {True: "#131714", False: "#fdfcf8"}
"""What the blocks lie on."""


def icicle(
    tree: Tree, *, width: str = "leaves", selected: Node | None = None, dark: bool = False, most: int = MOST
) -> go.Figure:
    """The icicle of `tree` with at most about `most` blocks; `width` is a name of `blocks.WIDTHS`.

    A block's ``customdata`` is the id of its node; of several siblings in one block, of the node they follow.
    """
    drawn = blocks(tree, width, selected, most)
    figure = go.Figure(_bars(tree, drawn, dark))
    depth = max(block.depth for block in drawn) + 1
    lines = "#E9E7E0" if dark else "#22271F"
    by_node = {block.node: block for block in drawn if block.node is not None}
    for node in [tree.root, *(tree.chosen.path() if tree.chosen else [])]:
        if node in by_node and tree.chosen is not None:
            figure.add_shape(_edge(by_node[node], lines, 2))
    if selected in by_node:
        figure.add_shape(_edge(by_node[selected], GROUND[dark], 6.5))
        figure.add_shape(_edge(by_node[selected], "#F0805A" if dark else "#B23A22", 3))
    every = max(1, depth // 12)
    figure.update_layout(
        height=depth * row_height(depth) + MARGIN["t"] + MARGIN["b"], margin=MARGIN, showlegend=False, bargap=0,
        hovermode="closest", hoverlabel={"align": "left"}, uniformtext={"minsize": 10, "mode": "hide"}, dragmode=False,
        clickmode="event+select",
    )  # fmt: skip
    figure.update_xaxes(visible=False, range=[0, 1], fixedrange=True)
    figure.update_yaxes(
        range=[-depth, 0], fixedrange=True, showgrid=False, zeroline=False, ticks="",
        tickvals=[-d - 0.5 for d in range(0, depth, every)],
        ticktext=["Question" if d == 0 else f"step {d}" for d in range(0, depth, every)],
    )  # fmt: skip
    return figure


def row_height(rows: int) -> int:
    """Pixels of each of so many rows."""
    return LOW if rows > DEEP else ROW


def folded(drawn: Sequence[Block]) -> int:
    """How many nodes are in the tree and not in the picture."""
    return sum(block.folded for block in drawn)


def _bars(tree: Tree, drawn: Sequence[Block], dark: bool) -> go.Bar:
    colours = [_colour(block, dark) for block in drawn]
    repeats = {node.id for node in twins(tree)}
    return go.Bar(
        x=[block.left + block.width / 2 for block in drawn],
        width=[block.width for block in drawn],
        y=[1] * len(drawn),
        base=[-block.depth - 1 for block in drawn],
        customdata=[_id(block) for block in drawn],
        marker={
            "color": colours,
            "line": {"color": GROUND[dark], "width": [_gap(block) for block in drawn]},
            "pattern": {"shape": [_pattern(block) for block in drawn], "size": 5, "solidity": 0.15,
                        "fillmode": "overlay", "fgcolor": [ink(colour) for colour in colours]},
        },
        text=[_label(block) for block in drawn],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"color": [ink(colour) for colour in colours], "size": 12},
        hovertext=[_told(tree, block, repeats) for block in drawn],
        hoverinfo="text",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        cliponaxis=False,
    )  # fmt: skip


def _id(block: Block) -> int:
    node = block.node or block.parent
    return 0 if node is None else node.id


def _gap(block: Block) -> float:
    return 1 if block.width > 1 / 300 else 0.3 if block.width > 1 / 900 else 0


def _colour(block: Block, dark: bool) -> str:
    node = block.node
    if node is None or node.parent is None or node.reward is None:
        return NO_REWARD[dark]
    return _faded(color(node.reward), dark) if node.mark == "dropped" else color(node.reward)


def _faded(colour: str, dark: bool) -> str:
    """As the canvas fades what was dropped: nearer to the ground."""
    return mixed(colour, GROUND[dark], 0.5)


def _pattern(block: Block) -> str:
    """Hatched: no reward. Dotted: several steps in one block, or steps below that are folded away."""
    if block.folded:
        return "."
    return "/" if block.node is not None and block.node.parent is not None and block.node.reward is None else ""


def _label(block: Block) -> str:
    room = int(block.width * LETTERS)
    if room < 8:
        return ""
    if block.node is None:
        return f"+ {block.folded:,}"
    text = " ".join(visible(plain(block.node.text[: 4 * LETTERS]) if block.node.parent else "Question").split())
    return escape(text if len(text) <= room else text[: room - 1] + "…", quote=False)


def _told(tree: Tree, block: Block, repeats: set[int]) -> str:
    """Plotly reads some HTML."""
    text, reward, marks, below = told(tree, block, repeats)
    lines = [escape(line, quote=False) for line in wrap(text, LINE)]
    lines += [" · ".join([f"<b>{reward}</b>", *marks])] if reward else []
    return "<br>".join([*lines, *([below] if below else [])])


def _edge(block: Block, colour: str, width: float) -> dict[str, object]:
    return {
        "type": "rect", "x0": block.left, "x1": block.left + block.width, "y0": -block.depth - 1, "y1": -block.depth,
        "line": {"color": colour, "width": width},
    }  # fmt: skip
