"""The Tree page by its address: reloaded, gone back to, sent, and leading nowhere."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas import Canvas, inspected, opened

pytestmark = pytest.mark.browser


def test_reload_back_and_a_shared_link_bring_the_same_step(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs, "?run=beam&problem=1-3-4-6-24&node=3")
    inspected(page, 3)
    canvas.expect("selected", 3)
    canvas.click(9)
    inspected(page, 9)
    page.reload()
    inspected(page, 9)
    page.go_back()
    inspected(page, 3)
    Canvas(page).expect("selected", 3)
    Canvas(page).click(9)
    inspected(page, 9)


def test_the_address_has_the_moment_the_filter_and_the_text_to_find_and_brings_them_back(
    page: Page, tree_runs: str
) -> None:
    canvas = opened(page, tree_runs, "?run=beam&node=3&at=2&filter=0.4-1&find=24")
    canvas.expect("event", 2)
    expect(page.get_by_label("Find in steps")).to_have_value("24")
    expect(page.locator(".low")).to_have_text("0.40")
    page.locator(".moment").fill("1")
    expect(page).to_have_url(re.compile(r"node=3&at=1&filter=0.4-1&find=24$"))
    page.reload()
    canvas = Canvas(page)
    canvas.expect("event", 1)
    page.locator(".moment").fill("0")
    expect(page).to_have_url(re.compile(r"&at=0&"))
    for moment in (1, 2):
        page.go_back()
        canvas.expect("event", moment)
    expect(page.get_by_label("Find in steps")).to_have_value("24")


def test_the_next_button_and_the_list_lead_to_other_problems(page: Page, tree_runs: str) -> None:
    opened(page, tree_runs, "?run=beam&node=3")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_role("heading", name="Make 24 from 1 3 4 6")).to_be_visible()
    expect(page).to_have_url(re.compile(r"problem=1-3-4-6-24$"))
    page.get_by_role("button", name="Previous", exact=True).click()
    expect(page.get_by_role("heading", name="Make 24 from 4 5 6 10")).to_be_visible()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?run=no*where*", "There is no run called “no*where*” here."),
        ("?run=beam&problem=none", "This run has no problem called “none”."),
        ("?run=beam&node=999", "This tree has no node “999”: its nodes are 0 to"),
    ],
)
def test_a_link_that_leads_nowhere_says_so_and_offers_a_way_out(
    page: Page, tree_runs: str, query: str, said: str
) -> None:
    page.goto(f"{tree_runs}/tree{query}")
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    if "node" in query:
        Canvas(page).click(2)
    else:
        page.get_by_role("button", name=re.compile("^See")).click()
        Canvas(page)
    expect(page.get_by_text(said)).to_have_count(0)


def test_coming_back_to_a_tree_finds_it_as_it_was_left(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs)
    canvas.click(7)
    inspected(page, 7)
    page.get_by_label("Zoom in").click()
    view = canvas.view()
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_role("heading", name="Make 24 from 1 3 4 6")).to_be_visible()
    page.go_back()
    inspected(page, 7)
    back = Canvas(page)
    back.expect("selected", 7)
    assert back.view() == view
