from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import plotly.graph_objects as go
import pytest

from engine.figures.saving import as_svg
from engine.figures.training import train_and_test
from engine.measure.series import Series, read_series

SERIES = Path(__file__).parents[2] / "engine" / "pretrained" / "countdown-policy" / "series.json"


@pytest.fixture(scope="module")
def series() -> Series:
    return read_series(SERIES)


@pytest.fixture(scope="module")
def tests() -> pd.DataFrame:
    rows = [("greedy", 1, 7e7, 0.41), ("beam", 4, 3e8, 0.77), ("self-consistency", 16, 6e8, 0.57), ("beam", 16, 1e9, 1)]
    table = pd.DataFrame(rows, columns=["line", "n", "x", "y"]).assign(problems=100)
    return table.assign(strategy=table["line"], low=table["y"] - 0.1, high=table["y"])


def of_panel(figure: go.Figure, axis: str) -> dict[str, go.Scatter]:
    return {trace.name: trace for trace in figure.data if trace.xaxis == axis}


def test_training_is_left_and_searching_right_on_one_scale_of_accuracy(series: Series, tests: pd.DataFrame) -> None:
    figure = train_and_test(series, tests, ["greedy", "beam"])
    left, right = of_panel(figure, "x"), of_panel(figure, "x2")
    own = series.table[series.table["strategy"] == "greedy"]
    assert list(left["greedy"].y) == own["y"].tolist() and list(left["greedy"].x) == own["training_flops"].tolist()
    assert set(right) == {"greedy", "beam"} and list(right["beam"].x) == [3e8, 1e9]
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range and figure.layout.yaxis2.matches == "y"
    assert figure.layout.xaxis.type == figure.layout.xaxis2.type == "log"


def test_hovering_tells_n_the_interval_and_the_compute(series: Series, tests: pd.DataFrame) -> None:
    figure = train_and_test(series, tests, ["beam"])
    shipped, vote = of_panel(figure, "x")["greedy"].hovertext[-1], of_panel(figure, "x")["self-consistency"]
    assert "as shipped" in shipped and "133T FLOPs of training" in shipped and "100 problems" in shipped
    assert "n = 16" in vote.hovertext[0] and "after 1 chunk<" in vote.hovertext[0]
    assert "67.0% to 77.0%" in of_panel(figure, "x2")["beam"].hovertext[0]


def test_both_panels_are_saved_with_their_axes(series: Series, tests: pd.DataFrame) -> None:
    text = as_svg(train_and_test(series, tests, ["beam"]), "both")
    assert "FLOPs to train" in text and "FLOPs to search" in text
    ElementTree.fromstring(text)
