"""What the README shows is what happens."""

import re
from pathlib import Path

import pytest

from engine.runs import Run

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_five_lines_of_python_print_a_tree_and_its_answer(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert said.startswith("Make 24 from 4 5 6 10") and "policy tokens" in said


def test_the_map_of_files_names_files_that_are_there() -> None:
    root = Path(__file__).resolve().parents[1]
    for name in ("engine", "app", "sample_runs", "bench", "tests"):
        assert f"{name}/" in README and (root / name).is_dir()


def test_every_sample_run_is_whole() -> None:
    runs = list((Path(__file__).resolve().parents[1] / "sample_runs").rglob("*.arbutus"))
    assert len(runs) > 100
    assert [run.name for run in runs if not Run.open(run).is_complete] == []
