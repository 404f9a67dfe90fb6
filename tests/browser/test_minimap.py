"""The overview in a corner of the canvas: when it is there, what it shows, and how one moves with it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app import trees
from tests.browser.canvas import Canvas
from tests.browser.test_standalone import opened

pytestmark = pytest.mark.browser


def test_it_is_there_while_not_all_is_in_sight_and_a_click_in_it_moves_the_view(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = opened(open_page, tmp_path, trees.beam())
    canvas, small = Canvas(page), page.locator(".map")
    expect(small).to_be_hidden()
    for _ in range(4):
        page.get_by_label("Zoom in").click()
    expect(small).to_be_visible()
    zoom = canvas.view()[2]
    box = small.bounding_box()
    assert box is not None
    small.click(position={"x": 4, "y": 4})
    first = canvas.view()
    assert float(first[0]) > 0 and float(first[1]) > 0, "the upper left corner of the tree is in the middle"
    page.mouse.move(box["x"] + 6, box["y"] + 6)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4, steps=4)
    page.mouse.up()
    last = canvas.view()
    assert float(last[0]) < 0 and float(last[1]) < 0, "the rectangle was drawn to the other end"
    assert last[2] == zoom and canvas["selected"] == "-1"
    page.get_by_role("button", name="Fit").click()
    expect(small).to_be_hidden()


def test_it_shows_the_colours_the_chosen_path_and_what_is_in_sight(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = opened(open_page, tmp_path, trees.beam())
    for _ in range(4):
        page.get_by_label("Zoom in").click()
    expect(page.locator(".map")).to_be_visible()
    seen = """map => { const { data } = map.getContext('2d').getImageData(0, 0, map.width, map.height);
        const pixel = (_, i) => data.slice(4 * i, 4 * i + 3).join();
        return [...new Set(Array.from({ length: data.length / 4 }, pixel))]; }"""
    rewards = set(page.locator(".map").evaluate(seen))
    page.get_by_label("Colour by").select_option("order")
    expect(Canvas(page).stage).to_have_attribute("data-colour", "order")
    Canvas(page).view()
    order = set(page.locator(".map").evaluate(seen))
    assert len(rewards) > 20 and len(order - rewards) > 5, "it has the colours of the cards"


def test_it_stands_aside_for_the_selection_and_stays_away_where_it_is_not_wanted(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = opened(open_page, tmp_path, trees.beam())
    canvas, small = Canvas(page), page.locator(".map")
    for _ in range(4):
        page.get_by_label("Zoom in").click()
    expect(canvas.stage).to_have_attribute("data-map", "bottom left")
    canvas.stage.press("Home")
    box, card = canvas.stage.bounding_box(), canvas.middle(0)
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 350 - card["x"], box["y"] + box["height"] - 30 - card["y"], steps=3)
    page.mouse.up()
    expect(canvas.stage).to_have_attribute("data-map", "bottom right")
    page.keyboard.press("m")
    expect(small).to_be_hidden()
    expect(page.get_by_role("button", name="Overview")).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(Canvas(page).stage).to_have_attribute("data-map", "")
    for _ in range(4):
        page.get_by_label("Zoom in").click()
    expect(page.get_by_role("button", name="Overview")).to_have_attribute("aria-pressed", "false")
    expect(small).to_be_hidden()
    page.get_by_role("button", name="Overview").click()
    expect(canvas.stage).to_have_attribute("data-map", re.compile("left|right"))
