"""The command line, called in this process, and a small run to call it with."""

import json
import sys
from pathlib import Path

import pytest

from engine import cli
from tests.commands.said import QUESTIONS, Command, Said


@pytest.fixture
def arbutus(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line, in this process."""

    def command(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["engine", *map(str, arguments)])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out, said.err)

    return command


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "three.jsonl"
    file.write_text("".join(json.dumps({"question": q}) + "\n" for q in QUESTIONS), encoding="utf-8")
    return file


@pytest.fixture
def models(untrained_policy: Path, untrained_prm: Path) -> list[object]:
    return ["--policy", untrained_policy, "--prm", untrained_prm]


@pytest.fixture
def beam(questions: Path, models: list[object], tmp_path: Path) -> list[object]:
    """The arguments of a small run; the last one is its folder."""
    return ["run", "--problems", questions, "--strategy", "beam", "--n", 4, *models, "--out", tmp_path / "run"]
