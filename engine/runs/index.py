"""index.jsonl: a cache of finished trees, believed only as far as it proves itself.

A line is {"crc":"<8 hex digits>","end":..,"open":..,"ranges":[..],"sum":..,"tree":{Summary}}.
`crc` is the CRC-32 of the rest of the line, continued from the line before, so a changed, missing or
moved line ends what is believed. `end` is how long events.jsonl was, and all of its lines before
`open` are of trees that this line and those above list: whoever reads only the first lines of an
index goes on in the events from the last `open`. So an index that is cut, late or lost costs time, never a tree.

In memory a line is its place, its checksum and its tree, some twenty bytes; its text is read again
when it is asked for: a run may have more trees than would fit.
"""

import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import msgspec

from engine.runs.files import Extent, LogFile, lines, pairs
from engine.runs.info import DECODING, RunError, plain
from engine.runs.summary import Summary

SEED = 1
"""Where the chain of checksums begins. Changing it makes every index be built anew."""

_CRC = len(b'{"crc":"00000000",')


class _Head(msgspec.Struct):
    end: int
    open: int
    tree: Summary


class _Place(msgspec.Struct):
    ranges: list[int]
    sum: int


_encoder = msgspec.json.Encoder(enc_hook=plain)
_head = msgspec.json.Decoder(_Head)
_place = msgspec.json.Decoder(_Place)


def index_line(crc: int, summary: Summary, extent: Extent, open_at: int, end: int) -> tuple[int, bytes]:
    """The line that follows one with checksum `crc`; its own checksum comes first."""
    fields = {"end": end, "open": open_at, "ranges": extent.ranges, "sum": extent.sum, "tree": summary}
    rest = _encoder.encode(fields)[1:] + b"\n"
    crc = zlib.crc32(rest, crc)
    return crc, b'{"crc":"%08x",' % crc + rest


class Index:
    """The part of an index that can be believed."""

    def __init__(self, file: LogFile) -> None:
        self.file = file
        self.last: int | None = None
        """The tree of the last line."""
        self.open = 0
        """Where in the events reading goes on."""
        self.end = 0
        """How long the events were at the last line."""
        self._starts = array("q", [0])
        """Where each line begins, and where the last one ends."""
        self._crcs = array("L", [SEED])
        """The checksum before the first line, and that of each."""
        self._ends = array("q")
        self.trees = array("l")
        """Those listed, in order, each once."""
        self._rows = array("l")
        """Which line lists each; the last one that does."""

    @classmethod
    def read(cls, file: LogFile, events: int, problems: int) -> "Index":
        """The index of a log whose events are `events` bytes long, up to the first line that doesn't fit."""
        index = cls(file)
        listed: dict[int, int] = {}
        for start, line in lines(file):
            crc = zlib.crc32(line[_CRC:], index.crc)
            if line[:_CRC] != b'{"crc":"%08x",' % crc:
                break
            try:
                head = _head.decode(line)
            except DECODING:
                break
            if not (0 <= head.open <= head.end <= events and index.end <= head.end and 0 <= head.tree.index < problems):
                break
            listed[head.tree.index] = len(index._ends)
            index._add(start + len(line), crc, head)
        index.trees = array("l", sorted(listed))
        index._rows = array("l", map(listed.__getitem__, index.trees))
        return index

    def _add(self, size: int, crc: int, head: _Head) -> None:
        self._starts.append(size)
        self._crcs.append(crc)
        self._ends.append(head.end)
        self.last, self.open, self.end = head.tree.index, head.open, head.end

    @property
    def size(self) -> int:
        """How long the part is, in bytes."""
        return self._starts[-1]

    @property
    def crc(self) -> int:
        """The checksum of the last line."""
        return self._crcs[-1]

    def __len__(self) -> int:
        """How many trees are listed."""
        return len(self.trees)

    def __contains__(self, tree: int) -> bool:
        return self._row(tree) is not None

    def _row(self, tree: int) -> int | None:
        at = bisect_left(self.trees, tree)
        return self._rows[at] if at < len(self.trees) and self.trees[at] == tree else None

    def end_of(self, tree: int) -> int:
        """How long the events were when the line of a tree was written; 0 if it has none."""
        row = self._row(tree)
        return 0 if row is None else self._ends[row]

    def summaries(self, trees: Sequence[int]) -> Iterator[Summary]:
        """What is listed of these trees, in their order: read at once. Raises `RunError` as `extent`."""
        return (_head.decode(line).tree for line in self._lines(trees))

    def extent(self, tree: int) -> Extent:
        """Where the events of a listed tree lie. Raises `RunError` if the index is no longer what it was."""
        (line,) = self._lines([tree])
        try:
            place, end = _place.decode(line), self.end_of(tree)
        except DECODING as e:
            raise self._misplaced(tree) from e
        if not place.ranges or len(place.ranges) % 2 or any(not 0 <= a < b <= end for a, b in pairs(place.ranges)):
            raise self._misplaced(tree)
        return Extent(0, place.ranges, place.sum)

    def _misplaced(self, tree: int) -> RunError:
        return RunError(f"{self.file.name}: tree {tree} lies outside of the events; delete this file, it is a cache")

    def _lines(self, trees: Sequence[int]) -> list[bytes]:
        """The lines of listed trees, as they were believed."""
        rows = [self._rows[bisect_left(self.trees, tree)] for tree in trees]
        held: dict[int, bytes] = {}
        for first, beyond in _neighbours(sorted(rows)):
            begin = self._starts[first]
            data = self.file.read([begin, self._starts[beyond]])
            for row in range(first, beyond):
                line = data[self._starts[row] - begin : self._starts[row + 1] - begin]
                if zlib.crc32(line[_CRC:], self._crcs[row]) != self._crcs[row + 1]:
                    raise RunError(f"{self.file.name}: changed since it was read; open the run again")
                held[row] = line
        return [held[row] for row in rows]


def _neighbours(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Rows in order, as ranges without a gap: the first of each, and the one beyond it."""
    begin = 0
    for i in range(1, len(rows) + 1):
        if i == len(rows) or rows[i] != rows[i - 1] + 1:
            yield rows[begin], rows[i - 1] + 1
            begin = i
