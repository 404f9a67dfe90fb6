"""Whole trees of every strategy, as they were when last looked at: ARBUTUS_GOLDEN=write stores them anew."""

import os
from pathlib import Path

import pytest

from engine.render import show
from engine.search import STRATEGIES
from engine.tree import Node, Tree, Visited
from tests.worlds import HARD, KNOBS, search, setting

GOLDEN = Path(__file__).parent / "golden"


def told(tree: Tree) -> str:
    """The tree, why each node was kept or dropped, and what was backed up."""
    visits = [f"{event.value:.3f} along {event.path}" for event in tree.events if isinstance(event, Visited)]
    parts = [
        show(tree, all_nodes=True),
        "\n".join(_line(node) for node in tree.nodes[1:]),
        "\n".join(visits),
        f"{tree.cost.policy_flops + tree.cost.prm_flops:.0f} FLOPs; stopped: {tree.closed and tree.closed.stopped}",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _line(node: Node) -> str:
    place = ".".join(map(str, node.place))
    logprob = "–" if node.logprob is None else f"{node.logprob:.4f}"
    return f"{node.id} at {place}: {node.finish}, log p {logprob}, {node.mark or '–'}: {node.reason or '–'}"


def test_every_strategy_has_knobs_for_its_golden_tree() -> None:
    assert set(KNOBS) == set(STRATEGIES)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_tree_is_the_one_that_was_stored(strategy: str) -> None:
    text = told(search(HARD, setting(strategy)))
    file = GOLDEN / f"{strategy}.txt"
    if os.environ.get("ARBUTUS_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "if the change is meant: ARBUTUS_GOLDEN=write, and read the diff"
