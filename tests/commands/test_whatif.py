import json
from pathlib import Path

import pytest

from engine.runs import Run
from tests.commands.said import Command


@pytest.fixture
def old(arbutus: Command, beam: list[object]) -> Path:
    """A small run of three questions."""
    assert arbutus(*beam).code == 0
    return Path(str(beam[-1]))


def test_a_change_makes_a_new_run_prints_its_tree_and_says_where_it_comes_from(
    arbutus: Command, old: Path, models: list[object], tmp_path: Path
) -> None:
    said = arbutus("whatif", old, "0", "--node", 0, "--more", 3, *models, "--out", tmp_path / "new")
    assert said.code == 0, said.err
    assert said.out.startswith("Make 24 from 4 5 6 10\n") and "answer before: " in said.out
    run = json.loads((tmp_path / "new" / "run.json").read_text())
    assert (run["origin"]["run"], run["origin"]["node"], run["origin"]["change"]) == (old.name, 0, "more")
    assert run["command"].startswith("python -m engine whatif ") and "--more 3" in run["command"]
    tree = Run.open(tmp_path / "new").tree(0)
    assert len(tree) == len(Run.open(old).tree(0)) + 3
    assert arbutus("summary", tmp_path / "new").code == 0


def test_the_decisions_that_another_prm_would_have_changed_are_printed(
    arbutus: Command, old: Path, untrained_prm: Path, tmp_path: Path
) -> None:
    said = arbutus("whatif", old, "Make 7 from 3 4", "--rescore", untrained_prm, "--out", tmp_path / "new")
    assert said.code == 0, said.err
    assert "would be" not in said.out, "the same PRM decides the same"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "got 0 changes, expected one of --more K, --edit TEXT, --go-on, --regenerate, --rescore PRM"),
        (["--more", 1, "--go-on"], "got 2 changes"),
        (["--node", 999, "--more", 1], "got node 999, but the tree has nodes 0 to"),
        (["--edit", "x"], "got node 0, the question, which is no step"),
        (["--rescore", "no-such"], "got model 'no-such', expected one of countdown-prm"),
    ],
)
def test_a_change_that_is_none_gets_a_sentence_and_code_1(
    arbutus: Command, old: Path, models: list[object], tmp_path: Path, arguments: list[object], message: str
) -> None:
    said = arbutus("whatif", old, "0", *arguments, *models, "--out", tmp_path / "new")
    assert (said.code, said.out) == (1, "")
    assert message in said.err and not (tmp_path / "new").exists()


def test_a_run_whose_models_are_elsewhere_says_how_to_name_them(arbutus: Command, old: Path, tmp_path: Path) -> None:
    said = arbutus("whatif", old, "0", "--more", 1, "--out", tmp_path / "new")
    assert said.code == 1
    assert "doesn't come with the engine; say where it is: --policy FOLDER_OR_ID" in said.err


def test_an_interrupted_change_is_gone_on_with_by_its_folder_alone(
    arbutus: Command, old: Path, models: list[object], tmp_path: Path
) -> None:
    new = tmp_path / "new"
    assert arbutus("whatif", old, "0", "--regenerate", *models, "--out", new).code == 0
    whole = Run.open(new).tree(0)
    events = (new / "events.jsonl").read_bytes().splitlines(keepends=True)
    (new / "events.jsonl").write_bytes(b"".join(events[: len(events) // 2]))
    (new / "index.jsonl").write_bytes(b"")
    said = arbutus("resume", new, *models)
    assert said.code == 0, said.err
    assert "answer before: " in said.out
    gone_on = Run.open(new).tree(0)
    assert [(n.text, n.mark) for n in gone_on] == [(n.text, n.mark) for n in whole]
    # The batches are others than before, and with them the last digit of a sum.
    for then, now in zip(whole, gone_on, strict=True):
        assert now.reward == (None if then.reward is None else pytest.approx(then.reward, abs=2e-6))
    again = arbutus("resume", new, *models)
    assert again.code == 1 and "its search has ended" in again.err


def test_what_cannot_be_resumed_is_told_with_what_to_do(
    arbutus: Command, old: Path, models: list[object], tmp_path: Path
) -> None:
    said = arbutus("resume", old)
    assert said.code == 1 and "go on with it by the command that made it: python -m engine run" in said.err
    assert arbutus("whatif", old, "0", "--more", 1, *models, "--out", tmp_path / "new").code == 0
    old.rename(old.with_name("moved"))
    said = arbutus("resume", tmp_path / "new", *models)
    assert said.code == 1 and "name it: --run RUN" in said.err
