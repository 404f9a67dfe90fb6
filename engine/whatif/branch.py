"""A strategy that starts at a step: it searches a tree of its own whose question is that step, and grows the old one.

The strategy sees a tree that begins at the step and nothing above it, so every strategy works as it is. What it asks
for is asked of the old tree, so that the models read the whole prefix and a node's random numbers belong to its place
there: a step that was dropped goes on as the search would have, had it kept it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.protocol import Expand, Request, Score, Search
from engine.tree import Cost, Grown, Marked, Node, Scored, Tree, Visited


class Branch:
    """The tree that the strategy sees, and the one in which it grows."""

    def __init__(self, tree: Tree, node: Node) -> None:
        self.tree, self.node = tree, node
        self.inner = Tree(tree.problem)
        self._outer = [node]
        """By the id of a node of `inner`: the node of `tree` that it stands for."""
        self._ids = {node.id: 0}
        self._told = len(self.inner.events)
        """Events of `inner` that the old tree has heard of."""
        self._seen = len(tree)
        """Nodes of the old tree that were there before, or that `inner` has."""

    def search(self, strategy: Callable[..., Search], parameters: Mapping[str, Any]) -> Search:
        """The strategy's search, asked of the old tree."""
        search = strategy(self.inner, **parameters)
        answer: list[Node] | None = None
        try:
            while True:
                try:
                    request = next(search) if answer is None else search.send(answer)
                except StopIteration:
                    return
                self._tell()
                got = yield self._asked(request)
                self._mirror()
                answer = [self.inner.node(self._ids[n.id]) for n in got]
        finally:
            search.close()
            self._tell()

    def _asked(self, request: Request) -> Request:
        nodes = [self._outer[n.id] for n in request.nodes]
        if isinstance(request, Score):
            return Score(nodes)
        return Expand(nodes, request.n, request.until, request.temperature, request.score)

    def _mirror(self) -> None:
        """Give the strategy's tree what is new in the old one: nodes below the step, and their rewards."""
        new, self._seen = self.tree.nodes[self._seen :], len(self.tree)
        for n in new:
            self._ids[n.id] = len(self._outer)
            self._outer.append(n)
        if new:
            failed = {self._ids[n.id]: n.error for n in new if n.error and n.finish == "error"}
            parents = [self._ids[n.parent.id] for n in new if n.parent]
            texts, finishes = [n.text for n in new], [n.finish for n in new]
            logprobs, answers = [n.logprob for n in new], [n.answer for n in new]
            self.inner.apply(Grown(parents, texts, finishes, logprobs, answers, [n.cost for n in new], failed))
        self._mirror_rewards()

    def _mirror_rewards(self) -> None:
        got = [
            (i, n) for i, n in enumerate(self._outer)
            if i and self.inner.node(i).reward is None and self.inner.node(i).error is None
            and (n.reward is not None or n.error is not None)
        ]  # fmt: skip
        if got:
            errors = {i: n.error for i, n in got if n.error}
            rewards, raws = [n.reward for _, n in got], [n.raw for _, n in got]
            self.inner.apply(Scored([i for i, _ in got], rewards, raws, [Cost()] * len(got), errors))

    def _tell(self) -> None:
        """Repeat in the old tree what the strategy marked and visited in its own."""
        above = [0, *(n.id for n in self.node.path())]
        for event in self.inner.events[self._told :]:
            if isinstance(event, Marked):
                self.tree.apply(Marked([self._outer[i].id for i in event.node], event.mark, event.reason))
            elif isinstance(event, Visited):
                self.tree.apply(Visited([*above, *(self._outer[i].id for i in event.path[1:])], event.value))
        self._told = len(self.inner.events)
