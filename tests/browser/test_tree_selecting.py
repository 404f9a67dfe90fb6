"""Selecting a step on the Tree page: what is said of it then, and that the view stays where it was."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas import inspected, opened
from tests.stories import LONG, story_tree

SAMPLES = Path(__file__).resolve().parents[2] / "sample_runs"
pytestmark = pytest.mark.browser


def test_a_click_selects_a_step_without_moving_the_view(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs)
    before = canvas.view()
    canvas.click(7)
    inspected(page, 7)
    expect(page).to_have_url(re.compile(r"run=beam&problem=4-5-6-10-24&node=7$"))
    canvas.expect("selected", 7)
    assert canvas.view() == before
    expect(page.locator(".arbutus-inspector")).to_contain_text("of 16 by reward")


def test_of_a_tree_that_was_not_solved_the_buttons_lead_to_where_it_was_lost(
    page: Page, explorer: Callable[..., str]
) -> None:
    canvas = opened(page, explorer(SAMPLES), "?run=trees/dropped")
    expect(page.locator(".arbutus-inspector")).to_contain_text("Where it was lostThe last good step was dropped.")
    page.get_by_role("button", name="Go to the last good step").click()
    inspected(page, 2)
    canvas.expect("selected", 2)
    expect(page.locator(".arbutus-inspector .chips")).to_contain_text("dropped")
    page.go_back()
    page.get_by_role("button", name="Go to where the answer goes wrong").click()
    inspected(page, 3)


def test_a_view_that_was_moved_stays_when_another_step_is_selected(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs)
    for _ in range(2):
        page.get_by_label("Zoom in").click()
    box = canvas.stage.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 400, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 460, box["y"] + 250, steps=3)
    page.mouse.up()
    moved = canvas.view()
    target = canvas.stage.evaluate(
        "s => [...Array(+s.dataset.nodes).keys()].find(i => { const c = s.arbutus.where(i);"
        " return i > 0 && c.y > 20 && c.y < 500 && c.x > 20 && c.x + c.width < s.clientWidth - 20; })"
    )
    canvas.click(target)
    inspected(page, target)
    assert canvas.view() == moved


def test_arrow_keys_walk_to_parent_child_and_neighbour(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs)
    canvas.stage.focus()
    page.keyboard.press("ArrowRight")
    expect(canvas.stage).to_have_attribute("data-selected", re.compile(r"^\d+$"))
    first = int(canvas["selected"])
    page.keyboard.press("ArrowDown")
    canvas.expect("selected", first + 1)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    canvas.expect("selected", 0)
    page.keyboard.press("End")
    expect(page.locator(".arbutus-inspector .chips")).to_contain_text("chosen answer")
    expect(page.get_by_role("treeitem")).to_contain_text("reward")
    page.keyboard.press("Home")
    canvas.expect("selected", 0)


def test_three_thousand_nodes_paint_and_answer_a_click(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs, "?run=large")
    canvas.expect("nodes", 3000)
    canvas.expect("drawn", 3000)
    assert float(canvas["paint"]) < 250
    canvas.click(1)
    inspected(page, 1)


def test_a_story_is_there_whole_and_its_steps_are_checked_and_its_answers_counted(page: Page, tree_runs: str) -> None:
    tree = story_tree(LONG)
    canvas = opened(page, tree_runs, "?run=story")
    expect(page.get_by_role("heading", name=LONG.question)).to_be_visible()
    expect(page.locator(".arbutus-inspector .votes tr.here")).to_contain_text("chosen")
    wrong = next(n for n in tree.nodes[1:] if n.label is False and " = " in n.text and n.mark == "dropped" and n.reward)
    canvas.click(wrong.id)
    inspected(page, wrong.id)
    inspector = page.locator(".arbutus-inspector")
    expect(inspector).to_contain_text("Checked: ")
    expect(inspector).to_contain_text("The truth: Wrong sum: ")
    assert tree.chosen is not None
    page.keyboard.press("End")
    inspected(page, tree.chosen.id)
    expect(inspector).to_contain_text("The truth: Right.")
    votes = sum(n.answer == tree.chosen.answer for n in tree.finished())
    expect(inspector.locator(".votes tr.here td").first).to_have_text(str(votes))


def test_the_tree_is_downloaded_as_a_page_of_its_own(page: Page, tree_runs: str) -> None:
    opened(page, tree_runs, "?run=mcts")
    with page.expect_download() as download:
        page.get_by_role("button", name="This tree as a page").click()
    written = download.value.path().read_text(encoding="utf-8")
    assert download.value.suggested_filename.endswith(".html") and "const drawTree" in written
