from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.measure import curve, frame
from engine.measure.difficulty import bins, built, curves_by, ordered, pass_rates
from engine.measure.pool import pooled_frame
from engine.runs import Run
from tests.measure.logged import a_tree, write_run


def rates_of(values: list[float]) -> pd.Series:
    return pd.Series(values, index=pd.MultiIndex.from_tuples([("set", f"p{i}") for i in range(len(values))]))


def test_a_problem_is_as_hard_as_the_policy_finds_it_over_all_its_pools(tmp_path: Path) -> None:
    frames = []
    for seed, right in enumerate(([True, False, False, False], [True, True, True, False])):
        folder = write_run(tmp_path / f"s{seed}", [a_tree("1-1", right)], "best-of-n", seed=seed)
        frames.append(pooled_frame(folder.name, Run.open(folder)))
    assert pass_rates(pd.concat(frames)).to_dict() == {("tot-100", "1-1"): pytest.approx(0.5)}


def test_parts_go_from_the_hardest_to_the_easiest_and_say_what_they_hold() -> None:
    names = bins(rates_of([0.9, 0.0, 0.1, 0.5]), 2)
    assert names.tolist() == [
        "2 of 2, pass@1 50% to 90%",
        "1 of 2, pass@1 0% to 10%",
        "1 of 2, pass@1 0% to 10%",
        "2 of 2, pass@1 50% to 90%",
    ]


@given(st.lists(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.8, 1.0]), min_size=1, max_size=40), st.integers(1, 5))
def test_equal_rates_share_a_part_and_harder_problems_come_first(values: list[float], parts: int) -> None:
    names = bins(rates_of(values), parts).tolist()
    number = {name: int(name.split()[0]) for name in names}
    assert 1 <= len(number) <= parts
    for a, name in zip(values, names, strict=True):
        for b, other in zip(values, names, strict=True):
            assert a != b or name == other
            assert not a < b or number[name] <= number[other]


def test_problems_that_nobody_can_grade_are_in_no_part() -> None:
    assert len(bins(rates_of([float("nan"), 0.5]), 2)) == 1
    assert bins(rates_of([float("nan")])).empty


def test_the_curves_of_each_kind_count_its_problems_alone(tmp_path: Path) -> None:
    trees = [a_tree("1-1", [True], steps=2), a_tree("2-2", [False], steps=10), a_tree("3-3", [True], steps=10)]
    rows = frame([Run.open(write_run(tmp_path / "a", trees))])
    kinds = built(rows, "steps")
    assert kinds.to_dict()[("tot-100", "2-2")] == "steps 10"
    told = curves_by(rows, kinds)
    assert told[["difficulty", "y", "problems"]].values.tolist() == [["steps 2", 1.0, 1], ["steps 10", 0.5, 2]]
    assert told.iloc[0]["low"] == curve(rows[rows["problem"] == "1-1"]).iloc[0]["low"]
    assert built(rows, "level").empty and curves_by(rows, built(rows, "level")).empty


def test_numbers_in_names_count_as_numbers() -> None:
    assert ordered(["level 10", "level 9", "level 10", "level 1"]) == ["level 1", "level 9", "level 10"]
