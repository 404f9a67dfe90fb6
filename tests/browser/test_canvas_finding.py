"""Finding steps on the canvas, by words and by what the colours tell."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas import opened

pytestmark = pytest.mark.browser


def test_find_counts_matches_and_walks_through_them(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs)
    page.get_by_label("Find in steps").fill("= 24 (")
    expect(page.locator(".hits")).to_have_text(re.compile(r"^[2-9]$"))
    matches = canvas["matches"]
    page.keyboard.press("Enter")
    expect(page.locator(".hits")).to_have_text(f"1/{matches}")
    page.get_by_label("Next match").click()
    expect(page.locator(".hits")).to_have_text(f"2/{matches}")
    expect(page.locator(".arbutus-inspector .step")).to_contain_text("= 24")
    page.get_by_label("Find in steps").press("Escape")
    canvas.expect("matches", 0)


def test_typing_in_the_search_field_triggers_none_of_the_shortcuts(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs)
    before = canvas.view()
    page.get_by_label("Find in steps").press_sequentially("rcfn+ ")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert canvas.view() == before
    canvas.expect("playing", "false")


def test_the_reward_filter_dims_what_is_outside_of_it(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs)
    page.get_by_label("Lowest reward shown").fill("60")
    expect(page.locator(".shown")).not_to_have_text(f"{canvas['nodes']} of {canvas['nodes']}")
    expect(page.locator(".shown")).to_have_text(f"{canvas['passing']} of {canvas['nodes']}")
    some = int(canvas["passing"])
    assert 1 < some < int(canvas["nodes"])
    page.get_by_label("Highest reward shown").fill("90")
    expect(page.locator(".high")).to_have_text("0.90")
    assert 1 < int(canvas["passing"]) < some
