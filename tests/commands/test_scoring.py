import json
from pathlib import Path

import pytest

from engine import score
from engine.models.scripted import ScriptedPRM
from engine.tasks import find_task
from tests.commands.said import QUESTIONS, Command, Said


def scored(arbutus: Command, file: Path, prm: Path) -> Said:
    return arbutus("score", "--task", "countdown", "--prm", prm, "--input", file)


def test_each_line_comes_back_with_a_reward_for_each_step_and_all_else_it_had(
    arbutus: Command, untrained_prm: Path, tmp_path: Path
) -> None:
    steps = ["5 * 6 = 30 (left: 4 10 30)", "30 + 4 = 34 (left: 10 34)", "34 - 10 = 24 (left: 24)"]
    lines = [
        {"question": QUESTIONS[0], "steps": steps, "source": "a friend\u2028of mine"},
        {"question": QUESTIONS[0], "steps": steps[:1]},
        {"question": QUESTIONS[2], "steps": ["I give up"]},
    ]
    file = tmp_path / "in.jsonl"
    file.write_text("\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    said = scored(arbutus, file, untrained_prm)
    assert said.code == 0, said.err
    given = [json.loads(line) for line in said.out.rstrip("\n").split("\n")]
    assert [{k: v for k, v in line.items() if k not in ("rewards", "aggregates")} for line in given] == lines
    assert [len(line["rewards"]) for line in given] == [3, 1, 1]
    assert all(0 <= r <= 1 for line in given for r in line["rewards"])
    assert given[0]["rewards"][0] == pytest.approx(given[1]["rewards"][0], abs=1e-5)


def test_the_four_aggregates_stand_beside_the_rewards_and_differ(
    arbutus: Command, untrained_prm: Path, tmp_path: Path
) -> None:
    steps = ["5 * 6 = 30 (left: 4 10 30)", "30 + 4 = 34 (left: 10 34)", "34 - 10 = 24 (left: 24)"]
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps({"question": QUESTIONS[0], "steps": steps}), encoding="utf-8")
    line = scored(arbutus, file, untrained_prm).json
    one, two, three = line["rewards"]
    assert line["aggregates"] == {
        "last": three,
        "min": min(one, two, three),
        "prod": pytest.approx(one * two * three),
        "mean": pytest.approx((one + two + three) / 3),
    }


@pytest.mark.parametrize(
    ("line", "words", "steps"),
    [
        ({"problem": QUESTIONS[0], "solution": "5 * 6 = 30 (left: 4 10 30)\nso on"}, [], 2),
        ({"prompt": QUESTIONS[0], "response": "one; two;; three\nin two lines"}, ["--separator", ";"], 3),
        ({"input": QUESTIONS[0], "completion": "one\n\ntwo\nstill two"}, ["--separator", "\\n\\n"], 2),
    ],
)
def test_whole_solutions_are_parted_into_steps(
    arbutus: Command, untrained_prm: Path, tmp_path: Path, line: dict[str, str], words: list[str], steps: int
) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps(line), encoding="utf-8")
    said = arbutus("score", "--task", "countdown", "--prm", untrained_prm, "--input", file, *words)
    assert said.code == 0, said.err
    assert len(said.json["rewards"]) == len(said.json["steps"]) == steps
    assert {name: said.json[name] for name in line} == line


def test_an_aggregate_for_which_a_missing_reward_counts_is_missing_too() -> None:
    task = find_task("countdown")
    lines = [
        {"question": QUESTIONS[2], "steps": ["a", "b"], "_problem": task.read(QUESTIONS[2])},
        {"question": QUESTIONS[2], "steps": ["b", "a"], "_problem": task.read(QUESTIONS[2])},
    ]
    rule = ScriptedPRM(lambda _, steps: None if steps[-1] == "a" else 0.5)
    first, second = score._score(lines, task, rule)
    assert first["rewards"] == [None, 0.5] and second["rewards"] == [0.5, None]
    assert first["aggregates"] == {"last": 0.5, "min": None, "prod": None, "mean": None}
    assert second["aggregates"] == dict.fromkeys(("last", "min", "prod", "mean"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("7", "got no object"),
        ('{"question": "Make 7 from 3 4"}', "got no list of non-empty steps"),
        ('{"question": "Make 7 from 3 4", "solution": " "}', "got no list of non-empty steps"),
        ('{"question": "Make 7 from 3 4", "steps": []}', "got no list of non-empty steps"),
        ('{"question": "Make 7 from 3 4", "steps": ["a", " "]}', "got no list of non-empty steps"),
        ('{"question": "Make 7 from 3 4", "steps": "3 + 4"}', "got no list of non-empty steps"),
        ('{"question": "Make 7 from 3 4", "steps": [7]}', "got no list of non-empty steps"),
        ('{"steps": ["a"]}', "got no question"),
        ('{"question": 7, "steps": ["a"]}', "got no question"),
        ('{"question": "Make pi from 3 4", "steps": ["a"]}', "bad target: got 'pi'"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_scored(
    arbutus: Command, untrained_prm: Path, tmp_path: Path, line: str, message: str
) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text('{"question": "Make 7 from 3 4", "steps": ["3 + 4 = 7 (left: 7)"]}\n\n' + line, encoding="utf-8")
    said = scored(arbutus, file, untrained_prm)
    assert (said.code, said.out) == (1, "")
    assert f"in.jsonl:3: {message}" in said.err and said.err.count("\n") == 1


def test_a_file_without_lines_or_that_is_not_there_is_named(
    arbutus: Command, untrained_prm: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    said = scored(arbutus, tmp_path / "empty.jsonl", untrained_prm)
    assert said.code == 1 and "empty.jsonl: got no lines, expected one solution a line" in said.err
    said = scored(arbutus, tmp_path / "none.jsonl", untrained_prm)
    assert said.code == 1 and "none.jsonl: can't be read" in said.err
