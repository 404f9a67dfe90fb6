"""Every page can be read by people with weak eyes and by screen readers: WCAG 2.2 AA as far as axe can tell, twice."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SAMPLES = Path(__file__).resolve().parents[2] / "sample_runs"
CHECKS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "rules": {"heading-order": {"enabled": True}, "empty-table-header": {"enabled": True}},
    "resultTypes": ["violations"],
}
PAGES = {
    "": ".arbutus-growing",
    "tree?run=trees/went-back&node=5": ".arbutus-inspector .path",
    "tree?run=trees/went-back&view=outline&at=9&find=4": ".outline mark",
    "tree?run=trees/went-back&view=overview": ".js-plotly-plot .point",
    "whatif?run=trees/dropped&node=3": ".arbutus-inspector .path",
    "compare?run=tot-100-sweep/beam-n16-s0&with=tot-100-sweep/mcts-n16-s0": ".arbutus-fourfold",
    "compare?run=tot-100-sweep/beam-n16-s0": ".arbutus-runs",
    "curves": ".arbutus-lines",
    "prm_lab?bin=countdown-prm-naive:+0.9+to+1&cell=true+step+3,+said+none": ".arbutus-solutions",
    "prm_lab?look=Your+own+solution": "textarea",
    "live": ".stSlider",
    "learn?lang=en": "[class*='st-key-card-']",
    "learn?lesson=vote&part=which&lang=en": ".st-key-learn-options",
    "learn?lesson=beams&part=cut&lang=zh": ".learn-node",
}
"""By address: what is on the page once it has been drawn."""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_what_axe_calls_a_barrier(
    explorer: Callable[..., str], open_page: Callable[..., Page], theme: str
) -> None:
    address, page = explorer(SAMPLES), open_page(color_scheme=theme, reduced_motion="reduce")
    found = []
    for path, drawn in PAGES.items():
        page.goto(f"{address}/{path}")
        expect(page.locator(drawn).first).to_be_visible()
        expect(page.locator(".stApp[data-test-script-state='notRunning']")).to_be_attached()
        for barrier in Axe().run(page, options=CHECKS).response["violations"]:
            found += [
                f"/{path}: {barrier['help']}: {node['html'][:160]} {node['failureSummary']}"
                for node in barrier["nodes"]
            ]
    assert not found, "\n".join(found)
