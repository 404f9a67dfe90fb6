"""``export`` on the command line."""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from app.standalone import page_of
from engine.runs import Run
from tests.app import trees
from tests.commands.said import Command


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return trees.write_run(tmp_path / "runs" / "beam", [trees.beam(), trees.beam(numbers=(1, 3, 4, 6))])


def test_a_whole_run_or_a_folder_of_runs_becomes_a_table(arbutus: Command, run: Path, tmp_path: Path) -> None:
    assert "nodes" in arbutus("export", run, "--out", tmp_path / "n.parquet").err
    done = arbutus("export", run.parent, "--as", "trees", "--out", tmp_path / "t.parquet")
    assert done.code == 0 and "2 trees" in done.err
    assert set(pq.read_table(tmp_path / "n.parquet")["run"].to_pylist()) == {"beam"}
    assert pq.read_table(tmp_path / "t.parquet")["run"].to_pylist() == ["beam", "beam"]


@pytest.mark.parametrize("what", ["sft", "preferences", "steps"])
def test_a_set_is_written_and_its_counts_are_said(what: str, arbutus: Command, run: Path, tmp_path: Path) -> None:
    done = arbutus("export", run, "--as", what, "--per-problem", 1, "--out", tmp_path / "set.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "set.jsonl").read_text(encoding="utf-8").splitlines()]
    assert done.code == 0 and f"{len(lines)} examples" in done.err and "from 2 trees" in done.err
    assert all("prompt" in line for line in lines)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", "x.png"], "expected a problem of the run for one tree, or --as with one of: nodes, trees, plain"),
        (["--as", "dpo", "--out", "x.jsonl"], "got dpo to export"),
        (["0", "--as", "nodes", "--out", "x.csv"], "got a problem and --as nodes"),
        (["--as", "sft", "--by", "luck", "--out", "x.jsonl"], "expected truth or reward"),
    ],
)
def test_what_cannot_be_exported_is_said(options: list[str], said: str, arbutus: Command, run: Path) -> None:
    done = arbutus("export", run, *options)
    assert done.code == 1 and said in " ".join(done.err.split())


def test_labels_of_rollouts_can_be_the_truth(arbutus: Command, run: Path, tmp_path: Path) -> None:
    first = Run.open(run).tree(0)
    steps = [[child.text] for child in first.root.children]
    label = {"question": first.problem.question, "rollouts": 4}
    lines = [{"labels": 1}, *({**label, "steps": step, "right": int(i == 0)} for i, step in enumerate(steps))]
    (tmp_path / "a.labels.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    out = tmp_path / "pairs.jsonl"
    arguments = ("--as", "preferences", "--labels", tmp_path / "a.labels.jsonl", "--per-step", 9, "--out", out)
    assert arbutus("export", run, *arguments).code == 0
    pairs = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {pair["chosen"] for pair in pairs} == set(steps[0]) and len(pairs) > 1


def test_a_folder_without_runs_is_said(arbutus: Command, tmp_path: Path) -> None:
    done = arbutus("export", tmp_path, "--out", tmp_path / "x.csv")
    assert done.code == 1 and "got no run there" in done.err


def test_one_tree_becomes_a_page_of_its_own(arbutus: Command, run: Path, tmp_path: Path) -> None:
    assert arbutus("export", run, 1, "--out", tmp_path / "tree.html").code == 0
    opened = Run.open(run)
    assert (tmp_path / "tree.html").read_text(encoding="utf-8") == page_of(opened.tree(1), opened.info, "beam")


def test_where_the_explorer_is_not_a_page_cannot_be_drawn(
    arbutus: Command, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "app.standalone", None)
    done = arbutus("export", run, 0, "--out", tmp_path / "tree.html")
    assert done.code == 1 and "app.standalone isn't here" in done.err and not (tmp_path / "tree.html").exists()
