import json
from pathlib import Path

import pytest

from tests.commands.said import Command
from tests.measure.by_hand import BAD, GOOD, UNKNOWN, Hand
from tests.measure.logged import write_run

FOUND = Hand((0, GOOD, "end"), (0, BAD, "end")).closed(2)
DROPPED = Hand((0, GOOD, "step"), (0, BAD, "end"), dropped=[1]).closed(2)
NONE_DRAWN = Hand((0, BAD, "end")).closed(1)
SOLVED = Hand((0, GOOD, "end")).closed(1)
UNTOLD = Hand((0, UNKNOWN, "step"), (0, BAD, "end")).closed(2)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    write_run(tmp_path / "runs" / "some", [FOUND, DROPPED, DROPPED, NONE_DRAWN, SOLVED, UNTOLD])
    write_run(tmp_path / "runs" / "solved", [SOLVED])
    return tmp_path / "runs"


def test_by_what_the_problems_of_each_run_were_lost_is_counted(arbutus: Command, runs: Path) -> None:
    said = arbutus("lost", runs)
    assert said.code == 0 and said.err == ""
    rows = [line.split() for line in said.out.splitlines()[1:]]
    assert rows == [
        ["runs/solved", "1", "0", "0", "0", "0", "0", "0"],
        ["runs/some", "6", "5", "1", "2", "1", "0", "1"],
    ]


def test_the_same_as_json(arbutus: Command, runs: Path) -> None:
    (row,) = json.loads(arbutus("lost", runs / "some", "--json").out)
    assert row == {
        "run": str(runs / "some"), "problems": 6, "not solved": 5,
        "found": 1, "dropped": 2, "none drawn": 1, "left": 0, "unknown": 1,
    }  # fmt: skip


def test_labels_from_rollouts_take_the_place_of_those_in_the_log(arbutus: Command, runs: Path, tmp_path: Path) -> None:
    file = tmp_path / "some.labels.jsonl"
    head = {"labels": 1, "rollouts": 4, "policy": {"id": "tiny-policy"}}
    line = {"question": "q", "steps": ["step 1"], "rollouts": 4, "right": 0}
    file.write_text("".join(f"{json.dumps(told)}\n" for told in (head, line)))
    (row,) = json.loads(arbutus("lost", runs / "some", "--labels", file, "--json").out)
    # What was dropped is bad now, so is what nothing was known of: all that is left of them is the question.
    assert (row["found"], row["dropped"], row["none drawn"], row["unknown"]) == (1, 0, 4, 0)
    said = arbutus("lost", runs / "some", "--labels", tmp_path / "none")
    assert said.code == 1 and "can't be read" in said.err


def test_a_place_without_runs_is_named(arbutus: Command, tmp_path: Path) -> None:
    said = arbutus("lost", tmp_path)
    assert said.code == 1 and f"{tmp_path}: got no run there" in said.err
