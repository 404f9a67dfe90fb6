"""index.jsonl: a cache of finished trees, believed only as far as it proves itself.

A line is {"crc":"<8 hex digits>","end":..,"open":..,"ranges":[..],"sum":..,"tree":{Summary}}.
`crc` is the CRC-32 of the rest of the line, continued from the line before, so a changed, missing or
moved line ends what is believed. `end` is how long events.jsonl was, and all of its lines before
`open` are of trees that this line and those above list: whoever reads only the first lines of an
index goes on in the events from the last `open`. So an index that is cut, late or lost costs time, never a tree.
"""

import zlib
from typing import Any, NamedTuple

import msgspec

from engine.runs.files import Extent, LogFile, lines, pairs
from engine.runs.info import DECODING, RunError, plain
from engine.tree import Tree

SEED = 1
"""Where the chain of checksums begins. Changing it makes every index be built anew."""

_CRC = len(b'{"crc":"00000000",')


class Summary(msgspec.Struct, gc=False):
    """One finished tree in the list."""

    index: int
    id: str
    question: str
    meta: dict[str, Any]
    nodes: int
    """The root included."""
    completions: int
    """Finished solutions."""
    chosen: int | None
    """The node of the answer, None if nothing was chosen."""
    answer: str | None
    correct: bool | None
    """Of the answer. False if nothing was chosen, None if nobody can tell."""
    covered: bool | None
    """Whether any finished solution is correct. False if there is none, None if nobody can tell."""
    stopped: str
    error: str | None
    policy_tokens: int
    prompt_tokens: int
    prm_tokens: int
    policy_flops: float
    prm_flops: float
    seconds: float
    cached_tokens: int = 0
    recomputed_tokens: int = 0


def summarize(index: int, tree: Tree) -> Summary:
    """The summary of a closed tree. Raises `ValueError` if it is still open."""
    if tree.closed is None:
        raise ValueError(f"got tree {index} still open, expected a closed one")
    finished = tree.finished()
    truths = {node.correct for node in finished}
    chosen = tree.chosen
    return Summary(
        index=index,
        id=tree.problem.id,
        question=tree.problem.question,
        meta=dict(tree.problem.meta),
        nodes=len(tree),
        completions=len(finished),
        chosen=chosen.id if chosen else None,
        answer=chosen.answer if chosen else None,
        correct=chosen.correct if chosen else False,
        covered=True if True in truths else None if None in truths else False,
        stopped=tree.closed.stopped,
        error=tree.closed.error,
        **tree.cost._asdict(),
    )


class Entry(NamedTuple):
    """Where the line of a tree lies in the index, and how long the events were when it was written."""

    start: int
    size: int
    end: int


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
        self.summaries: dict[int, Summary] = {}
        self.entries: dict[int, Entry] = {}
        self.last: int | None = None
        """The tree of the last line."""
        self.size = 0
        self.crc = SEED
        self.open = 0
        """Where in the events reading goes on."""
        self.end = 0
        """How long the events were at the last line."""

    @classmethod
    def read(cls, file: LogFile, events: int, problems: int) -> "Index":
        """The index of a log whose events are `events` bytes long, up to the first line that doesn't fit."""
        index = cls(file)
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
            index._add(Entry(start, len(line), head.end), crc, head)
        return index

    def _add(self, entry: Entry, crc: int, head: _Head) -> None:
        tree = head.tree.index
        self.summaries[tree], self.entries[tree], self.last = head.tree, entry, tree
        self.size, self.crc = entry.start + entry.size, crc
        self.open, self.end = head.open, head.end

    def extent(self, tree: int) -> Extent:
        """Where the events of a tree in the index lie. Raises `RunError` if the index is no longer what it was."""
        entry = self.entries[tree]
        line = self.file.read([entry.start, entry.start + entry.size])
        try:
            place = _place.decode(line)
        except DECODING as e:
            raise RunError(f"{self.file.name}: changed since it was read; open the run again") from e
        if (
            not place.ranges
            or len(place.ranges) % 2
            or any(not 0 <= a < b <= entry.end for a, b in pairs(place.ranges))
        ):
            raise RunError(f"{self.file.name}: tree {tree} lies outside of the events; delete this file, it is a cache")
        return Extent(0, place.ranges, place.sum)
