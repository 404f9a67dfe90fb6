"""How large a tree is at first sight: whole if its words can be read then, else the chosen path and what is near."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app import trees
from tests.browser.canvas import Canvas
from tests.browser.test_standalone import opened
from tests.stories import LONG, story_tree

pytestmark = pytest.mark.browser

WORDS = {"width": 62, "height": 34}
"""Pixels from which a card has words under its number."""


def test_of_long_sentences_the_question_and_the_chosen_path_are_seen_at_a_size_at_which_they_are_read(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    tree = story_tree(LONG)
    page = opened(open_page, tmp_path, tree)
    canvas = Canvas(page)
    assert tree.chosen is not None
    first = tree.chosen.path()[0]
    for node in (0, first.id):
        assert canvas.in_sight(node)
    card = canvas.where(first.id)
    assert card["width"] >= WORDS["width"] and card["height"] >= WORDS["height"]
    expect(page.locator(".map")).to_be_visible()
    at_first = canvas.view()
    canvas.stage.press("f")
    expect(page.locator(".map")).to_be_hidden()
    assert all(canvas.in_sight(node.id) for node in tree if canvas.where(node.id))
    canvas.stage.press("f")
    assert canvas.view() == at_first


def test_a_small_tree_is_seen_whole_and_so_is_one_of_which_a_page_would_be_a_mere_corner(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    for tree in (trees.best_of_n(3), trees.big(3000)):
        page = opened(open_page, tmp_path, tree)
        canvas = Canvas(page)
        expect(page.locator(".map")).to_be_hidden()
        assert canvas.in_sight(0) and canvas.in_sight(len(tree) - 1)
        page.close()
