"""What the server and the browser do while a reader looks at the first page."""

import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

FETCHED = "performance.getEntriesByType('resource').some((e) => e.name.includes('/PlotlyChart.') && e.responseEnd > 0)"


def test_the_server_visits_a_page_that_nobody_sees(page: Page, serve: Callable[..., str], tmp_path: Path) -> None:
    came = tmp_path / "came"
    page.goto(serve(Path(__file__).parent / "visiting_app.py", CAME=str(came)))
    expect(page.get_by_text("Here")).to_be_visible()
    began = time.monotonic()
    while "made" not in came.read_text() and time.monotonic() < began + 60:
        time.sleep(0.1)
    assert came.read_text().splitlines() == ["somebody", "nobody", "made: True"]


def test_what_other_pages_show_was_shown_unseen_while_start_was_read(page: Page, tree_runs: str) -> None:
    page.goto(tree_runs)
    expect(page.get_by_role("heading", name="Watch a model think")).to_be_visible()
    page.wait_for_function(FETCHED)
    hidden = page.locator(".st-key-arbutus-fetched")
    expect(hidden.locator(".js-plotly-plot .main-svg").first).to_be_attached()
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    assert hidden.evaluate("(e) => e.getBoundingClientRect().height") == 0
    expect(page.get_by_role("slider")).to_have_count(0)
