import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from app import worker
from engine import cli
from engine.runs import Run

JOB: dict[str, Any] = {
    "strategy": "beam", "parameters": {"n": 4, "width": 2, "redraws": 1, "aggregate": "min"},
    "prm": "countdown-prm-naive", "pause": 0.0, "budget": {"tokens": 900}, "temperature": 0.8, "seed": 3,
    "question": "Make 24 from 4 5 6 10",
}  # fmt: skip


def test_the_command_a_live_run_records_makes_the_same_tree(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "live"
    told = worker.command(folder, JOB["question"], JOB)
    assert str(tmp_path) not in told
    worker.work({**JOB, "id": "1", "folder": str(folder), "command": told}, {})
    assert Run.open(folder).info.command == told

    words = shlex.split(told.removeprefix("python -m "))
    words[-1] = str(tmp_path / "typed")
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code in (0, None)
    shown, typed = Run.open(folder), Run.open(tmp_path / "typed")
    for fact in ("strategy", "parameters", "budget", "seed", "temperature", "problem_set"):
        assert getattr(shown.info, fact) == getattr(typed.info, fact)
    assert [(n.text, n.mark) for n in shown.tree(0)] == [(n.text, n.mark) for n in typed.tree(0)]
