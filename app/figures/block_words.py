"""What is said of a block of the icicle, in plain words: where it is hovered over, and to a screen reader."""

from typing import NamedTuple

from app.canvas.safe import visible
from app.figures.blocks import Block
from app.maths.plain import plain
from engine.tree import Node, Tree

LONGEST = 280
"""Letters of a step in what is said of a block."""


class Told(NamedTuple):
    """The step, its reward, what became of it, and what is folded into the block; each may be empty."""

    text: str = ""
    reward: str = ""
    marks: tuple[str, ...] = ()
    folded: str = ""


def told(tree: Tree, block: Block, repeats: set[int]) -> Told:
    """What is said of `block`; `repeats`: ids of nodes that only repeat a sibling."""
    below = f"{block.folded:,} step{'s' if block.folded != 1 else ''}"
    node = block.node
    if node is None:
        return Told(folded=f"{below}, too narrow to be drawn")
    words = visible(" ".join(plain((node.text if node.parent else tree.problem.question)[: 4 * LONGEST]).split()))
    text = words if len(words) <= LONGEST else words[:LONGEST] + "…"
    folded = f"{below} below folded away" if block.folded else ""
    if node.parent is None:
        return Told(text, folded=folded)
    reward = "no reward" if node.reward is None else f"reward {node.reward:.3f}"
    return Told(text, reward, tuple(_marks(tree, node, node.id in repeats)), folded)


def name(tree: Tree, block: Block, repeats: set[int]) -> str:
    """`told` as one name."""
    text, reward, marks, folded = told(tree, block, repeats)
    kind = "" if block.node is None else "Step: " if block.node.parent else "Question: "
    facts = ", ".join(filter(None, [reward, *marks, folded]))
    stop = "" if not text else " " if text.endswith((".", "!", "?", "…")) else ". "
    return f"{kind}{text}" + (f"{stop}{facts}" if facts else "")


def _marks(tree: Tree, node: Node, repeat: bool) -> list[str]:
    verdict = {True: "✓ correct", False: "✗ wrong", None: ""}[node.correct]
    failed = "failed" if node.finish in ("error", "length") else ""
    again = "a repeat" if repeat else ""
    return [word for word in (again, node.mark or "", failed, "chosen" if node is tree.chosen else "", verdict) if word]
