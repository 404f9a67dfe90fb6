from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.measure.prm.quality import assess, quality_of, with_own_rows
from engine.measure.prm.reading import largest_pools, read
from engine.measure.prm.rewards import distribution, reward_by_depth
from engine.measure.prm.steps import distinct_steps, shared_steps
from engine.runs import Run, RunError
from tests.measure.logged import write_run
from tests.measure.prm.stepping import Solution, a_tree_of, reading, steps_of

GOOD_AND_BAD: list[Solution] = [[(0.9, True), (0.8, True)], [(0.7, True), (0.3, False), (0.6, False)], [(None, False)]]


def test_a_step_is_counted_once_however_often_it_was_drawn_and_in_however_many_runs(tmp_path: Path) -> None:
    tree = a_tree_of("1 2", GOOD_AND_BAD, copies=3)
    steps = distinct_steps([reading(tmp_path, [tree], "a").steps, reading(tmp_path, [tree], "b").steps])
    assert len(steps) == 6
    assert steps["times"].tolist() == [6] * 6
    assert set(steps["run"]) == {"a"}


def test_the_same_words_after_other_words_or_of_another_question_are_another_step(tmp_path: Path) -> None:
    trees = [a_tree_of("1 2", GOOD_AND_BAD), a_tree_of("3 4", GOOD_AND_BAD)]
    assert len(steps_of(tmp_path, trees)) == 12


def test_each_prm_has_its_own_reward_of_a_step(tmp_path: Path) -> None:
    tables = []
    for prm, reward in (("good", 0.9), ("naive", 0.1)):
        tree = a_tree_of("1 2", [[(reward, True)]])
        tables.append(reading(tmp_path, [tree], prm, prm={"id": prm}).steps)
    steps = distinct_steps(tables)
    assert steps[["prm", "reward"]].values.tolist() == [["good", 0.9], ["naive", 0.1]]


def test_prms_are_compared_on_the_steps_that_all_of_them_rewarded_from_the_first_step_on(tmp_path: Path) -> None:
    chains: dict[str, list[Solution]] = {
        "good": [[(0.9, True), (0.8, True), (0.7, True)], [(0.6, True), (0.2, False)], [(0.3, False)]],
        "naive": [[(0.5, True), (None, True), (0.4, True)], [(0.6, True), (0.9, False)]],
    }
    readings = [reading(tmp_path, [a_tree_of("1 2", of)], name, prm={"id": name}) for name, of in chains.items()]
    steps = shared_steps(distinct_steps([one.steps for one in readings]))
    # Step 0.1 has no reward from one of them, so what follows it can't be compared as a solution either.
    assert sorted(steps["text"]) == ["step 0.0"] * 2 + ["step 1.0"] * 2 + ["step 1.1"] * 2
    found = quality_of(readings, shared=True)
    assert [q.numbers["counted"] for q in found.values()] == [3, 3]
    assert [q.numbers["auc"] for q in found.values()] == [1.0, 0.0]


def test_of_repeats_the_first_with_a_reward_is_kept_and_its_place_is_where_it_is_seen(tmp_path: Path) -> None:
    without, with_one = a_tree_of("1 2", [[(None, True)]]), a_tree_of("1 2", [[(0.4, True)]])
    steps = distinct_steps([reading(tmp_path, [without], "a").steps, reading(tmp_path, [with_one], "b").steps])
    assert steps[["run", "node", "reward", "times"]].values.tolist() == [["b", 1, 0.4, 2]]


def test_a_step_knows_the_row_of_the_step_before(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, [a_tree_of("1 2", GOOD_AND_BAD), a_tree_of("3 4", GOOD_AND_BAD)])
    for row in steps.itertuples():
        if row.depth == 1:
            assert row.parent == -1
        else:
            before = steps.loc[row.parent]
            assert (before["problem"], before["depth"]) == (row.problem, row.depth - 1)
            assert before["text"].split(".")[0] == row.text.split(".")[0]
    own = with_own_rows(steps[steps["problem"] == "3 4"])
    assert own["parent"].max() < len(own) and own.loc[own.loc[1, "parent"], "depth"] == 1


def test_a_run_without_a_prm_has_no_steps_to_measure(tmp_path: Path) -> None:
    own = reading(tmp_path, [a_tree_of("1 2", GOOD_AND_BAD)], prm=None)
    assert own.steps.empty and own.answers.empty and not own.pools
    assert quality_of([own]) == {}


def test_an_aggregate_that_is_none_is_an_error_that_names_the_run(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", [a_tree_of("1 2", GOOD_AND_BAD)], parameters={"n": 4, "aggregate": "sum"})
    with pytest.raises(RunError, match="got the aggregate 'sum', expected one of: last, min, prod, mean"):
        read("a", Run.open(folder))


def test_the_largest_pool_of_each_prm_is_found(tmp_path: Path) -> None:
    tree = [a_tree_of("1 2", GOOD_AND_BAD)]
    readings = [
        reading(tmp_path, tree, "small", parameters={"n": 2}),
        reading(tmp_path, tree, "large", parameters={"n": 8}),
        reading(tmp_path, tree, "beam", "beam", parameters={"n": 64}),
        reading(tmp_path, tree, "other", prm={"id": "other"}),
    ]
    assert {prm: one.name for prm, one in largest_pools(readings).items()} == {"tiny-prm": "large", "other": "other"}


def test_all_numbers_at_once_count_what_they_leave_out(tmp_path: Path) -> None:
    trees = [
        a_tree_of("1 2", [*GOOD_AND_BAD, [(0.5, None)]], copies=2),
        a_tree_of("3 4", GOOD_AND_BAD),
    ]
    quality = quality_of([reading(tmp_path, trees)])["tiny-prm"]
    numbers = quality.numbers
    assert (numbers["problems"], numbers["steps"], numbers["drawn"]) == (2, 13, 20)
    assert (numbers["without_truth"], numbers["without_reward"], numbers["counted"]) == (1, 2, 10)
    # Good: 0.9 0.8 0.7; bad: 0.3 0.6, twice.
    assert numbers["good"] == 0.6 and numbers["auc"] == 1.0
    assert numbers["brier"] == pytest.approx((0.01 + 0.04 + 0.09 + 0.09 + 0.36) / 5)
    assert numbers["brier_of_the_share"] == pytest.approx(0.24)
    assert (numbers["solutions"], numbers["solutions_left_out"]) == (7, 3)
    assert numbers["f1"] == 1.0 and (numbers["erroneous"], numbers["correct"]) == (2, 2)
    assert quality.tables["reliability"]["count"].sum() == 10
    assert quality.tables["pool"]["k"].tolist() == [1, 2]
    assert "agreement" not in numbers


def test_a_prm_of_whose_steps_nothing_is_known_has_no_numbers_and_no_error(tmp_path: Path) -> None:
    numbers = assess(steps_of(tmp_path, [a_tree_of("1 2", [[(0.5, None)]])])).numbers
    assert numbers["counted"] == 0 and numbers["without_truth"] == 1
    assert all(np.isnan(numbers[name]) for name in ("auc", "ece", "brier", "good", "f1"))


def test_reward_by_depth_is_what_pandas_says_of_each_depth_and_truth(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    chains: list[list[tuple[float | None, bool]]] = [
        [(float(rng.random()), bool(rng.random() < 0.5)) for _ in range(3)] for _ in range(30)
    ]
    chains[0][1] = (None, True)
    steps = steps_of(tmp_path, [a_tree_of("1 2", chains)])
    table = reward_by_depth(steps).set_index(["depth", "good"])
    for depth in range(3):
        for good in (False, True):
            own = [chain[depth][0] for chain in chains if chain[depth][1] == good]
            known = [r for r in own if r is not None]
            row = table.loc[(depth + 1, good)]
            assert (row["count"], row["missing"]) == (len(known), len(own) - len(known))
            assert row["mean"] == pytest.approx(np.mean(known))
            assert row[["q10", "q25", "median", "q75", "q90"]].tolist() == pytest.approx(
                np.quantile(known, [0.1, 0.25, 0.5, 0.75, 0.9]).tolist()
            )


def test_distributions_count_every_rewarded_step_of_its_truth(tmp_path: Path) -> None:
    table = distribution(steps_of(tmp_path, [a_tree_of("1 2", GOOD_AND_BAD)]), bins=10)
    counts = table[table["count"] > 0][["good", "low", "count", "share", "missing"]].round(6).values.tolist()
    assert counts == [
        [False, 0.3, 1, 0.5, 1],
        [False, 0.6, 1, 0.5, 1],
        [True, 0.7, 1, pytest.approx(1 / 3, abs=1e-5), 0],
        [True, 0.8, 1, pytest.approx(1 / 3, abs=1e-5), 0],
        [True, 0.9, 1, pytest.approx(1 / 3, abs=1e-5), 0],
    ]
    empty = distribution(pd.DataFrame({"good": pd.array([], dtype="boolean"), "reward": np.array([])}))
    assert empty["count"].sum() == 0 and empty["share"].isna().all()
