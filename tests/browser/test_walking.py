"""The path to a step as crumbs, and the phases of a tree search as its replay passes them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app import data
from engine.tree import Grown, Marked, Opened, Scored, Tree, Visited

pytestmark = pytest.mark.browser

SAMPLES = Path(__file__).resolve().parents[2] / "sample_runs"
MCTS, UCT = "trees/went-back", "tot-100-sweep/uct-n16-s0"


@pytest.fixture(scope="module")
def address(explorer: Callable[..., str]) -> str:
    return explorer(SAMPLES)


def opened(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator(".stage")).to_have_attribute("data-nodes", re.compile(r"\d+"))


def test_the_path_stays_while_one_walks_along_it(page: Page, address: str) -> None:
    opened(page, f"{address}/tree?run={MCTS}")
    crumbs, stage = page.get_by_role("navigation", name="Path from the question"), page.locator(".stage")
    steps = crumbs.get_by_role("button")
    expect(crumbs).to_contain_text("Chosen path")
    expect(steps).to_have_count(4)
    expect(steps.nth(2)).to_have_accessible_name(re.compile(r"^5 \* 6 = 30 \(left: 6 30\); reward 0\.\d\d$"))
    expect(steps.nth(2).locator("i")).to_have_text(re.compile(r"^0\.\d\d$"))
    zoom = stage.get_attribute("data-zoom")
    steps.nth(2).click()
    expect(page.locator(".arbutus-inspector .step")).to_have_text("5 * 6 = 30 (left: 6 30)")
    expect(steps.nth(2)).to_have_attribute("aria-current", "step")
    steps.nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".arbutus-inspector .step")).to_have_text("9 - 4 = 5 (left: 5 6 6)")
    expect(steps.nth(1)).to_be_focused()
    expect(crumbs.locator("[aria-current]")).to_have_count(1)
    expect(steps).to_have_count(4)
    assert stage.get_attribute("data-zoom") == zoom


@pytest.mark.parametrize(
    ("run", "problem"), [(MCTS, "24-from-4-6-6-9"), (UCT, "24-from-4-5-6-10")], ids=["mcts", "uct"]
)
def test_each_event_of_a_tree_search_is_told_as_its_phase(page: Page, address: str, run: str, problem: str) -> None:
    tree = data.load_tree(run, problem)
    opened(page, f"{address}/tree?run={run}&problem={tree.problem.id}")
    told = page.locator(".arbutus").evaluate("""async (section) => {
      const [slider, told] = [section.querySelector(".moment"), []];
      for (let at = 0; at < +slider.max; at++) {
        slider.value = at;
        slider.dispatchEvent(new Event("input"));
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        const on = [...section.querySelectorAll(".phases .on")].map((phase) => phase.textContent);
        told.push([on.join(), section.querySelector(".happening").textContent.match(/^simulation (\\d+)/)?.[1] ?? ""]);
      }
      return told;
    }""")
    assert [tuple(each) for each in told] == phases(tree)


def phases(tree: Tree) -> list[tuple[str, str]]:
    """What each event but the last is within its simulation, and which simulation that is."""
    expected, size, simulation, fresh = [], 1, 1, True
    visits = sum(isinstance(event, Visited) for event in tree.events)
    for event in tree.events[:-1]:
        on = ""
        if isinstance(event, Grown):
            on = "select,expand,roll out" if size in event.parent else "select,expand"
            size, fresh = size + len(event.parent), False
        elif isinstance(event, Scored):
            on, fresh = "select,evaluate" if fresh else "evaluate", False
        elif isinstance(event, Visited):
            on, fresh = "select,back up" if fresh else "back up", True
        told = not isinstance(event, Opened) and simulation <= visits
        expected.append((on if told else "", str(simulation) if told else ""))
        simulation += isinstance(event, Visited)
        assert isinstance(event, Opened | Grown | Scored | Marked | Visited)
    return expected
