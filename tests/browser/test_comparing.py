"""Compare, clicked through: from a pair that is offered to a problem, to the step where the trees part."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app import places
from engine.measure.align import align
from engine.runs import Run

pytestmark = pytest.mark.browser
RUNS = "beam-careful-n16-s0", "beam-naive-n16-s0"
PROBLEM = "24-from-6-7-8-9"


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sample runs, alone in a folder."""
    folder = tmp_path_factory.mktemp("pair")
    for name in RUNS:
        shutil.copy(places.REPOSITORY / "sample_runs" / "naive-prm" / f"{name}.arbutus", folder)
    return folder


def test_a_pair_leads_to_who_won_where_and_to_the_step_where_the_trees_part(
    page: Page, explorer: Callable[..., str], pair: Path
) -> None:
    trees = [Run.open(pair / f"{name}.arbutus").tree(PROBLEM) for name in RUNS]
    first = align(*trees).partings()[0]
    page.goto(f"{explorer(pair)}/compare")
    page.get_by_role("link", name="Compare them").click()
    expect(page.get_by_role("table").filter(has_text="Problems by who solved them")).to_contain_text("41")
    page.get_by_role("link", name=re.compile("6 7 8 9$")).click()
    expect(page).to_have_url(re.compile(f"problem={PROBLEM}"))
    expect(page.locator(".arbutus-parting")).to_contain_text(first.text)
    expect(page.locator(".stage")).to_have_count(2)
    page.get_by_role("button", name="Go to where they part").click()
    expect(page).to_have_url(re.compile(r"node=\d+"))
    step = page.locator(".arbutus-step")
    expect(step.get_by_role("heading", name=first.text)).to_be_visible()
    stage = page.locator(".stage").first
    stage.focus()
    stage.press("Home")
    expect(step.get_by_role("heading", name="The question")).to_be_visible()
    page.reload()
    expect(step.get_by_role("heading", name="The question")).to_be_visible()
