"""Planning with Gumbel: each step is chosen by sequential halving among candidates drawn without replacement.

Danihelka et al. 2022, "Policy improvement by planning with Gumbel" (ICLR). The PRM's reward of the chain stands for
the value, and only a step that a simulation visits is scored.
"""

from collections.abc import Generator, Mapping, Sequence
from math import ceil, exp, log, log2
from random import Random

from engine.protocol import Expand, Parameter, Request, Score, Search, Strategy
from engine.rewards import chain_reward
from engine.search.completing import complete
from engine.search.luck import luck
from engine.search.ranking import AGGREGATE, best_solution, by_reward, differing
from engine.search.rollouts import mark_visits
from engine.tree import Node, Tree

REDRAWS = 2
"""Times that candidates which repeat another are drawn again: they are to be drawn without replacement."""
LEAST = 1e-9
"""Probability that is taken to be left, at least, when all candidates were drawn."""


def gumbel(
    tree: Tree, *, n: int = 16, width: int = 8, visit: float = 50, scale: float = 1.0, aggregate: str = "last"
) -> Search:
    """Choose step after step, each by `n` simulations below `width` candidates.

    What was learnt below a step that is chosen is kept for the choice after it. A step of which there is only one
    is taken without simulations. The answer is the best of all solutions that were visited, which need not be the one
    that was planned. If there is none, the most promising step is completed in one pass.
    """
    plan, root = _Plan(tree, width, visit, scale, aggregate), tree.root
    try:
        while root.open:
            best = yield from plan.choose(root, n)
            if best is None:
                break
            root = best
        if not tree.finished():
            yield from complete(tree, by_reward([node for node in tree if node.open], aggregate)[:1], aggregate)
    finally:
        mark_visits(tree)


class _Plan:
    """What a search knows beside its tree: the steps it can choose among, and those with nothing left to visit."""

    def __init__(self, tree: Tree, width: int, visit: float, scale: float, aggregate: str) -> None:
        self.tree, self.width, self.visit, self.scale, self.aggregate = tree, width, visit, scale, aggregate
        self.children: dict[Node, list[Node]] = {}
        self.spent: set[Node] = set()

    def choose(self, root: Node, n: int) -> Generator[Request, list[Node], Node | None]:
        """The child of `root` that wins sequential halving; None if there is none with a reward."""
        for _ in range(1 + REDRAWS):
            if (missing := self.width - len(self.children.get(root, []))) > 0:
                yield from self.draw(root, missing)
        left = list(self.children[root])
        noise = dict(zip(left, perturbed([_log_p(child) for child in left], luck(self.tree)), strict=True))
        phases, used = ceil(log2(max(2, len(left)))), 0
        while len(left) > 1 and used < n:
            each = max(1, n // (phases * len(left)))
            for child in (left * each)[: n - used]:
                yield from self.simulate(child)
                used += 1
            left = self.halve(root, noise, left, ceil(len(left) / 2))
        left = self.halve(root, noise, left, 1)
        if left and not left[0].visits:
            yield from self.simulate(left[0])
        return left[0] if left else None

    def draw(self, node: Node, count: int) -> Search:
        """Sample `count` children of `node`; those that differ from the others are there to choose from."""
        steps = differing(self.tree, node, (yield Expand([node], count)))
        self.children[node] = self.children.get(node, []) + [step for step in steps if step.open or step.finished]

    def simulate(self, node: Node) -> Search:
        """Go down from `node` to a step that wasn't visited yet, have it scored, and back its reward up."""
        while node.visits:
            if node.open and node not in self.children:
                yield from self.draw(node, self.width)
            children = self.children.get(node, [])
            options = [child for child in children if child not in self.spent]
            if not options:
                self.spent.add(node)
                return
            goal = dict(zip(children, self.improved(node), strict=True))
            visits = sum(child.visits for child in children)
            node = max(options, key=lambda child: (goal[child] - child.visits / (1 + visits), -child.id))
        yield Score([node])
        reward = chain_reward(node, self.aggregate)
        if reward is not None:
            self.tree.back_up(node, reward)
        elif node.parent is not None:
            self.children[node.parent].remove(node)
            self.tree.drop({node: "no reward, so nothing to plan with"})

    def improved(self, node: Node) -> list[float]:
        """The improved policy over the children: softmax of log p + sigma(completed Q)."""
        q, sigma = self.completed(node), self.sigma(node)
        return softmax([_log_p(child) + sigma * q[child] for child in self.children[node]])

    def completed(self, node: Node) -> dict[Node, float]:
        """Q of every child; of one without a visit, the value of the node and the Q of the others, mixed."""
        children = self.children[node]
        known = {child: child.value for child in children if child.value is not None}
        mixed = mix(chain_reward(node, self.aggregate), prior(children), [(c.visits, c.value) for c in children])
        return {child: known.get(child, mixed) for child in children}

    def sigma(self, node: Node) -> float:
        """What Q is multiplied by: (c_visit + the most visits of a child) * c_scale."""
        return (self.visit + max((child.visits for child in self.children[node]), default=0)) * self.scale

    def halve(self, root: Node, noise: Mapping[Node, float], left: Sequence[Node], count: int) -> list[Node]:
        """Keep the `count` of `left` with the highest g + log p + sigma(Q), drop the others, and say why."""
        q, sigma = self.completed(root), self.sigma(root)
        worth = {child: noise[child] + sigma * q[child] for child in left if child in q}
        ranked = sorted(worth, key=lambda child: (-worth[child], child.id))
        notes = {
            child: f"rank {i} of {len(ranked)} with g + log p = {noise[child]:.2f} and Q = {q[child]:.3f} of "
            f"{child.visits} visits: {worth[child]:.2f}"
            for i, child in enumerate(ranked, 1)
        }
        self.tree.keep({child: notes[child] for child in ranked[:count]})
        self.tree.drop({child: f"{notes[child]}; the best {count} stayed" for child in ranked[count:]})
        return ranked[:count]


def mix(own: float | None, prior: Sequence[float], visited: Sequence[tuple[int, float | None]]) -> float:
    """v_mix of the paper's appendix D: the value of a node and the mean Q of its visited children.

    `own` may be missing, as the question has no reward: then the children's mean alone; without any, 0 for all.
    """
    known = [(p, visits, q) for p, (visits, q) in zip(prior, visited, strict=True) if q is not None]
    if not known:
        return own or 0.0
    mean = sum(p * q for p, _, q in known) / max(LEAST, sum(p for p, _, _ in known))
    visits = sum(count for _, count, _ in known)
    return mean if own is None else (own + visits * mean) / (1 + visits)


def perturbed(log_p: Sequence[float], random: Random) -> list[float]:
    """g + log p of candidates in the order in which they were drawn, each g a Gumbel variable.

    To draw without replacement is to take the highest of all perturbed probabilities one after the other (Kool et al.
    2019, arXiv:1903.06059): the first is a Gumbel variable at log 1, each later one is one at the log of the
    probability that is left, below the one before.
    """
    out: list[float] = []
    left, most = 1.0, float("inf")
    for lp in log_p:
        place = log(max(LEAST, left))
        most = place - log(exp(place - most) - log(max(LEAST, random.random())))
        out.append(most)
        left -= exp(lp)
    return out


def softmax(logits: Sequence[float]) -> list[float]:
    most = max(logits, default=0.0)
    weights = [exp(x - most) for x in logits]
    return [w / sum(weights) for w in weights]


def prior(children: Sequence[Node]) -> list[float]:
    """The policy's probability of each, among them."""
    return softmax([_log_p(child) for child in children])


def _log_p(node: Node) -> float:
    """The policy's log-probability of a step; equal shares among its siblings if one isn't known."""
    assert node.parent is not None
    unknown = any(child.logprob is None for child in node.parent.children)
    return -log(len(node.parent.children)) if unknown else node.logprob or 0.0


GUMBEL = Strategy(
    name="gumbel",
    summary="Planning where every simulation counts: candidates are halved by noise, prior and value until one is left",
    paper="Danihelka et al. 2022, ICLR: policy improvement by planning with Gumbel",
    search=gumbel,
    choose=best_solution,
    parameters={
        "n": Parameter(default=16, least=1, help="simulations for each step that is chosen"),
        "width": Parameter(
            default=8, least=1, help="candidates for each step; a simulation that gets further draws as many below it"
        ),
        "visit": Parameter(default=50.0, least=0, help="c_visit: Q weighs (c_visit + visits) * c_scale against log p"),
        "scale": Parameter(default=1.0, least=0, help="c_scale; 0 leaves the choice to the policy"),
        "aggregate": AGGREGATE,
    },
)
