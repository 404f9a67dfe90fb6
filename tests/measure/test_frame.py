import sys
from pathlib import Path

import pandas as pd
import pytest

from engine.measure import curve, frame, summarize_run
from engine.measure.frame import COLUMNS
from engine.runs import Run
from tests.measure.logged import a_tree, write_run, write_sweep


@pytest.fixture
def mixed(tmp_path: Path) -> Run:
    """Right, wrong though covered, unanswered, failed and ungraded, in this order."""
    trees = [
        a_tree("1-1", [True, False]),
        a_tree("2-2", [True, False], chosen=1),
        a_tree("3-3", [], chosen=None),
        a_tree("4-4", [None], chosen=None, error="the policy ran out of memory"),
        a_tree("5-5", [None]),
    ]
    return Run.open(write_run(tmp_path / "mixed", trees, parameters={"n": 2, "width": 4}, budget={"tokens": 900}))


def test_a_frame_has_one_row_a_tree_with_what_was_run_and_what_it_cost(mixed: Run) -> None:
    rows = frame([mixed])
    assert list(rows.columns) == list(COLUMNS)
    assert len(rows) == 5
    first = rows.iloc[0]
    assert (first["run"], first["strategy"], first["n"]) == (str(mixed.path), "beam", 2)
    assert first["params"] == "max tokens=900, width=4"
    assert (first["policy"], first["prm"], first["problem"]) == ("tiny-policy", "tiny-prm", "1-1")
    assert (first["completions"], first["policy_tokens"], first["prm_tokens"], first["tokens"]) == (2, 41, 60, 101)
    assert first["flops"] == pytest.approx(2e8)


def test_the_aggregate_is_among_the_parameters_unless_it_is_the_last_reward(tmp_path: Path) -> None:
    for name, given in {"old": {}, "last": {"aggregate": "last"}, "min": {"aggregate": "min"}}.items():
        write_run(tmp_path / name, [a_tree("1-1", [True])], parameters={"n": 4, "width": 2, **given})
    rows = frame({name: Run.open(tmp_path / name) for name in ("old", "last", "min")})
    assert rows["params"].tolist() == ["width=2", "width=2", "aggregate=min, width=2"]
    assert curve(rows)["line"].tolist() == ["beam · aggregate=min, width=2", "beam · width=2"]


def test_a_failed_or_unanswered_tree_is_not_correct_and_an_ungraded_one_stays_missing(mixed: Run) -> None:
    rows = frame([mixed])
    assert rows["correct"].tolist() == [True, False, False, False, pd.NA]
    assert rows["covered"].tolist() == [True, True, False, False, pd.NA]
    assert rows["failed"].tolist() == [False, False, False, True, False]
    assert rows["error"].iloc[3] == "the policy ran out of memory"


def test_nothing_is_known_of_a_run_of_which_no_answer_can_be_graded(tmp_path: Path) -> None:
    trees = [a_tree("1-1", [None]), a_tree("2-2", [], chosen=None, error="broke")]
    rows = frame([Run.open(write_run(tmp_path / "ungraded", trees))])
    assert rows["correct"].isna().all()
    assert rows["covered"].isna().all()


def test_a_run_that_only_failed_is_wrong_everywhere(tmp_path: Path) -> None:
    run = Run.open(write_run(tmp_path / "failed", [a_tree("1-1", [], chosen=None, error="broke")]))
    assert frame([run])["correct"].tolist() == [False]


def test_a_strategy_without_n_counts_as_n_1_and_without_a_prm_has_none(tmp_path: Path) -> None:
    folder = write_sweep(tmp_path / "sweep", seeds=1)
    greedy = frame([Run.open(folder / "greedy-n1-s0")])
    assert greedy["n"].unique().tolist() == [1]
    assert greedy["prm"].isna().all()


def test_runs_given_by_key_are_named_by_it(mixed: Run) -> None:
    assert frame({"some/key": mixed})["run"].unique().tolist() == ["some/key"]


def test_no_runs_give_an_empty_frame_with_all_columns() -> None:
    assert list(frame([]).columns) == list(COLUMNS)
    assert frame([]).empty


def test_a_summary_counts_failures_and_leaves_the_ungraded_out(mixed: Run) -> None:
    summary = summarize_run(mixed)
    assert (summary["problems"], summary["graded"], summary["failures"]) == (5, 4, 1)
    assert summary["accuracy"] == pytest.approx(1 / 4)
    assert summary["coverage"] == pytest.approx(2 / 4)
    assert summary["accuracy_low"] <= summary["accuracy"] <= summary["accuracy_high"]
    assert summary["mean_policy_tokens"] == pytest.approx((41 + 41 + 0 + 20 + 20) / 5)
    assert summary["mean_prm_tokens"] == pytest.approx(30 * 6 / 5)


def test_a_summary_of_a_run_without_trees_or_verdicts_has_no_accuracy(tmp_path: Path) -> None:
    empty = summarize_run(Run.open(write_run(tmp_path / "empty", [])))
    assert (empty["problems"], empty["accuracy"], empty["mean_flops"]) == (0, None, None)
    ungraded = summarize_run(Run.open(write_run(tmp_path / "ungraded", [a_tree("1-1", [None])])))
    assert (ungraded["graded"], ungraded["accuracy"], ungraded["coverage"]) == (0, None, None)


def test_flops_that_nobody_counted_are_missing_and_not_nothing(tmp_path: Path) -> None:
    trees = [a_tree("1-1", [True]), a_tree("2-2", [True], counted=False)]
    run = Run.open(write_run(tmp_path / "served", trees))
    rows = frame([run])
    assert rows["flops"].isna().tolist() == [False, True]
    summary = summarize_run(run)
    assert summary["mean_flops"] is None and summary["mean_policy_tokens"] == 20


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_how_many_rows_become_a_table_at_once_makes_no_difference(
    mixed: Run, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = frame({"a": mixed, "b": mixed})
    monkeypatch.setattr(sys.modules["engine.measure.frame"], "AT_ONCE", rows)
    pd.testing.assert_frame_equal(frame({"a": mixed, "b": mixed}), whole)
