import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from app import live, worker
from engine import cli
from engine.protocol import ArbutusError
from engine.runs import Run
from engine.tasks import find_task
from engine.tree import Problem

TYPED = {"problem": live.as_json(find_task("countdown").read("Make 24 from 4 5 6 10")), "problems": ""}
CHOSEN = {"problem": live.as_json(find_task("countdown").problems("tot-100")[1]), "problems": "tot-100"}
JOB: dict[str, Any] = {
    "task": "countdown", **TYPED, "strategy": "beam",
    "parameters": {"n": 4, "width": 2, "redraws": 1, "aggregate": "min"},
    "prm": "countdown-prm-naive", "pause": 0.0, "budget": {"tokens": 900}, "temperature": 0.8, "seed": 3,
}  # fmt: skip


PRICES = {"policy": 0.4, "prompt": 0.1, "prm": 0.05}


@pytest.mark.parametrize(
    "limits",
    [
        {},
        CHOSEN,
        {"budget": {"money": 1e-4}, "prices": PRICES},
        {"budget": {"flops": 2e8}},
        {"budget": {"policy_tokens": 90}},
    ],
)
def test_the_command_a_live_run_records_makes_the_same_tree(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limits: dict[str, Any]
) -> None:
    folder = tmp_path / "live"
    job = JOB | limits
    told = worker.command(folder, job)
    assert str(tmp_path) not in told
    worker.work({**job, "id": "1", "folder": str(folder), "command": told}, {})
    assert Run.open(folder).info.command == told

    words = shlex.split(told.removeprefix("python -m "))
    words[-1] = str(tmp_path / "typed")
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code in (0, None)
    shown, typed = Run.open(folder), Run.open(tmp_path / "typed")
    for fact in ("strategy", "parameters", "budget", "prices", "seed", "temperature", "problem_set"):
        assert getattr(shown.info, fact) == getattr(typed.info, fact)
    assert shown.tree(0).problem == typed.tree(0).problem
    assert [(n.text, n.mark) for n in shown.tree(0)] == [(n.text, n.mark) for n in typed.tree(0)]


def test_a_problem_goes_to_the_worker_with_its_key_and_all_that_is_known_of_it() -> None:
    problem = Problem("p", "Mia has 2 books. How many?", "2", {"steps": 1, "facts": [[[2], "+", [0], ["{}"]]]})
    assert Problem(**json.loads(json.dumps(live.as_json(problem)))) == problem


def test_a_solution_is_judged_by_the_worker_and_comes_back_as_json() -> None:
    steps = ["10 - 4 = 6 (left: 5 6 6)", "5 * 6 = 31 (left: 6 31)"]
    job = {"id": "1", "task": "countdown", "prm": "countdown-prm", "problem": TYPED["problem"], "steps": steps}
    found = json.loads(json.dumps(worker.work(job, {})))
    assert [step["text"] for step in found["steps"]] == steps
    assert [step["good"] for step in found["steps"]] == [True, False]
    assert found["steps"][0]["reward"] > 0.5 > found["steps"][1]["reward"]
    assert "31" in found["steps"][1]["said"]
    with pytest.raises(ArbutusError, match="only knows word-problems"):
        worker.work({**job, "prm": "words-prm"}, {})
