from pathlib import Path

import pandas as pd
import pytest

from engine.measure import curve, frame
from engine.measure.compare import COLUMNS, compare, trees_of
from engine.runs import Run, find_runs
from tests.measure.logged import a_tree, write_run, write_sweep


def frame_of(folder: Path) -> pd.DataFrame:
    return frame(Run.open(path) for path in find_runs(folder))


def point(points: pd.DataFrame, line: str, n: int) -> pd.Series:
    return points[(points["line"] == line) & (points["n"] == n)].iloc[0]


def test_a_point_is_compared_with_each_other_line_where_that_spent_most_nearly_as_much(tmp_path: Path) -> None:
    rows = frame_of(write_sweep(tmp_path / "sweep"))
    points = curve(rows, x="completions")
    told = compare(rows, points, point(points, "beam", 4))
    assert list(told.columns) == COLUMNS
    assert told[["line", "n", "x"]].values.tolist() == [["best-of-n", 4, 4.0], ["greedy", 1, 1.0]]
    # Beam solves 5.5 of 6 on average, best-of-n 4.5, greedy 2.5.
    assert told["difference"].tolist() == pytest.approx([1 / 6, 3 / 6])
    assert (told["low"] <= told["difference"]).all() and (told["difference"] <= told["high"]).all()


def test_only_problems_that_both_were_measured_on_count(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [a_tree("1-1", [True]), a_tree("2-2", [True]), a_tree("3-3", [None])], "beam")
    write_run(tmp_path / "b", [a_tree("1-1", [False]), a_tree("3-3", [True])], "dvts")
    rows = frame_of(tmp_path)
    points = curve(rows)
    told = compare(rows, points, point(points, "beam", 4)).iloc[0]
    assert (told["problems"], told["difference"]) == (1, 1.0)


def test_lines_over_another_problem_set_are_not_compared(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [a_tree("1-1", [True])], "beam")
    write_run(tmp_path / "b", [a_tree("1-1", [True])], "dvts", problem_set="another")
    rows = frame_of(tmp_path)
    points = curve(rows)
    assert compare(rows, points, point(points, "beam", 4)).empty


def test_a_line_without_a_known_cost_has_no_nearest_point(tmp_path: Path) -> None:
    rows = frame_of(write_sweep(tmp_path / "sweep", seeds=1))
    rows.loc[rows["strategy"] == "greedy", "seconds"] = 0.0
    points = curve(rows, x="seconds")
    assert compare(rows, points, point(points, "beam", 4))["line"].tolist() == ["best-of-n"]


def test_the_trees_of_a_point_are_those_of_its_line_and_n_with_every_seed(tmp_path: Path) -> None:
    rows = frame_of(write_sweep(tmp_path / "sweep"))
    points = curve(rows)
    trees = trees_of(rows, point(points, "greedy", 1))
    assert set(trees["strategy"]) == {"greedy"} and set(trees["seed"]) == {0, 1}
    assert len(trees) == point(points, "greedy", 1)["trees"]
