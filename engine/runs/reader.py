"""Run: a log read lazily. The list comes from the index, a tree from its own ranges, the rest is not touched."""

import os
import threading
import zlib
from pathlib import Path

from engine.garbage import no_search_for_garbage
from engine.runs.files import Extent, Log, LogFile, error_at, folder_log, pairs
from engine.runs.fold import Fold
from engine.runs.index import Index
from engine.runs.info import INDEX, RUN, RunError, decode_info, reading
from engine.runs.lines import apply, decode_event
from engine.runs.packed import SUFFIX, is_packed, packed_log
from engine.runs.summaries import Summaries
from engine.tree import Opened, Tree


class Run:
    """A run in a folder or a packed file, possibly still being written.

    Everything it gives reads as of the last `refresh`. Its methods may be called from several threads.
    """

    def __init__(self, path: Path, log: Log) -> None:
        self.path = path
        self.info = decode_info(log.run, str(path / RUN))
        self._log = log
        self._lock = threading.RLock()
        self._load()

    @classmethod
    def open(cls, path: Path) -> "Run":
        """Open the run in a folder or a packed file. Raises `RunError` if there is none, or none that can be read."""
        path = Path(path)
        with reading(path):
            folder = path.is_dir()
            path.stat()
        return cls(path, folder_log(path) if folder else packed_log(path))

    def _load(self) -> None:
        events, problems = self._log.events, self.info.problems
        index = Index.read(self._log.index, events.size(), problems)
        self.fold = Fold(index, problems)
        self.damage: RunError | None = None
        """Why the events can't be read from their beginning, though the index has a list of closed trees."""
        if index.last is None or self._is_of_these_events(index):
            self.fold.go_on(events)
        else:
            self._load_without(index)
        self._forget()

    def _load_without(self, index: Index) -> None:
        """The events are others than the index was made of: either it is old, or they are damaged."""
        anew = Fold(Index(self._log.index), self.info.problems)
        try:
            anew.go_on(self._log.events)
            self.fold = anew
        except RunError as e:
            self.damage = e

    def _is_of_these_events(self, index: Index) -> bool:
        """Whether the index ends where a line does, and its last tree is where it says."""
        assert index.last is not None
        try:
            read_bytes(self._log.events, index.last, index.extent(index.last))
        except RunError:
            return False
        return self._log.events.read([index.end - 1, index.end]) == b"\n"

    def _forget(self) -> None:
        self._list: Summaries | None = None
        self._ids: dict[str, int] | None = None

    @property
    def summaries(self) -> Summaries:
        """The closed trees, by index."""
        with self._lock:
            if self._list is None:
                self._list = self.fold.summaries()
            return self._list

    def tree(self, key: int | str) -> Tree:
        """The tree with this index or problem id, as far as it has grown.

        Raises `RunError` if there is none, or if its events can't be read.
        """
        with self._lock:
            t = key if isinstance(key, int) else self._by_id().get(key, -1)
            if growing := self.fold.open.get(t):
                return Tree.replay(growing.tree.events)
            if not self.fold.is_closed(t):
                raise self.damage or RunError(
                    f"{self.path}: no tree {key!r}; {self.finished} of {len(self)} are finished"
                )
            return read_tree(self._log.events, t, self.fold.extent(t))

    def _by_id(self) -> dict[str, int]:
        if self._ids is None:
            ids = {summary.id: summary.index for summary in self.summaries}
            self._ids = ids | {growing.tree.problem.id: t for t, growing in self.fold.open.items()}
        return self._ids

    def open_trees(self) -> dict[int, Tree]:
        """The trees that are not closed, by index: copies that the caller may grow.

        Raises `RunError` if the events are too damaged to tell.
        """
        with self._lock:
            if self.damage:
                raise self.damage
            return {t: Tree.replay(growing.tree.events) for t, growing in sorted(self.fold.open.items())}

    def refresh(self) -> bool:
        """Read what was appended since. True if there was anything. Raises `RunError` as `open` does."""
        with self._lock:
            if self._log.events.size() < self.fold.at:
                self._load()
                return True
            if self.damage:
                raise self.damage
            new = self.fold.go_on(self._log.events)
            if new:
                self._forget()
            return new

    def _repr_html_(self) -> str:
        """How a notebook shows it."""
        from engine.notebook import run_html

        return run_html(self)

    def __len__(self) -> int:
        """How many trees the run will have."""
        return self.info.problems

    @property
    def finished(self) -> int:
        """How many trees are closed."""
        return self.fold.closed

    @property
    def is_complete(self) -> bool:
        return self.finished == len(self)


def read_tree(events: LogFile, t: int, extent: Extent) -> Tree:
    """The closed tree `t` from its place in the log. Raises `RunError` as `read_bytes`."""
    data = read_bytes(events, t, extent)
    with no_search_for_garbage():
        return _fold(events, t, extent, data)


def read_bytes(events: LogFile, t: int, extent: Extent) -> bytes:
    """The lines of the closed tree `t`. Raises `RunError`, naming the line, if they are not what they were then."""
    data = events.read(extent.ranges)
    if zlib.crc32(data) != extent.sum:
        _fold(events, t, extent, data)
        changed = f"tree {t} was changed after it was finished; delete {INDEX} to read the events as they are now"
        raise error_at(events, extent.ranges[0], changed)
    return data


def _fold(events: LogFile, t: int, extent: Extent, data: bytes) -> Tree:
    tree: Tree | None = None
    at = 0
    for line in data.removesuffix(b"\n").split(b"\n"):
        try:
            tree = _grown(tree, t, line)
        except RunError as e:
            raise error_at(events, _offset(extent, at), e) from e
        at += len(line) + 1
    assert tree is not None
    return tree


def _grown(tree: Tree | None, t: int, line: bytes) -> Tree:
    whose, event = decode_event(line)
    if whose != t:
        raise RunError(f"got an event of tree {whose}, expected one of tree {t}")
    if tree is not None:
        apply(tree, event)
        return tree
    if not isinstance(event, Opened):
        raise RunError(f"expected tree {t} to begin with its problem")
    return Tree(event.problem)


def _offset(extent: Extent, at: int) -> int:
    """Where in the file the byte `at` of the joined ranges lies."""
    for start, end in pairs(extent.ranges):
        if at < end - start:
            return start + at
        at -= end - start
    return extent.ranges[-1]


def find_runs(root: Path) -> list[Path]:
    """Every run at or under `root`, sorted: folders that hold a run.json, and packed files by their suffix."""
    found = [Path(root)] if is_packed(Path(root)) else []
    for folder, _, files in os.walk(root):
        if RUN in files:
            found.append(Path(folder))
        found += [Path(folder, file) for file in files if file.endswith(SUFFIX)]
    return sorted(found)
