"""The screenshots of the README, taken of the sample runs: make screenshots.

Starts the explorer, opens each page in a headless Chromium in both themes, and writes docs/PAGE-THEME.png.
"""

import sys
from pathlib import Path

from playwright.sync_api import Page

from bench.browser import chromium, explorer

HERE = Path(__file__).resolve().parent
TREE = "/tree?run=tot-100-sweep/beam-n16-s0&problem=24-from-4-5-6-10"
CAREFUL, NAIVE = "naive-prm/beam-careful-n16-s0", "naive-prm/beam-naive-n16-s0"
WIDE, NARROW = {"width": 1360, "height": 960}, {"width": 390, "height": 844}
QUIET = 2_500
"""Milliseconds in which a page that has its data comes to rest."""


def start(page: Page) -> None:
    page.get_by_alt_text("Accuracy against n of").first.wait_for()


def tree(page: Page) -> None:
    page.locator("canvas").first.wait_for()


def curves(page: Page) -> None:
    page.locator(".js-plotly-plot .scatterlayer .trace").first.wait_for()


def lab(page: Page) -> None:
    page.locator(".js-plotly-plot .main-svg").first.wait_for()


def learn(page: Page) -> None:
    page.locator(".st-key-card-one-pass").wait_for()


def live(page: Page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("solved:").first.wait_for()
    page.get_by_role("radiogroup", name="Puzzle").scroll_into_view_if_needed()


SHOTS = (
    ("start", "/", start, WIDE),
    ("tree", TREE, tree, WIDE),
    ("tree-narrow", TREE, tree, NARROW),
    ("curves", "/curves?collection=tot-100-sweep", curves, WIDE),
    ("live", "/live", live, WIDE),
    ("prm-lab", "/prm_lab", lab, WIDE),
    ("compare", f"/compare?run={CAREFUL}&with={NAIVE}&problem=24-from-6-7-8-9", tree, WIDE),
    ("what-if", TREE.replace("/tree", "/whatif") + "&node=5", tree, WIDE),
    ("learn", "/learn?lang=en", learn, WIDE),
    ("lesson", "/learn?lesson=beams&part=cut&lang=en", tree, WIDE),
)


def main(names: list[str]) -> None:
    with explorer() as address, chromium() as browser:
        for name, path, ready, size in SHOTS:
            for theme in ("light", "dark"):
                if names and name not in names:
                    continue
                page = browser.new_page(viewport=size, color_scheme=theme)  # type: ignore[arg-type]
                page.set_default_timeout(120_000)
                page.goto(address + path)
                ready(page)
                page.wait_for_timeout(QUIET)
                page.screenshot(path=HERE / f"{name}-{theme}.png")
                page.close()
                print(f"docs/{name}-{theme}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
