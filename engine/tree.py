"""Problem, Step, Node and Tree: what a search makes. Standard library only; knows nothing else.

A tree changes through events alone. `Tree.apply` folds one event into the state, and it is the
same code for a live search, a log read back, and a replay up to any moment. What a search decides
is in the events with its reason, so the log can say why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any, Literal, NamedTuple

Finish = Literal["step", "end", "length", "error"]
"""Why a step ended: at the step separator, at the end of the solution, at a length limit, or failed."""

Mark = Literal["kept", "dropped"]
Stopped = Literal["done", "completions", "policy_tokens", "tokens", "flops", "seconds", "money", "error"]
"""Why a search ended: by itself, by the named budget, or by a failure."""


class TreeError(Exception):
    """An event that does not fit the tree it is applied to."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A question, the key to grade it by (None where answers check themselves), and what is known of it."""

    id: str
    question: str
    answer: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


class Cost(NamedTuple):
    """What was spent. Tokens are counts, FLOPs floating-point operations, seconds a share of the batch's time.

    `policy_tokens` were sampled; `prompt_tokens` are tokens of the prefix that had to be read before them,
    `cached_tokens` those that were found in the cache instead; of the former, `recomputed_tokens` had been
    in the cache before and were forgotten; `prm_tokens` were read by the PRM.
    """

    policy_tokens: int = 0
    prompt_tokens: int = 0
    prm_tokens: int = 0
    policy_flops: float = 0.0
    prm_flops: float = 0.0
    seconds: float = 0.0
    cached_tokens: int = 0
    recomputed_tokens: int = 0

    def plus(self, other: "Cost") -> "Cost":
        return Cost(*map(add, self, other))

    def plus_all(self, others: Sequence["Cost"]) -> "Cost":
        """`plus` each of them in turn, to the last bit."""
        if not others:
            return self
        columns = zip(*others, strict=True)
        return Cost._make(reduce(add, column, start) for start, column in zip(self, columns, strict=True))

    @property
    def tokens(self) -> int:
        """Tokens of both models that were sampled or scored: the unit of the `tokens` budget."""
        return self.policy_tokens + self.prm_tokens

    @property
    def flops(self) -> float | None:
        """Of both models; None if nobody counted those of one that ran."""
        return total_flops(self.policy_tokens, self.policy_flops, self.prm_tokens, self.prm_flops)


def known_flops(tokens: int, flops: float) -> float | None:
    """What `tokens` took, or None where nobody counted: a served model doesn't tell."""
    return None if tokens and not flops else flops


def total_flops(policy_tokens: int, policy_flops: float, prm_tokens: int, prm_flops: float) -> float | None:
    """The sum of both models' FLOPs, None if one of them isn't known."""
    policy, prm = known_flops(policy_tokens, policy_flops), known_flops(prm_tokens, prm_flops)
    return None if policy is None or prm is None else policy + prm


@dataclass(frozen=True, slots=True)
class Step:
    """One step as a policy wrote it, without the separator.

    `logprob` is the sum over its tokens of the log-probability at temperature 1 (in nats, 0 or less).
    """

    text: str
    finish: Finish = "step"
    logprob: float | None = None
    cost: Cost = Cost()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Reward:
    """A PRM's word on one step: `value` in [0, 1], `raw` what the head gave. None: missing, and `error` says why."""

    value: float | None
    raw: float | None = None
    cost: Cost = Cost()
    error: str | None = None


@dataclass(slots=True, eq=False)
class Node:
    """A step in its place in the tree. The root is the question: no text, no reward, depth 0."""

    id: int
    parent: "Node | None"
    text: str
    finish: Finish = "step"
    logprob: float | None = None
    answer: str | None = None
    """What a finished solution answers, in the form that votes are counted in."""
    reward: float | None = None
    raw: float | None = None
    mark: Mark | None = None
    reason: str = ""
    error: str | None = None
    visits: int = 0
    value_sum: float = 0.0
    cost: Cost = Cost()
    correct: bool | None = None
    """Whether the finished solution is right. Known only once the search is closed."""
    label: bool | None = None
    """Whether the step is truly good (exact, where the task can tell). Known only once closed."""
    depth: int = 0
    rank: int = 0
    """Which child of its parent it is, from 0."""
    children: "Sequence[Node]" = ()
    """A list once there is one: most nodes of a large tree are leaves."""

    @property
    def place(self) -> tuple[int, ...]:
        """Child indices from the root: where the node is, whatever the order it was made in."""
        return tuple(node.rank for node in self.path())

    @property
    def finished(self) -> bool:
        """True if it ends a solution. A failed or over-long step ends nothing."""
        return self.finish == "end"

    @property
    def open(self) -> bool:
        """True if it can be continued."""
        return self.finish == "step"

    @property
    def value(self) -> float | None:
        """The mean value backed up through it (Q of a tree search), None before the first visit."""
        return self.value_sum / self.visits if self.visits else None

    def path(self) -> list["Node"]:
        """The nodes from the first step to this one; empty for the root."""
        found: list[Node] = []
        node = self
        while node.parent is not None:
            found.append(node)
            node = node.parent
        return found[::-1]

    def steps(self) -> list[str]:
        return [node.text for node in self.path()]

    def __repr__(self) -> str:
        return f"Node({self.id}, {self.text!r}, reward={self.reward}, {self.mark or self.finish})"


# Events. Columns rather than records: a round adds many nodes, and columns are small on disk.


@dataclass(slots=True)
class Opened:
    """The tree begins (again: whatever was recorded of it before is void)."""

    problem: Problem


@dataclass(slots=True)
class Grown:
    """New nodes; their ids follow on. All columns have one entry a node."""

    parent: list[int]
    text: list[str]
    finish: list[Finish]
    logprob: list[float | None]
    answer: list[str | None]
    cost: list[Cost]
    error: dict[int, str] = field(default_factory=dict)
    """By node id, only where something failed."""


@dataclass(slots=True)
class Scored:
    """Rewards of nodes that had none. All columns have one entry a node."""

    node: list[int]
    reward: list[float | None]
    raw: list[float | None]
    cost: list[Cost]
    error: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Marked:
    """Nodes that the search kept or dropped, each with the reason in words and numbers."""

    node: list[int]
    mark: list[Mark]
    reason: list[str]


@dataclass(slots=True)
class Visited:
    """One simulation of a tree search: `value` was backed up along `path` (ids, root first)."""

    path: list[int]
    value: float


@dataclass(slots=True)
class Closed:
    """The end: what was chosen and why, and the truth, which no search may see before."""

    chosen: int | None
    reason: str
    stopped: Stopped
    correct: dict[int, bool | None]
    """Of every finished node."""
    label: dict[int, bool]
    """Of every node whose truth the task can tell."""
    error: str | None = None


Event = Opened | Grown | Scored | Marked | Visited | Closed


class Tree:
    """A search tree and the events that made it."""

    def __init__(self, problem: Problem) -> None:
        self.events: list[Event] = []
        self._begin(problem)
        self.events.append(Opened(problem))

    def _begin(self, problem: Problem) -> None:
        self.problem = problem
        self.root = Node(0, None, "")
        self.nodes = [self.root]
        self._finished: list[Node] = []
        self.cost = Cost()
        self.chosen: Node | None = None
        self.closed: Closed | None = None

    @classmethod
    def replay(cls, events: Sequence[Event]) -> "Tree":
        """The tree that `events` made. Raises `TreeError` if they don't begin with Opened or don't fit."""
        if not events or not isinstance(events[0], Opened):
            raise TreeError("expected a tree to begin with its problem; the log has lost its first event")
        tree = cls(events[0].problem)
        for event in events[1:]:
            tree.apply(event)
        return tree

    def apply(self, event: Event) -> None:
        """Fold one event into the tree and remember it. Raises `TreeError` if it doesn't fit."""
        match event:
            case Opened():
                self.events.clear()
                self._begin(event.problem)
            case Grown():
                self._grow(event)
            case Scored():
                self._score(event)
            case Marked():
                for i, mark, reason in _columns(event.node, event.mark, event.reason):
                    node = self.node(i)
                    node.mark, node.reason = mark, reason
            case Visited():
                for node in [self.node(i) for i in event.path]:
                    node.visits += 1
                    node.value_sum += event.value
            case Closed():
                self._close(event)
        self.events.append(event)

    def _grow(self, event: Grown) -> None:
        columns = (event.parent, event.text, event.finish, event.logprob, event.answer, event.cost)
        for parent_id, text, finish, logprob, answer, cost in _columns(*columns):
            parent = self.node(parent_id)
            node = Node(len(self.nodes), parent, text, finish, logprob, answer)
            node.depth, node.rank = parent.depth + 1, len(parent.children)
            node.cost, node.error = cost, event.error.get(node.id)
            if isinstance(parent.children, list):
                parent.children.append(node)
            else:
                parent.children = [node]
            self.nodes.append(node)
            if node.finished:
                self._finished.append(node)
        self.cost = self.cost.plus_all(event.cost)

    def _score(self, event: Scored) -> None:
        for i, reward, raw, cost in _columns(event.node, event.reward, event.raw, event.cost):
            node = self.node(i)
            node.reward, node.raw, node.error = reward, raw, event.error.get(i, node.error)
            node.cost = node.cost.plus(cost)
        self.cost = self.cost.plus_all(event.cost)

    def _close(self, event: Closed) -> None:
        self.closed = event
        self.chosen = None if event.chosen is None else self.node(event.chosen)
        for i, correct in event.correct.items():
            self.node(i).correct = correct
        for i, label in event.label.items():
            self.node(i).label = label

    def node(self, i: int) -> Node:
        """The node with id `i`. Raises `TreeError` if there is none."""
        if not 0 <= i < len(self.nodes):
            raise TreeError(f"got node {i}, but the tree has nodes 0 to {len(self.nodes) - 1}")
        return self.nodes[i]

    def keep(self, nodes: Mapping[Node, str]) -> None:
        """Mark nodes as kept, each with its reason."""
        self._mark("kept", nodes)

    def drop(self, nodes: Mapping[Node, str]) -> None:
        """Mark nodes as dropped, each with its reason."""
        self._mark("dropped", nodes)

    def _mark(self, mark: Mark, nodes: Mapping[Node, str]) -> None:
        if nodes:
            self.apply(Marked([n.id for n in nodes], [mark] * len(nodes), list(nodes.values())))

    def back_up(self, leaf: Node, value: float) -> None:
        """Add a visit and `value` to every node from the root to `leaf`."""
        self.apply(Visited([0, *(n.id for n in leaf.path())], value))

    def finished(self) -> list[Node]:
        """The nodes that end a solution, in the order they were made."""
        return list(self._finished)

    def _repr_html_(self) -> str:
        """How a notebook shows it."""
        from engine.notebook import tree_html

        return tree_html(self)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)


def _columns(*columns: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    lengths = {len(c) for c in columns}
    if len(lengths) > 1:
        raise TreeError(f"got columns of lengths {sorted(lengths)}, expected one length")
    return zip(*columns, strict=True)
