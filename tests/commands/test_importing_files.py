"""``import`` on the command line."""

import json
from pathlib import Path

from engine.runs import Run
from tests.commands.said import Command
from tests.imports import files


def test_import_makes_a_run_and_says_what_it_is_worth(arbutus: Command, tmp_path: Path) -> None:
    file = files.write(tmp_path / "log.json", [files.THOUGHTS], array=True)
    done = arbutus("import", file, "--policy", "gpt-4", "--title", "Thoughts", "--out", tmp_path / "run")
    assert done.code == 0 and "Tree of Thoughts: 1 trees from log.json" in done.err and "100.0%" in done.out
    info = Run.open(tmp_path / "run").info
    assert info.title == "Thoughts" and info.policy == {"id": "gpt-4"} and "import" in info.command
    shown = arbutus("tree", tmp_path / "run", "0")
    said = " ".join(shown.out.split())
    assert shown.code == 0 and "imported from Tree of Thoughts" in said and "0 policy tokens" not in said


def test_what_is_wrong_with_a_file_is_said_by_line_with_exit_code_1(arbutus: Command, tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text(json.dumps(files.SHEPHERD) + "\n{\n")
    refused = arbutus("import", file, "--out", tmp_path / "run")
    assert refused.code == 1 and "some.jsonl: line 2: expected JSON" in refused.err and not (tmp_path / "run").exists()
    left_out = arbutus("import", file, "--skip-bad", "--out", tmp_path / "run")
    assert left_out.code == 0 and "1 trees from some.jsonl, 1 left out" in left_out.err


def test_a_format_can_be_named_and_must_be_one_there_is(arbutus: Command, tmp_path: Path) -> None:
    file = files.write(tmp_path / "some.jsonl", [files.PLAIN])
    assert arbutus("import", "plain", file, "--out", tmp_path / "run").code == 0
    assert "got the format 'prm'" in arbutus("import", "prm", file, "--out", tmp_path / "other").err
    assert "expected [FORMAT] FILE" in arbutus("import", "a", "b", "c", "--out", tmp_path / "other").err
    assert arbutus("import", tmp_path / "missing.json", "--out", tmp_path / "other").code == 1
