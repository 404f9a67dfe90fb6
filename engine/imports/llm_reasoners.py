"""Tree logs of llm-reasoners (Hao et al. 2024, arXiv:2404.05221): snapshots of one tree, one after each iteration.

A snapshot has nodes and edges by their numbers. A node's data is its state, all of it; an edge's data has the action,
the mean value Q of what lies below it and the rewards it was made of, on whatever scale the search uses. Beam search
and depth-first search have a reward in place of Q.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from engine.imports.draft import Draft, DraftError, finite_only, in_order
from engine.imports.formats import Format

WORDS = ("text", "step", "action", "sub_question", "question", "state")
"""Fields that may be a node's step, the first that is there."""
VALUES = "Q", "reward"
"""Fields of an edge's data that may be its value: the first that any edge of the tree has."""


class Node(msgspec.Struct):
    id: int
    data: dict[str, Any] | None = None
    selected_edge: int | None = None


class Edge(msgspec.Struct):
    id: int
    source: int
    target: int
    data: dict[str, Any] | None = None


class Snapshot(msgspec.Struct):
    nodes: dict[str, Node]
    edges: dict[str, Edge]


class TreeLog(msgspec.Struct):
    logs: list[Snapshot]


def read(log: TreeLog) -> Draft:
    """The tree as the last snapshots have it; each node in the iteration in which it first appeared."""
    nodes, edges, first = _merged(log.logs)
    parents: dict[int, int | None] = dict.fromkeys(nodes)
    for edge in edges.values():
        parents[edge.target] = edge.source
    roots = [node for node, parent in parents.items() if parent is None]
    if len(roots) != 1:
        raise DraftError(f"got {len(roots)} nodes that no edge leads to, expected one, the root")
    order = in_order(parents)
    draft = Draft(_words(nodes[roots[0]]) or "A tree of llm-reasoners", iterations=len(log.logs))
    place = {roots[0]: 0}
    name = next((name for name in VALUES if any(_number(edge, name) is not None for edge in edges.values())), "Q")
    within = all(0 <= q <= 1 for edge in edges.values() if (q := _number(edge, name)) is not None)
    for id in order[1:]:
        edge, parent = edges[id], parents[id]
        assert parent is not None
        q = _number(edge, name)
        words = _words(nodes[id], nodes[parent], edge)
        place[id] = draft.add(place[parent], words, reward=q if within else None, raw=q, round=first[id])
    _mark(draft, nodes, edges, place)
    return draft


def _merged(snapshots: list[Snapshot]) -> tuple[dict[int, Node], dict[int, Edge], dict[int, int]]:
    """Every node and the edge to it as last seen, and the iteration in which it came."""
    nodes: dict[int, Node] = {}
    edges: dict[int, Edge] = {}
    first: dict[int, int] = {}
    for iteration, snapshot in enumerate(snapshots, 1):
        for node in snapshot.nodes.values():
            first.setdefault(node.id, iteration)
            nodes[node.id] = node
        targets = {}
        for edge in snapshot.edges.values():
            if edge.target in targets or (edge.target in edges and edges[edge.target].source != edge.source):
                raise DraftError(f"got two edges to node {edge.target}, expected one")
            targets[edge.target] = edge
        edges |= targets
    if not nodes:
        raise DraftError("got no nodes, expected a snapshot with some")
    for edge in edges.values():
        if edge.source not in nodes or edge.target not in nodes:
            raise DraftError(f"got an edge from {edge.source} to {edge.target}, but one of these nodes isn't there")
    return nodes, edges, first


def _mark(draft: Draft, nodes: Mapping[int, Node], edges: Mapping[int, Edge], place: Mapping[int, int]) -> None:
    """Beside a selected edge the others were not; the way of selected edges from the root is the log's choice."""
    selected = {edge.target for edge in edges.values() if nodes[edge.source].selected_edge == edge.id}
    chosen_from = {edges[target].source for target in selected}
    for target, edge in edges.items():
        said = ", ".join(f"{name} {_short(value)}" for name, value in (edge.data or {}).items()) or "nothing"
        if target in selected:
            draft.mark(place[target], "kept", f"selected; the log says of it: {said}")
        elif edge.source in chosen_from:
            draft.mark(place[target], "dropped", f"another was selected; the log says of it: {said}")
    at = next(node for node, number in place.items() if number == 0)
    while (step := next((t for t in selected if edges[t].source == at), None)) is not None:
        at = step
    if place[at]:
        draft.choose(place[at], "the end of the selected edges")


def _words(node: Node, parent: Node | None = None, edge: Edge | None = None) -> str:
    """A node's step, as text: its action, and what of its state is new."""
    before = (parent.data or {}) if parent else {}
    data = {name: value for name, value in (node.data or {}).items() if value not in (None, "")}
    new = {name: value for name, value in data.items() if name not in before or before[name] != value} or data
    action = (edge.data or {}).get("action") if edge else None
    if action not in (None, ""):
        new = {"action": action} | {name: value for name, value in new.items() if value != action}
    for name in WORDS:
        if isinstance(new.get(name), str):
            rest = [f"{key}: {_short(value)}" for key, value in new.items() if key != name]
            return "\n".join([new[name], *rest])
    return "\n".join(f"{name}: {_short(value)}" for name, value in new.items())


def _number(edge: Edge, name: str) -> float | None:
    value = (edge.data or {}).get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(finite_only(value), ensure_ascii=False)


def _is_certain(record: Mapping[str, Any]) -> bool:
    logs = record.get("logs")
    return isinstance(logs, list) and bool(logs) and isinstance(logs[0], dict) and {"nodes", "edges"} <= logs[0].keys()


FORMAT = Format(
    name="llm-reasoners",
    title="llm-reasoners tree log",
    source="Hao et al. 2024, arXiv:2404.05221",
    layout=TreeLog,
    read=read,
    is_certain=_is_certain,
    scores="Q: the mean value of what the search found below it; the edge's reward where there is no Q",
    rewards="the score itself, where all of a tree's lie between 0 and 1; otherwise none, for the scale isn't known",
    truth="nothing is known",
    task="llm-reasoners",
)
