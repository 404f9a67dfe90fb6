"""An imported tree rewarded by another PRM: its steps, choice and truth, with other rewards where there can be any."""

from pathlib import Path

import pytest

from engine.imports import FORMATS, import_file
from engine.measure.frame import frame
from engine.measure.recut import has_cut, otherwise
from engine.models.scripted import ScriptedPRM
from engine.protocol import ArbutusError
from engine.runs import Run
from engine.whatif.changes import Change
from engine.whatif.growing import change_run
from engine.whatif.resuming import resume_change
from tests.imports import files

SEEN: list[tuple[str, ...]] = []


def liking(_: str, steps: tuple[str, ...]) -> float:
    """A PRM that likes 6 and 24, and remembers what it read."""
    SEEN.append(steps)
    return 0.75 if steps[-1].partition("=")[2].split()[0] in ("6", "24") else 0.25


@pytest.fixture
def imported(tmp_path: Path) -> Run:
    return import_file(
        files.write(tmp_path / "log.json", [files.THOUGHTS]), tmp_path / "old", FORMATS["tree-of-thoughts"]
    )


def rescored(run: Run, out: Path) -> Run:
    return change_run(
        run, 0, Change("rescore", prm="liking"), out, kept={("PRM", "liking"): ScriptedPRM(liking, "liking")}
    )


def test_steps_choice_and_truth_stay_as_the_file_has_them_and_rewards_are_the_prms(
    imported: Run, tmp_path: Path
) -> None:
    SEEN.clear()
    made = rescored(imported, tmp_path / "new")
    old, new = imported.tree(0), made.tree(0)
    assert [(n.text, n.finish, n.answer, n.correct, n.label, n.mark) for n in new] == [
        (n.text, n.finish, n.answer, n.correct, n.label, n.mark) for n in old
    ]
    assert new.chosen is not None and old.chosen is not None and new.chosen.id == old.chosen.id
    assert new.closed is not None and new.closed.reason == "as in the file: the highest value of the last level"
    assert [n.reward for n in new.nodes[1:]] == [0.75, 0.25, None, 0.25, 0.75, None, None]
    assert all(not step.startswith("Answer") for steps in SEEN for step in steps), "no PRM of the task reads such"


def test_what_the_file_said_of_its_scores_is_not_said_of_the_new_ones(imported: Run, tmp_path: Path) -> None:
    made = rescored(imported, tmp_path / "new")
    meta = made.tree(0).problem.meta
    assert meta["imported"] == "Tree of Thoughts" and "scores" not in meta
    assert made.info.source["scores"] == "The PRM's raw output" and (made.info.prm or {})["id"] == "liking"
    assert made.info.origin["prm"] == "its own values" and made.info.strategy == "tree-of-thoughts"
    row = frame([made]).iloc[0]
    assert row["policy_tokens"] is None or row.isna()["policy_tokens"], "what the file doesn't say stays unknown"


def test_the_cuts_of_its_search_are_made_again(imported: Run, tmp_path: Path) -> None:
    assert has_cut(imported.info) and otherwise(imported.tree(0)) == [], "with its own values it decides as it did"
    made = rescored(imported, tmp_path / "new")
    assert has_cut(made.info) and not otherwise(made.tree(0)), "A and B were kept, and rank before the repeat"


def test_it_can_be_rewarded_again_and_gone_on_with(imported: Run, tmp_path: Path) -> None:
    once = rescored(imported, tmp_path / "once")
    twice = rescored(once, tmp_path / "twice")
    assert [n.reward for n in twice.tree(0)] == [n.reward for n in once.tree(0)]
    events = (once.path / "events.jsonl").read_bytes().splitlines(keepends=True)
    (once.path / "events.jsonl").write_bytes(b"".join(events[:3]))
    (once.path / "index.jsonl").write_bytes(b"")
    made = resume_change(once.path, imported, kept={("PRM", "liking"): ScriptedPRM(liking, "liking")})
    assert [n.reward for n in made.tree(0)] == [n.reward for n in twice.tree(0)]


def test_no_steps_are_added_and_no_unknown_task_is_judged(imported: Run, tmp_path: Path) -> None:
    with pytest.raises(ArbutusError, match="none can be added in the same way; another PRM can reward those it has"):
        change_run(imported, 0, Change("more", 0, more=2), tmp_path / "new")
    plain = import_file(files.write(tmp_path / "p.json", [files.PLAIN]), tmp_path / "plain", FORMATS["plain"])
    with pytest.raises(ArbutusError, match="this run was imported, and its task 'imported' isn't known here"):
        change_run(plain, 0, Change("rescore", prm="liking"), tmp_path / "new")
    assert not (tmp_path / "new").exists()
