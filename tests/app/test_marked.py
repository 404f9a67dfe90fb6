from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest

from app import curve_data
from app.marked import Marked, figure
from engine.figures.saving import as_html, as_png, as_svg
from engine.prices import Prices
from tests.measure.logged import a_tree, write_run

ROWS = pd.DataFrame({"a": [1, 2, 3]})


def test_what_was_made_of_a_table_is_marked_by_what_it_was_made_with() -> None:
    table = Marked(ROWS, "rows")
    odd = table.changed(("odd",), lambda rows: rows[rows["a"] % 2 == 1])
    assert odd.rows["a"].tolist() == [1, 3]
    assert (
        odd.mark == table.changed(("odd",), lambda rows: rows).mark != table.changed(("even",), lambda rows: rows).mark
    )


def test_a_figure_is_drawn_once_for_each_mark() -> None:
    drawn = []

    def draw() -> go.Figure:
        drawn.append(1)
        return go.Figure()

    first = figure("a test", ("mark", 1), draw)
    assert figure("a test", ("mark", 1), draw) is first and len(drawn) == 1
    assert figure("a test", ("mark", 2), draw) is not first and len(drawn) == 2


def test_a_figure_that_is_saved_stays_as_it_was_drawn() -> None:
    drawn = go.Figure(go.Scatter(x=[1, 2], y=[0.1, 0.2])).update_layout(height=300)
    before = drawn.to_json()
    as_png(drawn, "t"), as_svg(drawn, "t"), as_html(drawn, "t")
    assert drawn.to_json() == before


def test_the_curves_of_a_collection_are_counted_anew_when_one_of_its_runs_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARBUTUS_RUNS", str(tmp_path))
    for n in (1, 2):
        write_run(tmp_path / "sweep" / f"beam-n{n}", [a_tree(str(i), [True]) for i in range(3)], parameters={"n": n})
    before = curve_data.trees("sweep")
    assert curve_data.points(before, "completions", "accuracy").rows["y"].tolist() == [1.0, 1.0]
    assert curve_data.trees("sweep").mark == before.mark
    assert curve_data.at_prices(before, Prices()).mark == before.mark != curve_data.at_prices(before, Prices(1.0)).mark
    write_run(tmp_path / "sweep" / "beam-n4", [a_tree(str(i), [False]) for i in range(3)], parameters={"n": 4})
    after = curve_data.trees("sweep")
    assert after.mark != before.mark
    assert curve_data.points(after, "completions", "accuracy").rows["y"].tolist() == [1.0, 1.0, 0.0]
