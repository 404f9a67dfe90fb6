"""Where a search lost its problem, in words: its last good step, what became of that, and where the answer errs."""

from typing import NamedTuple

from app.canvas import facts
from app.canvas.safe import shown
from app.canvas.swatch import swatch
from app.canvas.why import Rule, why
from app.maths.written import written
from engine.measure.lost import Fate, Lost, first_bad, is_lost, lost
from engine.tree import Node, Tree

FATES: dict[Fate, str] = {
    "found": "A right solution was found, and not chosen",
    "dropped": "The last good step was dropped",
    "none drawn": "After the last good step no good one was drawn",
    "left": "The last good step was never gone on from",
}
"""What a search lost its problem by, in one line; in the order in which they are listed."""


class Way(NamedTuple):
    """Where to look, and what it is called."""

    node: Node
    said: str


def losing(tree: Tree, rule: Rule = Rule()) -> str:  # noqa: B008 - a tuple
    """The section of the inspector; empty where nothing was lost, or nobody can tell where."""
    found, wrong = _places(tree)
    told = [_told(tree, found, rule)] if found else []
    if wrong:
        told.append(f"The answer goes wrong at step {wrong.depth}.{_step(wrong)}")
    lines = "".join(f'<p class="why">{line}</p>' for line in told)
    return f"<h3>Where it was lost</h3>{lines}" if told else ""


def ways(tree: Tree) -> list[Way]:
    """The steps that `losing` speaks of."""
    found, wrong = _places(tree)
    last = "Go to the right solution" if found and found.fate == "found" else "Go to the last good step"
    ways = [Way(found.node, last)] if found and found.node.parent else []
    return [*ways, *([Way(wrong, "Go to where the answer goes wrong")] if wrong else [])]


def _places(tree: Tree) -> tuple[Lost | None, Node | None]:
    """The last good step, and the first bad one of the answer. A file in which nothing was chosen has lost nothing."""
    if not is_lost(tree) or (tree.chosen is None and facts.origin(tree)):
        return None, None
    return lost(tree), first_bad(tree)


def _told(tree: Tree, found: Lost, rule: Rule) -> str:
    node, drawn = found.node, facts.count(found.drawn, "step")
    if node.parent is None:
        return f"No good first step was drawn, of {drawn}." if found.drawn else "Nothing was drawn."
    told = f"{FATES[found.fate]}.{_step(node)}"
    if found.fate == "dropped" and node.reason:
        return f"{told}<small>{shown(why(tree, node, rule).rstrip('. '))}.</small>"
    return f"{told}<small>{drawn} drawn there, none of them good.</small>" if found.fate == "none drawn" else told


def _step(node: Node) -> str:
    text = written(node.text) or "<em>an empty step</em>"
    return f'<span class="where">{swatch(node.reward)}<b>{text}</b></span>'
