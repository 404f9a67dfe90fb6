"""The PRM lab as people use it, in a real browser."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.measure.logged import PRM, write_run
from tests.measure.prm.stepping import Solution, a_tree_of

SAMPLES = Path(__file__).resolve().parents[2] / "sample_runs"
pytestmark = pytest.mark.browser

RIGHT: Solution = [(0.9, True), (0.8, True)]
WRONG: Solution = [(0.7, True), (0.3, False)]
FOOLED: Solution = [(0.6, True), (0.95, False)]
UNKNOWN: Solution = [(0.6, None), (0.95, None)]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A collection with two PRMs, one with one, labels by rollouts, and a run of whose steps nothing is known."""
    root = tmp_path_factory.mktemp("lab")
    for name, wrong in (("good", WRONG), ("naive", FOOLED)):
        for n in (1, 2):
            trees = [a_tree_of(f"{i} {i}", [RIGHT, wrong][:n], chosen=n - 1) for i in range(1, 5)]
            if name == "naive" and n == 2:
                trees = [*trees[:3], a_tree_of("4 4", [RIGHT, [(None, True), (0.95, False)]], chosen=1)]
            place = root / "samples" / "two-prms" / f"{name}-{n}"
            write_run(place, trees, "best-of-n", prm={**PRM, "id": name}, parameters={"n": n})
    for n in (1, 2):
        trees = [a_tree_of(f"{i} {i}", [RIGHT, WRONG][:n]) for i in range(1, 5)]
        write_run(root / "samples" / "one-prm" / f"beam-{n}", trees, parameters={"n": n})
    write_run(root / "samples" / "unknown", [a_tree_of("1 1", [UNKNOWN])])
    head = '{"labels": 1, "rollouts": 4, "policy": {"id": "tiny-policy"}}\n'
    line = '{"question": "Make 24 from 1 1", "steps": ["step 0.0"], "rollouts": 4, "right": 1}\n'
    (root / "samples" / "unknown.labels.jsonl").write_text(head + line)
    (root / "own").mkdir()
    return root / "samples", root / "own"


@pytest.fixture(scope="module")
def address(explorer: Callable[..., str], folders: tuple[Path, Path]) -> str:
    return explorer(*folders)


def drawn(page: Page) -> None:
    expect(page.locator(".js-plotly-plot .scatterlayer .points path").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


PLACE = "(e) => e.getBoundingClientRect().top + e.closest('[data-testid=stMain]').scrollTop"


def come_near(page: Page) -> None:
    """Scroll to the plots that wait for that."""
    page.get_by_role("heading", name="What search makes of it").scroll_into_view_if_needed()


def test_the_page_opens_on_the_collection_with_most_prms_and_tells_them_apart(page: Page, address: str) -> None:
    page.goto(f"{address}/prm_lab")
    drawn(page)
    rows = page.locator(".arbutus-against tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("good1.000")
    expect(rows.last).to_contain_text("naive0.000")
    expect(page.locator(".js-plotly-plot").first.get_by_text("16 distinct steps a PRM")).to_be_visible()
    expect(page.get_by_text("Best of k from one pool", exact=True)).to_be_visible()
    expect(page.get_by_text("More search", exact=True)).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    come_near(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(6)


def test_who_leaps_to_the_end_of_the_page_finds_all_plots_drawn_in_their_places(page: Page, address: str) -> None:
    page.goto(f"{address}/prm_lab")
    drawn(page)
    before = page.get_by_role("heading", name="Where it is fooled").evaluate(PLACE)
    page.get_by_text("The most extreme step of each problem").scroll_into_view_if_needed()
    expect(page.locator(".js-plotly-plot")).to_have_count(6)
    expect(page.get_by_role("button", name="Draw the plots below")).to_have_count(0)
    after = page.get_by_role("heading", name="Where it is fooled").evaluate(PLACE)
    assert abs(after - before) < 3, "what one reads must not run away"


def test_the_gallery_of_the_worse_prm_leads_to_the_node_in_its_tree(page: Page, address: str) -> None:
    page.goto(f"{address}/prm_lab")
    drawn(page)
    gallery = page.locator(".arbutus-gallery").first
    expect(gallery.locator("a")).to_have_count(4)
    card = gallery.locator("a").first
    expect(card).to_contain_text("0.950step 1.1")
    expect(card).to_contain_text("step 2")
    card.click()
    page.wait_for_url(
        re.compile(r"/tree\?run=two-prms%2Fnaive-2&problem=1\+1&node=4|/tree\?run=two-prms/naive-2.*node=4")
    )
    expect(page.get_by_text("0.950").first).to_be_visible()


def test_a_cell_of_the_first_error_matrix_leads_to_its_solutions_and_they_to_their_nodes(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/prm_lab?prm=good")
    drawn(page)
    come_near(page)
    matrix = page.locator(".st-key-prm-first-error .js-plotly-plot")
    cell = matrix.locator(".scatterlayer .points path").last
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    solutions = page.locator(".arbutus-solutions section")
    expect(solutions).to_have_count(4)
    assert "cell=true" in page.url
    page.goto(page.url)
    expect(solutions.first.locator("li")).to_have_text(["0.700step 1.0", "0.300step 1.1✗⚑"])
    solutions.first.locator("a").last.click()
    page.wait_for_url(re.compile(r"/tree\?run=two-prms(/|%2F)good-2.*node=4"))
    expect(page.get_by_text("0.300").first).to_be_visible()


def test_a_point_of_the_reliability_diagram_leads_to_the_steps_behind_it(page: Page, address: str) -> None:
    page.goto(f"{address}/prm_lab")
    drawn(page)
    point = page.locator(".js-plotly-plot").first.locator(".scatterlayer .points path").first
    box = point.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile("bin=good"))
    expect(page.get_by_text("Wrong: 4 of 4")).to_be_visible()
    page.goto(page.url)
    expect(page.get_by_text("None of these steps is good.")).to_be_visible()
    # The galleries further down are the other PRM's, and may be drawn first.
    page.locator(".arbutus-gallery a[href*='good-2']").first.click()
    page.wait_for_url(re.compile(r"/tree\?run=two-prms(/|%2F)good-2.*node=4"))


def test_the_prm_looked_at_and_the_runs_are_in_the_url_and_come_back_from_it(page: Page, address: str) -> None:
    page.goto(f"{address}/prm_lab")
    drawn(page)
    page.get_by_role("radio", name="good").click()
    expect(page.locator(".arbutus-gallery").first).to_contain_text("0.300")
    assert "prm=good" in page.url
    page.goto(page.url)
    expect(page.locator(".arbutus-gallery").first).to_contain_text("0.300")
    page.goto(f"{address}/prm_lab?of=one-prm")
    drawn(page)
    expect(page.locator(".arbutus-against tbody tr")).to_have_count(1)
    expect(page.locator(".arbutus-against tbody tr")).to_contain_text("tiny-prm")


def test_prms_can_be_compared_on_the_steps_that_all_of_them_rewarded(page: Page, address: str) -> None:
    page.goto(f"{address}/prm_lab")
    drawn(page)
    expect(page.locator(".arbutus-against tbody tr").first).to_contain_text("16 75.0% good")
    page.get_by_text("Only steps that all of them rewarded").click()
    expect(page.locator(".arbutus-against tbody tr").first).to_contain_text("14 78.6% good")
    page.goto(page.url)
    expect(page.locator(".arbutus-against tbody tr").first).to_contain_text("14 78.6% good")


def test_steps_that_nobody_can_judge_are_said_to_be_so_and_rollouts_can_take_that_place(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/prm_lab?of=unknown")
    expect(page.get_by_text("Nobody knows which of these steps are good")).to_be_visible()
    expect(page.get_by_text("2 without truth")).to_be_visible()
    page.goto(f"{address}/prm_lab?of=unknown&truth=unknown.labels.jsonl")
    expect(page.get_by_text("Truth: 4 rollouts a step by tiny-policy, good if any was right.")).to_be_visible()
    drawn(page)
    expect(page.locator(".arbutus-gallery").last).to_contain_text("25% of 4 rollouts were right.")


def test_all_tables_can_be_had_as_csv(page: Page, address: str) -> None:
    page.goto(f"{address}/prm_lab")
    drawn(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="All tables as CSV").click()
    with Path(download.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["prm"] for row in rows} == {"good", "naive"}
    assert {"numbers", "reliability", "pool"} <= {row["table"] for row in rows}


def test_nonsense_in_the_url_shows_the_page_as_it_opens(page: Page, address: str) -> None:
    page.goto(f"{address}/prm_lab?of=../x&truth=zz&prm=zz")
    drawn(page)
    expect(page.locator(".arbutus-against tbody tr")).to_have_count(2)


def test_no_run_with_a_prm_is_said_in_words(
    page: Page, explorer: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    page.goto(f"{explorer(tmp_path_factory.mktemp('nothing'))}/prm_lab")
    expect(page.get_by_text("No run here had a PRM yet.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_in_light_and_dark(open_page: Callable[..., Page], address: str, scheme: str) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page.goto(f"{address}/prm_lab")
    drawn(page)
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollWidth <= 390")


def test_a_solution_of_ones_own_is_scored_and_a_changed_step_shows_what_that_does(page: Page, address: str) -> None:
    page.goto(f"{address}/prm_lab")
    page.get_by_role("radio", name="Your own solution").click()
    steps = page.get_by_role("textbox", name="Steps")
    steps.fill("10 - 4 = 6 (left: 5 6 6)\n5 * 6 = 30 (left: 6 30)\n30 - 6 = 24 (left: 24)")
    page.get_by_role("button", name="Score the steps").click()
    rows = page.locator(".arbutus-judged li")
    expect(rows).to_have_count(3)
    expect(page.locator(".arbutus-parting")).to_contain_text("In truth every step is good. The PRM sees no wrong step")
    steps.fill("10 - 4 = 6 (left: 5 6 6)\n5 * 6 = 30 (left: 6 30)\n30 - 6 = 23 (left: 23)")
    page.get_by_role("button", name="Score the steps").click()
    expect(page.locator(".arbutus-parting")).to_contain_text("In truth step 3 is the first wrong one.")
    expect(rows.nth(0)).to_contain_text("as before")
    expect(rows.nth(2)).to_contain_text("Illegal: 30 - 6 is 24, not 23.")
    expect(rows.nth(2)).to_contain_text("rewritten from 30 - 6 = 24 (left: 24)")
    assert "look=Your+own+solution" in page.url
    page.get_by_role("radio", name="Logged steps").click()
    drawn(page)
    page.get_by_role("radio", name="Your own solution").click()
    expect(steps).to_have_value(re.compile("30 - 6 = 23"))
    page.reload()
    expect(steps).to_have_value(re.compile("30 - 6 = 23"))


def test_the_steps_of_a_tree_are_taken_along_to_be_judged(page: Page, explorer: Callable[..., str]) -> None:
    page.goto(f"{explorer(SAMPLES)}/tree?run=tot-100-sweep/beam-n16-s0&problem=24-from-4-5-6-10&node=1")
    page.get_by_role("link", name="Judge your own version").click()
    steps = page.get_by_role("textbox", name="Steps")
    expect(steps).to_have_value(re.compile(r"^[^\n]+ = [^\n]+$"))
    taken = steps.input_value()
    steps.fill(f"{taken}\nx")
    steps.blur()
    expect(page).to_have_url(re.compile(r"steps=[^&]*%0Ax"))
    page.go_back()
    expect(steps).to_have_value(taken)
    page.go_back()
    expect(page.locator(".stage canvas").first).to_be_visible()
