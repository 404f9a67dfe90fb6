"""A changed tree that was interrupted goes on to the tree it would have become, or says why it can't."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.protocol import ArbutusError
from engine.runs import Run
from engine.tree import Tree
from engine.whatif.changes import Change
from engine.whatif.resuming import interrupted, resume_change
from tests.whatif.test_changes import ASKED, a_run, changed, changes_of, models, what

STRATEGIES = "beam", "mcts", "best-of-n"


class Interrupted(BaseException):
    """As a process that is killed."""


def interrupt(run: Run, change: Change, out: Path, rounds: int, **how: Any) -> bool:
    """Make a change up to so many rounds. False if it had ended by then."""
    seen = 0

    def after_round(trees: Mapping[int, Tree]) -> None:
        nonlocal seen
        seen += 1
        if seen > rounds and not all(tree.closed for tree in trees.values()):
            raise Interrupted

    try:
        changed(run, change, out, after_round=after_round, **how)
    except Interrupted:
        return True
    return False


def go_on(out: Path, run: Run) -> Run:
    return resume_change(out, run, asked=ASKED, kept=models())


def all_of(tree: Tree) -> Any:
    assert tree.closed is not None
    closed = (tree.closed.chosen, tree.closed.reason, tree.closed.stopped, tree.closed.correct)
    return [(what(n), n.mark, n.reason, n.visits, n.cost._replace(seconds=0)) for n in tree], closed


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_change_that_was_interrupted_ends_as_one_that_was_not(tmp_path: Path, strategy: str) -> None:
    run = a_run(tmp_path / "old", strategy)
    stopped = 0
    for change in changes_of(run.tree(0)):
        whole = changed(run, change, tmp_path / f"{change.kind}-whole", seed=5).tree(0)
        for rounds in range(3):
            out = tmp_path / f"{change.kind}-{rounds}"
            if not interrupt(run, change, out, rounds, seed=5):
                continue
            stopped += 1
            assert interrupted(Run.open(out))
            made = go_on(out, run)
            assert all_of(made.tree(0)) == all_of(whole), (change, rounds)
            assert made.is_complete and not interrupted(made)
    assert stopped >= 1


def test_one_interrupted_before_its_first_words_begins(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    change = Change("regenerate", 0)
    whole = changed(run, change, tmp_path / "whole").tree(0)
    interrupt(run, change, tmp_path / "new", 0)
    (tmp_path / "new" / "events.jsonl").write_bytes(b"")
    assert all_of(go_on(tmp_path / "new", run).tree(0)) == all_of(whole)


def test_what_was_given_to_the_change_holds_when_it_goes_on(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    how: dict[str, Any] = {"seed": 9, "temperature": 0.5, "parameters": {"n": 4}}
    whole = changed(run, Change("regenerate", 0), tmp_path / "whole", **how).tree(0)
    assert interrupt(run, Change("regenerate", 0), tmp_path / "new", 1, **how)
    assert all_of(go_on(tmp_path / "new", run).tree(0)) == all_of(whole)


def edit(folder: Path, **fields: Any) -> None:
    said = json.loads((folder / "run.json").read_text())
    said["origin"] |= fields
    (folder / "run.json").write_text(json.dumps(said))


def test_what_cannot_be_gone_on_with_says_why_and_stays_as_it_is(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    assert interrupt(run, Change("go-on", next(n.id for n in run.tree(0) if n.mark == "dropped")), tmp_path / "new", 0)
    before = (tmp_path / "new" / "events.jsonl").read_bytes()
    for fields, said in (
        ({"started": "another time"}, "isn't the run that new was grown from"),
        ({"asked": None}, "doesn't say in full what was to be changed"),
        ({"asked": {"kind": "edit", "node": 1, "text": "1 + 1 = 2 (left: 2)"}}, "is another now"),
    ):
        edit(tmp_path / "new", **{"started": run.info.started, **fields})
        with pytest.raises(ArbutusError, match=said):
            go_on(tmp_path / "new", run)
        assert (tmp_path / "new" / "events.jsonl").read_bytes() == before
    done = changed(run, Change("more", 0, more=1), tmp_path / "done")
    with pytest.raises(ArbutusError, match="its search has ended"):
        go_on(done.path, run)
    with pytest.raises(ArbutusError, match="its search has ended"):
        go_on(run.path, run)
