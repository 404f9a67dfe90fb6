from pathlib import Path

import pytest

from app import ahead, curve_data, data, prm_data
from app.idle import Pages, work
from tests.measure.logged import write_sweep


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARBUTUS_RUNS", str(tmp_path))
    write_sweep(tmp_path / "a-sweep", seeds=1)
    return tmp_path


def test_what_was_read_ahead_need_not_be_read_when_a_page_asks(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for piece in ahead.pieces(str):
        piece()
    for where, name in ((curve_data, "curve"), (curve_data, "lines"), (data, "pooled_frame"), (prm_data, "read")):
        monkeypatch.setattr(where, name, lambda *_, name=name, **__: pytest.fail(f"{name} was called again"))
    trees = curve_data.trees("a-sweep")
    assert len(curve_data.points(curve_data.pooled("a-sweep", trees), "policy_tokens", "accuracy").rows)
    refs = next(iter(prm_data.sources().values()))
    assert prm_data.quality(prm_data.chosen(refs, prm_data.EXACT, shared=False))


def test_a_run_that_goes_away_meanwhile_is_passed_over(runs: Path) -> None:
    pieces = ahead.pieces(str)
    for _ in range(2):
        next(pieces)()
    for path in (runs / "a-sweep").iterdir():
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    work(pieces, Pages(), quiet=0)


def test_of_runs_with_very_many_trees_or_nodes_nothing_is_read_ahead(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(list(ahead.pieces(str))) > 3
    monkeypatch.setattr(ahead, "NODES", 10)
    assert not list(ahead.pieces(str))
    monkeypatch.undo()
    monkeypatch.setenv("ARBUTUS_RUNS", str(runs))
    monkeypatch.setattr(ahead, "TREES", 10)
    assert not list(ahead.pieces(str))
