import json
import re
from pathlib import Path

import pytest

from engine.runs import Run
from engine.search import STRATEGIES
from tests.commands.said import Command, events


def test_a_summary_as_json_stands_alone_on_standard_output(arbutus: Command, beam: list[object]) -> None:
    arbutus(*beam)
    said = arbutus("summary", beam[-1], "--json")
    assert (said.code, said.err) == (0, "")
    row = said.json
    assert row["strategy"] == "beam" and row["parameters"] == {"n": 4, "width": 4, "redraws": 2, "aggregate": "last"}
    assert (row["problems"], row["graded"], row["failures"]) == (3, 3, 0)
    assert 0 <= row["accuracy"] <= row["coverage"] <= 1
    run = Run.open(Path(str(beam[-1])))
    trees = [run.tree(i) for i in range(3)]
    for name in ("policy_tokens", "prm_tokens", "flops", "seconds"):
        assert row[f"mean_{name}"] == pytest.approx(sum(getattr(t.cost, name) for t in trees) / 3)


def test_a_summary_of_a_folder_of_runs_has_a_row_each(arbutus: Command, beam: list[object], tmp_path: Path) -> None:
    for seed in (0, 1):
        arbutus(*beam[:-1], tmp_path / "runs" / str(seed), "--seed", seed)
    assert [row["seed"] for row in arbutus("summary", tmp_path / "runs", "--json").json] == [0, 1]
    assert arbutus("summary", tmp_path / "runs").out.count("beam n=4 width=4") == 2


def test_a_tree_is_found_by_number_id_or_question(arbutus: Command, beam: list[object]) -> None:
    arbutus(*beam)
    by_number = arbutus("tree", beam[-1], 0)
    assert by_number.code == 0 and by_number.out.startswith("Make 24 from 4 5 6 10\n")
    assert by_number.out == arbutus("tree", beam[-1], "24-from-4-5-6-10").out
    assert by_number.out == arbutus("tree", beam[-1], "Make 24 from 4 5 6 10").out
    every = arbutus("tree", beam[-1], 0, "--all").out
    assert sum("─ " in line for line in every.splitlines()) == len(Run.open(Path(str(beam[-1]))).tree(0)) - 1


@pytest.mark.parametrize("problem", ["99", "²", "nothing-like-it", "-1"])
def test_a_tree_that_is_not_there_is_an_error_that_says_so(arbutus: Command, beam: list[object], problem: str) -> None:
    arbutus(*beam)
    said = arbutus("tree", beam[-1], "--", problem)
    assert said.code == 1 and said.out == ""
    assert re.search(r"no tree .*; 3 of 3 are finished", said.err)


def test_packing_and_unpacking_a_run_changes_nothing(arbutus: Command, beam: list[object], tmp_path: Path) -> None:
    arbutus(*beam)
    assert arbutus("pack", beam[-1], tmp_path / "one.arbutus") == (0, "", "")
    assert arbutus("unpack", tmp_path / "one.arbutus", tmp_path / "again") == (0, "", "")
    assert events(tmp_path / "again") == events(Path(str(beam[-1]))) == events(tmp_path / "one.arbutus")
    rows = [arbutus("summary", p, "--json").json for p in (beam[-1], tmp_path / "one.arbutus", tmp_path / "again")]
    assert len({json.dumps({**row, "run": ""}) for row in rows}) == 1
    packed = arbutus("tree", tmp_path / "one.arbutus", 1)
    assert packed.code == 0 and packed.out == arbutus("tree", beam[-1], 1).out


@pytest.mark.parametrize("command", [["summary"], ["tree", "0"], ["pack", "x.arbutus"], ["unpack", "x"]])
def test_a_run_that_is_not_there_is_named(arbutus: Command, tmp_path: Path, command: list[str]) -> None:
    name, *rest = command
    said = arbutus(name, tmp_path / "nowhere", *(tmp_path / r if "x" in r else r for r in rest))
    assert said.code == 1 and said.out == ""
    assert "nowhere" in said.err


def test_what_is_there_is_listed_as_text_and_as_json(arbutus: Command) -> None:
    said = arbutus("list", "--json")
    assert (said.code, said.err) == (0, "")
    assert [s["name"] for s in said.json["strategies"]] == list(STRATEGIES)
    assert said.json["strategies"][list(STRATEGIES).index("beam")]["parameters"]["width"]["default"] == 4
    assert said.json["strategies"][4]["parameters"]["aggregate"]["choices"] == ["last", "min", "prod", "mean"]
    tasks = {task["name"]: task["problem_sets"] for task in said.json["tasks"]}
    assert tasks["countdown"] == ["tot-100", "held-150", "countdown-200"]
    assert tasks["math"] == ["math-500"] and tasks["jsonl"] == []
    assert list(tasks) == ["countdown", "word-problems", "gsm8k", "math", "aime", "jsonl"]
    assert said.json["policies"] and said.json["prms"]
    assert {"qwen", "shepherd", "judge"} <= set(said.json["prm_kinds"])
    text = arbutus("list").out
    assert "openai:URL#MODEL" in text and "qwen" in text
    assert all(name in text for name in (*STRATEGIES, "tot-100", "countdown-policy", "countdown-prm-naive"))


def test_the_doctor_says_what_is_here_and_fails_only_for_what_is_missing(arbutus: Command) -> None:
    said = arbutus("doctor", "--json")
    assert said.code == (1 if said.json["missing"] else 0)
    assert all(problem in said.err for problem in said.json["missing"])
    assert {"machine", "versions", "devices", "built-in models", "sample runs"} <= set(said.json)


def test_a_tree_is_exported_for_graph_tools(arbutus: Command, beam: list[object], tmp_path: Path) -> None:
    arbutus(*beam)
    file = tmp_path / "tree.graphml"
    assert arbutus("export", beam[-1], 0, "--out", file).code == 0
    assert file.read_text().startswith("<?xml")
    said = arbutus("export", beam[-1], 0, "--out", tmp_path / "tree.png")
    assert said.code == 1 and "expected a name that ends in" in said.err
