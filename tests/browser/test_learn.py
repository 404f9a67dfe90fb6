"""The lessons as people go through them, in a real browser, on the sample runs they are told by."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.canvas.words import words as said_by_canvas
from app.lessons.words import lesson_text, words

pytestmark = pytest.mark.browser

SAMPLES = Path(__file__).resolve().parents[2] / "sample_runs"
EN, ZH = words("en"), words("zh")


@pytest.fixture(scope="module")
def address(explorer: Callable[..., str]) -> str:
    return explorer(SAMPLES)


def at(page: Page, lesson: str, part: str) -> None:
    """Wait until the page is at a part: its address says so, and its first words are there."""
    expect(page).to_have_url(re.compile(rf"lesson={lesson}&part={part}\b"))
    first = re.split(r"[{*`\[]", lesson_text("en", lesson).parts[part].text)[0]
    expect(page.locator(".st-key-learn-text").get_by_text(first.strip())).to_be_visible()
    rested(page)


def rested(page: Page) -> None:
    """Wait until the page has been drawn to its end: what is sent before that may be overtaken."""
    expect(page.locator(".stApp[data-test-script-state='notRunning']")).to_be_attached()


def test_a_lesson_from_its_card_to_the_next_lesson(page: Page, address: str) -> None:
    page.goto(f"{address}/learn?lang=en")
    page.locator(".st-key-card-one-pass").get_by_role("button", name=EN("begin")).click()
    on = page.get_by_role("button", name=EN("next"), exact=True)
    for part in ("puzzle", "steps"):
        at(page, "one-pass", part)
        on.click()
    at(page, "one-pass", "where")
    expect(on).to_have_count(0)
    page.get_by_role("button", name="At the last step").click()
    expect(page.locator(".learn-outcome li.right")).to_contain_text("At the first step")
    expect(page.locator(".learn-outcome li.own")).to_contain_text("At the last step")
    expect(page.get_by_text(EN("you_were_wrong"))).to_be_visible()
    page.reload()
    expect(page.locator(".learn-outcome li.own")).to_contain_text("At the last step")
    rested(page)
    on.click()
    at(page, "one-pass", "pretence")
    on.click()
    at(page, "one-pass", "how-many")
    page.get_by_role("button", name=EN("show_me")).click()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    on.click()
    at(page, "one-pass", "compared")
    page.get_by_role("button", name=re.compile("^Next lesson")).click()
    at(page, "vote", "story")
    page.get_by_role("button", name=EN("all_lessons")).click()
    expect(page.locator(".st-key-card-one-pass")).to_contain_text(EN("done"))


def test_the_language_changes_and_the_place_stays(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{address}/learn?lesson=beams&part=cut&lang=en")
    at(page, "beams", "cut")
    expect(page.locator(".learn-node small")).to_be_in_viewport(ratio=1)
    page.get_by_role("radio", name="中文").click()
    expect(page).to_have_url(re.compile(r"lesson=beams&part=cut&lang=zh"))
    expect(page.get_by_role("heading", name=lesson_text("zh", "beams").title)).to_be_visible()
    expect(page.get_by_test_id("stMain")).to_have_attribute("lang", "zh")
    canvas = page.locator("section.arbutus")
    expect(canvas).to_have_attribute("lang", "zh")
    expect(canvas.locator(".happening")).to_have_text(said_by_canvas("zh")["{n} dropped"].format(n=7))
    expect(canvas.get_by_role("button", name=said_by_canvas("zh")["Play the search"])).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name=ZH("next"), exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name=lesson_text("zh", "beams").title)).to_be_visible()
    page.get_by_role("radio", name="English").click()
    expect(canvas).to_have_attribute("lang", "en")
    expect(canvas.locator(".happening")).to_have_text("7 dropped")


def test_a_lesson_is_presented_by_keys_alone(page: Page, address: str) -> None:
    page.goto(f"{address}/learn?lesson=one-pass&part=steps&lang=en")
    at(page, "one-pass", "steps")
    page.get_by_role("button", name=EN("present")).click()
    leave = page.get_by_role("button", name=EN("leave"))
    expect(leave).to_be_visible()
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    expect(page.locator(".learn-node")).to_be_in_viewport()
    expect(page.locator(".st-key-learn-keys .listening")).to_be_attached()
    rested(page)
    page.keyboard.press("PageDown")
    at(page, "one-pass", "where")
    page.keyboard.press("2")
    expect(page.get_by_text(EN("you_were_right"))).to_be_visible()
    rested(page)
    page.keyboard.press("ArrowRight")
    at(page, "one-pass", "pretence")
    page.keyboard.press("PageUp")
    at(page, "one-pass", "where")
    page.keyboard.press("Escape")
    expect(leave).to_have_count(0)
    expect(page.get_by_test_id("stHeader")).to_be_visible()


@pytest.mark.parametrize(("width", "named_at_its_end"), [(390, False), (1440, True)])
def test_a_line_is_drawn_and_named_once_on_a_phone_and_on_a_screen(
    page: Page, address: str, width: int, named_at_its_end: bool
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/learn?lesson=fooled&part=more&lang=en")
    chart = page.locator(".st-key-learn-view .js-plotly-plot")
    expect(chart.locator(".scatterlayer .points path").first).to_be_visible()
    expect(chart.locator(".legend")).to_be_visible(visible=not named_at_its_end)
    expect(chart.locator(".textpoint").filter(has_text="naive PRM")).to_be_visible(visible=named_at_its_end)
