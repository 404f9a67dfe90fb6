"""RunWriter: appends what trees have become to the log. One per run at a time."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.runs.files import Extent, folder_log
from engine.runs.index import SEED, index_line
from engine.runs.info import EVENTS, INDEX, RUN, RunError, RunInfo, encode_info, new_folder, put, reading
from engine.runs.lines import encode_event
from engine.runs.reader import Run
from engine.runs.summary import summarize
from engine.tree import Closed, Opened, Tree

if sys.platform != "win32":
    import fcntl


@dataclass(slots=True)
class _Written:
    """What is on disk of one tree."""

    opened: Opened
    """The event it began with: another one means that the tree began again."""
    count: int
    """Events written since."""


class RunWriter:
    """Appends to the log of one run. What is on disk is whole between any two calls, also after a `RunError`."""

    def __init__(self, folder: Path, info: RunInfo, events: FileIO, index: FileIO) -> None:
        self.folder = folder
        self.info = info
        self._events = events
        self._index = index
        self._end = 0
        self._listed = 0
        self._crc = SEED
        self._written: dict[int, _Written] = {}
        self._growing: dict[int, Extent] = {}

    @classmethod
    def create(cls, folder: Path, info: RunInfo) -> "RunWriter":
        """Begin a run in `folder`, which is made if need be. Raises `RunError` if it holds a run already."""
        folder = Path(folder)
        data = encode_info(info)
        new_folder(folder)
        files = _open(folder)
        with _closing_on_error(files):
            files[1].truncate(0)
            put(folder / RUN, data)
        return cls(folder, info, *files)

    @classmethod
    def resume(cls, folder: Path) -> tuple["RunWriter", Run]:
        """Go on with an interrupted run: cut a torn last line, bring the index up to date.

        The run tells which trees are closed and how far the others came. An open tree is written anew
        from its beginning when it is next given to `write`. Raises `RunError` if the run can't be
        read, or if it is still being written.
        """
        folder = Path(folder)
        if folder.is_file():
            raise RunError(f"{folder}: got a file, expected a folder; unpack the run first")
        folder_log(folder)
        files = _open(folder)
        with _closing_on_error(files):
            run = Run.open(folder)
            if run.damage:
                raise run.damage
            writer = cls(folder, run.info, *files)
            writer._go_on_from(run)
        return writer, run

    def write(self, trees: Mapping[int, Tree]) -> None:
        """Append, in one flush, the events of each tree that are not on disk, and an index line for each tree closed.

        Events are remembered by how many there were: a tree that begins again (`Opened`) is written
        anew, one given again unchanged writes nothing. Raises `RunError`, having written nothing, for
        an index outside of the run, an event after the end, or numbers that JSON can't hold.
        """
        new = {t: lines for t, tree in trees.items() if (lines := self._new_lines(t, tree))}
        self._append(self._events, b"".join(new.values()), self._end)
        for t, data in new.items():
            self._note(t, trees[t], data)
        for t in new:
            if trees[t].closed:
                self._list(t, trees[t])

    def forget(self, trees: Iterable[int]) -> None:
        """Keep nothing in memory of closed trees that won't be given again: for runs of more trees than fit."""
        for t in trees:
            if t not in self._growing:
                self._written.pop(t, None)

    def close(self) -> None:
        """Let go of the files. The log needs no ending: it is whole after each `write`."""
        self._events.close()
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _new_lines(self, t: int, tree: Tree) -> bytes:
        if not 0 <= t < self.info.problems:
            raise RunError(f"got tree {t}, expected 0 to {self.info.problems - 1}: the run has that many problems")
        known = self._written.get(t)
        count = known.count if known and known.opened is tree.events[0] else 0
        new = tree.events[count:]
        over = count > 0 and t not in self._growing
        if any(isinstance(event, Closed) for event in new[:-1]) or (new and over):
            raise RunError(f"tree {t}: got events after its end, expected none")
        return b"".join([encode_event(t, event) for event in new])

    def _note(self, t: int, tree: Tree, data: bytes) -> None:
        opened = tree.events[0]
        assert isinstance(opened, Opened)
        known = self._written.get(t)
        if known is None or known.opened is not opened:
            before = self._growing.get(t)
            self._growing[t] = Extent(before.start if before else self._end)
        self._written[t] = _Written(opened, len(tree.events))
        self._growing[t].add(self._end, data)
        self._end += len(data)

    def _list(self, t: int, tree: Tree) -> None:
        """Add a closed tree to the index. Should that fail, later lines still leave it to be found in the events."""
        open_at = min((extent.start for i, extent in self._growing.items() if i != t), default=self._end)
        crc, line = index_line(self._crc, summarize(t, tree), self._growing[t], open_at, self._end)
        self._append(self._index, line, self._listed)
        self._crc, self._listed = crc, self._listed + len(line)
        del self._growing[t]

    def _go_on_from(self, run: Run) -> None:
        fold = run.fold
        self._end, self._crc = fold.at, fold.index.crc
        self._growing = {t: Extent(growing.extent.start) for t, growing in fold.open.items()}
        last = min((extent.start for extent in self._growing.values()), default=self._end)
        lines: list[bytes] = []
        for summary, extent in fold.late.values():
            open_at = last if len(lines) + 1 == len(fold.late) else fold.index.open
            self._crc, line = index_line(self._crc, summary, extent, open_at, self._end)
            lines.append(line)
        with reading(self.folder):
            self._events.truncate(self._end)
            self._index.truncate(fold.index.size)
        self._listed = fold.index.size
        self._append(self._index, b"".join(lines), self._listed)
        self._listed += sum(map(len, lines))

    def _append(self, file: FileIO, data: bytes, end: int) -> None:
        """Write all of it after `end` or none, whatever the disk has room for."""
        rest = memoryview(data)
        try:
            if file.seek(0, os.SEEK_END) != end:
                file.truncate(end)  # what a call that was interrupted left
            while rest:
                rest = rest[file.write(rest) :]
        except OSError as e:
            file.truncate(end)
            raise RunError(f"{file.name}: can't write: {e.strerror}; make room and resume the run") from e


def is_being_written(folder: Path) -> bool:
    """Whether some process has the run open to append to; False where this system can't tell."""
    if sys.platform == "win32":
        return False
    try:
        with FileIO(folder / EVENTS, "rb") as events:
            fcntl.flock(events, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def _open(folder: Path) -> tuple[FileIO, FileIO]:
    """The events and the index, to append to, locked against other writers until closed or killed."""
    with reading(folder):
        events = FileIO(folder / EVENTS, "ab")
        try:
            if sys.platform != "win32":
                fcntl.flock(events, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return events, FileIO(folder / INDEX, "ab")
        except BlockingIOError as e:
            events.close()
            raise RunError(f"{folder}: still being written by another process; let it end first") from e


@contextmanager
def _closing_on_error(files: Iterable[FileIO]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for file in files:
            file.close()
        raise
