"""Sets to train models with: what becomes an example, and what doesn't."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.json
import pytest

from engine.exports import SETS, Filters, Report, shares, write_set
from engine.measure.prm.keys import prefix_key
from engine.measure.prm.labels import Labels
from engine.protocol import ArbutusError
from engine.runs import Run
from engine.tasks import find_task
from engine.tree import Closed, Cost, Grown, Problem, Scored, Tree
from tests.app import trees

COUNTDOWN = find_task("countdown")
GOOD, WORSE, BAD = "10 - 4 = 6 (left: 5 6 6)", "4 + 6 = 10 (left: 5 10 10)", "4 + 5 = 9 (left: 6 9 10)"
NEXT, LAST, LOST = "5 * 6 = 30 (left: 6 30)", "30 - 6 = 24 (left: 24)", "30 + 6 = 36 (left: 36)"


def small_tree() -> Tree:
    """Two bad first steps and a good one, one of each twice; below the good one a right and a wrong solution."""
    tree = Tree(Problem("p", "Make 24 from 4 5 6 10"))

    def grow(parent: int, *steps: str, end: bool = False) -> None:
        n = len(steps)
        finish: Any = ["end" if end else "step"] * n
        tree.apply(Grown([parent] * n, list(steps), finish, [None] * n, [None] * n, [Cost()] * n))

    grow(0, GOOD, WORSE, BAD, GOOD)
    grow(1, NEXT)
    grow(5, LAST, LOST, end=True)
    rewards: list[float | None] = [0.9, 0.6, 0.1, 0.9, 0.8, 0.95, None]
    tree.apply(Scored(list(range(1, 8)), rewards, [None] * 7, [Cost()] * 7))
    labels = {1: True, 2: False, 3: False, 4: True, 5: True, 6: True, 7: False}
    tree.apply(Closed(6, "best", "done", {6: True, 7: False}, labels))
    return tree


@pytest.fixture
def runs(tmp_path: Path) -> dict[str, Run]:
    return {"run": Run.open(trees.write_run(tmp_path / "run", [small_tree()]))}


def examples(what: str, runs: dict[str, Run], tmp_path: Path, **filters: Any) -> tuple[list[Any], Report]:
    file = tmp_path / "out" / f"{what}.jsonl"
    report = write_set(what, runs, file, Filters(**filters))
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(found) == report.written
    return found, report


def test_solutions_that_are_right_are_for_finetuning(runs: dict[str, Run], tmp_path: Path) -> None:
    found, _ = examples("sft", runs, tmp_path)
    assert found == [{"prompt": "Make 24 from 4 5 6 10\n", "completion": f"{GOOD}\n{NEXT}\n{LAST}"}]


def test_of_siblings_the_hardest_pair_is_a_preference(runs: dict[str, Run], tmp_path: Path) -> None:
    found, _ = examples("preferences", runs, tmp_path)
    assert found == [
        {"prompt": "Make 24 from 4 5 6 10\n", "chosen": GOOD, "rejected": WORSE},
        {"prompt": f"Make 24 from 4 5 6 10\n{GOOD}\n{NEXT}\n", "chosen": LAST, "rejected": LOST},
    ]
    more, _ = examples("preferences", runs, tmp_path, per_step=5)
    assert [one["rejected"] for one in more] == [WORSE, BAD, LOST]


def test_by_reward_the_widest_gap_counts_and_a_missing_reward_never(runs: dict[str, Run], tmp_path: Path) -> None:
    found, report = examples("preferences", runs, tmp_path, by="reward", per_step=9, gap=0.3)
    assert [(one["chosen"], one["rejected"]) for one in found] == [(GOOD, BAD), (WORSE, BAD), (GOOD, WORSE)]
    assert report.unknown == 1
    wide, _ = examples("preferences", runs, tmp_path, by="reward", per_step=9, gap=0.75)
    assert [(one["chosen"], one["rejected"]) for one in wide] == [(GOOD, BAD)]


def test_whole_pairs_end_with_a_right_and_a_wrong_solution(runs: dict[str, Run], tmp_path: Path) -> None:
    found, _ = examples("preferences", runs, tmp_path, whole=True)
    assert [(one["chosen"], one["rejected"]) for one in found] == [(LAST, LOST)], (
        "nothing was finished below the others"
    )
    (talk,), _ = examples("preferences", runs, tmp_path, whole=True, chat=True)
    assert talk["prompt"] == [{"role": "user", "content": "Make 24 from 4 5 6 10"}]
    assert talk["rejected"] == [{"role": "assistant", "content": f"{GOOD}\n{NEXT}\n{LOST}"}]


def test_every_path_has_its_steps_with_a_label_each(runs: dict[str, Run], tmp_path: Path) -> None:
    found, report = examples("steps", runs, tmp_path)
    assert [(len(one["completions"]), one["labels"]) for one in found] == [
        (1, [False]), (1, [False]), (1, [True]), (3, [True, True, True]), (3, [True, True, False]),
    ]  # fmt: skip
    assert report.repeats == 0 and report.unknown == 0


def test_step_labels_may_end_with_the_first_error_and_what_is_unknown_ends_them(tmp_path: Path) -> None:
    tree = small_tree()
    assert tree.closed is not None
    tree.closed.label[1] = False
    run = {"run": Run.open(trees.write_run(tmp_path / "wrong", [tree]))}
    found, _ = examples("steps", run, tmp_path, to_first_error=True)
    assert [one["labels"] for one in found] == [[False], [False], [True], [False]]
    del tree.closed.label[5]
    run = {"run": Run.open(trees.write_run(tmp_path / "unknown", [tree]))}
    found, report = examples("steps", run, tmp_path)
    assert [one["labels"] for one in found] == [[False], [False], [True], [False]] and report.unknown == 2


def test_labels_of_rollouts_take_the_place_of_the_truth(runs: dict[str, Run], tmp_path: Path) -> None:
    question = "Make 24 from 4 5 6 10"
    rows = [(prefix_key(question, [GOOD]), 4, 0, 0.0), (prefix_key(question, [BAD]), 4, 1, 0.25)]
    table = pd.DataFrame(rows, columns=["key", "rollouts", "right", "share"])
    found, report = examples("preferences", runs, tmp_path, labels=shares(Labels({}, table)))
    assert [(one["chosen"], one["rejected"]) for one in found] == [(BAD, GOOD)]
    assert report.unknown == 3


def test_equal_examples_count_once_over_all_runs_and_a_problem_has_its_limit(
    runs: dict[str, Run], tmp_path: Path
) -> None:
    twice = {**runs, "again": runs["run"]}
    found, report = examples("steps", twice, tmp_path, source=True)
    assert len(found) == 5 and report.repeats == 5 and {one["run"] for one in found} == {"run"}
    assert found[3]["nodes"] == [1, 5, 6] and found[3]["rewards"] == [0.9, 0.8, 0.95] and found[3]["problem"] == "p"
    limited, report = examples("steps", runs, tmp_path, per_problem=2)
    assert limited == examples("steps", runs, tmp_path)[0][:2] and report.over == 3
    assert "3 left out, beyond the limit of a problem" in report.words()


def test_nothing_is_written_where_there_is_no_example(tmp_path: Path) -> None:
    tree = Tree(Problem("p", "Make 24 from 4 5 6 10"))
    tree.apply(Closed(None, "nothing", "done", {}, {}))
    run = {"run": Run.open(trees.write_run(tmp_path / "run", [tree]))}
    for what in SETS:
        with pytest.raises(ArbutusError, match="got no example: 0 examples of 0 problems from 1 tree"):
            write_set(what, run, tmp_path / "none.jsonl", Filters())
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_what_cannot_be_written_is_said(runs: dict[str, Run], tmp_path: Path) -> None:
    with pytest.raises(ArbutusError, match=r"ends in \.jsonl"):
        write_set("sft", runs, tmp_path / "set.parquet", Filters())
    with pytest.raises(ArbutusError, match="no stepwise conversation"):
        write_set("steps", runs, tmp_path / "set.jsonl", Filters(chat=True))
    with pytest.raises(ArbutusError, match="can't be written"):
        write_set("sft", runs, tmp_path / "run" / "run.json" / "set.jsonl", Filters())


def test_every_label_and_every_pair_of_a_real_search_is_true(tmp_path: Path) -> None:
    puzzles = (4, 5, 6, 10), (1, 3, 4, 6), (2, 7, 8, 9)
    many = [trees.beam(numbers=numbers, seed=i) for i, numbers in enumerate(puzzles)]
    runs = {"run": Run.open(trees.write_run(tmp_path / "run", many))}
    pairs, _ = examples("preferences", runs, tmp_path, per_step=4)
    told, _ = examples("steps", runs, tmp_path)
    right, _ = examples("sft", runs, tmp_path)
    assert len(pairs) > 10 and len(told) > 30 and right
    for one in pairs:
        question, *before = one["prompt"].strip().split("\n")
        problem = COUNTDOWN.read(question)
        assert COUNTDOWN.label(problem, [*before, one["chosen"]])
        assert not COUNTDOWN.label(problem, [*before, one["rejected"]])
    for one in told:
        problem, steps = COUNTDOWN.read(one["prompt"].strip()), one["completions"]
        assert one["labels"] == [COUNTDOWN.label(problem, steps[: i + 1]) for i in range(len(steps))]
    for one in right:
        assert COUNTDOWN.correct(COUNTDOWN.read(one["prompt"].strip()), one["completion"].split("\n"))


def test_datasets_reads_them_with_the_columns_that_trl_asks_for(runs: dict[str, Run], tmp_path: Path) -> None:
    """Both read JSONL by pyarrow: the types are what TRL's trainers expect."""
    text, texts, truths = pa.string(), pa.list_(pa.string()), pa.list_(pa.bool_())
    expected = {
        "sft": {"prompt": text, "completion": text},
        "preferences": {"prompt": text, "chosen": text, "rejected": text},
        "steps": {"prompt": text, "completions": texts, "labels": truths},
    }
    for what, columns in expected.items():
        examples(what, runs, tmp_path)
        table = pyarrow.json.read_json(tmp_path / "out" / f"{what}.jsonl")
        assert dict(zip(table.column_names, table.schema.types, strict=True)) == columns


def test_a_task_that_nobody_knows_has_its_question_as_the_prompt(tmp_path: Path) -> None:
    path = trees.write_run(tmp_path / "run", [small_tree()], task="imported")
    (one,), _ = examples("sft", {"run": Run.open(path)}, tmp_path)
    assert one["prompt"] == "Make 24 from 4 5 6 10\n"
