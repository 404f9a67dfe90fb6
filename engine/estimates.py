"""How hard a problem looks, from a few samples or from how it was made. Nobody looks at the answer key.

Predicted difficulty: Snell et al. 2024 (arXiv:2408.03314, section 3.2), who average the reward model's word on
samples of the policy. Agreement is the same without a reward model: samples of an easy problem say the same.
"""

from collections import Counter
from collections.abc import Sequence

from engine.rewards import chain_reward
from engine.tree import Cost, Node, Tree

SAMPLED = ("reward", "agreement")
"""What a few samples tell, both in [0, 1] and high for an easy problem. Anything else is a word of `Problem.meta`."""


def first_samples(tree: Tree, samples: int) -> list[Node]:
    """The last nodes of the first `samples` solutions drawn from the root, as many as there are."""
    return [_end(node) for node in tree.root.children[:samples]]


def _end(node: Node) -> Node:
    """Of a solution drawn in one pass: whatever a search added to it later, its own next step came first."""
    while node.children:
        node = node.children[0]
    return node


def estimate(tree: Tree, by: str, samples: int, how: str = "last") -> float | None:
    """How easy the problem of `tree` looks by ``reward`` or ``agreement``, or what its `meta` says under `by`.

    ``reward``: the mean over its first `samples` of their rewards; one that is missing is left out, and a sample that
    answers nothing counts 0, since it solves nothing. ``agreement``: the share of the commonest answer. None if
    there are fewer samples, if no reward is known, or if the problem's meta has no number there.
    """
    if by not in SAMPLED:
        value = tree.problem.meta.get(by)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    ends = first_samples(tree, samples)
    if len(ends) < samples:
        return None
    if by == "agreement":
        votes = Counter(end.answer for end in ends if end.finished and end.answer is not None)
        return max(votes.values(), default=0) / samples
    rewards = [chain_reward(end, how) if end.finished and end.answer is not None else 0.0 for end in ends]
    known = [reward for reward in rewards if reward is not None]
    return sum(known) / len(known) if known else None


def cost_of(ends: Sequence[Node], by: str) -> Cost:
    """What samples cost; of their rewards only if the estimate is made of them."""
    spent = Cost()
    for node in {node: None for end in ends for node in end.path()}:
        own = node.cost
        spent = spent.plus(own if by == "reward" else own._replace(prm_tokens=0, prm_flops=0.0))
    return spent
