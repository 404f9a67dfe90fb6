"""Requests answered in parts, so that a search out of budget overshoots by little.

A search may ask for sixty-four whole solutions at once. Under a budget it gets what it asked for, but the
models are asked in parts: the first one small, each next one as large as what is left seems to have room
for, by what such parts have cost so far, and at most twice all that were asked before. A node's random
numbers belong to its place, so the tree is the one that it would have been in one part.
"""

from collections import defaultdict
from collections.abc import Generator, Sequence
from itertools import groupby

from engine.budgets import adds_to, limits_of, spent
from engine.prices import Prices
from engine.protocol import Budget, Expand, Request, Score, Search
from engine.tree import Node, Tree

FIRST = 1
"""Continuations or chains in the first part, when nothing is known of what they cost."""

Parts = Generator[Request, list[Node], list[Node]]


def in_parts(search: Search, tree: Tree, budget: Budget, prices: Prices) -> Search:
    """`search`, whose requests come in parts if there is a limit. Raises `UncountedError` as `budgets.spent` does."""
    pace = Pace(tree, budget, prices)
    answer: list[Node] | None = None
    try:
        while True:
            try:
                request = next(search) if answer is None else search.send(answer)
            except StopIteration:
                return
            answer = yield from (_steps(request, pace) if isinstance(request, Expand) else _rewards(request, pace))
    finally:
        search.close()


def _steps(request: Expand, pace: "Pace") -> Parts:
    if not pace.limits:
        got = yield request
        if request.score:
            yield Score(got)
        return got
    wanted = [node for node, n in zip(request.nodes, request.counts(), strict=True) for _ in range(n)]
    kind = f"{request.until}, {request.score}"
    got = []
    while len(got) < len(wanted):
        size = pace.room(kind, request)
        before = pace.now()
        new = yield _slice(request, wanted[len(got) : len(got) + size])
        if request.score:
            yield Score(new)
        pace.note(kind, len(new), before)
        got += new
    return got


def _slice(request: Expand, wanted: Sequence[Node]) -> Expand:
    """The part of `request` that gives these nodes a continuation for each time they are named."""
    runs = [(node, len(list(same))) for node, same in groupby(wanted)]
    return Expand([node for node, _ in runs], [n for _, n in runs], request.until, request.temperature)


def _rewards(request: Score, pace: "Pace") -> Parts:
    if not pace.limits:
        return (yield request)
    got: list[Node] = []
    while len(got) < len(request.nodes):
        before = pace.now()
        new = yield Score(request.nodes[len(got) : len(got) + pace.room("rewards", request)])
        pace.note("rewards", len(new), before)
        got += new
    return got


class Pace:
    """What a search's requests have cost so far, and how much of the next one there is room for."""

    def __init__(self, tree: Tree, budget: Budget, prices: Prices) -> None:
        self.tree, self.limits, self.prices = tree, limits_of(budget), prices
        self._asked: defaultdict[str, int] = defaultdict(int)
        self._cost: defaultdict[tuple[str, str], float] = defaultdict(float)

    def now(self) -> dict[str, float]:
        """What is spent of each unit that is limited."""
        return {unit: spent(self.tree, unit, self.prices) for unit in self.limits}

    def note(self, kind: str, count: int, before: dict[str, float]) -> None:
        """`count` more of a kind were answered, since `before`."""
        self._asked[kind] += count
        for unit, amount in self.now().items():
            self._cost[kind, unit] += amount - before[unit]

    def room(self, kind: str, request: Request) -> int:
        """How many more of a kind to ask for now, at least 1."""
        asked = self._asked[kind]
        size = 2 * asked or FIRST
        for unit, left in ((unit, self.limits[unit] - amount) for unit, amount in self.now().items()):
            each = self._cost[kind, unit] / asked if asked else 0.0
            if unit == "completions" and isinstance(request, Expand) and request.until == "end":
                each = 1.0  # a whole solution is one completion at most
            if each > 0 and adds_to(request, unit, self.prices):
                size = min(size, int(left / each))
        return max(1, size)
