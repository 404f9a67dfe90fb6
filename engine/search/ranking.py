"""How steps are compared and solutions chosen: one rule for ties, gaps, duplicates and failures.

Ties go to the node that was made first. A missing reward ranks below every reward and is never
taken for a number. A solution without an answer is chosen only if no other is left, and never votes.
A step with the words of an earlier sibling is a duplicate: it cost what it cost, and is dropped.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from engine.protocol import Choice, Parameter
from engine.rewards import AGGREGATES, chain_reward
from engine.tree import Node, Tree

AGGREGATE = Parameter(
    default="last", choices=tuple(AGGREGATES), help="how the rewards of a chain's steps become one number"
)


def by_reward(nodes: Sequence[Node], how: str = "last") -> list[Node]:
    """Best first."""
    return sorted(nodes, key=_ranking(how))


def best(nodes: Sequence[Node], how: str = "last") -> Node:
    """The first of `by_reward`; there must be one."""
    return min(nodes, key=_ranking(how))


def _ranking(how: str) -> Callable[[Node], tuple[float, int]]:
    return lambda n: (-_or_lowest(chain_reward(n, how)), n.id)


def _or_lowest(reward: float | None) -> float:
    return float("-inf") if reward is None else reward


def show(reward: float | None) -> str:
    return "no reward" if reward is None else f"{reward:.3f}"


def amount(node: Node, how: str = "last") -> str:
    """The reward of the chain up to a node, in words."""
    reward = chain_reward(node, how)
    return show(reward) if reward is None else f"{word(how)} {show(reward)}"


def word(how: str) -> str:
    """What to call the reward of a chain: it is the last step's unless another is named."""
    return "reward" if how == "last" else f"reward ({how})"


def drop_duplicates(tree: Tree, steps: Sequence[Node]) -> list[Node]:
    """The steps without those that repeat an earlier sibling word for word."""
    first: dict[tuple[int, str], Node] = {}
    repeated: dict[Node, str] = {}
    for node in steps:
        parent = node.parent.id if node.parent else 0
        twin = first.setdefault((parent, node.text), node)
        if twin is not node and node.error is None:
            repeated[node] = f"the same step as node {twin.id}"
    tree.drop(repeated)
    return [n for n in steps if n not in repeated]


def differing(tree: Tree, node: Node, drawn: Sequence[Node]) -> list[Node]:
    """Those of `drawn`, new children of `node`, that repeat no other child; the rest is dropped."""
    siblings = [child for child in node.children if child.mark != "dropped"]
    return [step for step in drop_duplicates(tree, siblings) if step in drawn]


def keep_best(tree: Tree, steps: Sequence[Node], count: int, among: str = "the beam", how: str = "last") -> list[Node]:
    """Keep the `count` best of the steps that can be continued, drop the rest, and say why.

    Steps that end a solution are kept beside them: they need no further search.
    """
    ranked, reward = by_reward(steps, how), word(how)
    worth = {n: show(chain_reward(n, how)) for n in ranked}
    running = [n for n in ranked if n.open]
    kept = running[:count]
    cut = f"the cut of {among} was {worth[kept[-1]]}" if kept else f"none of {among} can go on"
    notes = {n: f"rank {i} of {len(running)} by {reward} {worth[n]}" for i, n in enumerate(running, 1)}
    tree.keep({n: f"{notes[n]}; {len(kept)} kept" for n in kept})
    tree.drop({n: f"{notes[n]}; {cut}" for n in running[count:]})
    mark_ends(tree, ranked, how)
    return kept


def mark_ends(tree: Tree, steps: Sequence[Node], how: str = "last") -> None:
    """Keep the steps that end a solution and drop those that end nothing, with the reason."""
    tree.keep({n: f"ends a solution, with {amount(n, how)}" for n in steps if n.finished})
    tree.drop({n: stopped(n) for n in steps if not n.open and not n.finished})


def stopped(node: Node) -> str:
    """Why a step that ends no solution can't be continued."""
    return f"stopped by {node.finish}: {node.error or 'too long'}"


def best_solution(tree: Tree, how: str = "last") -> Choice:
    """The finished solution with the highest reward."""
    solutions = tree.finished()
    if not solutions:
        return None, "no solution was finished"
    chosen = best(_answered(solutions), how)
    return chosen, f"highest reward ({how}) of {len(solutions)} solutions: {show(chain_reward(chosen, how))}"


def _answered(solutions: Sequence[Node]) -> Sequence[Node]:
    """Those with an answer; all if none has one."""
    return [n for n in solutions if n.answer is not None] or solutions


def majority(tree: Tree, solutions: Sequence[Node] | None = None) -> Choice:
    """The answer that most solutions give (Wang et al. 2022, arXiv:2203.11171); of all, or of `solutions`."""
    return _vote(tree.finished() if solutions is None else solutions, lambda _: 1.0, "votes")


def weighted_majority(tree: Tree, how: str = "last", solutions: Sequence[Node] | None = None) -> Choice:
    """The answer with the highest sum of rewards (Li et al. 2022, arXiv:2206.02336); of all, or of `solutions`."""
    solutions = tree.finished() if solutions is None else solutions
    return _vote(solutions, lambda n: chain_reward(n, how), word(how), how)


def votes(tree: Tree) -> dict[str, int]:
    """How many solutions give each answer, in the order of the first that gives it."""
    return dict(Counter(n.answer for n in tree.finished() if n.answer is not None))


def _vote(solutions: Sequence[Node], weight: Callable[[Node], float | None], unit: str, how: str = "last") -> Choice:
    totals: dict[str, float] = {}
    for n in solutions:
        w = weight(n)
        if n.answer is not None and w is not None:
            totals[n.answer] = totals.get(n.answer, 0.0) + w
    if not totals:
        return (_answered(solutions)[0], "no solution could vote") if solutions else (None, "no solution was finished")
    winner = max(totals, key=lambda a: totals[a])
    supporters = [n for n in solutions if n.answer == winner]
    amount = f"{totals[winner]:.4g} of {sum(totals.values()):.4g} {unit}"
    return best(supporters, how), f"{amount} for this answer, {len(totals)} answers in all"
