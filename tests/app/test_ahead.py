import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import ahead, curve_data, data, prm_data
from app.ahead import Pages
from engine.runs import RunError
from tests.measure.logged import a_tree, write_run, write_sweep


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARBUTUS_RUNS", str(tmp_path))
    write_sweep(tmp_path / "a-sweep", seeds=1)
    return tmp_path


def test_what_was_read_ahead_need_not_be_read_when_a_page_asks(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead.read(ahead.pieces(), Pages(), quiet=0)
    for where, name in ((curve_data, "curve"), (curve_data, "lines"), (data, "pooled_frame"), (prm_data, "read")):
        monkeypatch.setattr(where, name, lambda *_, name=name, **__: pytest.fail(f"{name} was called again"))
    trees = curve_data.trees("a-sweep")
    assert len(curve_data.points(curve_data.pooled("a-sweep", trees), "policy_tokens", "accuracy").rows)
    refs = next(iter(prm_data.sources().values()))
    assert prm_data.quality(prm_data.chosen(refs, prm_data.EXACT, shared=False))


def test_nothing_is_read_while_a_page_is_being_made() -> None:
    pages, read = Pages(), threading.Event()

    def pieces() -> Iterator[Callable[[], object]]:
        yield read.set

    reader = threading.Thread(target=ahead.read, args=(pieces(), pages, 0.05))
    with pages.making():
        reader.start()
        assert not read.wait(0.3)
    assert read.wait(10)
    reader.join(10)
    assert not reader.is_alive()


def test_a_page_that_was_just_made_is_left_alone_for_a_while() -> None:
    pages = Pages()
    with pages.making():
        assert not pages.quiet(0)
    assert pages.quiet(0) and not pages.quiet(60)


def test_a_piece_that_cannot_be_read_does_not_keep_from_the_next() -> None:
    read = []

    def broken() -> None:
        raise RunError("torn")

    ahead.read(iter([broken, lambda: read.append(time.monotonic())]), Pages(), quiet=0)
    assert len(read) == 1


def test_a_run_that_goes_away_meanwhile_is_passed_over(runs: Path) -> None:
    pieces = ahead.pieces()
    next(pieces)()
    for path in (runs / "a-sweep").iterdir():
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    ahead.read(pieces, Pages(), quiet=0)


def test_without_a_server_nothing_is_begun(runs: Path) -> None:
    write_run(runs / "one", [a_tree("1-2-6-10", [True])])
    ahead.begin()
    assert "reading ahead" not in {thread.name for thread in threading.enumerate()}
