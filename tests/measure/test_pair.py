import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine import measure
from engine.measure import bootstrap
from engine.measure.pair import Against, against
from engine.measure.signflip import p_value
from engine.runs import Run
from tests.measure.logged import a_tree, write_run

NAMES = "1-2-6-10", "2-3-6-10", "3-4-6-10", "4-5-6-10", "5-6-6-10"


def frame_of(folder: Path, right: Mapping[str, bool | None]) -> pd.DataFrame:
    run = write_run(folder, [a_tree(name, [ok]) for name, ok in right.items()])
    return measure.frame([Run.open(run)])


@pytest.fixture
def told(tmp_path: Path) -> Against:
    first = dict(zip(NAMES, [True, True, False, False, True], strict=True))
    second = dict(zip(NAMES[:4], [True, False, True, False], strict=True)) | {"9-9-9-9": True}
    return against(frame_of(tmp_path / "a", first), frame_of(tmp_path / "b", second))


def test_only_problems_of_both_count_and_each_falls_into_one_cell(told: Against) -> None:
    assert told.problems["problem"].tolist() == list(NAMES[:4])
    assert told.counts() == {"first": 1, "second": 1, "neither": 1, "both": 1, "not graded": 0}
    assert dict(zip(told.problems["problem"], told.problems["won"], strict=True)) == {
        NAMES[0]: "both", NAMES[1]: "first", NAMES[2]: "second", NAMES[3]: "neither",
    }  # fmt: skip


def test_the_difference_is_paired_and_its_interval_and_p_are_those_of_the_measures(told: Against) -> None:
    a, b = np.array([1.0, 1, 0, 0]), np.array([1.0, 0, 1, 0])
    assert told.difference == bootstrap.difference(a, b)
    assert told.p == p_value(a - b) == 1.0
    assert told.accuracy("a") == told.accuracy("b") == 0.5


def test_what_was_spent_is_a_mean_over_the_problems_of_both(told: Against) -> None:
    assert told.spent("policy_tokens") == (20.0, 20.0)
    assert told.spent("prm_tokens") == (30.0, 30.0)


def test_a_problem_that_one_run_could_not_grade_counts_for_neither(tmp_path: Path) -> None:
    first, second = {NAMES[0]: True, NAMES[1]: True}, {NAMES[0]: False, NAMES[1]: None}
    told = against(frame_of(tmp_path / "a", first), frame_of(tmp_path / "b", second))
    assert told.counts() == {"first": 1, "second": 0, "neither": 0, "both": 0, "not graded": 1}
    assert told.difference.mean == 1.0


def test_where_one_chooses_no_answer_they_are_compared_by_what_they_found(tmp_path: Path) -> None:
    first = frame_of(tmp_path / "a", {NAMES[0]: True, NAMES[1]: False})
    second = frame_of(tmp_path / "b", {NAMES[0]: False, NAMES[1]: False})
    silent = second.assign(correct=pd.array([None, None], dtype="boolean"), covered=pd.array([True, True]))
    told = against(first, silent)
    assert told.by == "covered" and told.counts()["second"] == 1 and told.accuracy("b") == 1.0
    assert against(first, second).by == "correct"
    assert against(first, silent.assign(covered=silent["correct"])).by == "correct", "nothing is known either way"


def test_runs_without_a_common_problem_differ_by_nothing_that_is_known(tmp_path: Path) -> None:
    told = against(frame_of(tmp_path / "a", {NAMES[0]: True}), frame_of(tmp_path / "b", {NAMES[1]: True}))
    assert told.problems.empty and math.isnan(told.difference.mean) and math.isnan(told.p)
    assert told.accuracy("a") is None and told.spent("flops") == (None, None)
