from math import sqrt
from pathlib import Path

import plotly.graph_objects as go
import pytest

from engine.figures.prm_depth import reward_by_depth_figure
from engine.figures.prm_distribution import reward_distribution
from engine.figures.prm_first_error import first_error_matrix
from engine.figures.prm_overoptimisation import overoptimisation
from engine.figures.prm_page import OF_K, OF_N, joined
from engine.figures.prm_reliability import reliability_diagram
from engine.figures.prm_style import BAD, GOOD, marks
from engine.measure.prm.quality import Quality, quality_of
from tests.measure.prm.stepping import Solution, a_tree_of, reading

RIGHT: Solution = [(0.9, True), (0.8, True)]
WRONG: Solution = [(0.7, True), (0.3, False)]
FOOLED: Solution = [(None, False), (0.95, False)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Quality]:
    folder = tmp_path_factory.mktemp("runs")
    readings = []
    for prm, wrong in (("good", WRONG), ("naive", FOOLED)):
        for n in (1, 2):
            trees = [a_tree_of(f"{i} {i}", [RIGHT, wrong][:n], chosen=n - 1) for i in range(4)]
            readings.append(reading(folder, trees, f"{prm}-{n}", prm={"id": prm}, parameters={"n": n}))
    return quality_of(readings)


@pytest.fixture(scope="module")
def unknown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Quality]:
    """Of which nobody knows anything."""
    return quality_of([reading(tmp_path_factory.mktemp("runs"), [a_tree_of("1 2", [[(0.5, None)]])], strategy="beam")])


def texts(figure: go.Figure) -> str:
    return " ".join(annotation.text.replace("<br>", " ") for annotation in figure.layout.annotations)


def named(figure: go.Figure, name: str) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.name == name]


def test_the_reliability_diagram_has_points_with_bounds_and_counts_of_every_prm(found: dict[str, Quality]) -> None:
    figure = reliability_diagram(joined(found, "reliability"))
    for prm in ("good", "naive"):
        points, counts = named(figure, prm)
        table = found[prm].tables["reliability"].query("count > 0")
        assert list(points.y) == table["observed"].tolist() and list(points.x) == table["mean_reward"].tolist()
        assert list(counts.y) == table["count"].tolist()
        low = [y - down for y, down in zip(points.y, points.error_y.arrayminus, strict=True)]
        assert low == pytest.approx(table["observed_low"].tolist())
        assert list(map(list, points.customdata)) == [
            [prm, *bounds] for bounds in table[["low", "high"]].values.tolist()
        ]
    assert "12 to 16 distinct steps a PRM" in texts(figure)
    assert "100.0% of 4 steps are good" in named(figure, "good")[0].hovertext[-1]


def test_prms_are_told_apart_by_colour_and_marker_and_look_the_same_in_every_figure(
    found: dict[str, Quality],
) -> None:
    diagram = reliability_diagram(joined(found, "reliability"))
    budget = overoptimisation(joined(found, "budget"), **OF_N)
    pool = overoptimisation(joined(found, "pool"), **OF_K)
    for prm, (colour, symbol) in marks(["good", "naive"]).items():
        assert named(diagram, prm)[0].marker.color == named(pool, prm)[0].marker.color == colour
        assert named(budget, f"best-of-n · {prm}")[0].marker.color == colour
        assert named(pool, prm)[0].marker.symbol == symbol


def test_over_optimisation_draws_what_was_promised_dashed_beside_what_it_was_worth(found: dict[str, Quality]) -> None:
    figure = overoptimisation(joined(found, "pool"), **OF_K)
    worth, promised = named(figure, "naive")
    assert worth.line.dash == "solid" and promised.line.dash == "dash" and not promised.showlegend
    table = found["naive"].tables["pool"]
    assert list(worth.y) == table["accuracy"].tolist() == [0.5, 0.0]
    assert list(promised.y) == table["proxy"].tolist() == pytest.approx([0.875, 0.95])
    assert "4 problems; bands: 95 % bootstrap over problems" in texts(figure)
    assert figure.layout.xaxis.type == "log" and list(figure.layout.xaxis.tickvals) == [1, 2]


def test_one_prm_has_a_colour_for_each_line(tmp_path: Path) -> None:
    tree = [a_tree_of("1 2", [RIGHT, WRONG])]
    one = quality_of([reading(tmp_path, tree, name, name, parameters={"n": 2}) for name in ("beam", "dvts")])
    figure = overoptimisation(joined(one, "budget"), **OF_N)
    assert named(figure, "beam")[0].line.color != named(figure, "dvts")[0].line.color


def test_the_matrix_has_true_positions_in_rows_none_last_and_counts_in_its_cells(found: dict[str, Quality]) -> None:
    figure = first_error_matrix(found["good"].tables["first_error"])
    heat, cells = figure.data
    assert list(heat.y) == list(heat.x) == ["step 1", "step 2", "none"]
    assert [list(row) for row in heat.text] == [["", "", ""], ["", "4", ""], ["", "", "4"]]
    assert [list(row) for row in heat.z[1:]] == [[0, 1, 0], [0, 0, 1]]
    assert [list(cell) for cell in cells.customdata] == [[0, 0], [2, 2]]
    assert "said: step 2<br>4 solutions, 100.0% of the row" in cells.hovertext[1]
    assert "8 distinct solutions, 8 on the diagonal" in texts(figure)


def test_good_steps_are_drawn_upwards_and_wrong_ones_downwards_on_a_root_scale(found: dict[str, Quality]) -> None:
    figure = reward_distribution(found["naive"].tables["distribution"])
    good, wrong = figure.data
    assert (good.marker.color, wrong.marker.color) == (GOOD, BAD)
    assert all(y > 0 for y in good.y) and list(wrong.y) == [-1.0]
    assert sum(y**2 for y in good.y) == pytest.approx(1)
    ticks = dict(zip(figure.layout.yaxis.ticktext, map(abs, figure.layout.yaxis.tickvals), strict=True))
    assert ticks["30%"] == pytest.approx(sqrt(0.3))
    assert "4 of 4 wrong steps get 0.8 or more" in texts(figure) and "4 steps have no reward" in texts(figure)


def test_reward_by_depth_counts_the_steps_below_each_depth(found: dict[str, Quality]) -> None:
    figure = reward_by_depth_figure(found["naive"].tables["by_depth"])
    assert [tick.split("<br>")[0] for tick in figure.layout.xaxis.ticktext] == ["1", "2"]
    assert "4" in figure.layout.xaxis.ticktext[1] and "4 steps without a reward are not drawn" in texts(figure)
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert {line.name for line in lines} == {"good steps", "wrong steps"}
    assert len({line.marker.symbol for line in lines}) == 2


def test_what_nobody_knows_is_said_in_words_where_the_figure_would_be(unknown: dict[str, Quality]) -> None:
    tables = unknown["tiny-prm"].tables
    for figure in (
        reliability_diagram(joined(unknown, "reliability")),
        overoptimisation(joined(unknown, "budget"), **OF_N),
        overoptimisation(joined(unknown, "pool"), **OF_K),
        reward_distribution(tables["distribution"]),
        reward_by_depth_figure(tables["by_depth"]),
        first_error_matrix(tables["first_error"]),
    ):
        assert not figure.data and texts(figure)
