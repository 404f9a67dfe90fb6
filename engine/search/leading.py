"""Who leads among solutions that come, go and change their worth, one at a time: by worth, or by a vote.

The same choices as `ranking` makes, to the last tie and the last bit of a sum, at a cost of what changed alone. It
knows solutions by their ids, and nothing of trees.
"""

from bisect import bisect_left
from collections import defaultdict
from heapq import heappop, heappush
from math import inf


class Front:
    """The ids of solutions, the one of the highest worth in front; among equals the one that was made first."""

    def __init__(self) -> None:
        self._place: dict[int, tuple[float, int]] = {}
        self._queue: list[tuple[float, int]] = []
        """Every place that was ever taken; those that were left are thrown away once they come to the front."""

    def put(self, node: int, worth: float | None) -> None:
        """Let `node` in, or give it another worth; None ranks below every number."""
        place = inf if worth is None else -worth, node
        if self._place.get(node) != place:
            self._place[node] = place
            heappush(self._queue, place)

    def take(self, node: int) -> None:
        """Let `node` out, if it is in."""
        self._place.pop(node, None)

    @property
    def first(self) -> int | None:
        while self._queue and self._place.get(self._queue[0][1]) != self._queue[0]:
            heappop(self._queue)
        return self._queue[0][1] if self._queue else None


class ByWorth:
    """The highest worth, of those with an answer if there are any: `ranking.best_solution`."""

    def __init__(self) -> None:
        self._answered, self._others = Front(), Front()

    def put(self, node: int, answer: str | None, worth: float | None, weight: float | None = None) -> None:
        (self._others if answer is None else self._answered).put(node, worth)

    def take(self, node: int, answer: str | None) -> None:
        (self._others if answer is None else self._answered).take(node)

    @property
    def first(self) -> int | None:
        found = self._answered.first
        return self._others.first if found is None else found


class _Party:
    """The solutions of one answer: their worth, and the sum of their weights in the order they were made."""

    def __init__(self) -> None:
        self.front = Front()
        self.voters: list[int] = []
        self._weights: list[float] = []
        self._sums: list[float] = []

    @property
    def standing(self) -> tuple[float, int] | None:
        """The higher the vote, the lower; then who voted first. None where nobody did."""
        return (-self._sums[-1], self.voters[0]) if self.voters else None

    def weigh(self, node: int, weight: float | None) -> None:
        """Give `node` another weight, None for no vote. What was added after it is added again."""
        at = bisect_left(self.voters, node)
        known = at < len(self.voters) and self.voters[at] == node
        if known and weight == self._weights[at]:
            return
        if known:
            del self.voters[at], self._weights[at]
        if weight is not None:
            self.voters.insert(at, node)
            self._weights.insert(at, weight)
        del self._sums[at:]
        total = self._sums[-1] if self._sums else 0.0
        for more in self._weights[at:]:
            total += more
            self._sums.append(total)


class ByVote:
    """The best of those who give the answer with the most weight: `ranking.majority` and `weighted_majority`."""

    def __init__(self) -> None:
        self._parties: defaultdict[str, _Party] = defaultdict(_Party)
        self._leaders: list[tuple[tuple[float, int], str]] = []
        """Every standing that a party ever had, the highest first; as in `Front`, those of the past are thrown away."""
        self._without = ByWorth()
        """Who is the first of all, for as long as nobody votes."""

    def put(self, node: int, answer: str | None, worth: float | None, weight: float | None = None) -> None:
        self._without.put(node, answer, 0.0)
        if answer is not None:
            self._parties[answer].front.put(node, worth)
            self._weigh(node, answer, weight)

    def take(self, node: int, answer: str | None) -> None:
        self._without.take(node, answer)
        if answer is not None:
            self._parties[answer].front.take(node)
            self._weigh(node, answer, None)

    def _weigh(self, node: int, answer: str, weight: float | None) -> None:
        party = self._parties[answer]
        before = party.standing
        party.weigh(node, weight)
        if party.standing not in (None, before):
            heappush(self._leaders, (party.standing, answer))

    @property
    def first(self) -> int | None:
        while self._leaders and self._parties[self._leaders[0][1]].standing != self._leaders[0][0]:
            heappop(self._leaders)
        return self._parties[self._leaders[0][1]].front.first if self._leaders else self._without.first
