"""The Start and Curves pages as people use them, in a real browser."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Download, Page, expect

from engine.runs import pack
from tests.imports.files import PLAIN, write
from tests.measure.logged import PRM, a_tree, write_run, write_sweep

SAMPLES = Path(__file__).resolve().parents[2] / "sample_runs"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Samples (a sweep, one with two PRMs, a single tree, a broken run) and the user's own runs, none yet."""
    root = tmp_path_factory.mktemp("explorer")
    write_sweep(root / "samples" / "a-sweep")
    for prm in ("good", "naive"):
        for n in (2, 4):
            trees = [a_tree("1-1", [prm == "good"] * n), a_tree("2-2", [None] * n, chosen=None, error="broke")]
            place = root / "samples" / "two-prms" / f"{prm}-{n}"
            write_run(place, trees, parameters={"n": n}, prm={**PRM, "id": prm}, note="Can a verifier be fooled?")
    write_run(root / "samples" / "one", [a_tree("1-2-6-10", [True])], title="A tree", note="How is 24 found?")
    for n in (1, 4):
        trees = [
            a_tree(f"{i}-{i}", [i == 1] * n, level=i, subject="Algebra" if i < 3 else "Geometry") for i in (1, 2, 3)
        ]
        write_run(root / "samples" / "levels" / f"beam-{n}", trees, parameters={"n": n})
    (root / "samples" / "broken").mkdir()
    (root / "samples" / "broken" / "run.json").write_text("{nope")
    (root / "own").mkdir()
    return root / "samples", root / "own"


@pytest.fixture(scope="module")
def address(explorer: Callable[..., str], folders: tuple[Path, Path]) -> str:
    return explorer(*folders)


def drawn(page: Page) -> None:
    """Wait for the chart."""
    expect(page.locator(".js-plotly-plot .scatterlayer .points path").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_start_says_what_this_is_and_shows_each_run_with_its_question(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name="Watch a model think")).to_be_visible()
    expect(page.get_by_text("Can a verifier be fooled?")).to_be_visible()
    expect(page.get_by_text("How is 24 found?")).to_be_visible()
    expect(page.get_by_text("beam, n = 4: Make 24 from 1 2 6 10, 2 nodes, solved")).to_be_visible()
    expect(page.get_by_alt_text("Accuracy against n of greedy, best-of-n, beam")).to_be_visible()


def test_a_broken_run_is_told_and_the_others_still_work(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_text("1 run can't be read").click()
    expect(page.get_by_text(re.compile(r"^broken/"))).to_be_visible()


def test_a_card_leads_to_its_curves_and_to_its_tree(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".st-key-card-two-prms").get_by_role("link").click()
    drawn(page)
    assert "collection=two-prms" in page.url
    page.goto(address)
    page.locator(".st-key-card-one").get_by_role("link").click()
    page.wait_for_url(re.compile(r"/tree\?run=one"))


def test_an_uploaded_run_is_kept_and_leads_to_its_trees(
    page: Page, address: str, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    pack(folders[0] / "one", tmp_path / "mine.arbutus")
    page.goto(address)
    page.locator('input[type="file"]').set_input_files(tmp_path / "mine.arbutus")
    expect(page.get_by_text("Kept as own/uploads/mine")).to_be_visible()
    page.get_by_role("link", name="Open its trees").click()
    page.wait_for_url(re.compile(r"/tree\?run=own"))


def test_an_upload_that_is_no_run_is_refused_in_words(page: Page, address: str, tmp_path: Path) -> None:
    (tmp_path / "bad.arbutus").write_bytes(b"not a run")
    page.goto(address)
    page.locator('input[type="file"]').set_input_files(tmp_path / "bad.arbutus")
    expect(page.get_by_text("This is not a run that can be read.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^bad\.arbutus: "))).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_file_of_another_system_becomes_a_run_and_a_hostile_one_is_refused_by_line(
    page: Page, address: str, tmp_path: Path
) -> None:
    hostile = {**PLAIN, "question": "**<img src=x onerror=alert(1)>**", "steps": [{"id": 1, "text": "a", "parent": 1}]}
    write(tmp_path / "hostile.jsonl", [hostile, PLAIN])
    write(tmp_path / "sums.json", [PLAIN], array=True)
    page.goto(address)
    page.locator('input[type="file"]').set_input_files(tmp_path / "hostile.jsonl")
    expect(page.get_by_text(re.compile(r"^hostile\.jsonl: line 1: got node 1 in a circle of parents"))).to_be_visible()
    page.locator('input[type="file"]').set_input_files(tmp_path / "sums.json")
    expect(page.get_by_text("Kept as own/uploads/sums")).to_be_visible()
    page.get_by_role("link", name="Open its trees").click()
    page.wait_for_url(re.compile(r"/tree\?run=own"))
    expect(page.get_by_text("imported from plain JSON")).to_be_visible()


def test_curves_state_what_they_rest_on_and_what_coverage_is(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=a-sweep&coverage=true&gpt4=true")
    drawn(page)
    chart = page.locator(".js-plotly-plot")
    expect(chart.get_by_text("6 problems of tot-100, 2 seeds a point")).to_be_visible()
    expect(chart.get_by_text("Dashed: coverage")).to_be_visible()
    expect(chart.get_by_text("GPT-4 ToT b=5 74.0%")).to_be_visible()
    expect(page.get_by_text("the checker needs no answer key")).to_be_visible()
    expect(chart.get_by_text("trained on this kind of puzzle; GPT-4 was not.")).to_be_visible()


def test_levels_and_subjects_narrow_the_curves_down_and_are_in_the_url(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=levels")
    drawn(page)
    chart = page.locator(".js-plotly-plot")
    expect(chart.get_by_text("3 problems of")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("1", exact=True).click()
    expect(chart.get_by_text("1 problem of")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("3", exact=True).click()
    expect(chart.get_by_text("2 problems of")).to_be_visible()
    page.goto(page.url)
    expect(chart.get_by_text("2 problems of")).to_be_visible()
    page.get_by_role("combobox", name="Subject").click()
    page.get_by_role("option", name="Geometry").click()
    expect(chart.get_by_text("1 problem of")).to_be_visible()


def test_the_unit_of_compute_and_the_lines_are_in_the_url_and_come_back_from_it(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=a-sweep")
    drawn(page)
    page.get_by_role("radio", name="FLOPs").click()
    expect(page.locator(".xtitle", has_text="FLOPs per problem")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("greedy", exact=True).click()
    expect(page.locator(".legendtext").get_by_text("greedy")).to_have_count(0)
    page.goto(page.url)
    drawn(page)
    expect(page.locator(".xtitle", has_text="FLOPs per problem")).to_be_visible()
    expect(page.locator(".legendtext")).to_have_text(["best-of-n", "beam"])


def test_a_click_on_a_point_lists_its_problems_and_leads_to_their_trees(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=two-prms")
    drawn(page)
    marker = page.locator(".scatterlayer .trace .points path").last
    box = marker.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text("Failed 1 of 2")).to_be_visible()
    assert "point=beam" in page.url
    page.locator(".arbutus-failed a").click()
    page.wait_for_url(re.compile(r"/tree\?run=two-prms%2Fnaive-4&problem=2-2"))


def test_a_point_can_be_shared_and_its_seeds_told_apart(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=a-sweep&point=beam, n = 4")
    drawn(page)
    expect(page.get_by_text("Not solved 1 of 6")).to_be_visible()
    expect(page.get_by_role("heading", name="Compute to reach an accuracy")).to_be_visible()
    heads = page.get_by_role("heading").all_inner_texts()
    assert heads.index("Behind a point") < heads.index("Compute to reach an accuracy")
    page.get_by_test_id("stButtonGroup").get_by_text("1", exact=True).click()
    expect(page.get_by_text("Solved 6 of 6")).to_be_visible()
    expect(page.locator(".arbutus-chips a")).to_have_count(6)


def test_a_problem_that_was_not_solved_leads_to_the_step_at_which_it_was_lost(
    page: Page, explorer: Callable[..., str]
) -> None:
    page.goto(f"{explorer(SAMPLES)}/curves?collection=naive-prm&point=beam · countdown-prm-naive, n = 4")
    dropped = page.locator(".arbutus-fate", has_text="The last good step was dropped")
    expect(dropped).to_contain_text("15")
    dropped.locator("xpath=following-sibling::div[1]").get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/tree\?run=naive-prm%2Fbeam-naive-n4-s0&problem=[^&]*&node=[1-9]"))
    inspector = page.locator(".arbutus-inspector")
    expect(inspector.locator(".chips")).to_contain_text("dropped")
    expect(inspector).to_contain_text("The truth:")


def test_by_what_problems_were_lost_is_told_for_each_line_and_size(page: Page, explorer: Callable[..., str]) -> None:
    page.goto(f"{explorer(SAMPLES)}/curves?collection=naive-prm")
    page.get_by_text("By what problems were lost").click()
    rows = page.locator(".arbutus-lost tbody tr")
    heads = ["Line", "n", "Not solved", "", "No good step drawn", "Good one dropped", "Right one not chosen"]
    expect(page.locator(".arbutus-lost th")).to_have_text(heads)
    naive = rows.filter(has_text="beam · countdown-prm-naive")
    # At n = 1 the policy loses them all, at n = 64 the choice does.
    beam = "beam · countdown-prm-naive"
    expect(naive.first.locator("td")).to_have_text([beam, "1", "72%", "", "72%", "–", "–"])
    expect(naive.last.locator("td")).to_have_text([beam, "64", "71%", "", "–", "–", "71%"])
    assert "lost=true" in page.url
    file = saved(page, "Losses as CSV").path()
    table = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert float(table[-1]["found"]) == 0.71 and table[-1]["n"] == "64"


def test_a_point_is_told_apart_from_the_other_strategies_or_not(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=a-sweep&point=beam, n = 4&pool=false")
    drawn(page)
    rows = page.locator(".arbutus-against tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(re.compile(r"best-of-n n = 4.*\+16\.7.*(better|can't be told apart)"))


def saved(page: Page, button: str, *, first: bool = False) -> Download:
    """What comes when a button below a plot is pressed."""
    found = page.get_by_role("button", name=button, exact=True)
    with page.expect_download() as download:
        (found.first if first else found).click()
    return download.value


def test_a_plot_and_its_trees_can_be_taken_along_in_every_format(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=a-sweep&pool=false")
    drawn(page)
    trees, points = saved(page, "Trees as CSV"), saved(page, "CSV", first=True)
    for file, rows in ((trees, 7 * 6 * 2), (points, 7)):
        table = list(csv.DictReader(file.path().read_text(encoding="utf-8").splitlines()))
        assert len(table) == rows and {"strategy", "n"} <= set(table[0])
    assert points.suggested_filename == "Problems-solved-against-policy-tokens-a-sweep.csv"
    image, drawing = saved(page, "PNG", first=True), saved(page, "SVG", first=True)
    with Image.open(image.path()) as png:
        assert png.format == "PNG" and png.width == 1800
    assert "problems solved" in drawing.path().read_text(encoding="utf-8")


def test_a_saved_plot_opens_from_disk_without_a_network(page: Page, address: str, browser: Browser) -> None:
    page.goto(f"{address}/curves?collection=a-sweep&pool=false")
    drawn(page)
    path = saved(page, "HTML", first=True).path().with_suffix(".html")
    saved_as = path.write_bytes(path.with_suffix("").read_bytes())
    assert saved_as > 1_000_000
    context = browser.new_context(offline=True)
    alone, asked = context.new_page(), []
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(path.as_uri())
    expect(alone.locator(".scatterlayer .points path").first).to_be_visible()
    assert asked == [path.as_uri()]
    context.close()


def test_lines_that_are_not_chosen_stay_grey_and_the_front_and_anytime_curves_join_them(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/curves?collection=a-sweep&lines=beam&front=true&anytime=beam")
    drawn(page)
    chart = page.locator(".js-plotly-plot").first
    expect(chart.get_by_text("Grey staircase: the Pareto front")).to_be_visible()
    expect(chart.get_by_text("Thin stairs")).to_be_visible()
    expect(chart.locator(".textpoint")).to_have_text(["beam"])
    expect(chart.locator(".scatterlayer .trace:not(:has(.textpoint)) .points")).not_to_have_count(0)


def test_prices_put_money_on_the_axis(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=a-sweep&x=money")
    expect(page.get_by_text("Nothing has a price yet: say what a million tokens cost")).to_be_visible()
    page.get_by_role("spinbutton", name="Policy, a million tokens").fill("2")
    page.keyboard.press("Enter")
    drawn(page)
    expect(page.locator(".xtitle", has_text="money per problem")).to_be_visible()


def test_problems_of_each_level_have_curves_of_their_own(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=levels&split=level")
    drawn(page)
    for level in (1, 2, 3):
        expect(page.get_by_text(f"level {level} · 1 problem", exact=True)).to_be_visible()


def test_what_is_worth_searching_is_shown_against_the_best_fixed_strategy(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=a-sweep&optimal=true")
    expect(page.get_by_role("heading", name="Compute where it helps")).to_be_visible()
    plans = page.locator(".arbutus-plans")
    expect(plans).to_contain_text("reward of 4")
    page.get_by_role("radiogroup", name="Difficulty by").get_by_text("agreement", exact=True).click()
    expect(plans).to_contain_text("agreement of 4")
    page.goto(f"{address}/curves?collection=two-prms&optimal=true")
    expect(page.get_by_text(re.compile("with the PRMs good, naive, expected one"))).to_be_visible()


def test_it_says_what_an_accuracy_costs_and_what_is_not_reached(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=a-sweep&target=60")
    drawn(page)
    rows = page.locator(".arbutus-lines tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.last).to_contain_text("greedy")
    expect(rows.last).to_contain_text("not reached")


def test_another_collection_forgets_the_lines_and_the_point_of_the_last(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=a-sweep&lines=beam&point=beam, n = 4")
    drawn(page)
    page.get_by_test_id("stSelectbox").first.click()
    page.get_by_role("option", name="two-prms").click()
    expect(page.locator(".legendtext")).to_have_text(["beam · good", "beam · naive"])
    assert "point=" not in page.url


def test_nonsense_in_the_url_shows_the_page_as_it_opens(page: Page, address: str) -> None:
    page.goto(f"{address}/curves?collection=../x&x=zz&lines=zz&point=zz&seed=zz&coverage=zz")
    drawn(page)


def test_no_runs_at_all_are_said_in_words_on_every_page(
    page: Page, explorer: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    address = explorer(tmp_path_factory.mktemp("nothing"))
    page.goto(address)
    expect(page.get_by_text("There is no run here yet.")).to_be_visible()
    page.goto(f"{address}/curves")
    expect(page.get_by_text("There is no collection yet")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_pages_fit_a_phone_in_light_and_dark(open_page: Callable[..., Page], address: str, scheme: str) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    for place in ("", "/curves?coverage=true&gpt4=true"):
        page.goto(address + place)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        if place:
            drawn(page)
        page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollWidth <= 390")
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert (background == "rgb(20, 24, 22)") == (scheme == "dark")
