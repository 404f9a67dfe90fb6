"""Which decisions of a beam would have been otherwise with other rewards: its cut, made again round by round.

A round is what a beam decided at once: the open steps that it kept, and those that it dropped right after. With the
rewards that the tree has now the same steps are ranked again and as many kept. Each round is judged by itself: what
the other choice would have led to was never searched.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.rewards import chain_reward
from engine.runs import RunInfo
from engine.tree import Mark, Marked, Node, Tree

CUTS = ("beam", "beam-vote", "dvts")
"""Strategies that decide by the rewards of the steps themselves, so many kept a round."""
FORMATS = ("tree-of-thoughts",)
"""Formats of imported files whose search does so."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A step that would have been decided otherwise."""

    node: Node
    was: Mark
    would: Mark
    rank: int
    of: int
    cut: float | None
    """The reward of the last one kept now; None if that has none."""


def has_cut(info: RunInfo) -> bool:
    """Whether a run's search decided by a cut that can be made again."""
    return info.strategy in CUTS or info.source.get("format") in FORMATS


def otherwise(tree: Tree, how: str = "last") -> list[Decision]:
    """The steps whose mark would change, in the order they were decided. `how`: which reward of a path counts."""
    return [decision for kept, dropped in rounds(tree) for decision in _again(kept, dropped, how)]


def rounds(tree: Tree) -> Iterator[tuple[list[Node], list[Node]]]:
    """What was kept and what was dropped, a round at a time."""
    kept: list[Node] = []
    for event in tree.events:
        nodes = [tree.node(i) for i in event.node] if isinstance(event, Marked) else []
        running = bool(nodes) and all(n.open for n in nodes)
        if running and isinstance(event, Marked) and set(event.mark) == {"kept"}:
            if kept:
                yield kept, []
            kept = nodes
        elif kept:
            cut = running and isinstance(event, Marked) and set(event.mark) == {"dropped"}
            yield kept, nodes if cut else []
            kept = []
    if kept:
        yield kept, []


def _again(kept: list[Node], dropped: list[Node], how: str) -> Iterator[Decision]:
    rewards = {n: chain_reward(n, how) for n in (*kept, *dropped)}
    ranked = sorted(rewards, key=lambda n: (float("inf") if rewards[n] is None else -(rewards[n] or 0.0), n.id))
    cut = rewards[ranked[len(kept) - 1]]
    for rank, node in enumerate(ranked, 1):
        was: Mark = "kept" if node in kept else "dropped"
        would: Mark = "kept" if rank <= len(kept) else "dropped"
        if was != would:
            yield Decision(node, was, would, rank, len(ranked), cut)
