"""Trees and runs in a notebook: whole, safe, and without anything from elsewhere."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given

from engine.notebook import MOST
from engine.runs import Run
from engine.tree import Closed, Cost, Grown, Problem, Tree
from tests.app import trees
from tests.runs.logs import Story, play, stories, write_story

HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)>" onmouseover="alert(3)'


class Reader(HTMLParser):
    """The text of a piece of HTML, its tags, and whether each that is opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def safe(html: str) -> Reader:
    read = Reader(html)
    assert not set(read.tags) & {"script", "style", "img", "iframe", "link", "a", "object"}
    assert set(read.attributes) <= {"style", "title", "open"}
    assert not re.search(r"https?:|url\(", html)
    return read


@pytest.mark.parametrize("tree", [trees.beam(), trees.mcts(), trees.best_of_n(scored=False)])
def test_a_small_tree_shows_every_distinct_step_its_answer_and_its_verdicts(tree: Tree) -> None:
    read = safe(tree._repr_html_())
    assert tree.problem.question in read.text
    for node in tree.nodes[1:]:
        assert node.text in read.text
    assert tree.chosen is not None and tree.chosen.answer and tree.chosen.answer in read.text
    assert ("✓" in read.text) == any(n.correct for n in tree)
    assert ("N=" in read.text) == bool(tree.root.visits)


def test_a_large_tree_shows_so_many_steps_and_counts_the_rest() -> None:
    tree = trees.big(3000)
    read = safe(tree._repr_html_())
    assert read.tags.count("code") == MOST and f"and {len(tree) - 1 - MOST:,} more steps" in read.text
    assert len(tree._repr_html_()) < 120_000


def test_a_deep_chain_is_shown_from_its_beginning() -> None:
    tree = Tree(Problem("p", "deep"))
    for i in range(1000):
        tree.apply(Grown([i], [f"step {i}"], ["step"], [None], [None], [Cost()]))
    assert "step 0" in safe(tree._repr_html_()).text


def test_what_comes_from_a_log_is_text() -> None:
    tree = Tree(Problem(HOSTILE, HOSTILE))
    tree.apply(Grown([0, 0], [HOSTILE, ""], ["end", "error"], [None] * 2, [HOSTILE, None], [Cost()] * 2, {2: HOSTILE}))
    tree.keep({tree.node(1): HOSTILE})
    tree.apply(Closed(1, HOSTILE, "error", {1: None}, {}, HOSTILE))
    assert HOSTILE in safe(tree._repr_html_()).text


@given(stories())
def test_any_tree_at_any_moment_can_be_shown(story: Story) -> None:
    for now in play(story):
        for tree in now.values():
            safe(tree._repr_html_())


def test_a_run_says_what_it_was_and_what_came_of_it(tmp_path: Path) -> None:
    many = [trees.beam(numbers=(4, 5, 6, n), seed=n) for n in range(2, 13)]
    run = Run.open(trees.write_run(tmp_path / "run", many, title=HOSTILE))
    read = safe(run._repr_html_())
    right = sum(s.correct is True for s in run.summaries)
    for said in (HOSTILE, "beam n=16", "11 of 11 done", f"{right / 11:.1%} (95 %", "scripted", "and 3 more"):
        assert said in read.text
    assert many[0].problem.question in read.text


def test_a_run_that_has_not_begun_is_shown_too(tmp_path: Path) -> None:
    write_story(tmp_path / "run", [])
    assert "0 of 5 done" in safe(Run.open(tmp_path / "run")._repr_html_()).text


def test_a_file_that_chooses_no_answer_was_not_wrong(tmp_path: Path) -> None:
    tree = Tree(Problem("p", "Why?"))
    tree.apply(Closed(None, "the file chooses no answer", "done", {}, {}))
    folder = trees.write_run(tmp_path / "run", [tree], source={"format": "plain"})
    assert "✗" not in safe(Run.open(folder)._repr_html_()).text
