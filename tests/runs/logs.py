"""Runs to test with: stories of trees that grow at the same time, and what a reader should see of them."""

import json
import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from engine.runs import Run, RunError, RunInfo, RunWriter, summarize
from engine.tree import (
    Closed,
    Cost,
    Event,
    Finish,
    Grown,
    Mark,
    Marked,
    Node,
    Opened,
    Problem,
    Scored,
    Stopped,
    Tree,
    Visited,
)

EXAMPLES = int(os.environ.get("ARBUTUS_EXAMPLES", "100"))
PROBLEMS = 5

Story = list[list[tuple[int, Event]]]
"""For each round, the events that happen in it and to which trees; the writer writes after each round."""


def info(**changes: Any) -> RunInfo:
    known: dict[str, Any] = {
        "task": "countdown", "problem_set": "tiny", "problems": PROBLEMS, "strategy": "beam", "parameters": {"n": 4},
        "seed": 1, "policy": {"id": "scripted"}, "prm": None,
    }  # fmt: skip
    return RunInfo(**known | changes)


def grown(parent: int, text: str = "1 + 2 = 3", finish: Finish = "step") -> Grown:
    return Grown([parent], [text], [finish], [-0.25], [None], [Cost(5, 1, 0, 1e6, 0.0, 0.5)])


def closed(chosen: int | None = None) -> Closed:
    return Closed(chosen, "the only one", "done", {} if chosen is None else {chosen: True}, {})


def a_tree(t: int, steps: int = 2, finished: bool = True) -> Tree:
    """A chain of steps that solves problem `t`."""
    tree = Tree(Problem(f"p{t}", f"question {t}"))
    for i in range(steps):
        tree.apply(grown(i, finish="end" if i == steps - 1 else "step"))
    if finished:
        tree.apply(closed(steps))
    return tree


def write_run(folder: Path, trees: dict[int, Tree], **changes: Any) -> Path:
    with RunWriter.create(folder, info(**changes)) as writer:
        writer.write(trees)
    return folder


def play(story: Story) -> Iterator[dict[int, Tree]]:
    """The trees after each round, always the same objects."""
    trees: dict[int, Tree] = {}
    for happened in story:
        for t, event in happened:
            if t in trees:
                trees[t].apply(event)
            else:
                assert isinstance(event, Opened)
                trees[t] = Tree(event.problem)
        yield trees


def write_story(folder: Path, story: Story) -> dict[int, Tree]:
    trees: dict[int, Tree] = {}
    with RunWriter.create(folder, info()) as writer:
        for trees in play(story):
            writer.write(trees)
    return trees


def seen(tree: Tree) -> Any:
    """All that can be seen of a tree: its events and its folded state."""
    nodes = [[_plain(getattr(node, f.name)) for f in fields(Node)] for node in tree]
    return list(tree.events), nodes, tree.problem, tree.cost, _plain(tree.chosen), tree.closed


def _plain(value: Any) -> Any:
    if isinstance(value, Node):
        return value.id
    return [_plain(v) for v in value] if isinstance(value, list) else value


def everything(run: Run) -> dict[int, Any]:
    """What a run gives of each tree, None where that tree can't be read. Checks that the parts agree."""
    found: dict[int, Any] = {} if run.damage else {t: seen(tree) for t, tree in run.open_trees().items()}
    assert not found.keys() & {s.index for s in run.summaries}
    assert [s.index for s in run.summaries] == sorted({s.index for s in run.summaries})
    assert run.finished == len(run.summaries)
    for summary in run.summaries:
        try:
            tree = run.tree(summary.index)
        except RunError:
            found[summary.index] = None
            continue
        assert summarize(summary.index, tree) == summary
        found[summary.index] = seen(tree)
    return found


def after_whole_lines(data: bytes, story: Story) -> dict[int, Any]:
    """What a reader should see of a log cut after `data`, found without the reader."""
    told: dict[int, list[Event]] = {}
    for happened in story:
        for t, event in happened:
            told.setdefault(t, []).append(event)
    count: dict[int, int] = {}
    for line in data.split(b"\n")[:-1]:
        t = json.loads(line)["t"]
        count[t] = count.get(t, 0) + 1
    return {t: seen(_last_attempt(told[t][:n])) for t, n in count.items()}


def _last_attempt(events: list[Event]) -> Tree:
    begin = max(i for i, event in enumerate(events) if isinstance(event, Opened))
    return Tree.replay(events[begin:])


def rich_story() -> Story:
    """Four trees: one closes early, one begins again and closes twice, one closes last, one stays open."""
    reward = Scored([1], [0.75], [1.1], [Cost(prm_tokens=9, prm_flops=1e5, seconds=0.25)])
    first: list[tuple[int, Event]] = [(t, Opened(Problem(f"p{t}", f"què {t}?", meta={"n": [t]}))) for t in range(3)]
    return [
        first,
        [(0, grown(0)), (1, grown(0, finish="end")), (2, grown(0, finish="end"))],
        [(0, reward), (1, Marked([1], ["kept"], ["among the best 1"])), (2, closed(1))],
        [(0, Visited([0, 1], 0.5)), (1, closed(1)), (3, Opened(Problem("p3", "last?", "24")))],
        [(2, Opened(Problem("p2", "again?"))), (3, grown(0, "a\nb"))],
        [(2, grown(0, finish="end")), (0, closed()), (2, closed(1))],
    ]


texts = st.text(st.characters(codec="utf-8"), max_size=8)
numbers = st.floats(-1e300, 1e300)
maybe = st.none() | numbers
costs = st.builds(Cost, *[st.integers(0, 2**40)] * 3, *[st.floats(0, 1e300)] * 3)
metas = st.dictionaries(texts, st.none() | st.booleans() | st.integers(-(2**60), 2**60) | numbers | texts, max_size=2)


@st.composite
def stories(draw: st.DrawFn, rounds: int = 6) -> Story:
    """Up to five trees that grow, score, mark, visit, close and begin again, interleaved."""
    trees: dict[int, Tree] = {}
    story: Story = []
    for _ in range(draw(st.integers(1, rounds))):
        happened: list[tuple[int, Event]] = []
        for t in draw(st.lists(st.integers(0, PROBLEMS - 1), max_size=4)):
            event = _next_event(draw, t, trees)
            if event is not None:
                happened.append((t, event))
        story.append(_written_order(happened, trees))
    return story


def _written_order(happened: list[tuple[int, Event]], trees: dict[int, Tree]) -> list[tuple[int, Event]]:
    """Of a tree that begins again within a round, only what is left of it reaches the log."""
    return [(t, event) for t, event in happened if any(event is e for e in trees[t].events)]


def _next_event(draw: st.DrawFn, t: int, trees: dict[int, Tree]) -> Event | None:
    tree = trees.get(t)
    if tree is None:
        trees[t] = Tree(Problem(f"p{t}", draw(texts), draw(st.none() | texts), draw(metas)))
        return trees[t].events[0]
    again = st.just("open")
    kind = draw(
        again | st.none()
        if tree.closed
        else again | st.sampled_from(["grow"] * 4 + ["score", "mark", "visit", "close"])
    )
    if kind is None:
        return None
    event = _event(draw, kind, t, tree)
    tree.apply(event)
    return event


def _event(draw: st.DrawFn, kind: str, t: int, tree: Tree) -> Event:
    node = st.integers(0, len(tree) - 1)
    n = draw(st.integers(0, 3))
    some = draw(st.lists(node, min_size=n, max_size=n))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=n, max_size=n))

    match kind:
        case "open":
            return Opened(Problem(f"p{t}", draw(texts), meta=draw(metas)))
        case "grow":
            finishes: list[Finish] = column(st.sampled_from(["step", "end", "length", "error"]))
            error = draw(st.dictionaries(st.integers(len(tree), len(tree) + 3), texts, max_size=1))
            return Grown(some, column(texts), finishes, column(maybe), column(st.none() | texts), column(costs), error)
        case "score":
            return Scored(
                some, column(maybe), column(maybe), column(costs), draw(st.dictionaries(node, texts, max_size=1))
            )
        case "mark":
            marks: list[Mark] = column(st.sampled_from(["kept", "dropped"]))
            return Marked(some, marks, column(texts))
        case "visit":
            return Visited(some, draw(numbers))
    truth = {end.id: draw(st.none() | st.booleans()) for end in tree.finished()}
    labels = draw(st.dictionaries(node, st.booleans(), max_size=2))
    stopped: Stopped = draw(st.sampled_from(["done", "completions", "tokens", "seconds", "error"]))
    return Closed(draw(st.none() | node), draw(texts), stopped, truth, labels, draw(st.none() | texts))
