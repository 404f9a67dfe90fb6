"""The last choice a tree search made between a step and its siblings, term by term, as the log's visits tell it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from engine.rewards import AGGREGATES, chain_reward
from engine.search.mcts import candidates, prior, puct
from engine.search.uct import ucb1
from engine.tree import Grown, Node, Tree, Visited


def selection(tree: Tree, node: Node, strategy: str, parameters: Mapping[str, float | str]) -> str:
    """What PUCT (`mcts`) or UCB1 (`uct`) gave `node`, and the best of the others, when one was last selected.

    Empty for other strategies, without the constant `c`, and where the log shows no such choice.
    """
    c, how = parameters.get("c"), str(parameters.get("aggregate", "last"))
    if strategy not in ("mcts", "uct") or isinstance(c, str | None) or how not in AGGREGATES or node.parent is None:
        return ""
    found = family(tree, node, rollouts=strategy == "uct")
    if found is None:
        return ""
    here, taken, visit = found
    options = candidates(_parent(here)) if strategy == "mcts" else [n for n in _parent(here).children if n.visits]
    if here not in options or taken not in options:
        return ""
    by_puct = strategy == "mcts"
    score: Callable[[Node], float] = partial(puct, c=c, aggregate=how) if by_puct else partial(ucb1, c=c)
    words: Callable[[Node], str] = partial(_puct_words, c=c, how=how) if by_puct else partial(_ucb_words, c=c)
    if score(here) > score(taken):
        return ""  # it was no option then: nothing below it was left to visit, which the log doesn't say
    lost = [n for n in options if n is not taken and score(n) <= score(taken)]
    if here is not taken:
        return f"in visit {visit} node {taken.id} was selected, with {words(taken)}; it had {words(here)}"
    other = max(lost, key=score, default=None)
    beside = f", node {other.id} had {words(other)}" if other else ""
    return f"last selected in visit {visit}, with {words(here)}{beside}"


def family(tree: Tree, node: Node, rollouts: bool) -> tuple[Node, Node, int] | None:
    """`node`, the sibling (or itself) that was selected, both as they were at that moment, and which visit it was.

    The moment is the last visit of `node`; of one never visited, the last that went from its parent to a sibling.
    With `rollouts` a visit goes on below where its rollout started, and nothing was selected there.
    """
    parent = node.parent
    assert parent is not None
    size, visit, start, found = 1, 0, 0, None
    seen: Counter[int] = Counter()
    sums: defaultdict[int, float] = defaultdict(float)
    for event in tree.events:
        if isinstance(event, Grown) and event.parent:
            size, start = size + len(event.parent), event.parent[0]
        if not isinstance(event, Visited):
            continue
        visit += 1
        through = event.path[parent.depth : parent.depth + 2]
        if through[:1] != [parent.id]:
            continue
        chosen = through[1] if len(through) > 1 and (not rollouts or parent.depth < tree.node(start).depth) else None
        if chosen is not None and size > node.id and (chosen == node.id or not node.visits):
            found = (dict(seen), dict(sums), chosen, visit, size)
        for i in through:
            seen[i] += 1
            sums[i] += event.value
    if found is None:
        return None
    before, values, taken, at, known = found
    then = _as_it_was(parent, before, values, known)
    by_id = {child.id: child for child in then.children}
    return (by_id[node.id], by_id[taken], at) if taken in by_id else None


def _as_it_was(parent: Node, visits: Mapping[int, int], sums: Mapping[int, float], size: int) -> Node:
    """A copy of `parent` and the children it had when the tree had `size` nodes. Only repeats were dropped then."""
    children: list[Node] = []
    then = replace(parent, visits=visits.get(parent.id, 0), children=children)
    for child in parent.children:
        if child.id < size:
            dropped = child.mark if child.reason.startswith("the same step as") else None
            figures = {"visits": visits.get(child.id, 0), "value_sum": sums.get(child.id, 0.0)}
            children.append(replace(child, parent=then, mark=dropped, **figures))  # type: ignore[arg-type]
    return then


def _parent(node: Node) -> Node:
    assert node.parent is not None
    return node.parent


def _puct_words(node: Node, c: float, how: str) -> str:
    q = chain_reward(node, how) if node.value is None else node.value
    total = puct(node, c, how)
    assert q is not None
    said = f"Q {q:.3f} + U {total - q:.3f} = {total:.3f}"
    return f"{said} (prior {prior(node):.3f}, {node.visits} visit{'' if node.visits == 1 else 's'})"


def _ucb_words(node: Node, c: float) -> str:
    assert node.value is not None
    total, times = ucb1(node, c), "visit" if node.visits == 1 else "visits"
    return f"mean {node.value:.3f} + {total - node.value:.3f} = {total:.3f} ({node.visits} {times})"
