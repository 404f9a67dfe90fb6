from pathlib import Path

import pandas as pd
import pytest

from engine.measure import curve, frame
from engine.measure.curves import COLUMNS
from engine.runs import Run, find_runs
from tests.measure.logged import a_tree, write_run, write_sweep


def frame_of(folder: Path) -> pd.DataFrame:
    return frame(Run.open(path) for path in find_runs(folder))


@pytest.fixture
def sweep(tmp_path: Path) -> pd.DataFrame:
    return frame_of(write_sweep(tmp_path / "sweep"))


def test_a_curve_has_one_row_a_line_and_n_with_what_it_rests_on(sweep: pd.DataFrame) -> None:
    points = curve(sweep, x="completions", y="accuracy")
    assert list(points.columns) == COLUMNS
    assert points[["line", "n"]].values.tolist() == [
        *(["beam", n] for n in (1, 4, 16)),
        *(["best-of-n", n] for n in (1, 4, 16)),
        ["greedy", 1],
    ]
    assert set(points["problems"]) == {6}
    assert set(points["seeds"]) == {2}
    assert set(points["trees"]) == {12}
    assert points["x"].tolist() == [1, 4, 16, 1, 4, 16, 1]


def test_a_curve_averages_seeds_inside_a_problem_and_then_problems(sweep: pd.DataFrame) -> None:
    points = curve(sweep, x="policy_tokens").set_index(["line", "n"])
    # Best-of-4 solves the first 4 of 6 problems with one seed, the first 5 with the other.
    assert points.loc[("best-of-n", 4), "y"] == pytest.approx(4.5 / 6)
    assert points.loc[("greedy", 1), "y"] == pytest.approx(2.5 / 6)
    assert (points["low"] <= points["y"]).all()
    assert (points["y"] <= points["high"]).all()


def test_problems_weigh_the_same_however_many_seeds_they_have(tmp_path: Path) -> None:
    write_run(tmp_path / "s0", [a_tree("1-1", [True]), a_tree("2-2", [False])], seed=0)
    write_run(tmp_path / "s1", [a_tree("1-1", [True])], seed=1)
    points = curve(frame_of(tmp_path))
    assert points["y"].tolist() == [0.5]
    assert points["x"].tolist() == [20]


def test_lines_of_one_strategy_are_told_apart_by_what_differs_and_by_nothing_else(tmp_path: Path) -> None:
    trees = [a_tree("1-1", [True])]
    write_run(tmp_path / "a", trees, prm={"id": "good-prm"}, parameters={"n": 4, "width": 4})
    write_run(tmp_path / "b", trees, prm={"id": "naive-prm"}, parameters={"n": 4, "width": 4})
    write_run(tmp_path / "c", trees, "greedy", prm=None, parameters={})
    write_run(tmp_path / "d", trees, "dvts", temperature=1.0)
    write_run(tmp_path / "e", trees, "dvts", temperature=0.7)
    names = curve(frame_of(tmp_path))["line"].tolist()
    assert names == ["beam · good-prm", "beam · naive-prm", "dvts · T=0.7", "dvts · T=1", "greedy"]


def test_problem_sets_are_never_averaged_together(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [a_tree("1-1", [True])], problem_set="tot-100")
    write_run(tmp_path / "b", [a_tree("1-1", [False])], problem_set="held-150")
    points = curve(frame_of(tmp_path))
    assert points[["line", "y"]].values.tolist() == [["beam · held-150", 0.0], ["beam · tot-100", 1.0]]


def test_coverage_counts_any_right_solution_and_accuracy_the_chosen_one(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [a_tree("1-1", [False, True])])
    rows = frame_of(tmp_path)
    assert curve(rows, y="accuracy")["y"].tolist() == [0.0]
    assert curve(rows, y="coverage")["y"].tolist() == [1.0]


def test_failures_are_counted_as_not_correct_and_the_ungraded_left_out_and_both_are_told(tmp_path: Path) -> None:
    trees = [a_tree("1-1", [True]), a_tree("2-2", [], chosen=None, error="broke"), a_tree("3-3", [None])]
    write_run(tmp_path / "a", trees)
    point = curve(frame_of(tmp_path)).iloc[0]
    assert point["y"] == 0.5
    assert (point["problems"], point["trees"], point["failures"], point["ungraded"]) == (2, 3, 1, 1)


def test_a_curve_of_nothing_is_empty_and_has_its_columns() -> None:
    points = curve(frame([]))
    assert points.empty
    assert list(points.columns) == COLUMNS


def test_a_curve_of_runs_that_nobody_can_grade_has_no_heights(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [a_tree("1-1", [None])])
    point = curve(frame_of(tmp_path)).iloc[0]
    assert pd.isna(point["y"])
    assert point["problems"] == 0
