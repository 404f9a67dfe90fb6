"""The Live page, clicked through: a search that grows, one that is cancelled, puzzles that are none, and stories."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
WARM = 120_000
"""Milliseconds for the worker to load torch and the models, once."""


@pytest.fixture
def live(
    explorer: Callable[..., str], open_page: Callable[..., Page], tmp_path_factory: pytest.TempPathFactory
) -> Page:
    page = open_page()
    page.goto(f"{explorer(_folder(tmp_path_factory))}/live")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled(timeout=WARM)
    return page


_FOLDERS: list[Path] = []


def _folder(factory: pytest.TempPathFactory) -> Path:
    if not _FOLDERS:
        _FOLDERS.append(factory.mktemp("live-runs"))
    return _FOLDERS[0]


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def type_puzzle(page: Page, numbers: str, target: str) -> None:
    page.get_by_text("Type", exact=True).click()
    for label, text in (("Numbers", numbers), ("Target", target)):
        box = page.get_by_label(label, exact=True)
        box.fill(text)
        box.press("Enter")


def test_what_was_typed_just_before_the_click_is_what_is_searched(live: Page) -> None:
    live.get_by_text("Type", exact=True).click()
    live.get_by_label("Numbers", exact=True).fill("1 2 3")
    live.get_by_label("Target", exact=True).fill("ten")
    live.get_by_role("button", name="Run", exact=True).click()
    expect(live.get_by_text("bad target: got 'ten'")).to_be_visible()


def test_a_search_grows_ends_and_leads_to_its_tree(live: Page) -> None:
    live.get_by_role("button", name="Run", exact=True).click()
    expect(live.locator("canvas").first).to_be_visible(timeout=WARM)
    expect(live.get_by_text(re.compile("solved:")).first).to_be_visible(timeout=WARM)
    live.get_by_role("link", name="Open in Tree").click()
    expect(live).to_have_url(re.compile(r"/tree\?run=.*live.*problem=24-from"))
    expect(live.locator("canvas").first).to_be_visible()


def test_the_button_on_start_runs_a_search_at_once_and_once_only(
    explorer: Callable[..., str], open_page: Callable[..., Page], tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = open_page()
    page.goto(explorer(_folder(tmp_path_factory)))
    page.get_by_role("button", name="Run a search now").click()
    expect(page.get_by_text(re.compile("solved:")).first).to_be_visible(timeout=WARM)
    page.get_by_role("button", name="Discard this run").click()
    expect(page.get_by_text("The tree will grow here.")).to_be_visible()


def test_first_steps_show_soon_once_the_worker_is_warm(live: Page) -> None:
    live.get_by_role("button", name="Run", exact=True).click()
    expect(live.get_by_text(re.compile("solved:")).first).to_be_visible(timeout=WARM)
    live.get_by_role("button", name="Discard this run").click()
    expect(live.locator("canvas")).to_have_count(0)
    began = time.monotonic()
    live.get_by_role("button", name="Run", exact=True).click()
    expect(live.locator("canvas").first).to_be_visible()
    assert time.monotonic() - began < 15  # a guard against loading models again; the figure itself is in the bench


def test_a_search_can_be_cancelled_and_what_had_grown_stays(live: Page) -> None:
    choose(live, "Strategy", "mcts")
    slider = live.get_by_role("slider", name="Pause between rounds")
    slider.focus()
    for _ in range(15):
        slider.press("ArrowRight")
    live.get_by_role("button", name="Run", exact=True).click()
    expect(live.locator("canvas").first).to_be_visible(timeout=WARM)
    live.get_by_role("button", name="Cancel").click()
    expect(live.get_by_text("Cancelled.").first).to_be_visible()
    expect(live.locator("canvas").first).to_be_visible()


@pytest.mark.parametrize(
    ("numbers", "target", "said"),
    [
        ("4 five 6", "24", "bad number: got 'five', expected a number"),
        ("", "24", "got 0 numbers, expected 2 to 6"),
        ("1 2 3", "ten", "bad target: got 'ten'"),
        (" ".join(["7"] * 40), "24", "got 40 numbers, expected 2 to 6"),
        ("1/0 3", "24", "divides by zero"),
    ],
)
def test_a_puzzle_that_is_none_is_explained(live: Page, numbers: str, target: str, said: str) -> None:
    type_puzzle(live, numbers, target)
    live.get_by_role("button", name="Run", exact=True).click()
    expect(live.get_by_text(said)).to_be_visible()


def test_a_story_is_chosen_searched_and_its_steps_are_checked(live: Page) -> None:
    live.get_by_text("Word problems", exact=True).click()
    told = live.locator(".arbutus-told")
    expect(told).to_contain_text("How many")
    live.get_by_role("button", name="Run", exact=True).click()
    expect(live.get_by_role("heading", name=told.inner_text())).to_be_visible(timeout=WARM)
    expect(live.get_by_text(re.compile("solved:")).first).to_be_visible(timeout=WARM)
    stage = live.locator(".stage")
    stage.focus()
    stage.press("End")
    inspector = live.locator(".arbutus-inspector")
    expect(inspector).to_contain_text("chosen answer")
    expect(inspector).to_contain_text("Checked: ")
    expect(inspector).to_contain_text("The truth: ")
    live.get_by_role("link", name="Open in Tree").click()
    expect(live).to_have_url(re.compile(r"/tree\?run=.*live.*problem=stories-100-"))
    expect(live.get_by_role("heading", name=re.compile("How many"))).to_be_visible()


def test_a_story_of_ones_own_is_answered_though_nobody_can_grade_it(live: Page) -> None:
    live.get_by_text("Word problems", exact=True).click()
    expect(live.get_by_label("Numbers", exact=True)).to_have_count(0)
    live.get_by_role("radiogroup", name="Story").get_by_text("Type", exact=True).click()
    box = live.get_by_label("Story", exact=True).and_(live.locator("textarea"))
    box.fill("Tom has 9 cards. He finds 4 more cards. How many cards does Tom have now?")
    live.get_by_role("button", name="Run", exact=True).click()
    expect(live.get_by_text(re.compile("answered: ")).first).to_be_visible(timeout=WARM)
    box.fill("   ")
    live.get_by_role("button", name="Run", exact=True).click()
    expect(live.get_by_text("got an empty question")).to_be_visible()


def test_start_solves_a_story_at_once(
    explorer: Callable[..., str], open_page: Callable[..., Page], tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = open_page()
    page.goto(explorer(_folder(tmp_path_factory)))
    page.get_by_role("button", name="Solve a story now").click()
    expect(page.get_by_text(re.compile("solved:")).first).to_be_visible(timeout=WARM)
    expect(page.locator(".arbutus-told")).to_contain_text("How many")
