from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.measure import curve, frame
from engine.measure.lines import Line, area, compute_to_reach, lines, pareto, telling
from engine.runs import Run, find_runs
from tests.measure.logged import a_tree, write_run, write_sweep


def a_line(x: list[float], y: list[float], *, name: str = "beam", spread: float = 0.0) -> Line:
    """A line whose resamples are its points, each as a whole shifted up and down by up to `spread`."""
    shifts = np.linspace(-spread, spread, 41)[:, None]
    xs, ys = np.array(x, dtype=float), np.array(y, dtype=float)
    return Line("tot-100", name, [2**i for i in range(len(x))], xs, ys, np.tile(xs, (41, 1)), ys + shifts, 100)


def frame_of(folder: Path) -> pd.DataFrame:
    return frame(Run.open(path) for path in find_runs(folder))


def test_the_lines_of_a_frame_are_those_of_its_curves_with_resamples_around_them(tmp_path: Path) -> None:
    rows = frame_of(write_sweep(tmp_path / "sweep"))
    points = curve(rows, x="tokens")
    found = lines(rows, x="tokens")
    assert [line.name for line in found] == ["beam", "best-of-n", "greedy"]
    for line in found:
        own = points[points["line"] == line.name]
        assert line.x == pytest.approx(own["x"].to_numpy())
        assert line.y == pytest.approx(own["y"].to_numpy())
        assert line.ys.shape == (1000, len(own)) == line.xs.shape
        assert line.ys.mean(axis=0) == pytest.approx(line.y, abs=0.02)


def test_lines_leave_out_points_that_nobody_can_grade_or_that_spent_nothing_known(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [a_tree("1-1", [None])])
    assert lines(frame_of(tmp_path)) == []
    assert lines(frame([])) == []
    rows = frame_of(write_sweep(tmp_path / "sweep"))
    assert lines(rows, x="money") == []


# Compute to reach an accuracy.


def test_compute_to_an_accuracy_lies_between_two_points_straight_in_the_logarithm() -> None:
    told = compute_to_reach([a_line([100, 400], [0.2, 0.6])], 0.4).iloc[0]
    assert told["x"] == pytest.approx(200), "half the way up is half the way in log compute"
    assert (told["low"], told["high"], told["reached"], told["at_first"]) == (pytest.approx(200), told["low"], 1, False)


def test_what_is_not_reached_stays_missing_and_what_the_first_point_has_may_take_less() -> None:
    table = compute_to_reach([a_line([100, 400], [0.2, 0.6], spread=0.1), a_line([50], [0.9], name="mcts")], 0.65)
    beam, mcts = table.iloc[0], table.iloc[1]
    assert pd.isna(beam["x"]) and pd.isna(beam["high"])
    assert 0 < beam["reached"] < 0.5 and pd.isna(beam["low"]) == (beam["reached"] <= 0.025)
    assert (mcts["x"], mcts["at_first"]) == (50, True)


def test_the_interval_of_compute_holds_what_resamples_take_and_has_no_end_where_many_never_get_there() -> None:
    told = compute_to_reach([a_line([100, 400], [0.2, 0.6], spread=0.2)], 0.5).iloc[0]
    assert told["low"] < told["x"] and pd.isna(told["high"])
    near = compute_to_reach([a_line([100, 400], [0.2, 0.6], spread=0.05)], 0.5).iloc[0]
    assert near["low"] < near["x"] < near["high"] <= 400


def test_of_a_curve_that_falls_again_the_first_crossing_counts() -> None:
    fooled = a_line([100, 200, 400, 800], [0.3, 0.6, 0.4, 0.7])
    assert compute_to_reach([fooled], 0.5)["x"].iloc[0] == pytest.approx(100 * 2 ** (2 / 3))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), st.floats(0.01, 0.99))
def test_at_the_compute_it_takes_the_interpolated_line_has_that_accuracy(y: list[float], accuracy: float) -> None:
    x = [100.0 * 2**i for i in range(len(y))]
    told = compute_to_reach([a_line(x, y)], accuracy)["x"].iloc[0]
    if max(y) < accuracy:
        assert pd.isna(told)
    elif y[0] >= accuracy:
        assert told == x[0]
    else:
        assert np.interp(np.log(told), np.log(x), y) == pytest.approx(accuracy, abs=1e-6)


# The Pareto front.


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=8))
def test_the_front_is_what_nothing_else_beats(points: list[tuple[int, int]]) -> None:
    found = [a_line([x], [y / 4], name=f"line {i}") for i, (x, y) in enumerate(points)]
    told = {row["line"]: row["front"] for _, row in pareto(found).iterrows()}
    for i, (x, y) in enumerate(points):
        better = any(a <= x and b >= y and (a, b) != (x, y) for a, b in points)
        assert told[f"line {i}"] is (not better)


def test_the_front_says_in_how_many_resamples_a_point_belongs_to_it() -> None:
    luck = a_line([10], [0.5])._replace(
        name="coin", xs=np.full((4, 1), 10.0), ys=np.array([[0.4], [0.6], [0.6], [0.4]])
    )
    sure = a_line([8], [0.45])._replace(name="sure", xs=np.full((4, 1), 8.0), ys=np.full((4, 1), 0.5))
    table = pareto([luck, sure]).set_index("line")
    assert table["front"].tolist() == [True, True]
    assert table.loc["coin", "share"] == 0.5
    assert table.loc["sure", "share"] == 1


def test_points_of_another_problem_set_beat_nobody() -> None:
    easy = a_line([1], [1.0])._replace(problem_set="easy")
    assert pareto([easy, a_line([10], [0.5])])["front"].all()


def test_of_many_lines_those_that_are_most_on_the_front_are_told_first() -> None:
    names = [f"line {i}" for i in range(12)]
    front = pd.DataFrame({"line": names, "share": [i / 12 for i in range(12)]})
    assert telling(front, names) == names[4:]
    assert telling(front, names[:10]) == names[:10]


# The area under the curve.


def test_the_area_is_the_mean_accuracy_over_the_logarithm_of_compute() -> None:
    told = area([a_line([1, 10, 100], [0.0, 1.0, 1.0])]).iloc[0]
    assert told["area"] == pytest.approx(0.75)
    assert (told["from_x"], told["to_x"]) == (1, 100)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6))
def test_the_area_agrees_with_a_fine_grid(y: list[float]) -> None:
    x = [3.0**i for i in range(len(y))]
    grid = np.linspace(np.log(1.3), np.log(x[-1] * 0.9), 20_001)
    told = area([a_line(x, y)], within=(1.3, x[-1] * 0.9))["area"].iloc[0]
    assert told == pytest.approx(np.interp(grid, np.log(x), y).mean(), abs=1e-3)


def test_lines_are_compared_where_all_of_them_were_measured_and_nothing_is_extrapolated() -> None:
    short, long = a_line([10, 100], [0.5, 0.5], name="short"), a_line([1, 1000], [0.0, 0.9], name="long")
    alone = a_line([20], [0.9], name="alone")
    table = area([short, long, alone]).set_index("line")
    assert (table["from_x"] == 10).all() and (table["to_x"] == 100).all()
    assert table["area"].to_dict() == pytest.approx({"short": 0.5, "long": 0.45, "alone": np.nan}, nan_ok=True)
    assert pd.isna(area([short], within=(1, 100))["area"].iloc[0])


def test_the_areas_interval_holds_it() -> None:
    told = area([a_line([1, 10], [0.4, 0.6], spread=0.1)]).iloc[0]
    assert (told["low"], told["area"], told["high"]) == pytest.approx((0.405, 0.5, 0.595))


def test_the_area_of_a_line_that_solves_nothing_or_everything_is_not_certain() -> None:
    none, every = area([a_line([1, 10], [0.0, 0.0])]).iloc[0], area([a_line([1, 10], [1.0, 1.0])]).iloc[0]
    assert (none["area"], none["low"], none["high"]) == pytest.approx((0, 0, 0.0362), abs=1e-4)
    assert (every["area"], every["low"], every["high"]) == pytest.approx((1, 0.9638, 1), abs=1e-4)


def test_of_nothing_there_are_tables_without_rows() -> None:
    for table in (compute_to_reach([], 0.5), pareto([]), area([])):
        assert table.empty and len(table.columns)
