"""Append-only files read by ranges: what a folder and a packed file have in common. Knows no events."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from engine.runs.info import EVENTS, INDEX, RUN, RunError, reading

CHUNK = 1 << 20
"""Bytes read at a time, and the most a member of a packed file holds."""


class LogFile(Protocol):
    """A file that only grows. Every method raises `RunError` if the file can't be read."""

    @property
    def name(self) -> str:
        """As errors call it."""
        ...

    def size(self) -> int: ...

    def read(self, ranges: Sequence[int]) -> bytes:
        """What lies between ranges[0] and ranges[1], ranges[2] and ranges[3], and so on, joined."""
        ...


@dataclass(frozen=True, slots=True)
class Log:
    """The three files of a run, wherever they are."""

    run: bytes
    events: LogFile
    index: LogFile


@dataclass(frozen=True, slots=True)
class PlainFile:
    """A file in a folder. One that isn't there is empty."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def size(self) -> int:
        with reading(self.path):
            return self.path.stat().st_size if self.path.exists() else 0

    def read(self, ranges: Sequence[int]) -> bytes:
        parts = []
        with reading(self.path), self.path.open("rb") as file:
            for start, end in pairs(ranges):
                file.seek(start)
                parts.append(file.read(end - start))
        return b"".join(parts)


def folder_log(folder: Path) -> Log:
    """The files of the run in `folder`. Raises `RunError` if there is none."""
    with reading(folder / RUN):
        run = (folder / RUN).read_bytes()
    with reading(folder / EVENTS):
        (folder / EVENTS).stat()
    return Log(run, PlainFile(folder / EVENTS), PlainFile(folder / INDEX))


@dataclass(slots=True)
class Extent:
    """Where the events of one tree lie."""

    start: int
    """No event of the tree that still matters, nor of an attempt it replaces, lies before."""
    ranges: list[int] = field(default_factory=list)
    """Start and end, start and end, ... in bytes, in order."""
    sum: int = 0
    """CRC-32 of those bytes."""

    def add(self, start: int, data: bytes) -> None:
        if self.ranges and self.ranges[-1] == start:
            self.ranges[-1] += len(data)
        else:
            self.ranges += [start, start + len(data)]
        self.sum = zlib.crc32(data, self.sum)


def pairs(ranges: Sequence[int]) -> Iterator[tuple[int, int]]:
    return zip(ranges[::2], ranges[1::2], strict=True)


def lines(file: LogFile, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Each whole line from `start` on, newline included, and where it begins. A torn last line is left out."""
    end, at, torn = file.size(), start, [b""]
    for chunk_at in range(start, end, CHUNK):
        whole, newline, rest = file.read([chunk_at, min(chunk_at + CHUNK, end)]).rpartition(b"\n")
        if not newline:
            torn.append(rest)
            continue
        for line in b"".join((*torn, whole)).split(b"\n"):
            yield at, line + b"\n"
            at += len(line) + 1
        torn = [rest]


def error_at(file: LogFile, offset: int, problem: object) -> RunError:
    """The error that names the line at `offset`."""
    count, at = 1, 0
    while at < offset and (chunk := file.read([at, min(at + CHUNK, offset)])):
        count += chunk.count(b"\n")
        at += len(chunk)
    return RunError(f"{file.name}:{count}: {problem}")
