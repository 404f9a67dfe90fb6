"""A tree as a page of its own, opened from disk in a real browser that has no network."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from app.standalone import page_of
from engine.tree import Tree
from tests.app import trees
from tests.browser.canvas import Canvas
from tests.browser.tree_runs import HOSTILE, hostile_tree
from tests.runs.logs import info

pytestmark = pytest.mark.browser


def opened(open_page: Callable[..., Page], tmp_path: Path, tree: Tree, at: str = "") -> Page:
    file = tmp_path / "tree.html"
    file.write_text(page_of(tree, info()), encoding="utf-8")
    page = open_page(offline=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(_address(request)))
    page.goto(f"{file.as_uri()}{at}")
    Canvas(page)
    assert asked == [file.as_uri()], "something was fetched"
    return page


def _address(request: Request) -> str:
    return request.url.partition("#")[0]


def test_a_click_and_a_key_select_and_the_inspector_shows_the_step(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    tree = trees.beam()
    page = opened(open_page, tmp_path, tree)
    canvas = Canvas(page)
    expect(page.locator("#inspector")).to_contain_text("Pick a step")
    canvas.click(2)
    expect(page.locator("#inspector[data-node='2'] .step")).to_have_text(tree.node(2).text)
    expect(page).to_have_url(re.compile("#node=2$"))
    page.keyboard.press("End")
    assert tree.chosen is not None
    expect(page.locator("#inspector .step")).to_have_text(tree.chosen.text)
    page.reload()
    expect(page.locator("#inspector .step")).to_have_text(tree.chosen.text)
    expect(Canvas(page).stage).to_have_attribute("data-selected", str(tree.chosen.id))


def test_hostile_steps_are_text_and_an_address_of_no_node_is_no_error(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = opened(open_page, tmp_path, hostile_tree(), "#node=99")
    title = page.title()
    canvas = Canvas(page)
    canvas.click(1)
    expect(page.locator("#inspector .step")).to_have_text(HOSTILE)
    assert page.title() == title and page.locator("img").count() == 0
