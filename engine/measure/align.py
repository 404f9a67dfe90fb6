"""Two trees of one question laid over each other by the words of their steps: what both drew, and where they part.

A *prefix* is a beginning of a solution: the words of its steps, from the first. Nodes of one tree that have the same
words behind the same prefix are one step that was drawn several times. Knows nothing of runs and rewards' meaning.

**Where two searches part.** At a prefix that one of them went on from, or ended a solution with, and the other
dropped, left, or never drew, though both went on from the step before. The first of them by depth is where
they part; among equals one that leads to an answer that was chosen, then one that both drew, then the one whose
rewards differ most.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.tree import Node, Tree

Prefix = tuple[str, ...]
Fate = Literal["ended", "kept", "went on", "dropped", "failed", "left", "never drawn"]
"""What a search did with a step: `ended` a solution with it, `kept` it, `went on` from it without a mark, `dropped` it,
`left` it as it was; or it `failed`; or was `never drawn`."""
FOLLOWED: tuple[Fate, ...] = ("ended", "kept", "went on")


@dataclass(frozen=True, slots=True)
class Seen:
    """A prefix in one tree."""

    nodes: tuple[Node, ...] = ()
    """In the order they were made; none if it was never drawn."""

    @property
    def node(self) -> Node | None:
        """The one that stands for them: that which was gone on from, else that which was kept, else the first."""
        return max(self.nodes, key=lambda n: (bool(n.children), n.mark != "dropped", -n.id), default=None)

    @property
    def fate(self) -> Fate:
        return _fate(self.node)

    @property
    def reward(self) -> float | None:
        """Of the first that has one: the same words behind the same prefix are read alike."""
        return next((n.reward for n in self.nodes if n.reward is not None), None)


@dataclass(frozen=True, slots=True)
class Pair:
    """A prefix and what either tree made of it."""

    prefix: Prefix
    a: Seen
    b: Seen

    @property
    def depth(self) -> int:
        return len(self.prefix)

    @property
    def text(self) -> str:
        """The words of its last step; empty for the question."""
        return self.prefix[-1] if self.prefix else ""

    @property
    def shared(self) -> bool:
        return bool(self.a.nodes and self.b.nodes)

    @property
    def differs(self) -> bool:
        """Whether one search followed it and the other did not."""
        return (self.a.fate in FOLLOWED) != (self.b.fate in FOLLOWED)

    @property
    def gap(self) -> float | None:
        """How far the rewards are apart, None unless both are known."""
        return None if self.a.reward is None or self.b.reward is None else abs(self.a.reward - self.b.reward)


@dataclass(frozen=True)
class Alignment:
    """Two trees by their prefixes: shorter ones first, then as the first tree drew them, then as the other did."""

    a: Tree
    b: Tree
    pairs: dict[Prefix, Pair]

    def of(self, node: Node) -> Pair:
        """The pair that a node of either tree belongs to."""
        return self.pairs[tuple(node.steps())]

    @property
    def shared(self) -> list[Pair]:
        """Steps that both drew, the question not counted."""
        return [pair for pair in self.pairs.values() if pair.shared and pair.prefix]

    def partings(self) -> list[Pair]:
        """Every place where the searches part, the first one first."""
        chosen = {p for tree in (self.a, self.b) if tree.chosen for p in beginnings(tree.chosen)}
        found = [pair for pair in self.pairs.values() if pair.prefix and pair.differs and self._both_follow(pair)]
        return sorted(found, key=lambda p: (p.depth, p.prefix not in chosen, not p.shared, -(p.gap or 0.0)))

    def _both_follow(self, pair: Pair) -> bool:
        before = self.pairs[pair.prefix[:-1]]
        return before.shared and not before.differs and before.a.fate in FOLLOWED


def align(a: Tree, b: Tree) -> Alignment:
    """Lay two trees over each other. Which of them is `a` changes nothing but the names."""
    of_a, of_b = prefixes(a), prefixes(b)
    order = sorted({**of_a, **of_b}, key=len)
    return Alignment(a, b, {p: Pair(p, Seen(tuple(of_a.get(p, ()))), Seen(tuple(of_b.get(p, ())))) for p in order})


def prefixes(tree: Tree) -> dict[Prefix, list[Node]]:
    """The nodes of a tree by the words of their path, in the order they were made."""
    words: dict[int, Prefix] = {0: ()}
    found: dict[Prefix, list[Node]] = {(): [tree.root]}
    for node in tree.nodes[1:]:
        assert node.parent is not None
        words[node.id] = (*words[node.parent.id], node.text)
        found.setdefault(words[node.id], []).append(node)
    return found


def beginnings(node: Node) -> Iterator[Prefix]:
    """The prefixes of a node's path, its own the last."""
    steps = node.steps()
    yield from (tuple(steps[: i + 1]) for i in range(len(steps)))


def _fate(node: Node | None) -> Fate:
    if node is None:
        return "never drawn"
    if node.parent is None:
        return "went on" if node.children else "left"
    if node.mark == "kept":
        return "ended" if node.finished else "kept"
    if node.children:
        return "went on"
    if node.mark == "dropped":
        return "dropped"
    if node.finished:
        return "ended"
    return "left" if node.open else "failed"
