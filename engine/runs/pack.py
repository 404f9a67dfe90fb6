"""A run into one file and back. A packed run reads like its folder; an unpacked one resumes like it."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from engine.runs.files import CHUNK, Extent, LogFile, folder_log
from engine.runs.index import SEED, index_line
from engine.runs.info import EVENTS, INDEX, RUN, RunError, new_folder, put, reading
from engine.runs.packed import LARGEST_EVENTS, LARGEST_INDEX, PACK, Sizes, member, packed_log
from engine.runs.reader import Run, read_bytes

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date of every member, so that equal runs make equal files."""


class _Slices:
    """Writes a file into an archive in slices, and never lets one tree straddle two if it fits in one."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self.size = 0
        self._zip = archive
        self._name = name
        self._count = 0
        self._held = bytearray()

    def add(self, data: bytes) -> None:
        if len(self._held) + len(data) > CHUNK:
            self.flush()
        self.size += len(data)
        self._held += data
        while len(self._held) > CHUNK:
            self._write(self._held[:CHUNK])
            del self._held[:CHUNK]

    def flush(self) -> None:
        if self._held:
            self._write(self._held)
            self._held.clear()

    def _write(self, data: bytearray) -> None:
        _store(self._zip, member(self._name, self._count), bytes(data))
        self._count += 1


def pack(folder: Path, file: Path) -> None:
    """Pack the run in `folder` into `file`, replacing it. A run that isn't complete can be packed, and resumed later.

    Raises `RunError` if the run can't be read entirely, or is larger than a packed one may be.
    """
    file = Path(file)
    part = file.with_name(file.name + ".part")
    try:
        _pack(Path(folder), part)
        with reading(file):
            part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _pack(folder: Path, part: Path) -> None:
    run, source = Run.open(folder), folder_log(folder)
    if run.damage:
        raise run.damage
    with reading(part), zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        _store(archive, RUN, source.run)
        events, index = _Slices(archive, EVENTS), _Slices(archive, INDEX)
        for data, line in _regrouped(run, source.events):
            events.add(data)
            index.add(line)
        events.flush()
        index.flush()
        _store(archive, PACK, msgspec.json.encode(Sizes(events.size, index.size)))
    if events.size > LARGEST_EVENTS or index.size > LARGEST_INDEX:
        raise RunError(
            f"{folder}: got {events.size} bytes of events, expected {LARGEST_EVENTS} at most in a packed run"
        )


def _regrouped(run: Run, events: LogFile) -> Iterator[tuple[bytes, bytes]]:
    """Each tree's events, and for a closed one its line in the index. The open ones come last."""
    crc, end = SEED, 0
    for summary in run.summaries:
        data = read_bytes(events, summary.index, run.fold.extent(summary.index))
        extent = Extent(end)
        extent.add(end, data)
        end += len(data)
        crc, line = index_line(crc, summary, extent, end, end)
        yield data, line
    for _, growing in sorted(run.fold.open.items()):
        yield events.read(growing.extent.ranges), b""


def unpack(file: Path, folder: Path) -> None:
    """Unpack the run in `file` into `folder`, which must hold none. Raises `RunError` if it can't be read entirely."""
    log, folder = packed_log(Path(file)), Path(folder)
    new_folder(folder)
    for source, name in ((log.events, EVENTS), (log.index, INDEX)):
        with reading(folder / name), (folder / name).open("wb") as out:
            for at in range(0, source.size(), CHUNK):
                out.write(source.read([at, min(at + CHUNK, source.size())]))
    put(folder / RUN, log.run)


def _store(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _LONG_AGO)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)
