"""What the colours of the canvas tell, what is missing, both themes and a narrow screen."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.canvas.colours import COLOURS
from engine.rewards import chain_reward
from engine.tree import Node, Tree
from tests.app import trees
from tests.browser.canvas import inspected, opened

pytestmark = pytest.mark.browser


def test_every_colour_tells_what_the_tree_knows_and_the_address_keeps_it(page: Page, tree_runs: str) -> None:
    tree = trees.mcts(20, seed=1)
    canvas = opened(page, tree_runs, "?run=mcts")
    known: dict[str, Callable[[Node], float | None]] = {
        "reward": lambda n: n.reward,
        "min": lambda n: chain_reward(n, "min"),
        "prod": lambda n: chain_reward(n, "prod"),
        "mean": lambda n: chain_reward(n, "mean"),
        "value": lambda n: n.value,
        "visits": lambda n: n.visits,
        "label": lambda n: None if n.label is None else int(n.label),
        "logprob": lambda n: n.logprob,
        "tokens": lambda n: n.cost.tokens,
        "order": lambda n: next(i for i, e in enumerate(tree.events) if n.id < len(Tree.replay(tree.events[: i + 1]))),
    }
    by = page.get_by_label("Colour by")
    assert by.locator("option").evaluate_all("options => options.map(o => o.value)") == list(COLOURS)
    assert set(known) == set(COLOURS)
    for name, told in known.items():
        by.select_option(name)
        canvas.expect("colour", name)
        shown = canvas.stage.evaluate("s => [...Array(+s.dataset.nodes).keys()].slice(1).map(s.arbutus.value)")
        expected = [told(node) for node in tree.nodes[1:]]
        assert [value is None for value in shown] == [value is None for value in expected], name
        assert [v for v in shown if v is not None] == pytest.approx([v for v in expected if v is not None], rel=1e-5)
    by.select_option("visits")
    page.get_by_label("Lowest visits shown").fill("40")
    expect(page).to_have_url(re.compile(r"colour=visits&filter=0.4-1$"))
    page.get_by_label("Colour by").select_option("reward")
    expect(page.locator(".low")).to_have_text("0.00")


def test_a_missing_reward_is_named_and_is_outside_of_every_filter(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs, "?run=holes")
    node = canvas.stage.evaluate(
        "s => [...Array(+s.dataset.nodes).keys()].find(i => i > 0 && s.arbutus.reward(i) === null)"
    )
    canvas.click(node)
    inspected(page, node)
    expect(page.locator(".arbutus-inspector")).to_contain_text("It is missing, not zero")
    expect(page.get_by_role("treeitem")).to_contain_text("no reward")


def test_a_tree_search_shows_visits_and_values(page: Page, tree_runs: str) -> None:
    opened(page, tree_runs, "?run=mcts").click(1)
    expect(page.locator(".arbutus-inspector")).to_contain_text(re.compile(r"Visits N = \d+, mean value Q = 0\.\d+"))
    expect(page.get_by_role("treeitem")).to_contain_text(re.compile(r"N \d+, Q 0"))


def test_the_dark_theme_paints_on_a_dark_ground(open_page: Callable[..., Page], tree_runs: str) -> None:
    page = open_page(color_scheme="dark")
    canvas = opened(page, tree_runs, "?run=beam&node=5")
    inspected(page, 5)
    corner = canvas.stage.locator("canvas").first.evaluate("c => [...c.getContext('2d').getImageData(3, 3, 1, 1).data]")
    assert max(corner[:3]) < 60


def test_a_phone_shows_the_page_without_scrolling_sideways(open_page: Callable[..., Page], tree_runs: str) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    canvas = opened(page, tree_runs)
    page.get_by_role("button", name="Fit").tap()
    canvas.view()
    card = canvas.middle(3)
    canvas.stage.tap(position=card)  # type: ignore[arg-type]
    inspected(page, 3)
    rewards = page.locator(".arbutus-path")
    expect(rewards.locator(".field img")).to_be_visible()
    expect(rewards.get_by_text("selected path")).to_be_visible()
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
