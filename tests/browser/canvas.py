"""The canvas of the Tree page, as a test drives it."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect


class Canvas:
    """The canvas on a page: its stage, and what it reports of itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stage: Locator = page.locator(".stage")
        # While a page is replaced by another, both are there for a moment.
        expect(self.stage).to_have_count(1)
        expect(self.stage).to_have_attribute("data-nodes", re.compile(r"\d+"))

    def __getitem__(self, name: str) -> str:
        return self.stage.get_attribute(f"data-{name}") or ""

    def view(self) -> list[str]:
        """Where the view is once what was done so far is painted."""
        frame = "await new Promise(requestAnimationFrame);"
        seen: list[str] = self.stage.evaluate(
            f"async ({{ dataset }}) => {{ {frame} {frame} return [dataset.tx, dataset.ty, dataset.zoom]; }}"
        )
        return seen

    def where(self, node: int) -> dict[str, float]:
        card: dict[str, float] = self.stage.evaluate("(stage, node) => stage.arbutus.where(node)", node)
        return card

    def middle(self, node: int) -> dict[str, float]:
        card = self.where(node)
        return {"x": card["x"] + card["width"] / 2, "y": card["middle"]}

    def in_sight(self, node: int) -> bool:
        seen: bool = self.stage.evaluate(
            "(stage, node) => { const card = stage.arbutus.where(node); return card.middle > 0 && card.x > 0"
            " && card.middle < stage.clientHeight && card.x + card.width / 2 < stage.clientWidth; }",
            node,
        )
        return seen

    def click(self, node: int) -> None:
        if not self.in_sight(node):
            self.stage.press("f")
            self.view()
        self.stage.click(position=self.middle(node))  # type: ignore[arg-type]

    def expect(self, name: str, value: Any) -> None:
        expect(self.stage).to_have_attribute(f"data-{name}", str(value))


def opened(page: Page, address: str, query: str = "?run=beam") -> Canvas:
    page.goto(f"{address}/tree{query}")
    return Canvas(page)


def inspected(page: Page, node: int) -> None:
    expect(page.locator(".arbutus-inspector .eyebrow")).to_contain_text(f"node {node}")
