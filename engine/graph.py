"""One tree as a networkx graph, and as a file that graph tools open."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import networkx as nx

from engine.exports.files import whole_file
from engine.protocol import ArbutusError
from engine.tree import Node, Tree

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_graph(tree: Tree) -> "nx.DiGraph[int]":
    """A directed graph from the question (node 0) to the last steps; what is not known is left out, never 0.

    Nodes have `text`, `depth`, `mark`, `reason`, `reward`, `logprob`, `label`, `correct`, `visits`,
    `value`, `tokens` (sampled and scored), `flops` and `chosen`; the graph has the question, answer and reason.
    """
    closed = tree.closed
    about = {
        "question": tree.problem.question,
        "answer": tree.chosen.answer if tree.chosen else None,
        "reason": closed.reason if closed else None,
    }
    graph: nx.DiGraph[int] = nx.DiGraph(**_known(about))
    on_path = {n.id for n in (tree.root, *(tree.chosen.path() if tree.chosen else ()))}
    for node in tree:
        graph.add_node(node.id, **_facts(node, node.id in on_path))
        if node.parent is not None:
            graph.add_edge(node.parent.id, node.id)
    return graph


def _facts(node: Node, chosen: bool) -> dict[str, object]:
    cost = node.cost
    return _known(
        {
            "text": node.text,
            "depth": node.depth,
            "mark": node.mark,
            "reason": node.reason or None,
            "reward": node.reward,
            "logprob": node.logprob,
            "label": node.label,
            "correct": node.correct,
            "visits": node.visits,
            "value": node.value,
            "tokens": cost.policy_tokens + cost.prm_tokens,
            "flops": cost.policy_flops + cost.prm_flops,
            "chosen": chosen,
        }
    )


def _known(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in facts.items() if value is not None}


def _write_json(graph: "nx.DiGraph[int]", file: Path) -> None:
    file.write_text(json.dumps(nx.node_link_data(graph, edges="edges"), ensure_ascii=False), encoding="utf-8")


def _write_graphml(graph: "nx.DiGraph[int]", file: Path) -> None:
    for facts in (graph.graph, *(facts for _, facts in graph.nodes(data=True))):
        facts.update({name: _for_xml(value) for name, value in facts.items() if isinstance(value, str)})
    nx.write_graphml(graph, file)


def _for_xml(text: str) -> str:
    """Text as XML can hold it: a character that it has no place for becomes U+FFFD, every end of line a line feed."""
    return NOT_IN_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


FORMATS: dict[str, Callable[["nx.DiGraph[int]", Path], object]] = {
    ".graphml": _write_graphml,
    ".json": _write_json,
}


def write_graph(tree: Tree, file: Path) -> None:
    """Write `tree` in the format that the name of `file` ends in. Raises `ArbutusError` for another."""
    write = FORMATS.get(file.suffix)
    if write is None:
        raise ArbutusError(f"got {file.name!r}, expected a name that ends in one of: {', '.join(FORMATS)}")
    with whole_file(file) as part:
        write(to_graph(tree), part)
