from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from engine.figures.curves_info import GPT4, info
from engine.figures.image import save_image
from engine.figures.paper import WIDTH
from engine.figures.picture import PAPER
from engine.figures.style import GREY, LOOKS, rgb
from engine.figures.web import page
from engine.measure import curve, frame
from engine.measure.lines import lines, pareto
from engine.runs import Run, find_runs
from tests.measure.logged import write_sweep


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = write_sweep(tmp_path_factory.mktemp("runs") / "sweep")
    return frame(Run.open(path) for path in find_runs(folder))


def colours(file: Path) -> Counter[Any]:
    with Image.open(file) as image:
        assert image.width == 2 * WIDTH
        return Counter(image.convert("RGB").get_flattened_data())


def test_a_picture_shows_each_line_in_its_colour_on_white(rows: pd.DataFrame, tmp_path: Path) -> None:
    save_image([info(curve(rows), front=pareto(lines(rows)), baselines=GPT4)], tmp_path / "a.png")
    found = colours(tmp_path / "a.png")
    assert found.most_common(1)[0][0] == PAPER
    for strategy in ("greedy", "best-of-n", "beam"):
        assert found[rgb(LOOKS[strategy].colour)] > 30, strategy


def test_lines_that_were_not_chosen_are_not_in_colour(rows: pd.DataFrame, tmp_path: Path) -> None:
    save_image([info(curve(rows), shown=["beam"])], tmp_path / "a.png")
    assert rgb(LOOKS["best-of-n"].colour) not in colours(tmp_path / "a.png")


def test_panels_stand_below_each_other(rows: pd.DataFrame, tmp_path: Path) -> None:
    one = info(curve(rows), title="level 1", coverage=curve(rows, y="coverage"))
    save_image([one], tmp_path / "one.png")
    save_image([one, one, one], tmp_path / "three.png")
    with Image.open(tmp_path / "one.png") as single, Image.open(tmp_path / "three.png") as triple:
        assert triple.height == 3 * single.height


def test_nothing_to_draw_is_a_picture_that_says_so(rows: pd.DataFrame, tmp_path: Path) -> None:
    save_image([info(curve(rows.iloc[:0]))], tmp_path / "a.png")
    assert set(colours(tmp_path / "a.png")) > {PAPER, rgb(GREY)}


def test_a_page_is_whole_in_one_file_and_holds_text_as_text(rows: pd.DataFrame) -> None:
    table = pd.DataFrame({"line": ["<script>alert(1)</script>"], "points": ["+1.0"]})
    text = page([info(curve(rows)), info(curve(rows), title="level 1")], [("A & B", table)])
    assert text.count("Plotly.newPlot") >= 2 and "cdn.plot.ly" not in text.split("<h1>")[0]
    assert 'src="http' not in text
    assert "<h2>A &amp; B</h2>" in text
    assert "<script>alert(1)" not in text and "&lt;script&gt;alert(1)" in text
