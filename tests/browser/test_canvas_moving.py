"""The canvas under wheel, fingers and keys, and while its tree is replayed, folded or grows."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas import Canvas, opened

pytestmark = pytest.mark.browser


def test_the_replay_hides_what_came_later_and_playing_ends_at_the_end(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs)
    page.locator(".moment").fill("0")
    canvas.expect("shown", 1)
    page.locator(".moment").fill("1")
    canvas.expect("shown", 17)
    expect(page.locator(".happening")).to_have_text("16 steps sampled")
    canvas.click(5)
    expect(page.get_by_role("treeitem")).to_contain_text("reward still to come")
    page.locator(".moment").fill("2")
    expect(page.locator(".happening")).to_have_text("16 rewards read")
    expect(page.get_by_role("treeitem")).to_contain_text(re.compile(r"reward 0\.\d+"))
    # Slow until it was seen to play: at four times the speed all is over in less than a second.
    page.get_by_label("Speed of the replay").select_option("0.5")
    canvas.stage.focus()
    page.keyboard.press("Space")
    canvas.expect("playing", "true")
    page.get_by_label("Speed of the replay").select_option("4")
    canvas.expect("event", canvas["events"])
    canvas.expect("playing", "false")
    canvas.expect("shown", canvas["nodes"])


def test_a_double_click_folds_a_subtree_and_enter_unfolds_it(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs)
    nodes = int(canvas["nodes"])
    parent = canvas.stage.evaluate(
        "s => [...Array(+s.dataset.nodes).keys()].find(i => i > 0 && s.arbutus.children(i).length)"
    )
    place = canvas.where(parent)["middle"]
    canvas.stage.dblclick(position=canvas.middle(parent))  # type: ignore[arg-type]
    canvas.expect("folded", 1)
    assert int(canvas["shown"]) < nodes
    assert canvas.where(parent)["middle"] == pytest.approx(place, abs=0.5)
    canvas.stage.focus()
    page.keyboard.press("Enter")
    canvas.expect("shown", nodes)


def test_a_growing_tree_gets_its_new_nodes_and_keeps_the_view(page: Page, serve: Callable[..., str]) -> None:
    page.goto(serve(Path(__file__).parent / "growing_app.py"))
    canvas = Canvas(page)
    canvas.expect("nodes", 5)
    canvas.click(2)
    expect(page.get_by_text("selected: 2")).to_be_visible()
    page.get_by_label("Zoom in").click()
    place = canvas.where(2)
    page.get_by_role("button", name="Grow").click()
    canvas.expect("nodes", 13)
    canvas.expect("shown", 13)
    canvas.expect("selected", 2)
    assert (canvas.where(2)["x"], canvas.where(2)["middle"]) == pytest.approx((place["x"], place["middle"]), abs=0.5)


def test_the_wheel_and_two_fingers_zoom_about_where_they_are(page: Page, tree_runs: str) -> None:
    canvas = opened(page, tree_runs)
    card = canvas.middle(5)
    canvas.stage.hover(position=card)  # type: ignore[arg-type]
    page.mouse.wheel(0, -300)
    expect(page.locator(".zoom .scale")).not_to_have_text("57%")
    zoomed = canvas.middle(5)
    assert zoomed["y"] == pytest.approx(card["y"], abs=1)
    before = float(canvas["zoom"])
    canvas.stage.evaluate(
        """stage => {
            const { left, top } = stage.getBoundingClientRect();
            stage.setPointerCapture = () => {};
            const fire = (type, pointerId, x) => stage.dispatchEvent(new PointerEvent(type,
                { pointerId, clientX: left + x, clientY: top + 200, pointerType: "touch", bubbles: true }));
            fire("pointerdown", 1, 200); fire("pointerdown", 2, 300); fire("pointermove", 2, 400);
            fire("pointerup", 1, 200); fire("pointerup", 2, 400);
        }"""
    )
    expect(page.locator(".zoom .scale")).to_have_text(
        re.compile(rf"^{round(before * 200)}%|{round(before * 200) + 1}%$")
    )
