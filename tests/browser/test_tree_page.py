"""The Tree page as people use it: what they click, press and type in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from app.canvas.colours import COLOURS
from engine.rewards import chain_reward
from engine.tree import Closed, Cost, Grown, Marked, Node, Problem, Scored, Tree
from tests.app import trees
from tests.stories import LONG, story_tree

pytestmark = pytest.mark.browser

HOSTILE = r'<img src=x onerror="document.title=1">**not bold** $\href{javascript:alert(1)}{x}$'


@pytest.fixture(scope="module")
def address(explorer: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("runs")
    puzzles = (4, 5, 6, 10), (1, 3, 4, 6), (2, 7, 8, 9)
    trees.write_run(root / "beam", [trees.beam(numbers=n, seed=i + 1) for i, n in enumerate(puzzles)])
    trees.write_run(root / "holes", [trees.beam(seed=3, failures=0.15, missing=0.2)])
    trees.write_run(root / "mcts", [trees.mcts(20, seed=1)], "mcts")
    trees.write_run(root / "large", [trees.big(3000)])
    trees.write_run(root / "hostile", [hostile_tree(), wild_tree()])
    trees.write_run(root / "repeats", [repeating_tree()])
    trees.write_run(root / "story", [story_tree(LONG)], task="word-problems")
    return explorer(root)


def repeating_tree() -> Tree:
    """Three different steps, the first of them drawn three times (nodes 1, 2 and 4)."""
    tree = Tree(Problem("p", "Make 24 from 4 6"))
    words = ["one", "one", "two", "one", "three"]
    tree.apply(Grown([0] * 5, words, ["end"] * 5, [None] * 5, list[str | None](words), [Cost()] * 5))
    tree.drop({tree.node(2): "the same step as node 1", tree.node(4): "the same step as node 1"})
    tree.apply(Scored([1, 3, 5], [0.5, 0.3, 0.1], [None] * 3, [Cost()] * 3))
    tree.apply(Closed(1, "the best", "done", {}, {}))
    return tree


def hostile_tree() -> Tree:
    tree = Tree(Problem("<b>id</b>", HOSTILE))
    tree.apply(Grown([0], [HOSTILE], ["end"], [None], [HOSTILE], [Cost()]))
    tree.apply(Scored([1], [0.5], [0.0], [Cost()]))
    tree.apply(Marked([1], ["kept"], [HOSTILE]))
    tree.apply(Closed(1, HOSTILE, "error", {1: False}, {}, HOSTILE))
    return tree


WILD = "x" * 1_000_000, "1 + 1 = \u202e3\u202c", "👩‍🔬 שלום \x1b[31m \u0000", "<svg/onload=alert(1)>" * 50, "$" * 500
"""Steps that no model should write: endless, turned round, with control characters, markup."""


def wild_tree() -> Tree:
    tree = Tree(Problem("wild", WILD[1] * 40))
    n = len(WILD)
    tree.apply(Grown([0] * n, list(WILD), ["end"] * n, [None] * n, list[str | None](WILD), [Cost()] * n))
    tree.apply(Scored([1, 2, 3], [0.5, None, 1.0], [1e308, None, -1e308], [Cost()] * 3))
    tree.apply(Closed(2, WILD[3], "done", {2: None}, {}))
    return tree


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


def test_a_click_selects_a_step_without_moving_the_view(page: Page, address: str) -> None:
    canvas = opened(page, address)
    before = canvas.view()
    canvas.click(7)
    inspected(page, 7)
    expect(page).to_have_url(re.compile(r"run=beam&problem=4-5-6-10-24&node=7$"))
    canvas.expect("selected", 7)
    assert canvas.view() == before
    expect(page.locator(".arbutus-inspector")).to_contain_text("of 16 by reward")


def test_the_tree_is_downloaded_as_a_page_of_its_own(page: Page, address: str) -> None:
    opened(page, address, "?run=mcts")
    with page.expect_download() as download:
        page.get_by_role("button", name="This tree as a page").click()
    written = download.value.path().read_text(encoding="utf-8")
    assert download.value.suggested_filename.endswith(".html") and "const drawTree" in written


def test_a_view_that_was_moved_stays_when_another_step_is_selected(page: Page, address: str) -> None:
    canvas = opened(page, address)
    for _ in range(2):
        page.get_by_label("Zoom in").click()
    box = canvas.stage.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 400, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 460, box["y"] + 250, steps=3)
    page.mouse.up()
    moved = canvas.view()
    target = canvas.stage.evaluate(
        "s => [...Array(+s.dataset.nodes).keys()].find(i => { const c = s.arbutus.where(i);"
        " return i > 0 && c.y > 20 && c.y < 500 && c.x > 20 && c.x + c.width < s.clientWidth - 20; })"
    )
    canvas.click(target)
    inspected(page, target)
    assert canvas.view() == moved


def test_reload_back_and_a_shared_link_bring_the_same_step(page: Page, address: str) -> None:
    canvas = opened(page, address, "?run=beam&problem=1-3-4-6-24&node=3")
    inspected(page, 3)
    canvas.expect("selected", 3)
    canvas.click(9)
    inspected(page, 9)
    page.reload()
    inspected(page, 9)
    page.go_back()
    inspected(page, 3)
    Canvas(page).expect("selected", 3)
    Canvas(page).click(9)
    inspected(page, 9)


def test_the_address_has_the_moment_the_filter_and_the_text_to_find_and_brings_them_back(
    page: Page, address: str
) -> None:
    canvas = opened(page, address, "?run=beam&node=3&at=2&filter=0.4-1&find=24")
    canvas.expect("event", 2)
    expect(page.get_by_label("Find in steps")).to_have_value("24")
    expect(page.locator(".low")).to_have_text("0.40")
    page.locator(".moment").fill("1")
    expect(page).to_have_url(re.compile(r"node=3&at=1&filter=0.4-1&find=24$"))
    page.reload()
    canvas = Canvas(page)
    canvas.expect("event", 1)
    page.locator(".moment").fill("0")
    expect(page).to_have_url(re.compile(r"&at=0&"))
    for moment in (1, 2):
        page.go_back()
        canvas.expect("event", moment)
    expect(page.get_by_label("Find in steps")).to_have_value("24")


def test_arrow_keys_walk_to_parent_child_and_neighbour(page: Page, address: str) -> None:
    canvas = opened(page, address)
    canvas.stage.focus()
    page.keyboard.press("ArrowRight")
    expect(canvas.stage).to_have_attribute("data-selected", re.compile(r"^\d+$"))
    first = int(canvas["selected"])
    page.keyboard.press("ArrowDown")
    canvas.expect("selected", first + 1)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    canvas.expect("selected", 0)
    page.keyboard.press("End")
    expect(page.locator(".arbutus-inspector .chips")).to_contain_text("chosen answer")
    expect(page.get_by_role("treeitem")).to_contain_text("reward")
    page.keyboard.press("Home")
    canvas.expect("selected", 0)


def test_the_replay_hides_what_came_later_and_playing_ends_at_the_end(page: Page, address: str) -> None:
    canvas = opened(page, address)
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


def test_a_double_click_folds_a_subtree_and_enter_unfolds_it(page: Page, address: str) -> None:
    canvas = opened(page, address)
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


def test_find_counts_matches_and_walks_through_them(page: Page, address: str) -> None:
    canvas = opened(page, address)
    page.get_by_label("Find in steps").fill("= 24 (")
    expect(page.locator(".hits")).to_have_text(re.compile(r"^[2-9]$"))
    matches = canvas["matches"]
    page.keyboard.press("Enter")
    expect(page.locator(".hits")).to_have_text(f"1/{matches}")
    page.get_by_label("Next match").click()
    expect(page.locator(".hits")).to_have_text(f"2/{matches}")
    expect(page.locator(".arbutus-inspector .step")).to_contain_text("= 24")
    page.get_by_label("Find in steps").press("Escape")
    canvas.expect("matches", 0)


def test_typing_in_the_search_field_triggers_none_of_the_shortcuts(page: Page, address: str) -> None:
    canvas = opened(page, address)
    before = canvas.view()
    page.get_by_label("Find in steps").press_sequentially("rcfn+ ")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert canvas.view() == before
    canvas.expect("playing", "false")


def test_the_reward_filter_dims_what_is_outside_of_it(page: Page, address: str) -> None:
    canvas = opened(page, address)
    page.get_by_label("Lowest reward shown").fill("60")
    expect(page.locator(".shown")).not_to_have_text(f"{canvas['nodes']} of {canvas['nodes']}")
    expect(page.locator(".shown")).to_have_text(f"{canvas['passing']} of {canvas['nodes']}")
    some = int(canvas["passing"])
    assert 1 < some < int(canvas["nodes"])
    page.get_by_label("Highest reward shown").fill("90")
    expect(page.locator(".high")).to_have_text("0.90")
    assert 1 < int(canvas["passing"]) < some


def test_every_colour_tells_what_the_tree_knows_and_the_address_keeps_it(page: Page, address: str) -> None:
    tree = trees.mcts(20, seed=1)
    canvas = opened(page, address, "?run=mcts")
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


def test_a_missing_reward_is_named_and_is_outside_of_every_filter(page: Page, address: str) -> None:
    canvas = opened(page, address, "?run=holes")
    node = canvas.stage.evaluate(
        "s => [...Array(+s.dataset.nodes).keys()].find(i => i > 0 && s.arbutus.reward(i) === null)"
    )
    canvas.click(node)
    inspected(page, node)
    expect(page.locator(".arbutus-inspector")).to_contain_text("It is missing, not zero")
    expect(page.get_by_role("treeitem")).to_contain_text("no reward")


def test_a_tree_search_shows_visits_and_values(page: Page, address: str) -> None:
    opened(page, address, "?run=mcts").click(1)
    expect(page.locator(".arbutus-inspector")).to_contain_text(re.compile(r"Visits N = \d+, mean value Q = 0\.\d+"))
    expect(page.get_by_role("treeitem")).to_contain_text(re.compile(r"N \d+, Q 0"))


def test_the_next_button_and_the_list_lead_to_other_problems(page: Page, address: str) -> None:
    opened(page, address, "?run=beam&node=3")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_role("heading", name="Make 24 from 1 3 4 6")).to_be_visible()
    expect(page).to_have_url(re.compile(r"problem=1-3-4-6-24$"))
    page.get_by_role("button", name="Previous", exact=True).click()
    expect(page.get_by_role("heading", name="Make 24 from 4 5 6 10")).to_be_visible()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?run=no*where*", "There is no run called “no*where*” here."),
        ("?run=beam&problem=none", "This run has no problem called “none”."),
        ("?run=beam&node=999", "This tree has no node “999”: its nodes are 0 to"),
    ],
)
def test_a_link_that_leads_nowhere_says_so_and_offers_a_way_out(
    page: Page, address: str, query: str, said: str
) -> None:
    page.goto(f"{address}/tree{query}")
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    if "node" in query:
        Canvas(page).click(2)
    else:
        page.get_by_role("button", name=re.compile("^See")).click()
        Canvas(page)
    expect(page.get_by_text(said)).to_have_count(0)


def test_text_from_a_log_is_shown_as_text(page: Page, address: str) -> None:
    canvas = opened(page, address, "?run=hostile&node=1")
    inspected(page, 1)
    expect(page.locator(".arbutus-inspector .step")).to_have_text(HOSTILE)
    canvas.stage.hover(position=canvas.middle(1))  # type: ignore[arg-type]
    expect(page.locator(".tip-text")).to_have_text(HOSTILE)
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_endless_turned_and_unprintable_steps_are_shown_for_what_they_are(page: Page, address: str) -> None:
    canvas = opened(page, address, "?run=hostile&problem=wild&node=1")
    inspected(page, 1)
    step = page.locator(".arbutus-inspector .step")
    expect(step).to_contain_text("of 1,000,000 characters")
    assert len(step.inner_text()) < 30_000
    canvas.click(2)
    expect(step).to_have_text("1 + 1 = ⟨U+202E⟩3⟨U+202C⟩")
    canvas.click(3)
    expect(step).to_contain_text("👩‍🔬 שלום ⟨U+001B⟩[31m ⟨U+0000⟩")
    canvas.click(4)
    expect(step).to_have_text(WILD[3])
    expect(page.locator(".crumbs button").last).to_contain_text("<svg/onload=alert(1)>")
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]


def test_the_dark_theme_paints_on_a_dark_ground(open_page: Callable[..., Page], address: str) -> None:
    page = open_page(color_scheme="dark")
    canvas = opened(page, address, "?run=beam&node=5")
    inspected(page, 5)
    corner = canvas.stage.locator("canvas").first.evaluate("c => [...c.getContext('2d').getImageData(3, 3, 1, 1).data]")
    assert max(corner[:3]) < 60


def test_a_phone_shows_the_page_without_scrolling_sideways(open_page: Callable[..., Page], address: str) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    canvas = opened(page, address)
    page.get_by_role("button", name="Fit").tap()
    canvas.view()
    card = canvas.middle(3)
    canvas.stage.tap(position=card)  # type: ignore[arg-type]
    inspected(page, 3)
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]


def test_three_thousand_nodes_paint_and_answer_a_click(page: Page, address: str) -> None:
    canvas = opened(page, address, "?run=large")
    canvas.expect("nodes", 3000)
    canvas.expect("drawn", 3000)
    assert float(canvas["paint"]) < 250
    canvas.click(1)
    inspected(page, 1)


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


def test_the_wheel_and_two_fingers_zoom_about_where_they_are(page: Page, address: str) -> None:
    canvas = opened(page, address)
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


def test_coming_back_to_a_tree_finds_it_as_it_was_left(page: Page, address: str) -> None:
    canvas = opened(page, address)
    canvas.click(7)
    inspected(page, 7)
    page.get_by_label("Zoom in").click()
    view = canvas.view()
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_role("heading", name="Make 24 from 1 3 4 6")).to_be_visible()
    page.go_back()
    inspected(page, 7)
    back = Canvas(page)
    back.expect("selected", 7)
    assert back.view() == view


def test_repeats_lie_under_their_twin_until_they_are_wanted_apart(page: Page, address: str) -> None:
    canvas = opened(page, address, "?run=repeats")
    canvas.expect("shown", 4)
    canvas.expect("under", 2)
    page.get_by_role("button", name="2 repeats under their twin").click()
    canvas.expect("shown", 6)
    canvas.click(4)
    inspected(page, 4)
    canvas.stage.press("r")
    canvas.expect("shown", 4)
    inspected(page, 1)
    canvas.expect("selected", 1)
    canvas.stage.hover(position=canvas.middle(1))  # type: ignore[arg-type]
    expect(page.locator(".tip-facts")).to_contain_text("drawn 3 times")


def test_a_search_and_the_arrow_keys_pass_over_repeats_that_lie_under_their_twin(page: Page, address: str) -> None:
    canvas = opened(page, address, "?run=repeats&node=1")
    canvas.expect("selected", 1)
    canvas.stage.press("ArrowDown")
    canvas.expect("selected", 3)
    page.get_by_label("Find in steps").fill("one")
    canvas.expect("matches", 1)


def test_a_link_to_a_repeat_shows_repeats_apart(page: Page, address: str) -> None:
    canvas = opened(page, address, "?run=repeats&node=4")
    inspected(page, 4)
    canvas.expect("selected", 4)
    canvas.expect("shown", 6)


def test_a_story_is_there_whole_and_its_steps_are_checked_and_its_answers_counted(page: Page, address: str) -> None:
    tree = story_tree(LONG)
    canvas = opened(page, address, "?run=story")
    expect(page.get_by_role("heading", name=LONG.question)).to_be_visible()
    expect(page.locator(".arbutus-inspector .votes tr.here")).to_contain_text("chosen")
    wrong = next(n for n in tree.nodes[1:] if n.label is False and " = " in n.text and n.mark == "dropped" and n.reward)
    canvas.click(wrong.id)
    inspected(page, wrong.id)
    inspector = page.locator(".arbutus-inspector")
    expect(inspector).to_contain_text("Checked: ")
    expect(inspector).to_contain_text("The truth: Wrong sum: ")
    assert tree.chosen is not None
    page.keyboard.press("End")
    inspected(page, tree.chosen.id)
    expect(inspector).to_contain_text("The truth: Right.")
    votes = sum(n.answer == tree.chosen.answer for n in tree.finished())
    expect(inspector.locator(".votes tr.here td").first).to_have_text(str(votes))
