"""The outline in a real browser: the keys and roles of a tree, and the selection that it shares with the canvas."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from engine.tree import Closed, Cost, Grown, Problem, Scored, Tree
from tests.app import trees

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="document.title=1"> \u202eturned'


def small_tree() -> Tree:
    """Nodes 1 and 2 below the question; 3 and 4, which is chosen, below 2; 5 below 1."""
    tree = Tree(Problem("p", "Make 24 from 4 6"))
    texts = ["one", "two", HOSTILE, "four", "five"]
    tree.apply(Grown([0, 0], texts[:2], ["step"] * 2, [None] * 2, [None] * 2, [Cost()] * 2))
    tree.apply(Scored([1, 2], [0.25, 0.75], [None] * 2, [Cost()] * 2))
    tree.keep({tree.node(2): "the best"})
    tree.drop({tree.node(1): "not the best"})
    tree.apply(Grown([2, 2, 1], texts[2:], ["end", "end", "error"], [None] * 3, ["a", "b", None], [Cost()] * 3))
    tree.apply(Closed(4, "the best", "done", {3: False, 4: True}, {}))
    return tree


def test_the_outline_is_walked_by_keys_and_shares_its_selection_with_the_canvas(
    page: Page, explorer: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("runs")
    trees.write_run(root / "small", [small_tree()])
    page.goto(f"{explorer(root)}/tree?run=small&view=outline")
    tree = page.get_by_role("tree")
    item = tree.get_by_role("treeitem")
    expect(item).to_have_count(5)  # expanded along the chosen path; node 5 is hidden below node 1
    one = tree.locator("[data-node='1']")
    expect(one).to_have_accessible_name("Step: one. reward 0.250, dropped, 1 step hidden")
    expect(one).to_have_attribute("aria-expanded", "false")
    expect(one).to_have_attribute("aria-level", "2")
    expect(tree.get_by_role("treeitem", name="Step: four. no reward, finished, ✓ correct, chosen")).to_be_visible()
    expect(tree).to_contain_text("⟨U+202E⟩turned")
    expect(tree.locator("img")).to_have_count(0)

    one.locator(".what").click()
    expect(page.locator(".arbutus-inspector .eyebrow")).to_contain_text("node 1")
    page.keyboard.press("ArrowRight")
    expect(one).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowRight")
    five = tree.get_by_role("treeitem", name="Step: five. no reward, failed")
    expect(five).to_be_focused()
    expect(five).to_have_attribute("aria-selected", "true")
    expect(tree.locator("[tabindex='0']")).to_have_count(1)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(five).to_have_count(0)
    page.keyboard.press("End")
    expect(item.last).to_be_focused()
    expect(page).to_have_url(re.compile(r"run=small&problem=p&node=4&view=outline$"))

    page.get_by_role("radio", name="Canvas").click()
    expect(page.locator(".stage")).to_have_attribute("data-selected", "4")
    expect(page).to_have_url(re.compile(r"run=small&problem=p&node=4$"))


def test_letters_lead_to_steps_and_the_field_finds_those_that_are_hidden(
    page: Page, explorer: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("runs")
    trees.write_run(root / "small", [small_tree()])
    page.goto(f"{explorer(root)}/tree?run=small&view=outline")
    tree = page.get_by_role("tree")
    tree.locator("[data-node='0'] > .row .what").click()
    page.keyboard.type("tw")
    expect(tree.locator("[data-node='2']")).to_be_focused()
    page.keyboard.press("/")
    field = page.get_by_label("Find in steps")
    expect(field).to_be_focused()
    page.keyboard.type("five")
    one = tree.locator("[data-node='1']")
    expect(one).to_have_accessible_name("Step: one. reward 0.250, dropped, 1 step hidden, 1 found")
    page.keyboard.press("Enter")
    expect(tree.locator("[data-node='5'] mark")).to_have_text("five")
    expect(page.locator(".outline .hits")).to_have_text("1/1")
    expect(page).to_have_url(re.compile(r"node=5&view=outline&find=five$"))
    page.reload()
    expect(field).to_have_value("five")


def test_the_outline_is_of_the_moment_that_the_replay_stands_at(
    page: Page, explorer: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("runs")
    trees.write_run(root / "small", [small_tree()])
    page.goto(f"{explorer(root)}/tree?run=small&view=outline&at=1")
    tree = page.get_by_role("tree")
    expect(tree.get_by_role("treeitem")).to_have_count(3)
    expect(tree.locator("[data-node='1']")).to_have_accessible_name("Step: one. reward still to come")
    expect(page.get_by_text("As it stood at event 1 of 6: 2 steps sampled")).to_be_visible()
    page.get_by_role("button", name="See the end").click()
    expect(tree.get_by_role("treeitem")).to_have_count(5)
    page.get_by_label("Number beside each step").select_option("order")
    expect(tree.locator("[data-node='1'] .worth")).to_have_text("1")
    expect(tree.locator("[data-node='3']")).to_have_accessible_name(re.compile(r"finished, ✗ wrong, event 5$"))
    expect(page).to_have_url(re.compile(r"problem=p&view=outline&colour=order$"))
