"""What the colours of a tree may tell: by name and in words, and which of them a tree has data for.

The values themselves are worked out in the browser (`js/colours.js`), at the moment of the search that is looked at.
"""

from engine.tree import Node, Tree

COLOURS = {
    "reward": "Step reward",
    "min": "Lowest reward so far",
    "prod": "Product of rewards so far",
    "mean": "Mean reward so far",
    "value": "Mean value Q",
    "visits": "Visits N",
    "label": "True label",
    "logprob": "Log-probability",
    "tokens": "Tokens spent",
    "order": "Order of the search",
}
"""In this order they are offered; the first that a tree has is shown where it hasn't got what is asked for."""


def offered(tree: Tree) -> list[str]:
    """The names of the colours that `tree` has data for. A tree that still grows may get rewards yet."""
    return [name for name in COLOURS if _has(tree, name)]


def _has(tree: Tree, name: str) -> bool:
    steps = tree.nodes[1:]
    match name:
        case "reward":
            return tree.closed is None or any(n.reward is not None for n in steps)
        case "min" | "prod" | "mean":
            return any(n.reward is not None and _follows_a_rewarded(n) for n in steps)
        case "value" | "visits":
            return tree.root.visits > 0
        case "label":
            return any(n.label is not None for n in steps)
        case "logprob":
            return any(n.logprob is not None for n in steps)
        case "tokens":
            return any(n.cost.tokens for n in steps)
    return bool(steps)


def _follows_a_rewarded(node: Node) -> bool:
    return node.parent is not None and node.parent.reward is not None
