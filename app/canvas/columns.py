"""A tree as flat columns: all that the browser needs to draw it and to replay its search.

Full texts, reasons and costs stay behind; the page fetches them for the one node that is selected.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.canvas.safe import visible
from app.maths.plain import plain
from engine.repeats import twins
from engine.tree import Closed, Event, Grown, Marked, Node, Opened, Scored, Tree, Visited

FINISHES = ("step", "end", "length", "error")
MARKS = (None, "kept", "dropped")
KINDS = (Opened, Grown, Scored, Marked, Visited, Closed)
NEVER = -1
"""In a column of event indices: it hasn't happened."""

LABEL = 90
"""Characters of a step that the browser gets in a tree too large to send whole."""
WHOLE = 300_000
"""Characters of a tree's different steps up to which they are sent whole, so that a search in them finds everything."""


def columns(tree: Tree) -> dict[str, Any]:
    """The columns of `tree`: one entry a node (`parent` … `label`), a mark, a visit, or an event.

    A missing reward or log-probability is NaN; `correct` (of a solution) and `truth` (of a step) are 1, 0 or -1 for
    not known; `twin` is the sibling that a node
    only repeats, -1 for none. Event indices count from 0 (the opening); those that never came are -1.
    """
    nodes, events = tree.nodes, tree.events
    twin = {node.id: of.id for node, of in twins(tree).items()}
    return {
        "parent": _ints([-1 if n.parent is None else n.parent.id for n in nodes]),
        "depth": _ints([n.depth for n in nodes], np.uint16),
        "reward": np.array([np.nan if n.reward is None else n.reward for n in nodes], dtype=np.float32),
        "finish": _ints([FINISHES.index(n.finish) for n in nodes], np.uint8),
        "correct": _ints([-1 if n.correct is None else int(n.correct) for n in nodes], np.int8),
        "truth": _ints([-1 if n.label is None else int(n.label) for n in nodes], np.int8),
        "logprob": np.array([np.nan if n.logprob is None else n.logprob for n in nodes], dtype=np.float32),
        "policy_tokens": _ints([n.cost.policy_tokens for n in nodes]),
        "prm_tokens": _ints([n.cost.prm_tokens for n in nodes]),
        "twin": _ints([twin.get(n.id, -1) for n in nodes]),
        **_moments(len(nodes), events),
        **_marks(events),
        **_visits(events),
        "event_kind": _ints([KINDS.index(type(e)) for e in events], np.uint8),
        "event_size": _ints([_size(e) for e in events]),
        "event_tokens": _ints([_tokens(e) for e in events]),
        **labels(nodes),
    }


def marks_of(tree: Tree, marked: Collection[int]) -> dict[str, Any]:
    """A column that is 1 for nodes the page marks; none at all where it marks none."""
    return {"marked": _ints([int(n.id in marked) for n in tree.nodes], np.uint8)} if marked else {}


def labels(nodes: Sequence[Node]) -> dict[str, Any]:
    """The steps in one line each, formulas read as text; cut short where all of them would be too much to send.

    A search draws the same step again and again: `labels` has each once, `label` says which of them a node has.
    """
    texts: dict[str, int] = {}
    label = _ints([texts.setdefault(n.text, len(texts)) for n in nodes])
    lines = [visible(" ".join(plain(text).split())) for text in texts]
    if sum(map(len, lines)) > WHOLE:
        lines = [line if len(line) <= LABEL else line[: LABEL - 1] + "…" for line in lines]
    return {"label": label, "labels": lines}


def _moments(count: int, events: Sequence[Event]) -> dict[str, Any]:
    """For each node the index of the event that made it, of its last scoring, of its last mark."""
    born, scored, decided = (np.full(count, NEVER, dtype=np.int32) for _ in range(3))
    born[0] = 0
    made = 1
    for i, event in enumerate(events):
        if isinstance(event, Grown):
            born[made : made + len(event.parent)] = i
            made += len(event.parent)
        elif isinstance(event, Scored):
            scored[event.node] = i
        elif isinstance(event, Marked):
            decided[event.node] = i
    return {"born": born, "scored_at": scored, "decided_at": decided}


def _marks(events: Sequence[Event]) -> dict[str, Any]:
    """Every mark in order: a node that is kept in one round may be dropped in a later one."""
    marked = [(i, event) for i, event in enumerate(events) if isinstance(event, Marked)]
    return {
        "mark_event": np.repeat([i for i, _ in marked], [len(event.node) for _, event in marked]).astype(np.int32),
        "mark_node": _ints(chain.from_iterable(event.node for _, event in marked)),
        "mark_is": _ints(map(MARKS.index, chain.from_iterable(event.mark for _, event in marked)), np.uint8),
    }


def _visits(events: Sequence[Event]) -> dict[str, Any]:
    """Every simulation: the leaf it reached (its ancestors are the path) and the value backed up."""
    found = [(i, e.path[-1], e.value) for i, e in enumerate(events) if isinstance(e, Visited) and e.path]
    return {
        "visit_event": _ints([f[0] for f in found]),
        "visit_leaf": _ints([f[1] for f in found]),
        "visit_value": np.array([f[2] for f in found], dtype=np.float32),
    }


def _size(event: Event) -> int:
    """How many nodes an event is about."""
    match event:
        case Grown():
            return len(event.parent)
        case Scored() | Marked():
            return len(event.node)
        case Visited():
            return len(event.path)
    return 1


def _tokens(event: Event) -> int:
    """Tokens of both models that an event took."""
    return sum(cost.tokens for cost in event.cost) if isinstance(event, Grown | Scored) else 0


def _ints(values: Iterable[int], kind: Any = np.int32) -> NDArray[Any]:
    return np.fromiter(values, dtype=kind)
