"""Tree logs of llm-reasoners (Hao et al. 2024, arXiv:2404.05221): snapshots of one tree, one after each iteration.

A snapshot has nodes and edges by their numbers. A node's data is its state; an edge's data has the mean value Q of
what lies below it and the rewards it was made of, on whatever scale the search uses.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from engine.imports.draft import Draft, DraftError, finite_only, in_order
from engine.imports.formats import Format

WORDS = ("text", "step", "action", "sub_question", "question", "state")
"""Fields of a node's data that may be its step, the first that is there."""


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
    within = all(0 <= q <= 1 for edge in edges.values() if (q := _number(edge, "Q")) is not None)
    for id in order[1:]:
        edge, parent = edges[id], parents[id]
        assert parent is not None
        q = _number(edge, "Q")
        reward = q if within else None
        place[id] = draft.add(place[parent], _words(nodes[id]), reward=reward, raw=q, round=first[id])
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


def _words(node: Node) -> str:
    """A node's step, as text: one of its fields, or all of them."""
    data = {name: value for name, value in (node.data or {}).items() if value not in (None, "")}
    for name in WORDS:
        if isinstance(data.get(name), str):
            rest = [f"{key}: {_short(value)}" for key, value in data.items() if key != name]
            return "\n".join([data[name], *rest])
    return "\n".join(f"{name}: {_short(value)}" for name, value in data.items())


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
    scores="Q: the mean value of what the search found below it",
    rewards="Q itself, where all of a tree's lie between 0 and 1; otherwise there are none, for the scale isn't known",
    truth="nothing is known",
    task="llm-reasoners",
)
