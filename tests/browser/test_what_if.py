"""What if, clicked through: a dropped step of the Tree page is forced to go on, and the new tree leads back."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app import places
from engine.runs import Run
from engine.whatif.changes import Change
from engine.whatif.growing import change_run

pytestmark = pytest.mark.browser
WARM = 120_000
"""Milliseconds for the worker to load torch and the models, once."""


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A sample tree alone, and a place for what is grown from it."""
    folder = tmp_path_factory.mktemp("whatif")
    shutil.copytree(places.REPOSITORY / "sample_runs" / "trees" / "dropped", folder / "samples" / "dropped")
    (folder / "runs").mkdir()
    return [folder / "samples", folder / "runs"]


def test_what_if_creates_a_branch_and_a_run_that_leads_back(
    page: Page, explorer: Callable[..., str], roots: list[Path]
) -> None:
    run = Run.open(roots[0] / "dropped")
    tree = run.tree(0)
    before = (roots[0] / "dropped" / "events.jsonl").read_bytes()
    step = next(n for n in tree.nodes[1:] if n.mark == "dropped" and n.label and n.open and n.reward is not None)
    page.goto(f"{explorer(*roots)}/tree?run=dropped&problem={tree.problem.id}&node={step.id}")
    page.get_by_role("link", name="What if …").click()
    expect(page).to_have_url(re.compile(rf"/whatif\?.*node={step.id}"))
    expect(page.get_by_role("radio", name="Force it to go on")).to_be_checked()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text(re.compile("^Before: |^The answer is the same")).first).to_be_visible(timeout=WARM)
    page.get_by_role("link", name="Open in Tree").click()
    expect(page).to_have_url(re.compile(r"/tree\?run=.*whatif"))
    expect(page.get_by_text(re.compile(r"Grown from another tree at step 1"))).to_be_visible()
    page.get_by_role("button", name="The tree it was grown from").click()
    expect(page).to_have_url(re.compile(rf"/tree\?run=dropped.*node={step.id}"))
    expect(page.locator(".arbutus-inspector")).to_contain_text(step.text)
    (made,) = (roots[1] / "whatif").iterdir()
    grown = Run.open(made).tree(0)
    assert len(grown) > len(tree) and grown.node(step.id).children and not step.children
    assert (roots[0] / "dropped" / "events.jsonl").read_bytes() == before


class Stopped(BaseException):
    """As a process that is killed."""


def stop(_: object) -> None:
    raise Stopped


def test_a_change_that_was_interrupted_is_offered_and_goes_on(
    page: Page, explorer: Callable[..., str], roots: list[Path]
) -> None:
    out = roots[1] / "whatif" / "stopped"
    with pytest.raises(Stopped):
        change_run(Run.open(roots[0] / "dropped"), 0, Change("regenerate", 0), out, name="dropped", after_round=stop)
    page.goto(f"{explorer(*roots)}/whatif")
    expect(page.get_by_role("heading", name="Interrupted")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text(re.compile("^Before: |^The answer is the same")).first).to_be_visible(timeout=WARM)
    expect(page).to_have_url(re.compile(r"/whatif\?run=dropped"))
    assert Run.open(out).is_complete
