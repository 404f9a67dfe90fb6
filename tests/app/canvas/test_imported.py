"""What the explorer says of a tree that was imported."""

from pathlib import Path

from app.canvas.inspector import headline, inspector
from engine.imports import FORMATS, import_file
from tests.imports.files import ESTIMATED, LABELLED, write


def test_of_an_imported_tree_the_inspector_says_what_its_scores_are_and_nothing_of_costs(tmp_path: Path) -> None:
    run = import_file(write(tmp_path / "labels.jsonl", [LABELLED]), tmp_path / "run", FORMATS["prm800k"])
    tree = run.tree(0)
    wrong, unrated = tree.node(2), tree.node(4)
    said = inspector(tree, wrong)
    assert "In the file: −1. A person&#x27;s label: −1 wrong, 0 neutral, +1 good." in said and "raw output" not in said
    assert "In the file" not in inspector(tree, unrated) and "It is missing, not zero" in inspector(tree, unrated)
    assert "PRM tokens" not in said and "FLOP" not in headline(tree) and "imported from PRM800K" in headline(tree)


def test_an_imported_tree_whose_file_chooses_nothing_was_not_wrong(tmp_path: Path) -> None:
    run = import_file(write(tmp_path / "trees.jsonl", [ESTIMATED]), tmp_path / "run", FORMATS["omegaprm"])
    assert "no answer chosen" in headline(run.tree(0)) and "not solved" not in headline(run.tree(0))
