"""The picture of a search that grows: every step once, in the log's order, and nothing that can do harm."""

import re
from base64 import b64decode
from xml.etree import ElementTree

import pytest

from app.figures.growing import SECONDS, growing
from engine.repeats import twins
from engine.tree import Closed, Cost, Grown, Marked, Problem, Scored, Tree
from tests.app.trees import beam, mcts

SVG = "{http://www.w3.org/2000/svg}"


def grow(tree: Tree, parents: list[int], texts: list[str]) -> None:
    n = len(parents)
    tree.apply(Grown(parents, texts, ["step"] * n, [None] * n, [None] * n, [Cost()] * n))


def picture(tree: Tree, *, dark: bool = False) -> ElementTree.Element:
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', growing(tree, dark=dark))
    assert found
    return ElementTree.fromstring(b64decode(found[1]).decode())


def delays(root: ElementTree.Element) -> list[float]:
    styles = [element.get("style", "") for element in root.iter()]
    return [float(found[1]) for style in styles if (found := re.fullmatch(r"animation-delay:([\d.]+)s", style))]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("tree", [beam(), mcts()], ids=["beam", "mcts"])
def test_every_step_that_repeats_no_other_is_drawn_once_within_the_picture(tree: Tree, dark: bool) -> None:
    root = picture(tree, dark=dark)
    boxes = [box for box in root.iter(f"{SVG}rect") if box.get("fill") != "none"]
    assert len(boxes) == len(tree) - len(twins(tree))
    left, top, wide, high = map(float, root.get("viewBox", "").split())
    for box in boxes:
        x, y, w, h = (float(box.get(name, "")) for name in ("x", "y", "width", "height"))
        assert left <= x and x + w <= left + wide and top <= y and y + h <= top + high


def test_what_moves_ends_within_five_seconds_and_not_at_all_where_people_want_none() -> None:
    tree = beam()
    assert 0 < max(delays(picture(tree))) <= SECONDS
    longest = max(map(float, re.findall(r"animation:\w+ ([.\d]+)s", "".join(picture(tree).itertext()))))
    assert SECONDS + longest < 5
    assert "prefers-reduced-motion" in "".join(picture(tree).itertext())


def test_a_step_comes_before_it_is_scored_and_is_scored_before_it_is_dropped() -> None:
    tree = Tree(Problem("p", "Make 24 from 4 6"))
    grow(tree, [0, 0], ["4 * 6 = 24", "4 + 6 = 10"])
    tree.apply(Scored([1, 2], [0.9, 0.1], [None, None], [Cost(), Cost()]))
    tree.apply(Marked([1, 2], ["kept", "dropped"], ["first", "second"]))
    tree.apply(Closed(1, "the best", "done", {}, {}))
    groups = [group for group in picture(tree).iter(f"{SVG}g") if group.get("class") == "in"]
    came, gone, scored = (delays(groups[1])[i] for i in range(3))
    assert came < scored < gone
    assert ElementTree.tostring(groups[1]).count(b"told") == 1
    assert not [group for group in groups[0].iter() if group.get("class") == "gone"]


def test_markup_control_characters_and_endless_words_of_a_log_do_no_harm() -> None:
    question = "<script>alert(1)</script>\x00 \u202e" + "x" * 5000
    tree = Tree(Problem("p", question))
    grow(tree, [0, 0], ['"><img onerror=x>', "\x1b\x07 & " + "y" * 100_000])
    html = growing(tree, dark=False)
    assert "<script" not in html and "<img onerror" not in html and len(html) < 10_000
    assert not list(picture(tree).iter(f"{SVG}script"))


def test_a_tree_that_hardly_exists_and_one_that_is_very_deep_are_drawn_too() -> None:
    tree = Tree(Problem("p", ""))
    assert len(list(picture(tree).iter(f"{SVG}rect"))) == 1
    for i in range(1500):
        grow(tree, [i], ["on"])
    assert len(list(picture(tree).iter(f"{SVG}rect"))) == 1501
