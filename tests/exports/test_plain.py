"""Runs as plain JSON, and back."""

from pathlib import Path
from typing import Any

import pytest

from engine.exports import write_plain
from engine.imports import import_file, recognise
from engine.protocol import ArbutusError
from engine.runs import Run
from engine.tree import Node
from tests.app import trees

KEPT = ("text", "reward", "raw", "logprob", "answer", "correct", "label", "mark", "reason", "depth", "place")


def seen(node: Node) -> list[Any]:
    return [getattr(node, name) for name in KEPT] + [node.finished, node.cost.policy_tokens]


def test_what_is_written_as_plain_json_comes_back_as_it_was(tmp_path: Path) -> None:
    many = [trees.beam(failures=0.1, missing=0.2), trees.beam(numbers=(1, 3, 4, 6), seed=2), trees.mcts()]
    run = Run.open(trees.write_run(tmp_path / "run", [*many, trees.best_of_n(scored=False)]))
    assert write_plain({"run": run}, tmp_path / "trees.jsonl") == 4
    back = import_file(tmp_path / "trees.jsonl", tmp_path / "back", recognise(tmp_path / "trees.jsonl"))
    assert len(back) == len(run)
    for i in range(len(run)):
        before, after = run.tree(i), back.tree(i)
        assert list(map(seen, after)) == list(map(seen, before))
        assert after.problem.question == before.problem.question and after.closed is not None and before.closed
        assert (after.closed.chosen, after.closed.reason) == (before.closed.chosen, before.closed.reason)


def test_an_imported_run_goes_out_and_comes_in_again(tmp_path: Path) -> None:
    from tests.imports.files import ALL, write

    for name in ALL:
        file = write(tmp_path / f"{name}.jsonl", [ALL[name]])
        first = import_file(file, tmp_path / f"{name}-1", recognise(file))
        write_plain({name: first}, tmp_path / "plain.jsonl")
        again = import_file(tmp_path / "plain.jsonl", tmp_path / f"{name}-2", recognise(tmp_path / "plain.jsonl"))
        assert [n.text for n in again.tree(0)] == [n.text for n in first.tree(0)], name
        assert again.tree(0).problem.meta["imported"] == first.tree(0).problem.meta["imported"], "its first origin"


def test_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArbutusError, match=r"ends in \.jsonl"):
        write_plain({}, tmp_path / "trees.json")
