from pathlib import Path

from app.first_errors import _solution, label
from app.prm_data import Judged, judge
from engine.measure.prm.first_error import steps_of
from tests.measure.prm.stepping import Solution, a_tree_of
from tests.measure.prm.stepping import steps_of as steps_in

RIGHT: Solution = [(0.9, True), (0.8, True)]
WRONG: Solution = [(0.7, True), (0.3, False), (0.2, False)]
FOOLED: Solution = [(0.6, True), (0.95, False)]


def verdicts(folder: Path) -> Judged:
    trees = [a_tree_of(f"{i} {i}", [RIGHT, WRONG, FOOLED]) for i in range(1, 5)]
    return judge(steps_in(folder, trees))


def test_the_end_of_a_solution_leads_back_to_all_of_its_steps(tmp_path: Path) -> None:
    told = verdicts(tmp_path)
    assert len(told.judged) == 12
    for row in told.judged.to_dict("records"):
        steps = steps_of(told.steps, row["end"])
        assert steps["depth"].tolist() == list(range(1, row["length"] + 1))
        assert steps["node"].iloc[-1] == row["node"] and set(steps["problem"]) == {row["problem"]}


def test_a_solution_marks_the_true_and_the_predicted_step_and_each_step_leads_to_its_node(tmp_path: Path) -> None:
    told = verdicts(tmp_path)
    row = next(row for row in told.judged.to_dict("records") if row["length"] == 3)
    assert (row["true"], row["predicted"]) == (2, 2)
    items = _solution(told.steps, row).split("<li>")[1:]
    assert ["✗" in item for item in items] == ["⚑" in item for item in items] == [False, True, False]
    assert all(f'node={node}"' in item for node, item in zip((3, 4, 5), items, strict=True))
    assert all("run=a" in item and "problem=1+1" in item for item in items)
    assert ["0.700" in items[0], "0.300" in items[1], "0.200" in items[2]] == [True] * 3


def test_a_wrong_solution_that_pleases_the_prm_has_its_error_marked_and_no_flag(tmp_path: Path) -> None:
    told = verdicts(tmp_path)
    row = next(row for row in told.judged.to_dict("records") if row["true"] == 2 and row["length"] == 2)
    assert row["predicted"] == 0
    html = _solution(told.steps, row)
    assert html.count("✗") == 1 and "⚑" not in html
    assert label(row["true"], row["predicted"]) == "true step 2, said none"
