"""Waits in the explorer as people have them: from a click to what they clicked for, in seconds."""

import time
from collections.abc import Callable

from playwright.sync_api import Page

PAGES = ("Tree", "What if", "Compare", "Curves", "PRM lab", "Live", "Learn", "Start")
"""As the navigation calls them."""
DRAWN = '.stage[data-nodes]:not([data-nodes="1"])'
"""A canvas that shows more than the question."""
WATCH = """(app) => {
  window.moved = 0;
  new MutationObserver(() => (window.moved = performance.now())).observe(
    app, { childList: true, subtree: true, characterData: true });
}"""
STILL = """([began, from]) => {
  const over = document.querySelector("[data-testid='stApp']").dataset.testScriptState === "notRunning";
  const gone = from === null || location.href !== from;
  const figures = [...document.querySelectorAll("[data-testid='stPlotlyChart']")];
  const drawn = figures.every((f) => f.querySelector(".main-svg"));
  const loaded = !document.querySelector("[data-testid='stSkeleton']");
  const still = window.moved > began && performance.now() - window.moved > 300;
  return over && gone && drawn && loaded && still && window.moved - began;
}"""
"""Milliseconds until the page changed last, once nothing has changed for 300 and all figures are drawn: a script may be
over unseen, and the code of a figure may still be on its way."""
SELECT = """(stage, node) => {
  const [at, frame] = [stage.arbutus.where(node), stage.getBoundingClientRect()];
  const inside = at && at.x >= 0 && at.x + at.width <= frame.width && at.middle >= 0 && at.middle <= frame.height;
  return inside ? [frame.left + at.x + at.width / 2, frame.top + at.middle] : null;
}"""
"""Where a node is on the page; null outside of the stage, where something else would be clicked."""
INSPECTED = """(node) => document.querySelector(".arbutus-inspector .eyebrow span")?.textContent === `node ${node}`"""


def settle(page: Page) -> None:
    """Wait until the page stands still."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.wait_for_timeout(700)


def open_app(page: Page, url: str) -> None:
    page.goto(url)
    settle(page)
    page.locator('[data-testid="stApp"]').evaluate(WATCH)


def switch(page: Page, name: str) -> float:
    """Go to a page by the navigation: until it has said all it has to say."""
    link = page.get_by_test_id("stTopNavLinkContainer").get_by_role("link", name=name, exact=True)
    return still(page, link.click, page.url)


def still(page: Page, act: Callable[[], None], start: str | None = None) -> float:
    """Do something: until the page stands still again, and is no more at the address `start`."""
    began = page.evaluate("performance.now()")
    act()
    return float(page.wait_for_function(STILL, arg=[began, start]).json_value()) / 1000


def follow(page: Page, card: str) -> float:
    """From the click on a run's card on the Start page until its tree is drawn."""
    link = page.locator(f".st-key-card-{card}").get_by_role("link", name="Open the tree")
    link.wait_for()
    began = time.perf_counter()
    link.click()
    page.locator(DRAWN).wait_for()
    return time.perf_counter() - began


def inspect(page: Page, node: int) -> float | None:
    """From the click on a node, or the one that lies over it, until the inspector tells of it. None if none is hit."""
    stage = page.locator(".stage")
    place, before = stage.evaluate(SELECT, node), stage.get_attribute("data-selected")
    if place is None:
        return None
    began = time.perf_counter()
    page.mouse.click(*place)
    page.wait_for_timeout(0)
    selected = stage.evaluate("(s) => new Promise((d) => requestAnimationFrame(() => d(s.dataset.selected)))")
    if selected in (before, "0", "-1"):
        return None
    page.wait_for_function(INSPECTED, arg=selected)
    return time.perf_counter() - began
