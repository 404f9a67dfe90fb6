"""The events of a log, folded line by line into open trees and the summaries of closed ones."""

from dataclasses import dataclass
from typing import NamedTuple

from engine.runs.files import Extent, LogFile, error_at, lines
from engine.runs.index import Index
from engine.runs.info import RunError
from engine.runs.lines import apply, decode_event, whose
from engine.runs.summaries import Summaries
from engine.runs.summary import Summary, summarize
from engine.tree import Closed, Opened, Tree


@dataclass(slots=True)
class Growing:
    """A tree that is not closed yet, and where its events lie."""

    tree: Tree
    extent: Extent


class Ended(NamedTuple):
    """A tree that was closed after the index was written, and where its events lie."""

    summary: Summary
    extent: Extent


class Fold:
    """What a log says up to the byte `at`. Begins with what its index says, and goes on from there."""

    def __init__(self, index: Index, problems: int) -> None:
        self.index = index
        self.problems = problems
        self.at = index.open
        self.open: dict[int, Growing] = {}
        self.late: dict[int, Ended] = {}
        """Not in the index, or there as they ended before they began again."""
        self._again: set[int] = set()
        """Trees of the index that began again: what it says of them counts no longer."""

    def go_on(self, events: LogFile) -> bool:
        """Fold the whole lines that were added. True if there were any.

        Raises `RunError` naming the line that can't be read or doesn't fit, and stays in front of it.
        """
        before = self.at
        for offset, line in lines(events, self.at):
            try:
                self._take(offset, line)
            except RunError as e:
                raise error_at(events, offset, e) from e
            self.at = offset + len(line)
        return self.at > before

    def extent(self, tree: int) -> Extent:
        """Where the events of a closed tree lie."""
        return self.late[tree].extent if tree in self.late else self.index.extent(tree)

    def is_closed(self, tree: int) -> bool:
        return tree in self.late or (tree in self.index and tree not in self._again)

    @property
    def closed(self) -> int:
        """How many trees are closed."""
        return len(self.index) - len(self._again) + len(self.late)

    def summaries(self) -> Summaries:
        """Of the closed trees, as they are now."""
        late = {t: ended.summary for t, ended in self.late.items()}
        return Summaries(self.index, self._again, late)

    def _take(self, offset: int, line: bytes) -> None:
        if offset < self.index.end and self._indexed(offset, line):
            return
        t, event = decode_event(line)
        if t >= self.problems:
            raise RunError(f"got tree {t}, expected 0 to {self.problems - 1}: the run has {self.problems} problems")
        if isinstance(event, Opened):
            self._begin(t, event, offset)
        elif t not in self.open:
            what = "is closed" if self.is_closed(t) else "has no beginning"
            raise RunError(f"got an event of tree {t}, which {what}")
        else:
            apply(self.open[t].tree, event)
        self.open[t].extent.add(offset, line)
        if isinstance(event, Closed):
            self._close(t)

    def _indexed(self, offset: int, line: bytes) -> bool:
        return offset < self.index.end_of(whose(line))

    def _begin(self, t: int, event: Opened, offset: int) -> None:
        before = self.open.get(t) or self.late.pop(t, None)
        if t in self.index:
            self._again.add(t)
        self.open[t] = Growing(Tree(event.problem), Extent(before.extent.start if before else offset))

    def _close(self, t: int) -> None:
        growing = self.open.pop(t)
        self.late[t] = Ended(summarize(t, growing.tree), growing.extent)
