"""The icicle in a real browser: a click in it, and a key, select as they do on the canvas."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from engine.tree import Tree
from tests.app import trees
from tests.browser.test_outline_keys import small_tree

pytestmark = pytest.mark.browser


def test_a_click_on_a_block_and_the_keys_select_a_step_in_the_inspector_the_address_and_the_canvas(
    page: Page, explorer: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("runs")
    trees.write_run(root / "small", [small_tree()])
    page.goto(f"{explorer(root)}/tree?run=small&view=overview")
    plot = page.locator(".st-key-tree-explore .js-plotly-plot").first
    blocks = plot.locator(".point path")
    expect(blocks).to_have_count(6)
    for node, at in ((2, 2), (1, 1)):  # in the order in which they are drawn: the question, then its steps
        box = blocks.nth(at).bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.locator(".arbutus-inspector .eyebrow")).to_contain_text(f"node {node}")
        expect(page).to_have_url(re.compile(rf"node={node}\b"))
    keys = page.get_by_role("tree", name="Overview of the search tree")
    keys.focus()
    page.keyboard.press("ArrowRight")
    block = keys.get_by_role("treeitem", name="Step: two. reward 0.750, kept")
    expect(block).to_have_css("opacity", "1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".arbutus-inspector .eyebrow")).to_contain_text("node 3")
    expect(keys).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"node=1\b"))
    page.get_by_role("radio", name="Canvas").click()
    expect(page.locator(".stage")).to_have_attribute("data-selected", "1")


def test_the_overview_shows_the_moment_of_the_replay_and_leads_to_its_end(
    page: Page, explorer: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("runs")
    trees.write_run(root / "small", [small_tree()])
    page.goto(f"{explorer(root)}/tree?run=small&view=overview&at=1&node=1")
    explore = page.locator(".st-key-tree-explore")
    blocks = explore.locator(".js-plotly-plot").first.locator(".point path")
    then = len(Tree.replay(small_tree().events[:2]))
    assert then < len(small_tree())
    expect(explore.get_by_text(f"As it stood at event 1 of {len(small_tree().events) - 1}.")).to_be_visible()
    expect(blocks).to_have_count(then)
    page.get_by_role("button", name="See the end").click()
    expect(blocks).to_have_count(len(small_tree()))
    expect(page).to_have_url(re.compile(r"node=1\b"))
    expect(page).not_to_have_url(re.compile(r"\bat="))
