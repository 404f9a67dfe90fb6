import math
from io import BytesIO
from itertools import pairwise
from re import findall
from xml.etree import ElementTree

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.figures.curves import plot_curves
from engine.figures.curves_info import GPT4, everything_drawn
from engine.figures.paper import WIDTH, picture
from engine.figures.picture import Area, Disc, Picture, Stroke, Words
from engine.figures.png import dashes, png
from engine.figures.prm_depth import reward_by_depth_figure
from engine.figures.prm_distribution import reward_distribution
from engine.figures.prm_first_error import first_error_matrix
from engine.figures.prm_overoptimisation import overoptimisation
from engine.figures.prm_page import OF_K, joined
from engine.figures.prm_reliability import reliability_diagram
from engine.figures.saving import as_html, as_png, as_svg
from engine.figures.style import LOOKS, rgb
from engine.figures.svg import svg
from engine.measure import curve, frame
from engine.measure.lines import lines, pareto
from engine.measure.prm.quality import quality_of
from engine.runs import Run, find_runs
from tests.measure.logged import write_sweep
from tests.measure.prm.stepping import a_tree_of, reading

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = write_sweep(tmp_path_factory.mktemp("runs") / "sweep")
    return frame(Run.open(path) for path in find_runs(folder))


@pytest.fixture(scope="module")
def curves(rows: pd.DataFrame) -> go.Figure:
    return plot_curves(curve(rows), curve(rows, y="coverage"), baselines=GPT4, front=pareto(lines(rows)))


@pytest.fixture(scope="module")
def of_prm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, go.Figure]:
    trees = [a_tree_of(f"{i} {i}", [[(0.9, True), (0.8, True)], [(0.7, True), (0.3, False)]]) for i in range(4)]
    found = quality_of([reading(tmp_path_factory.mktemp("runs"), trees, "one", prm={"id": "good"})])
    tables = found["good"].tables
    return {
        "reliability": reliability_diagram(joined(found, "reliability")),
        "distribution": reward_distribution(tables["distribution"]),
        "depth": reward_by_depth_figure(tables["by_depth"]),
        "first error": first_error_matrix(tables["first_error"]),
        "best of k": overoptimisation(joined(found, "pool"), **OF_K),
    }


def words(text: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(text).iter(f"{SVG}text")]


def test_a_png_is_twice_as_large_as_its_picture_and_shows_the_lines_on_white(curves: go.Figure) -> None:
    sheet = picture(curves)
    with Image.open(BytesIO(as_png(curves, "curves"))) as image:
        assert image.format == "PNG" and image.size == (2 * WIDTH, 2 * sheet.height)
        colours = {colour: count for count, colour in image.convert("RGB").getcolors(1 << 20) or []}
    assert max(colours, key=colours.__getitem__) == (255, 255, 255)
    assert colours[rgb(LOOKS["beam"].colour)] > 100


def test_an_svg_is_xml_with_the_words_of_the_plot_as_words(curves: go.Figure) -> None:
    text = as_svg(curves, "A & B < C")
    said = words(text)
    assert {"problems solved", "policy tokens per problem", "beam", "100%"} <= set(said)
    assert any("95 % paired bootstrap" in line for line in said)
    assert ElementTree.fromstring(text).findtext(f"{SVG}title") == "A & B < C"


def test_an_svg_draws_each_point_where_its_number_puts_it() -> None:
    xs, ys = [1, 10, 1000], [0.0, 0.5, 1.0]
    figure = go.Figure(go.Scatter(x=xs, y=ys, mode="lines", line={"color": "#0072B2"}))
    figure.update_xaxes(type="log", range=[0, 4]).update_yaxes(range=[0, 1])
    sheet = picture(figure)
    (line,) = [m for m in sheet.marks if isinstance(m, Stroke) and m.colour == rgb("#0072B2")]
    (x0, y0), (x1, y1), (x2, y2) = line.points
    assert (x1 - x0) * 2 == pytest.approx(x2 - x1) and (y0 - y1) == pytest.approx(y1 - y2)
    assert x0 < x1 < x2 < WIDTH and y0 > y1 > y2 > 0


def test_every_figure_on_prms_becomes_a_picture_with_its_titles(of_prm: dict[str, go.Figure]) -> None:
    for name, figure in of_prm.items():
        said = set(words(as_svg(figure, name)))
        titles = {axis.title.text for axis in figure.select_xaxes() if axis.title.text}
        titles |= {axis.title.text for axis in figure.select_yaxes() if axis.title.text}
        assert titles <= said, name
        assert Image.open(BytesIO(as_png(figure, name))).width == 2 * WIDTH


def test_bars_are_as_high_as_their_numbers_and_stand_side_by_side() -> None:
    figure = go.Figure([go.Bar(x=[1, 2], y=[1, 2], marker_color="#0072B2"), go.Bar(x=[1, 2], y=[4, 3])])
    figure.update_layout(barmode="group").update_yaxes(range=[0, 4])
    areas = [mark for mark in picture(figure).marks if isinstance(mark, Area)]
    high = [max(y for _, y in a.points) - min(y for _, y in a.points) for a in areas]
    assert [h / high[0] for h in high] == pytest.approx([1, 2, 4, 3])
    one, other = areas[0], areas[2]
    assert max(x for x, _ in one.points) == pytest.approx(min(x for x, _ in other.points))


def test_a_missing_point_breaks_its_line_and_is_never_drawn_as_nought() -> None:
    figure = go.Figure(go.Scatter(x=[1, 2, 3, 4, 5], y=[1, 2, None, 4, 5], mode="lines", line={"color": "#0072B2"}))
    strokes = [m for m in picture(figure).marks if isinstance(m, Stroke) and m.colour == rgb("#0072B2")]
    assert [len(stroke.points) for stroke in strokes] == [2, 2]


def test_the_words_of_a_figure_are_data_in_an_svg_and_on_a_page() -> None:
    figure = go.Figure(go.Scatter(x=[1, 2], y=[1, 2], name="<script>alert(1)</script>", showlegend=True))
    bad = "</title><script>alert(2)</script>\x00"
    assert "<script" not in as_svg(figure, bad)
    ElementTree.fromstring(as_svg(figure, bad))
    assert "alert(2)</script>" not in as_html(figure, bad)
    assert "<script>alert(1)" not in as_html(figure, bad)


def test_a_page_loads_nothing_and_holds_the_numbers(curves: go.Figure) -> None:
    text = as_html(curves, "Curves")
    assert not findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"']?(?:https?:)?//", text)
    assert "Plotly.newPlot" in text and "<title>Curves</title>" in text
    assert len(text) > 2_000_000, "plotly's script is in it"


def test_what_is_saved_of_a_dark_page_is_light(curves: go.Figure) -> None:
    dark = go.Figure(curves).update_layout(template="plotly_dark")
    assert as_svg(dark, "") == as_svg(curves, "")
    assert '"paper_bgcolor":"white"' in as_html(dark, "") and dark.layout.template.layout.paper_bgcolor != "white"


def test_a_trace_that_cant_be_drawn_is_refused_and_html_recommended() -> None:
    with pytest.raises(ValueError, match=r"type pie.*HTML"):
        as_png(go.Figure(go.Pie(values=[1, 2])), "")


def test_nothing_to_draw_is_a_picture_that_says_so(rows: pd.DataFrame) -> None:
    assert "No run to draw yet" in words(as_svg(plot_curves(curve(rows.iloc[:0])), ""))


def test_the_table_of_a_plot_holds_all_that_is_drawn_and_says_what_it_is(rows: pd.DataFrame) -> None:
    accuracy, coverage = curve(rows), curve(rows, y="coverage")
    table = everything_drawn(accuracy, coverage=coverage, anytime=None)
    assert table["drawn"].value_counts().to_dict() == {"accuracy": len(accuracy), "coverage": len(coverage)}
    assert table.loc[table["drawn"] == "accuracy", "y"].tolist() == accuracy["y"].tolist()


place = st.tuples(st.floats(0, 60), st.floats(0, 60))
marks = st.one_of(
    st.builds(lambda a, b, dash: Stroke([a, b], (1, 2, 3), 1.5, dash), place, place, st.sampled_from([0.0, 3.0])),
    st.builds(lambda a, b, c, o: Area([a, b, c], (9, 9, 9), o), place, place, place, st.sampled_from([0.3, 1.0])),
    st.builds(lambda a, r: Disc(a, r, (5, 5, 5)), place, st.floats(0.5, 9)),
    st.builds(lambda a, text, turned: Words(a, text, turned=turned), place, st.text(max_size=9), st.booleans()),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(marks, max_size=6))
def test_whatever_is_drawn_is_a_png_and_well_formed_xml(drawn: list[Stroke | Area | Disc | Words]) -> None:
    sheet = Picture(60, 40, marks=drawn)
    assert len(ElementTree.fromstring(svg(sheet))) == 1 + len(drawn)
    assert Image.open(BytesIO(png(sheet))).size == (120, 80)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=2, max_size=6), st.floats(1, 9))
def test_dashes_cover_about_half_of_a_line(points: list[tuple[float, float]], length: float) -> None:
    def long(line: list[tuple[float, float]]) -> float:
        return math.fsum(((a - c) ** 2 + (b - d) ** 2) ** 0.5 for (a, b), (c, d) in pairwise(line))

    assert abs(sum(map(long, dashes(points, length))) - long(points) / 2) <= length * len(points)
