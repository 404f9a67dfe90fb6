"""How long a person waits: from the click, or from opening a page, to what it shows, in a headless Chromium."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from bench.browser import REPOSITORY, chromium, explorer
from bench.options import Options
from bench.report import Sheet, verdict

PATIENCE = 120_000
"""Milliseconds after which something is wrong."""
FIRST_NODES = 3.0
"""Seconds from the click to the first nodes, on a warm app."""
TREE = "/tree?run=tot-100-sweep/mcts-n64-s0"
CURVES = "/curves?collection=tot-100-sweep"
NODES = '.stage[data-nodes]:not([data-nodes="1"])'
"""A canvas that shows more than the question."""


def run(options: Options) -> list[Sheet]:
    """The pages of the explorer on the sample runs, and live searches in a folder of their own."""
    times = 1 if options.quick else 5
    sheet = Sheet("How long a person waits, s", ("what", "first time", "median after", "at most after"))
    expect.set_options(timeout=PATIENCE)
    with (
        tempfile.TemporaryDirectory() as name,
        chromium() as browser,
        explorer(REPOSITORY / "sample_runs", Path(name)) as address,
    ):
        page = browser.new_page(viewport={"width": 1360, "height": 960})
        page.set_default_timeout(PATIENCE)
        for title, path, ready in (
            ("Tree: the largest sample tree drawn", TREE, _tree_drawn),
            ("Curves: the sweep drawn", CURVES, _curves_drawn),
        ):
            _add(sheet, title, [_opening(page, address + path, ready) for _ in range(1 + times)])
        page.goto(f"{address}/live")
        expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()
        waited = [_first_nodes(page) for _ in range(1 + times)]
        _add(sheet, "Live: from the click to the first nodes", waited)
    worst = max(waited[1:])
    sheet.notes += [
        "First time: after the server has started, so that everything is read, and a worker loads the models.",
        f"Bar: first nodes within {FIRST_NODES:g} s of the click on a warm app: {worst:.2f}, "
        f"{verdict(worst <= FIRST_NODES)}.",
    ]
    return [sheet]


def _add(sheet: Sheet, title: str, seconds: list[float]) -> None:
    sheet.add(title, seconds[0], statistics.median(seconds[1:]), max(seconds[1:]))


def _opening(page: Page, url: str, ready: Callable[[Page], None]) -> float:
    page.goto("about:blank")
    began = time.perf_counter()
    page.goto(url)
    ready(page)
    return time.perf_counter() - began


def _tree_drawn(page: Page) -> None:
    page.locator(NODES).wait_for()


def _curves_drawn(page: Page) -> None:
    page.locator(".js-plotly-plot .scatterlayer .trace").first.wait_for()


def _first_nodes(page: Page) -> float:
    """A search from the click to its first nodes; then it is left to end, and is thrown away."""
    began = time.perf_counter()
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator(NODES).wait_for()
    waited = time.perf_counter() - began
    page.get_by_role("button", name="Discard this run").click()
    expect(page.locator("canvas")).to_have_count(0)
    return waited
