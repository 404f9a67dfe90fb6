"""What no model should write, on the Tree page: shown for what it is."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas import inspected, opened
from tests.browser.tree_runs import HOSTILE, WILD

pytestmark = pytest.mark.browser


def test_text_from_a_log_is_shown_as_text(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs, "?run=hostile&node=1")
    inspected(page, 1)
    expect(page.locator(".arbutus-inspector .step")).to_have_text(HOSTILE)
    canvas.stage.hover(position=canvas.middle(1))  # type: ignore[arg-type]
    expect(page.locator(".tip-text")).to_have_text(HOSTILE)
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_endless_turned_and_unprintable_steps_are_shown_for_what_they_are(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs, "?run=hostile&problem=wild&node=1")
    inspected(page, 1)
    step = page.locator(".arbutus-inspector .step")
    expect(step).to_contain_text("of 1,000,000 characters")
    assert len(step.inner_text()) < 30_000
    canvas.click(2)
    expect(step).to_have_text("1 + 1 = ⟨U+202E⟩3⟨U+202C⟩")
    canvas.click(3)
    expect(step).to_contain_text("👩‍🔬 שלום ⟨U+001B⟩[31m ⟨U+0000⟩")
    canvas.click(4)
    expect(step).to_have_text(WILD[3])
    expect(page.locator(".crumbs button").last).to_contain_text("<svg/onload=alert(1)>")
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
