import json
from pathlib import Path

import networkx as nx
import pytest

from engine.graph import FORMATS, to_graph, write_graph
from engine.protocol import ArbutusError
from engine.search import STRATEGIES
from engine.tree import Cost, Grown, Problem, Tree
from tests.worlds import HARD, search, setting


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_graph_is_the_tree_itself(strategy: str) -> None:
    tree = search(HARD, setting(strategy))
    graph = to_graph(tree)
    assert nx.is_arborescence(graph) and len(graph) == len(tree)
    assert set(graph.edges) == {(n.parent.id, n.id) for n in tree if n.parent}
    for node in tree:
        facts = graph.nodes[node.id]
        assert facts["text"] == node.text and facts["depth"] == nx.shortest_path_length(graph, 0, node.id)
        assert facts.get("reward") == node.reward and facts.get("mark") == node.mark
        assert facts.get("value") == node.value and facts["visits"] == node.visits
    assert graph.graph["question"] == HARD.question


def test_the_chosen_path_runs_from_the_question_to_the_answer() -> None:
    tree = search(HARD, setting("beam"))
    assert tree.chosen is not None
    graph = to_graph(tree)
    chosen = [i for i, facts in graph.nodes.items() if facts["chosen"]]
    assert chosen == nx.shortest_path(graph, 0, tree.chosen.id)
    assert graph.graph["answer"] == tree.chosen.answer


def test_what_is_not_known_is_left_out_rather_than_nought() -> None:
    tree = search(HARD, setting("self-consistency"))
    graph = to_graph(tree)
    assert all("reward" not in facts and "value" not in facts for _, facts in graph.nodes.items())


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_is_read_back_as_the_same_graph(suffix: str, tmp_path: Path) -> None:
    tree = search(HARD, setting("mcts"))
    graph, file = to_graph(tree), tmp_path / f"tree{suffix}"
    write_graph(tree, file)
    read = {
        ".graphml": lambda: nx.read_graphml(file, node_type=int),
        ".json": lambda: nx.node_link_graph(json.loads(file.read_text()), edges="edges"),
    }[suffix]()
    assert set(read.edges) == set(graph.edges)
    for i, facts in graph.nodes.items():
        told = {name: read.nodes[i][name] for name in facts}
        assert told == {name: pytest.approx(v) if isinstance(v, float) else v for name, v in facts.items()}


def test_a_name_that_tells_no_format_and_a_place_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    tree = search(HARD, setting("greedy"))
    with pytest.raises(ArbutusError, match=r"got 'tree.png', expected a name that ends in one of: .graphml, .json"):
        write_graph(tree, tmp_path / "tree.png")
    (tmp_path / "file").touch()
    with pytest.raises(ArbutusError, match="can't be written"):
        write_graph(tree, tmp_path / "file" / "tree.graphml")


def test_any_text_of_a_log_is_read_back_but_for_what_xml_cannot_hold(tmp_path: Path) -> None:
    texts = ["a\0b\x1b[31m\ufffe", '<b> & "q"', "\u202e 🤷 \u2028", "one\r\ntwo", ""]
    tree = Tree(Problem("odd", "Why \x0b?"))
    tree.apply(Grown([0] * 5, texts, ["step"] * 5, [None] * 5, [None] * 5, [Cost()] * 5))
    write_graph(tree, tmp_path / "odd.graphml")
    read = nx.read_graphml(tmp_path / "odd.graphml", node_type=int)
    known = [read.nodes[i].get("text") or "" for i in range(1, 6)]
    assert known == ["a\ufffdb\ufffd[31m\ufffd", *texts[1:3], "one\ntwo", ""]
    write_graph(tree, tmp_path / "odd.json")
    exact = nx.node_link_graph(json.loads((tmp_path / "odd.json").read_text(encoding="utf-8")), edges="edges")
    assert [exact.nodes[i]["text"] for i in range(1, 6)] == texts


def test_a_tree_of_a_question_alone_is_a_graph_too(tmp_path: Path) -> None:
    for suffix in FORMATS:
        write_graph(Tree(Problem("empty", "Why?")), tmp_path / f"empty{suffix}")
    assert list(nx.read_graphml(tmp_path / "empty.graphml", node_type=int)) == [0]
