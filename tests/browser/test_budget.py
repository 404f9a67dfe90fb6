"""The budget of a replay in a real browser: what was spent, what would have been answered, and the slider by tokens."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from engine.tree import Closed, Cost, Grown, Problem, Scored, Tree
from tests.app import trees

pytestmark = pytest.mark.browser


def changing_tree() -> Tree:
    """Two solutions in turn, each of 10 tokens sampled and 30 read: the first is wrong, the second is rewarded more."""
    tree = Tree(Problem("p", "Make 24 from 4 6"))
    for node, (answer, reward) in enumerate((("23", 0.4), ("24", 0.8)), start=1):
        tree.apply(Grown([0], [f"= {answer}"], ["end"], [None], [answer], [Cost(policy_tokens=10)]))
        tree.apply(Scored([node], [reward], [None], [Cost(prm_tokens=30)]))
    tree.apply(Closed(2, "highest reward", "done", {1: False, 2: True}, {}))
    return tree


def test_the_replay_tells_what_was_spent_and_what_would_have_been_answered(
    page: Page, explorer: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("runs")
    trees.write_run(root / "small", [changing_tree()], "best-of-n")
    page.goto(f"{explorer(root)}/tree?run=small&at=0")
    budget, moment = page.get_by_role("group", name="The budget at this moment"), page.locator(".moment")
    expect(budget).to_contain_text("0 of 80 tokens")
    expect(budget).to_contain_text("no answer yet")
    budget.get_by_role("button", name="Next change of the answer").click()
    expect(budget).to_contain_text("10 of 80 tokens (10 sampled, 0 read by the PRM)")
    expect(budget).to_contain_text("would answer")
    expect(budget.get_by_role("button", name="23, wrong: go to this solution")).to_be_visible()
    budget.get_by_role("button", name="Next change of the answer").click()
    expect(budget.get_by_role("button", name="24, correct: go to this solution")).to_be_visible()
    expect(moment).to_have_attribute(
        "aria-valuetext", "event 4 of 5: 1 reward read; 80 of 80 tokens; would answer 24, correct"
    )

    budget.get_by_label("What the slider runs by").select_option("tokens")
    moment.focus()
    page.keyboard.press("ArrowLeft")
    expect(moment).to_have_value("50")
    expect(page).to_have_url(re.compile(r"at=3&by=tokens$"))
    page.reload()
    expect(moment).to_have_value("50")
    moment.focus()
    page.keyboard.press("End")
    expect(budget).to_contain_text("answered")
    budget.get_by_role("button", name="24, correct: go to this solution").click()
    expect(page.locator(".arbutus-inspector .eyebrow")).to_contain_text("node 2")


def test_a_strip_of_more_answers_than_pixels_is_drawn_with_what_there_is_room_for(
    page: Page, explorer: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root, tree, count = tmp_path_factory.mktemp("runs"), Tree(Problem("p", "Make 24 from 4 6")), 1500
    for node in range(1, count + 1):
        tree.apply(Grown([0], [f"s{node}"], ["end"], [None], [str(node)], [Cost(policy_tokens=1)]))
        tree.apply(Scored([node], [node / count], [None], [Cost()]))
    tree.apply(Closed(count, "best", "done", {node: node % 2 == 0 for node in range(1, count + 1)}, {}))
    trees.write_run(root / "wavering", [tree], "best-of-n")
    page.goto(f"{explorer(root)}/tree?run=wavering")
    pieces = page.locator(".strip i")
    expect(pieces.first).to_be_visible()
    places = pieces.evaluate_all("all => all.map(i => [parseFloat(i.style.left), parseFloat(i.style.width)])")
    assert 300 < len(places) <= 600
    assert places[0][0] < 0.1
    for (left, width), (following, _) in pairwise(places):
        assert left + width == pytest.approx(following, abs=1e-3)
    assert sum(places[-1]) == pytest.approx(100, abs=1e-3)
