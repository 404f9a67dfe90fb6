"""Formulas in a real browser: drawn in the inspector of the explorer and of a page from disk, and nothing else is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.standalone import page_of
from engine.tree import Closed, Cost, Grown, Problem, Tree
from tests.app.trees import write_run
from tests.runs.logs import info

pytestmark = pytest.mark.browser

STEP = r"So $x=\frac{1}{2}$ for $5 and $7. $\def\a{\a\a}\a$ $\text{<img src=x onerror=document.title='evil'>}$"


def tree() -> Tree:
    grown = Tree(Problem("roots", r"What is $\sqrt{4}$?"))
    grown.apply(Grown([0], [STEP], ["step"], [-1.0], [None], [Cost(9)]))
    grown.apply(Closed(None, "no answer was found", "done", {}, {}))
    return grown


def check(page: Page) -> None:
    step = page.locator(".arbutus-inspector .step")
    expect(step.locator("math mfrac")).to_have_count(1)
    expect(step.locator("math")).to_have_count(3)  # the second is broken before its relation
    expect(step).to_contain_text("for $5 and $7.")
    expect(step).to_contain_text(r"$\def\a{\a\a}\a$")
    expect(step.locator("mtext")).to_have_text("<img\u00a0src=x\u00a0onerror=document.title='evil'>")
    expect(page.locator(".arbutus-inspector img")).to_have_count(0)
    page.get_by_text("As it is written").press("Enter")
    expect(page.locator(".arbutus-inspector .source p")).to_have_text(STEP)


def test_formulas_are_drawn_on_the_tree_page_and_markup_in_them_is_text(
    explorer: Callable[..., str], page: Page, tmp_path: Path
) -> None:
    write_run(tmp_path / "maths", [tree()], task="math")
    page.goto(f"{explorer(tmp_path)}/tree?run=maths&node=1")
    check(page)
    expect(page.locator(".arbutus-head msqrt")).to_have_count(1)


def test_formulas_are_drawn_on_a_page_from_disk(open_page: Callable[..., Page], tmp_path: Path) -> None:
    file = tmp_path / "tree.html"
    file.write_text(page_of(tree(), info()), encoding="utf-8")
    page = open_page(offline=True)
    page.goto(f"{file.as_uri()}#node=1")
    check(page)
