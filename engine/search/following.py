"""What a search would have answered after each batch, followed along its log instead of asked anew each time.

A rule of choice looks at every solution there is. Asked at each moment of a long search it looks at the same ones
again and again, which is a square of work. Here only those are looked at whose rewards or marks have changed.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from math import isfinite
from typing import Any

from engine.protocol import Choice
from engine.rewards import aggregate
from engine.search.beam_vote import vote_of_the_beam
from engine.search.leading import ByVote, ByWorth
from engine.search.mixture import best_mixed, worth_of
from engine.search.ranking import best_solution, majority, weighted_majority
from engine.tree import Closed, Event, Grown, Marked, Node, Scored, Tree

Rewards = Sequence[float | None]


class Following:
    """A rule of choice beside a closed tree whose events are seen one by one."""

    def __init__(
        self,
        leading: ByWorth | ByVote,
        worth: Callable[[Rewards], float | None],
        *,
        weight: Callable[[Rewards], float | None] | None = None,
        deep: bool = True,
        marks: bool = False,
    ) -> None:
        """`worth` and `weight` are those of a chain, by the rewards of its steps. Without `deep` its last step alone
        counts. With `marks` a solution that was dropped doesn't."""
        self.leading, self.worth, self.weight, self.deep, self.marks = leading, worth, weight, deep, marks

    def follow(self, tree: Tree) -> Iterator[tuple[int, int | None]]:
        """Event of each batch, and the id of the node that would have been chosen after it; None for none."""
        self._nodes, self._made, self._dropped = tree.nodes, 1, set[int]()
        self._rewards: list[float | None] = [None] * len(tree.nodes)
        batch = 1
        for i, (event, following) in enumerate(pairwise(tree.events[1:]), start=1):
            for node in self._changed(event):
                self._put(node)
            batch = i if isinstance(event, Grown | Scored) else batch
            if isinstance(following, Grown | Scored | Closed):
                yield batch, self.leading.first

    def _changed(self, event: Event) -> list[Node]:
        """The solutions that are new, or that the rule may now see otherwise."""
        match event:
            case Grown():
                fresh = self._nodes[self._made : self._made + len(event.parent)]
                self._made += len(fresh)
                return [node for node in fresh if node.finished]
            case Scored():
                for i, reward in zip(event.node, event.reward, strict=True):
                    self._rewards[i] = reward
                return self._solutions([self._nodes[i] for i in event.node])
            case Marked() if self.marks:
                for i, mark in zip(event.node, event.mark, strict=True):
                    (self._dropped.add if mark == "dropped" else self._dropped.discard)(i)
                return [node for i in event.node if (node := self._nodes[i]).finished]
        return []

    def _solutions(self, scored: list[Node]) -> list[Node]:
        """Those whose rewards are among `scored`: with `deep` also what was made below them."""
        if not self.deep:
            return [node for node in scored if node.finished]
        seen, ahead = set[int](), scored[::-1]
        while ahead:
            node = ahead.pop()
            if node.id not in seen and node.id < self._made:
                seen.add(node.id)
                ahead += node.children
        return [self._nodes[i] for i in seen if self._nodes[i].finished]

    def _put(self, node: Node) -> None:
        if node.id in self._dropped:
            self.leading.take(node.id, node.answer)
            return
        path = node.path() if self.deep else [node]
        rewards = [self._rewards[step.id] for step in path]
        weight = self.weight(rewards) if self.weight else None
        self.leading.put(node.id, node.answer, self.worth(rewards), weight)


def _one_each(_: Rewards) -> float:
    return 1.0


def _by_reward(how: str = "last") -> Following:
    return Following(ByWorth(), partial(aggregate, how=how), deep=how != "last")


def _by_mixture(mix: float, process: str, penalty: float) -> Following:
    return Following(ByWorth(), partial(worth_of, mix=mix, process=process, penalty=penalty))


def _by_votes() -> Following:
    return Following(ByVote(), aggregate, weight=_one_each, deep=False)


def _by_weighted_votes(how: str = "last", marks: bool = False) -> Following:
    worth = partial(aggregate, how=how)
    return Following(ByVote(), worth, weight=worth, deep=how != "last", marks=marks)


def _by_the_beam(vote: str, how: str = "last") -> Following:
    if vote == "plain":
        return Following(ByVote(), aggregate, weight=_one_each, deep=False, marks=True)
    return _by_weighted_votes(how, marks=True)


FOLLOWED: dict[Callable[..., Choice], Callable[..., Following]] = {
    best_solution: _by_reward,
    majority: _by_votes,
    weighted_majority: _by_weighted_votes,
    best_mixed: _by_mixture,
    vote_of_the_beam: _by_the_beam,
}
"""By the rule it follows. A rule that hands over to others in the course of the search isn't among them."""


def following(tree: Tree, rule: Callable[[Tree], Choice]) -> Following | None:
    """What follows `rule`, of `protocol.Strategy.rule`, along `tree`; None where it must be asked at each moment.

    So it must where a reward is no number that can be ranked.
    """
    known: dict[str, Any] = rule.keywords if isinstance(rule, partial) else {}
    make = FOLLOWED.get(rule.func if isinstance(rule, partial) else rule)
    if make is None or not all(map(_ranks, tree.events)):
        return None
    return make(**known)


def _ranks(event: Event) -> bool:
    return not isinstance(event, Scored) or all(isfinite(r) for r in event.reward if r is not None)
