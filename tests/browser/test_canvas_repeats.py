"""Steps that only repeat a sibling, on the canvas: under their twin, or apart."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas import inspected, opened

pytestmark = pytest.mark.browser


def test_repeats_lie_under_their_twin_until_they_are_wanted_apart(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs, "?run=repeats")
    canvas.expect("shown", 4)
    canvas.expect("under", 2)
    page.get_by_role("button", name="2 repeats under their twin").click()
    canvas.expect("shown", 6)
    canvas.click(4)
    inspected(page, 4)
    canvas.stage.press("r")
    canvas.expect("shown", 4)
    inspected(page, 1)
    canvas.expect("selected", 1)
    canvas.stage.hover(position=canvas.middle(1))  # type: ignore[arg-type]
    expect(page.locator(".tip-facts")).to_contain_text("drawn 3 times")


def test_a_search_and_the_arrow_keys_pass_over_repeats_that_lie_under_their_twin(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs, "?run=repeats&node=1")
    canvas.expect("selected", 1)
    canvas.stage.press("ArrowDown")
    canvas.expect("selected", 3)
    page.get_by_label("Find in steps").fill("one")
    canvas.expect("matches", 1)


def test_a_link_to_a_repeat_shows_repeats_apart(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs, "?run=repeats&node=4")
    inspected(page, 4)
    canvas.expect("selected", 4)
    canvas.expect("shown", 6)
