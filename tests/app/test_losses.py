"""By what the searches of a run lost their problems, as the pages read it."""

from pathlib import Path

import pandas as pd
import pytest

from app import data
from app import losses as module
from app.losses import losses
from tests.measure.by_hand import BAD, GOOD, Hand
from tests.measure.logged import write_run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The key of a run of two problems, neither of them solved."""
    dropped = Hand((0, GOOD, "step"), (0, BAD, "end"), dropped=[1], problem="p0")
    chosen_wrong = Hand((0, GOOD, "end"), (0, BAD, "end"), problem="p1")
    write_run(tmp_path / "samples" / "run", [dropped.closed(2), chosen_wrong.closed(2)])
    monkeypatch.setenv("ARBUTUS_RUNS", f"{tmp_path / 'samples'}:{tmp_path / 'own'}")
    return "run"


def told(trees: pd.DataFrame) -> pd.DataFrame:
    found = losses(trees)
    assert found is not None
    return found


def test_the_loss_of_each_problem_and_the_node_where_it_happened_are_told(run: str) -> None:
    found = told(data.frame(run))
    assert found["fate"].to_dict() == {"p0": "dropped", "p1": "found"}
    assert found["node"].to_dict() == {"p0": 1, "p1": 1}
    assert losses(data.frame(run)) is found, "read once"


def test_what_is_too_much_to_read_is_told_apart_from_what_the_labels_do_not_tell(
    run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = data.frame(run)
    assert told(rows.head(0)).empty and list(told(rows.head(0)).columns) == ["fate", "node"]
    monkeypatch.setattr(module, "MOST", 5)
    assert losses(rows) is None


def test_what_was_asked_of_some_problems_is_not_taken_for_all(run: str) -> None:
    rows = data.frame(run)
    assert told(rows.head(1)).index.tolist() == ["p0"]
    assert told(rows).index.tolist() == ["p0", "p1"]
