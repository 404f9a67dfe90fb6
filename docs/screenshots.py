"""Screenshots of every page on the sample runs, light and dark, wide and narrow: make screenshots.

Starts the explorer and opens each page in a headless Chromium. Those that the README shows are written beside this
script, the others to build/screenshots, for whoever looks at what has changed.
"""

import re
import sys
from pathlib import Path

from playwright.sync_api import Page

from bench.browser import chromium, explorer

HERE = Path(__file__).resolve().parent
README, OTHERS = HERE.parent / "README.md", HERE.parent / "build" / "screenshots"
TREE = "/tree?run=tot-100-sweep/beam-n16-s0&problem=24-from-4-5-6-10"
CAREFUL, NAIVE = "naive-prm/beam-careful-n16-s0", "naive-prm/beam-naive-n16-s0"
SIZES = {"": {"width": 1360, "height": 960}, "-narrow": {"width": 390, "height": 844}}
"""In pixels, by what it adds to the name of a screenshot."""
QUIET = 2_500
"""Milliseconds in which a page that has its data comes to rest."""


def start(page: Page) -> None:
    page.get_by_alt_text("Accuracy against n of").first.wait_for()


def tree(page: Page) -> None:
    page.locator("canvas").first.wait_for()


def curves(page: Page) -> None:
    page.locator(".js-plotly-plot .scatterlayer .trace").first.wait_for()


def losses(page: Page) -> None:
    page.locator(".arbutus-lost").wait_for()
    page.get_by_role("heading", name="The policy, a cut, or the choice").evaluate("heading => heading.scrollIntoView()")


def lab(page: Page) -> None:
    page.locator(".js-plotly-plot .main-svg").first.wait_for()


def learn(page: Page) -> None:
    page.locator(".st-key-card-one-pass").wait_for()


def outline(page: Page) -> None:
    page.get_by_role("treeitem").first.wait_for()


def own(page: Page) -> None:
    page.get_by_role("textbox").first.wait_for()


def live(page: Page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("solved:").first.wait_for()
    page.get_by_role("radiogroup", name="Puzzle").scroll_into_view_if_needed()


SHOTS = (
    ("start", "/", start),
    ("tree", TREE, tree),
    ("lost", "/tree?run=trees/dropped", tree),
    ("outline", f"{TREE}&view=outline", outline),
    ("overview", f"{TREE}&view=overview", lab),
    ("curves", "/curves?collection=tot-100-sweep", curves),
    ("losses", "/curves?collection=naive-prm&lost=true", losses),
    ("live", "/live", live),
    ("prm-lab", "/prm_lab", lab),
    ("own-solution", "/prm_lab?look=Your+own+solution", own),
    ("compare", f"/compare?run={CAREFUL}&with={NAIVE}&problem=24-from-6-7-8-9", tree),
    ("what-if", TREE.replace("/tree", "/whatif") + "&node=5", tree),
    ("learn", "/learn?lang=en", learn),
    ("lesson", "/learn?lesson=beams&part=cut&lang=en", tree),
    ("lesson-zh", "/learn?lesson=more-compute&lang=zh", lab),
)


def main(names: list[str]) -> None:
    shown = set(re.findall(r"docs/([a-z-]+\.png)", README.read_text(encoding="utf-8")))
    OTHERS.mkdir(parents=True, exist_ok=True)
    with explorer() as address, chromium() as browser:
        for name, path, ready in SHOTS:
            for width, size in SIZES.items():
                for theme in ("light", "dark"):
                    if names and name not in names:
                        continue
                    page = browser.new_page(viewport=size, color_scheme=theme)  # type: ignore[arg-type]
                    page.set_default_timeout(120_000)
                    page.goto(address + path)
                    ready(page)
                    page.wait_for_timeout(QUIET)
                    file = f"{name}{width}-{theme}.png"
                    place = (HERE if file in shown else OTHERS) / file
                    page.screenshot(path=place)
                    page.close()
                    print(place.relative_to(HERE.parent))


if __name__ == "__main__":
    main(sys.argv[1:])
