"""Runs of every shape that the tests of the Tree page look at: small, large, with holes, hostile, with repeats."""

from pathlib import Path

from engine.tree import Closed, Cost, Grown, Marked, Problem, Scored, Tree
from tests.app import trees
from tests.stories import LONG, story_tree

HOSTILE = r'<img src=x onerror="document.title=1">**not bold** $\href{javascript:alert(1)}{x}$'
WILD = "x" * 1_000_000, "1 + 1 = \u202e3\u202c", "👩‍🔬 שלום \x1b[31m \u0000", "<svg/onload=alert(1)>" * 50, "$" * 500
"""Steps that no model should write: endless, turned round, with control characters, markup."""


def write_runs(root: Path) -> None:
    puzzles = (4, 5, 6, 10), (1, 3, 4, 6), (2, 7, 8, 9)
    trees.write_run(root / "beam", [trees.beam(numbers=n, seed=i + 1) for i, n in enumerate(puzzles)])
    trees.write_run(root / "holes", [trees.beam(seed=3, failures=0.15, missing=0.2)])
    trees.write_run(root / "mcts", [trees.mcts(20, seed=1)], "mcts")
    trees.write_run(root / "large", [trees.big(3000)])
    trees.write_run(root / "hostile", [hostile_tree(), wild_tree()])
    trees.write_run(root / "repeats", [repeating_tree()])
    trees.write_run(root / "story", [story_tree(LONG)], task="word-problems")


def repeating_tree() -> Tree:
    """Three different steps, the first of them drawn three times (nodes 1, 2 and 4)."""
    tree = Tree(Problem("p", "Make 24 from 4 6"))
    words = ["one", "one", "two", "one", "three"]
    tree.apply(Grown([0] * 5, words, ["end"] * 5, [None] * 5, list[str | None](words), [Cost()] * 5))
    tree.drop({tree.node(2): "the same step as node 1", tree.node(4): "the same step as node 1"})
    tree.apply(Scored([1, 3, 5], [0.5, 0.3, 0.1], [None] * 3, [Cost()] * 3))
    tree.apply(Closed(1, "the best", "done", {}, {}))
    return tree


def hostile_tree() -> Tree:
    tree = Tree(Problem("<b>id</b>", HOSTILE))
    tree.apply(Grown([0], [HOSTILE], ["end"], [None], [HOSTILE], [Cost()]))
    tree.apply(Scored([1], [0.5], [0.0], [Cost()]))
    tree.apply(Marked([1], ["kept"], [HOSTILE]))
    tree.apply(Closed(1, HOSTILE, "error", {1: False}, {}, HOSTILE))
    return tree


def wild_tree() -> Tree:
    tree = Tree(Problem("wild", WILD[1] * 40))
    n = len(WILD)
    tree.apply(Grown([0] * n, list(WILD), ["end"] * n, [None] * n, list[str | None](WILD), [Cost()] * n))
    tree.apply(Scored([1, 2, 3], [0.5, None, 1.0], [1e308, None, -1e308], [Cost()] * 3))
    tree.apply(Closed(2, WILD[3], "done", {2: None}, {}))
    return tree
