"""A tree of another system on its way into the log: nodes in any order with what is known of them, then events.

What a foreign record doesn't say stays missing. Its nodes come in rounds, a depth at a time unless the record knows
better; each round is logged as a search would have: grown, scored, marked.
"""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from engine.tree import Closed, Cost, Finish, Grown, Mark, Marked, Problem, Scored, Tree

DEEPEST = 500
"""Steps of a path at most."""
MOST_PLACES = 10_000_000
"""Steps of all paths together at most: every node knows its place from the root on."""
LONGEST_ID = 120
KEPT_FIRST: tuple[Mark, ...] = ("kept", "dropped")

Key = TypeVar("Key", bound=Hashable)


class DraftError(ValueError):
    """What a record says can't be a tree. The message says what was got and expected, without a place."""


@dataclass(slots=True)
class Sketch:
    """A node as it was found. `raw` is the foreign score, `reward` the same on the scale from 0 to 1."""

    parent: int
    text: str
    reward: float | None
    raw: float | None
    finish: Finish
    answer: str | None
    correct: bool | None
    label: bool | None
    logprob: float | None
    tokens: int
    round: int
    depth: int
    error: str | None = None
    mark: Mark | None = None
    reason: str = ""


class Draft:
    """One foreign tree. Node 0 is the question; `add` gives the others' numbers, and parents come before children."""

    def __init__(self, question: str, *, id: str = "", answer: str | None = None, **meta: Any) -> None:
        if not question.strip():
            raise DraftError("got an empty question, expected one in words")
        self.id = id[:LONGEST_ID]
        self.question, self.answer = question, answer
        self.meta = meta
        self.n: int | None = None
        """The strategy's parameter n, if the record tells it."""
        self.task: str | None = None
        """The task, where it is another than the format's own."""
        self.chosen: int | None = None
        self.why = "the file chooses no answer"
        self._nodes: list[Sketch] = []
        self._places = 0

    def __len__(self) -> int:
        return len(self._nodes) + 1

    def add(
        self,
        parent: int,
        step: str,
        *,
        reward: float | None = None,
        raw: float | None = None,
        ends: bool = False,
        answer: str | None = None,
        correct: bool | None = None,
        label: bool | None = None,
        logprob: float | None = None,
        tokens: int = 0,
        round: int | None = None,
        error: str | None = None,
    ) -> int:
        """Add a step and give its number. Raises `DraftError` for a score out of range or a path that is too long."""
        if not 0 <= parent < len(self):
            raise DraftError(f"got the parent {parent}, expected one of 0 to {len(self) - 1}")
        above = self._nodes[parent - 1] if parent else None
        depth = above.depth + 1 if above else 1
        self._places += depth
        if depth > DEEPEST or self._places > MOST_PLACES:
            raise DraftError(f"got a path of more than {DEEPEST} steps, or too many of them, expected a smaller tree")
        reward, error = _in_range(reward, error)
        own = depth if round is None else round
        self._nodes.append(
            Sketch(
                parent=parent,
                text=step,
                reward=reward,
                raw=finite(raw),
                finish="end" if ends else "step",
                answer=answer,
                correct=correct,
                label=label,
                logprob=finite(logprob),
                tokens=tokens,
                round=max(above.round, own) if above else own,
                depth=depth,
                error=error,
            )
        )
        return len(self._nodes)

    def ends(self, node: int) -> bool:
        """Whether a step ends a solution."""
        return self._nodes[node - 1].finish == "end"

    def mark(self, node: int, mark: Mark, reason: str) -> None:
        self._nodes[node - 1].mark, self._nodes[node - 1].reason = mark, reason

    def choose(self, node: int | None, why: str) -> None:
        self.chosen, self.why = node or None, why

    def tree(self) -> Tree:
        """The closed tree: every round grown, scored and marked."""
        tree = Tree(Problem(self.id, self.question, self.answer, finite_only(self.meta)))
        order = sorted(range(1, len(self)), key=lambda i: self._nodes[i - 1].round)
        place = {0: 0} | {old: new for new, old in enumerate(order, 1)}
        rounds: dict[int, list[int]] = {}
        for i in order:
            rounds.setdefault(self._nodes[i - 1].round, []).append(i)
        for made in rounds.values():
            self._grow(tree, made, place)
        self._close(tree, place)
        return tree

    def _grow(self, tree: Tree, made: list[int], place: Mapping[int, int]) -> None:
        nodes = [self._nodes[i - 1] for i in made]
        tree.apply(
            Grown(
                [place[n.parent] for n in nodes],
                [n.text for n in nodes],
                [n.finish for n in nodes],
                [n.logprob for n in nodes],
                [n.answer for n in nodes],
                [Cost(policy_tokens=n.tokens) for n in nodes],
                {place[i]: n.error for i, n in zip(made, nodes, strict=True) if n.error},
            )
        )
        scored = [(place[i], n) for i, n in zip(made, nodes, strict=True) if (n.reward, n.raw) != (None, None)]
        if scored:
            rewards, raws = [n.reward for _, n in scored], [n.raw for _, n in scored]
            tree.apply(Scored([i for i, _ in scored], rewards, raws, [Cost()] * len(scored)))
        for mark in KEPT_FIRST:  # as our searches mark, so that a round's cut can be read back
            marks = [(place[i], n.reason) for i, n in zip(made, nodes, strict=True) if n.mark == mark]
            if marks:
                tree.apply(Marked([i for i, _ in marks], [mark] * len(marks), [reason for _, reason in marks]))

    def _close(self, tree: Tree, place: Mapping[int, int]) -> None:
        nodes = list(enumerate(self._nodes, 1))
        correct = {place[i]: n.correct for i, n in nodes if n.finish == "end" or n.correct is not None}
        label = {place[i]: n.label for i, n in nodes if n.label is not None}
        chosen = None if self.chosen is None else place[self.chosen]
        tree.apply(Closed(chosen, self.why, "done", dict(sorted(correct.items())), dict(sorted(label.items()))))


def _in_range(reward: float | None, error: str | None) -> tuple[float | None, str | None]:
    """A reward that isn't a number is missing, and the error says what it was."""
    if reward is None:
        return None, error
    if not math.isfinite(reward):
        return None, error or f"the score was {reward}"
    if not 0 <= reward <= 1:
        raise DraftError(f"got a score of {reward:g}, expected 0 to 1")
    return float(reward), error


def finite(value: float | None) -> float | None:
    """A number that the log can hold, None for any other."""
    try:
        return None if value is None or not math.isfinite(value) else float(value)
    except OverflowError:
        return None


def text(value: str) -> str:
    """Text as a log can hold it: half a surrogate pair becomes U+FFFD."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def whole_text(value: Any) -> Any:
    """A value of JSON in which every text is one that a log can hold."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {text(name): whole_text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [whole_text(inner) for inner in value]
    return value


def finite_only(value: Any) -> Any:
    """A value of JSON as a log can hold it: what is no number is missing."""
    if isinstance(value, float):
        return finite(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return finite(value)
    if isinstance(value, dict):
        return {name: finite_only(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [finite_only(inner) for inner in value]
    return value


def in_order(parents: Mapping[Key, Key | None]) -> list[Key]:
    """The nodes as they came, but each after its parent (None: the question).

    Raises `DraftError` for a parent that isn't there, and for a circle.
    """
    found: dict[Key, None] = {}
    for node in parents:
        way: dict[Key, None] = {}
        at: Key | None = node
        while at is not None and at not in found:
            if at in way:
                raise DraftError(f"got node {shown(at)} in a circle of parents, expected a path to the question")
            way[at] = None
            above = parents[at]
            if above is not None and above not in parents:
                raise DraftError(f"got the parent {shown(above)} of node {shown(at)}, but there is no such node")
            at = above
        found.update(dict.fromkeys(reversed(way)))
    return list(found)


def shown(value: object) -> str:
    """A value within a message, cut short."""
    said = repr(value)
    return said if len(said) <= 60 else said[:57] + "…"
