"""Runs are found anew when something has changed, whoever looked before."""

import os
import time
from pathlib import Path

import pytest

from app import places


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARBUTUS_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def make(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")


def grow_old(root: Path) -> None:
    """As if nothing had changed for a minute."""
    before = time.time() - 60
    for folder, _, _ in os.walk(root):
        os.utime(folder, (before, before))


def test_a_run_that_comes_or_goes_is_noticed_however_long_nothing_had_changed(root: Path) -> None:
    assert not places.runs()
    make(root / "sweep" / "one")
    assert list(places.runs()) == ["sweep/one"]
    grow_old(root)
    assert list(places.runs()) == ["sweep/one"]
    make(root / "sweep" / "two")
    assert list(places.runs()) == ["sweep/one", "sweep/two"]
    grow_old(root)
    places.runs()
    (root / "sweep" / "one").rename(root / "sweep" / "three")
    assert list(places.runs()) == ["sweep/three", "sweep/two"]


def test_a_root_that_nothing_changed_in_is_not_walked_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(root / "one")
    grow_old(root)
    found = places.runs()
    monkeypatch.setattr(places, "find_runs", lambda _: pytest.fail("walked"))
    assert places.runs() is found


def test_other_roots_have_other_runs(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(root / "one")
    grow_old(root)
    places.runs()
    make(tmp_path / "other" / "two")
    monkeypatch.setenv("ARBUTUS_RUNS", str(tmp_path / "other"))
    assert list(places.runs()) == ["two"]


def test_what_lies_outside_behind_a_link_is_not_found(root: Path, tmp_path: Path) -> None:
    make(tmp_path / "elsewhere")
    make(root / "one")
    (root / "link").symlink_to(tmp_path / "elsewhere")
    assert list(places.runs()) == ["one"]
