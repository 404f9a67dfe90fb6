"""Whatever happens to the files of a run: a `RunError`, or a correct reading. Never another exception."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.runs import Run, RunError, RunWriter, pack, unpack
from engine.runs.lines import decode_event
from engine.tree import Event, Opened, Tree, TreeError
from tests.runs.logs import EXAMPLES, everything, play, rich_story, seen, write_story

Change = Callable[[bytes], bytes]
some = settings(max_examples=EXAMPLES, deadline=None)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """One to three flips, deletions, insertions, line swaps, repetitions and cuts."""
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["flip", "delete", "insert", "swap", "repeat", "cut"]),
                st.floats(0, 1, exclude_max=True),
                st.floats(0, 1, exclude_max=True),
                st.binary(min_size=1, max_size=4)
                | st.sampled_from([b"\n", b"}", b"[" * 9000, b"9" * 40, b"\xff", b"\0"]),
            ),
            min_size=1,
            max_size=3,
        )
    )

    def change(data: bytes) -> bytes:
        for kind, where, other, new in steps:
            data = _changed(data, kind, where, other, new)
        return data

    return change


def _changed(data: bytes, kind: str, where: float, other: float, new: bytes) -> bytes:
    at, lines = int(where * len(data)), data.splitlines(keepends=True)
    a, b = int(where * len(lines)), int(other * len(lines))
    match kind:
        case "flip" if data:
            return data[:at] + bytes([data[at] ^ (1 << new[0] % 8)]) + data[at + 1 :]
        case "delete":
            return data[:at] + data[at + 1 + int(other * 20) :]
        case "insert":
            return data[:at] + new + data[at:]
        case "swap" if lines:
            lines[a], lines[b] = lines[b], lines[a]
            return b"".join(lines)
        case "repeat" if lines:
            return b"".join([*lines[: a + 1], lines[b], *lines[a + 1 :]])
        case "cut":
            return data[:at]
    return data


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a run and the same run packed."""
    folder = tmp_path_factory.mktemp("whole")
    write_story(folder / "run", rich_story())
    pack(folder / "run", folder / "run.arbutus")
    yield folder


def test_the_runs_that_are_damaged_below_read_well_before(whole: Path) -> None:
    assert set(everything(Run.open(whole / "run"))) == {0, 1, 2, 3}
    assert everything(Run.open(whole / "run")) == everything(Run.open(whole / "run.arbutus"))


@given(changes())
@some
def test_a_damaged_index_changes_nothing(whole: Path, change: Change) -> None:
    with damaged(whole, "index.jsonl", change) as folder:
        assert everything(Run.open(folder)) == everything(Run.open(whole / "run"))
        resumed = try_to_resume(folder)
        assert resumed == everything(Run.open(whole / "run"))


@given(changes())
@some
def test_damaged_events_read_as_before_or_as_they_are_now_or_not_at_all(whole: Path, change: Change) -> None:
    with damaged(whole, "events.jsonl", change) as folder:
        found, now = read(folder), as_lines_say((folder / "events.jsonl").read_bytes())
        before = everything(Run.open(whole / "run"))
        if found is not None and Run.open(folder).damage:
            earlier = [(t, seen(tree)) for trees in play(rich_story()) for t, tree in trees.items() if tree.closed]
            assert all(tree is None or (t, tree) in earlier for t, tree in found.items())
        elif found is not None:
            assert found.keys() in (before.keys(), now.keys())
            assert all(tree is None or tree in (before.get(t), now.get(t)) for t, tree in found.items())
        try_to_resume(folder)


@given(changes())
@some
def test_damaged_events_without_an_index_read_as_they_are_now_or_not_at_all(whole: Path, change: Change) -> None:
    with damaged(whole, "events.jsonl", change) as folder:
        (folder / "index.jsonl").unlink()
        assert read(folder) in (None, as_lines_say((folder / "events.jsonl").read_bytes()))


def as_lines_say(data: bytes) -> dict[int, Any]:
    """Each tree as far as its own lines make sense, whatever the others are: found without the reader."""
    told: dict[int, list[Event]] = {}
    for line in data.split(b"\n")[:-1]:
        try:
            t, event = decode_event(line)
        except RunError:
            continue
        told[t] = [event] if isinstance(event, Opened) else [*told.get(t, []), event]
    trees = {}
    for t, events in told.items():
        try:
            trees[t] = seen(Tree.replay(events))
        except TreeError:
            continue
    return trees


@given(changes())
@some
def test_a_damaged_run_json_is_refused_or_leaves_every_tree_as_it_was(whole: Path, change: Change) -> None:
    with damaged(whole, "run.json", change) as folder:
        assert read(folder) in (None, everything(Run.open(whole / "run")))
        try_to_resume(folder)


@given(changes())
@some
def test_a_damaged_packed_run_is_refused_or_each_tree_is_as_it_was(whole: Path, change: Change) -> None:
    before = everything(Run.open(whole / "run"))
    with tempfile.TemporaryDirectory() as temporary:
        file, folder = Path(temporary, "run.arbutus"), Path(temporary, "run")
        file.write_bytes(change((whole / "run.arbutus").read_bytes()))
        found = read(file)
        assert found is None or found.keys() == before.keys() or Run.open(file).damage
        assert all(tree is None or tree == before[t] for t, tree in (found or {}).items())
        try:
            unpack(file, folder)
        except RunError:
            return
        assert everything(Run.open(folder)) == before


class damaged:  # noqa: N801
    """A copy of the run in a folder, with one of its files changed."""

    def __init__(self, whole: Path, name: str, change: Change) -> None:
        self._temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self._temporary.name, "run")
        shutil.copytree(whole / "run", self.folder)
        Path(self.folder, name).write_bytes(change(Path(self.folder, name).read_bytes()))

    def __enter__(self) -> Path:
        return self.folder

    def __exit__(self, *_: object) -> None:
        self._temporary.cleanup()


def read(path: Path) -> dict[int, Any] | None:
    """What the run gives, None if it is refused with a file's name."""
    try:
        return everything(Run.open(path))
    except RunError as e:
        assert str(path) in str(e)
        return None


def try_to_resume(folder: Path) -> dict[int, Any] | None:
    try:
        writer, run = RunWriter.resume(folder)
    except RunError:
        return None
    writer.close()
    assert everything(run) == everything(Run.open(folder))
    return everything(run)
