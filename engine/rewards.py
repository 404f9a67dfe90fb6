"""From the rewards of a chain's steps to one number.

A reward that is missing is never taken for a number: where it counts, the number is missing too.
"""

from collections.abc import Callable, Sequence
from math import prod

from engine.tree import Node

AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "last": lambda rewards: rewards[-1],
    "min": min,
    "prod": prod,
    "mean": lambda rewards: sum(rewards) / len(rewards),
}
"""How the rewards of a chain's steps become one number (Lightman et al. 2023; Snell et al. 2024)."""


def aggregate(rewards: Sequence[float | None], how: str = "last") -> float | None:
    """The reward of a chain of steps; None if the reward of any step that counts is missing."""
    counting = rewards[-1:] if how == "last" else rewards
    known = [r for r in counting if r is not None]
    return AGGREGATES[how](known) if known and len(known) == len(counting) else None


def chain_reward(node: Node, how: str = "last") -> float | None:
    """The reward of the chain up to `node`; None if the reward of any step that counts is missing."""
    return node.reward if how == "last" else aggregate([n.reward for n in node.path()], how)
