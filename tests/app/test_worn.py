import plotly.graph_objects as go
import pytest

from app.canvas.scale import contrast
from app.figures.worn import INK, worn


def a_figure() -> go.Figure:
    figure = go.Figure(go.Scatter(x=[1, 2], y=[0.1, 0.2], name="a", line={"color": "#123456"}))
    figure.update_layout(
        height=300, datarevision="r", margin={"l": 20}, xaxis={"title": {"text": "n"}, "showgrid": True}
    )
    return figure.update_layout(xaxis2={"range": [0, 1]}, hoverlabel={"align": "left"})


@pytest.mark.parametrize("dark", [False, True])
def test_a_figure_has_the_colours_of_the_page_and_no_template(dark: bool) -> None:
    told = worn(a_figure(), dark=dark).to_plotly_json()["layout"]
    quiet, loud, line, ground = INK[dark]
    assert "template" not in told
    assert (told["paper_bgcolor"], told["font"]["color"], told["legend"]["font"]["color"]) == (ground, quiet, loud)
    assert told["xaxis2"]["gridcolor"] == told["yaxis"]["gridcolor"] == line
    assert told["yaxis"]["showgrid"] and not told["xaxis2"]["showgrid"]


def test_what_a_figure_says_itself_counts_and_stays_as_it_was() -> None:
    figure = a_figure()
    before = figure.to_json()
    dressed = worn(figure, dark=True)
    assert figure.to_json() == before
    layout = dressed.layout
    assert (layout.height, layout.datarevision, layout.margin.l, layout.margin.pad) == (300, "r", 20, 8)
    assert layout.xaxis.showgrid and layout.xaxis.title.text == "n" and layout.hoverlabel.align == "left"
    assert tuple(layout.xaxis2.range) == (0, 1)
    assert dressed.data[0].line.color == "#123456" and dressed.data[0].name == "a"


@pytest.mark.parametrize("dark", [False, True])
def test_words_in_a_figure_can_be_read_whatever_the_colour_of_their_line(dark: bool) -> None:
    lines = ["#0072b2", "#56b4e9", "#009e73", "#cc79a7", "#ffffff", "#000000"]
    names = go.Scatter(x=[1] * 6, y=[1] * 6, text=lines, mode="text", textfont={"color": lines, "size": 12})
    pale = {"color": "#f0e442"}
    own = go.Scatter(x=[1], y=[1], text="a", mode="lines+text", textfont=pale, line=pale)
    drawn = worn(go.Figure([names, own]), dark=dark)
    ground = INK[dark][3]
    for colour in (*drawn.data[0].textfont.color, drawn.data[1].textfont.color):
        assert contrast(colour, ground) >= 4.5
    assert drawn.data[0].textfont.size == 12 and drawn.data[1].line.color == "#f0e442"
    kept = {False: "#000000", True: "#ffffff"}[dark]
    assert kept in drawn.data[0].textfont.color
