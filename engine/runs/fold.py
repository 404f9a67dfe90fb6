"""The events of a log, folded line by line into open trees and the summaries of closed ones."""

from dataclasses import dataclass

from engine.runs.files import Extent, LogFile, error_at, lines
from engine.runs.index import Index, Summary, summarize
from engine.runs.info import RunError
from engine.runs.lines import apply, decode_event, whose
from engine.tree import Closed, Opened, Tree


@dataclass(slots=True)
class Growing:
    """A tree that is not closed yet, and where its events lie."""

    tree: Tree
    extent: Extent


class Fold:
    """What a log says up to the byte `at`. Begins with what its index says, and goes on from there."""

    def __init__(self, index: Index, problems: int) -> None:
        self.index = index
        self.problems = problems
        self.at = index.open
        self.closed: dict[int, Summary] = index.summaries
        self.open: dict[int, Growing] = {}
        self.late: dict[int, Extent] = {}
        """Where the trees lie that were closed after the index was written."""

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
        return self.late[tree] if tree in self.late else self.index.extent(tree)

    def _take(self, offset: int, line: bytes) -> None:
        if offset < self.index.end and self._indexed(offset, line):
            return
        t, event = decode_event(line)
        if t >= self.problems:
            raise RunError(f"got tree {t}, expected 0 to {self.problems - 1}: the run has {self.problems} problems")
        if isinstance(event, Opened):
            self._begin(t, event, offset)
        elif t not in self.open:
            raise RunError(f"got an event of tree {t}, which {'is closed' if t in self.closed else 'has no beginning'}")
        else:
            apply(self.open[t].tree, event)
        self.open[t].extent.add(offset, line)
        if isinstance(event, Closed):
            self._close(t)

    def _indexed(self, offset: int, line: bytes) -> bool:
        entry = self.index.entries.get(whose(line))
        return entry is not None and offset < entry.end

    def _begin(self, t: int, event: Opened, offset: int) -> None:
        self.closed.pop(t, None)
        before = self.open[t].extent if t in self.open else self.late.pop(t, None)
        self.open[t] = Growing(Tree(event.problem), Extent(before.start if before else offset))

    def _close(self, t: int) -> None:
        growing = self.open.pop(t)
        self.closed[t] = summarize(t, growing.tree)
        self.late[t] = growing.extent
