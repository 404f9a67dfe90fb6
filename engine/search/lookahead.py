"""Lookahead search: a beam whose steps are valued by where a greedy rollout leads (Snell et al. 2024).

arXiv:2408.03314, section 5.2. With a perfect PRM the present step would do; with a real one the reward a few
steps later is often the surer one, and costs those steps.
"""

from collections.abc import Generator, Mapping, Sequence

from engine.protocol import Expand, Parameter, Request, Score, Search, Strategy
from engine.rewards import chain_reward
from engine.search.beam import share
from engine.search.ranking import AGGREGATE, amount, best_solution, by_reward, drop_duplicates, mark_ends, show, word
from engine.tree import Node, Tree


def lookahead(tree: Tree, *, n: int = 16, width: int = 4, ahead: int = 2, aggregate: str = "last") -> Search:
    """Draw `n` candidate steps in all, roll each out `ahead` steps at temperature 0, keep the best ``n / width``.

    A candidate is worth the reward at the end of its rollout. The rollouts stay in the tree, marked as such and
    paid for, so a round costs up to ``n * (1 + ahead)`` steps. The search never goes on from them; but a
    rollout that ends a solution has found one. 0 steps ahead is beam search.
    """
    beam = [tree.root]
    while beam:
        steps = drop_duplicates(tree, (yield Expand(beam, share(n, len(beam)))))
        ends = yield from roll_out(steps, ahead)
        yield Score(list(ends.values()))
        mark_rollouts(tree, ends, aggregate)
        beam = keep_best(tree, ends, max(1, n // width), aggregate)


def roll_out(steps: Sequence[Node], ahead: int) -> Generator[Request, list[Node], dict[Node, Node]]:
    """Where each of `steps` is after up to `ahead` more steps at temperature 0; itself if it can't go on."""
    ends = {step: step for step in steps}
    for _ in range(ahead):
        running = [end for end in ends.values() if end.open]
        if not running:
            break
        after = {node.parent: node for node in (yield Expand(running, 1, temperature=0.0))}
        ends = {step: after.get(end, end) for step, end in ends.items()}
    return ends


def mark_rollouts(tree: Tree, ends: Mapping[Node, Node], how: str) -> None:
    """Say of every step of a rollout that it is one. It is dropped, unless it leads to a solution."""
    for step, end in ends.items():
        rolled = end.path()[step.depth :]
        mark, whither = (tree.keep, ", to a solution") if end.finished else (tree.drop, "")
        told = f"of {len(rolled)}{whither} with {amount(end, how)}"
        mark({node: f"rollout from node {step.id}, step {i} {told}" for i, node in enumerate(rolled, 1)})


def keep_best(tree: Tree, ends: Mapping[Node, Node], count: int, how: str) -> list[Node]:
    """Keep the `count` steps whose rollouts end best and drop the others, with the reason."""
    mark_ends(tree, list(ends), how)
    start = {end: step for step, end in ends.items()}
    ranked = [start[end] for end in by_reward(list(start), how) if start[end].open]
    worth = {step: f"{show(chain_reward(ends[step], how))}, {ends[step].depth - step.depth} ahead" for step in ranked}
    notes = {step: f"rank {i} of {len(ranked)} by {word(how)} {worth[step]}" for i, step in enumerate(ranked, 1)}
    kept = ranked[:count]
    tree.keep({step: f"{notes[step]}; {len(kept)} kept" for step in kept})
    tree.drop({step: f"{notes[step]}; the cut of the beam was {worth[kept[-1]]}" for step in ranked[count:]})
    return kept


LOOKAHEAD = Strategy(
    name="lookahead",
    summary="A beam that looks ahead: each candidate step is worth the reward a few greedy steps later",
    paper="Snell et al. 2024, arXiv:2408.03314",
    search=lookahead,
    choose=best_solution,
    parameters={
        "n": Parameter(default=16, least=1, help="candidate steps a round, over the whole beam"),
        "width": Parameter(default=4, least=1, help="candidates for each kept step; n / width steps are kept"),
        "ahead": Parameter(default=2, least=0, help="greedy steps that are looked ahead; 0 is beam search"),
        "aggregate": AGGREGATE,
    },
)
