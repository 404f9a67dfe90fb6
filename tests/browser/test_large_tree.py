"""A tree too large to be seen whole opens with its first columns, and says what is folded."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from engine.runs import RunInfo, RunWriter
from engine.tree import Closed, Cost, Finish, Grown, Problem, Tree

FIRST, BELOW = 1000, 20


def write(folder: Path) -> int:
    """A question with many first steps, many ways on from each, and one answer. Returns how many nodes there are."""
    tree = Tree(Problem("wide", "Make 24 from 4 5 6 10"))
    for parents, finish in (([0] * FIRST, "step"), ([1 + i for i in range(FIRST) for _ in range(BELOW)], "end")):
        ends: list[Finish] = [finish] * len(parents)  # type: ignore[list-item]
        texts = [f"{i} + {parent} = {i + parent}" for i, parent in enumerate(parents)]
        nothing: list[None] = [None] * len(parents)
        tree.apply(Grown(parents, texts, ends, [*nothing], [*nothing], [Cost()] * len(parents)))
    tree.apply(Closed(FIRST + 1, "the first", "done", {FIRST + 1: True}, {}))
    info = RunInfo(
        task="countdown", problem_set="wide", problems=1, strategy="beam", parameters={"n": 1}, seed=0,
        policy={"id": "none"}, prm=None,
    )  # fmt: skip
    with RunWriter.create(folder, info) as writer:
        writer.write({0: tree})
    return len(tree)


def test_a_very_large_tree_opens_folded_but_for_the_way_to_its_answer(
    explorer: Callable[..., str], page: Page, tmp_path: Path
) -> None:
    nodes = write(tmp_path / "wide")
    page.goto(f"{explorer(tmp_path)}/tree?run=wide")
    stage = page.locator(".stage")
    expect(stage).to_have_attribute("data-nodes", str(nodes))
    expect(stage).to_have_attribute("data-shown", str(1 + FIRST + BELOW))
    folds = page.get_by_role("button", name=f"{(FIRST - 1) * BELOW:,} steps folded")
    folds.click()
    expect(stage).to_have_attribute("data-shown", str(nodes))
    expect(folds).to_have_count(0)
