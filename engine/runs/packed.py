"""A packed run, read: a zip whose members are slices of the run's files, so that one tree inflates one slice.

    pack.json             how long events.jsonl and index.jsonl are
    run.json
    events/00000.jsonl    1 MiB slices of events.jsonl, in which each tree is in one piece
    index/00000.jsonl     1 MiB slices of index.jsonl

Members are looked up by the names expected and never extracted by the names found.
"""

import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import msgspec

from engine.runs.files import CHUNK, Log, pairs
from engine.runs.info import EVENTS, INDEX, RUN, RunError, reading

SUFFIX = ".arbutus"
PACK = "pack.json"
LARGEST_EVENTS = 16 << 30
LARGEST_INDEX = 512 << 20
"""What a packed file may inflate to, in bytes. The index is read entirely, the events never are at once."""


class Sizes(msgspec.Struct):
    """pack.json: bytes of each file, so that a packed file with members cut off is noticed."""

    events: int
    index: int


class PackedFile:
    """One of a run's files, in slices."""

    def __init__(self, archive: zipfile.ZipFile, name: str, size: int) -> None:
        self.name = f"{archive.filename}/{name}"
        self._zip = archive
        self._slices = _slices(archive, name)
        self._starts = [0, *accumulate(info.file_size for info in self._slices)]
        if self._starts[-1] != size:
            raise RunError(f"{self.name}: got {self._starts[-1]} bytes, expected {size}; copy the packed file again")

    def size(self) -> int:
        return self._starts[-1]

    def read(self, ranges: Sequence[int]) -> bytes:
        return b"".join(part for start, end in pairs(ranges) for part in self._range(start, end))

    def _range(self, start: int, end: int) -> Iterator[bytes]:
        i = bisect_right(self._starts, start) - 1
        while start < min(end, self.size()):
            at = start - self._starts[i]
            part = self._slice(i)[at : at + end - start]
            yield part
            start, i = start + len(part), i + 1

    def _slice(self, i: int) -> bytes:
        with damage(self.name):
            return _remembered(self._zip, self._slices[i])


def is_packed(path: Path) -> bool:
    """Whether `path` is a file that begins as packed runs do."""
    try:
        with Path(path).open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def packed_log(path: Path) -> Log:
    """The files of the run packed in `path`. Raises `RunError` if it isn't one, or holds more than a run may."""
    with reading(path), damage(str(path)):
        archive = zipfile.ZipFile(path)
        try:
            return _log(archive, path)
        except BaseException:
            archive.close()
            raise


def _log(archive: zipfile.ZipFile, path: Path) -> Log:
    members = {info.filename: info for info in archive.infolist()}
    if PACK not in members or RUN not in members:
        raise RunError(f"{path}: a zip file, but not a packed run; expected {PACK} and {RUN} in it")
    sizes = msgspec.json.decode(inflate(archive, members[PACK]), type=Sizes)
    if not (0 <= sizes.events <= LARGEST_EVENTS and 0 <= sizes.index <= LARGEST_INDEX):
        raise RunError(f"{path}: inflates to more than a packed run may; unpack only files that you trust")
    events, index = PackedFile(archive, EVENTS, sizes.events), PackedFile(archive, INDEX, sizes.index)
    return Log(inflate(archive, members[RUN]), events, index)


def member(name: str, i: int) -> str:
    """What the slice `i` of a file is called."""
    return f"{name.removesuffix('.jsonl')}/{i:05}.jsonl"


def _slices(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    members = {info.filename: info for info in archive.infolist()}
    count = 0
    while member(name, count) in members:
        count += 1
    return [members[member(name, i)] for i in range(count)]


def inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member whole, its checksum verified. Raises `RunError` if it is larger than any of ours."""
    if info.file_size > CHUNK:
        raise RunError(
            f"{archive.filename}: {info.filename} inflates to {info.file_size} bytes, expected {CHUNK} at most"
        )
    with archive.open(info) as file:
        data = file.read(info.file_size)
    if len(data) != info.file_size:
        raise RunError(f"{archive.filename}: {info.filename} is cut short; copy the packed file again")
    return data


@lru_cache(maxsize=8)
def _remembered(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """`inflate`, remembering the slices that were read last, of whichever runs: runs are many, and each is a MiB."""
    return inflate(archive, info)


@contextmanager
def damage(name: str) -> Iterator[None]:
    """Turns whatever a damaged zip makes zipfile raise, which is a dozen kinds of error, into a `RunError`."""
    try:
        yield
    except RunError:
        raise
    except Exception as e:
        raise RunError(
            f"{name}: not a packed run, or a damaged one ({str(e) or type(e).__name__}); copy it again"
        ) from e
