"""A file of JSON as a stream of records, each with its line: an array, a record a line, or one record after another.

One record is in memory at a time, and none may be larger than `LARGEST`. NaN and infinities, which Python writes
though JSON has none, are read as floats: whoever takes a record says what becomes of them. A file packed by gzip is
unpacked as it is read, and of a Parquet file, as data sets on the hub are kept, each row is a record.
"""

import codecs
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from engine.protocol import ArbutusError

LARGEST = 32 << 20
"""Characters of one record at most: read, it takes some ten times as much memory."""
CHUNK = 1 << 18
BLANKS = re.compile(r"[ \t\r\n]*")
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"
"""How such files begin."""
_decoder = json.JSONDecoder()


class ForeignError(ArbutusError):
    """A file of another system that can't be imported. The message names file and line, what was got and expected."""


class Record(NamedTuple):
    """One record of a file: its value, or why it can't be read."""

    line: int
    value: Any
    problem: str = ""
    place: str = "line"
    """What `line` counts."""


def records(path: Path) -> Iterator[Record]:
    """The records of a file. A broken line is a record with a problem; what can't be gone on after ends the stream so.

    Raises `ForeignError` if the file can't be opened.
    """
    try:
        with path.open("rb") as file:
            begin = file.read(4)
            file.seek(0)
            if begin == PARQUET:
                from engine.imports.parquet import rows

                yield from rows(file)
            elif begin[:2] == GZIP:
                with gzip.open(file) as unpacked:
                    yield from _unpacked(unpacked)
            else:
                yield from _records(file)
    except OSError as error:
        raise ForeignError(f"{path.name}: can't be read: {error.strerror or error}") from None


def _unpacked(file: gzip.GzipFile) -> Iterator[Record]:
    last = 1
    try:
        for record in _records(file):
            last = record.line
            yield record
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Record(last, None, f"can't be unpacked further: {error}; is the file cut off?")


def _records(file: BinaryIO | gzip.GzipFile) -> Iterator[Record]:
    first = file.readline(LARGEST + 1)
    start = first.removeprefix(codecs.BOM_UTF8)
    while first and not start.strip():
        first = start = file.readline(LARGEST + 1)
    if _whole(start, file):
        file.seek(0)
        yield from _lines(file)
    else:
        file.seek(0)
        yield from _values(_Text(file))


def _whole(line: bytes, file: BinaryIO | gzip.GzipFile) -> bool:
    """Whether a first line is a record in itself, so that each line is one. A broken line of many is one too; a line
    that is an array is a record if the next one begins another."""
    line = line.strip()
    if line[:1] == b"[":
        return line.endswith(b"]") and file.readline(LARGEST + 1).lstrip()[:1] == b"["
    return line.endswith(b"}") and len(line) > 2


def _lines(file: BinaryIO | gzip.GzipFile) -> Iterator[Record]:
    number = 0
    while line := file.readline(LARGEST + 1):
        number += 1
        if len(line) > LARGEST:
            yield Record(number, None, f"got a line of more than {LARGEST:,} bytes, expected at most that many")
            return
        line = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if line.strip():
            yield _read(number, line)


def _read(number: int, line: bytes) -> Record:
    try:
        return Record(number, json.loads(line.decode("utf-8")))
    except UnicodeDecodeError as error:
        return Record(number, None, f"got bytes that are not UTF-8 at byte {error.start + 1}, expected JSON in UTF-8")
    except (ValueError, RecursionError) as error:
        return Record(number, None, complaint(error))


def complaint(error: ValueError | RecursionError) -> str:
    """What is wrong with a text that should have been JSON."""
    if isinstance(error, RecursionError):
        return "got values nested too deeply, expected a record of a few levels"
    said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)[:120]
    at = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
    return f"expected JSON, but{at}: {said[:1].lower()}{said[1:]}"


class _Text:
    """The text of a file, of which only what is still to be read is kept."""

    def __init__(self, file: BinaryIO | gzip.GzipFile) -> None:
        self._file = file
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")()
        self.buffer = ""
        self.at = 0
        self.line = 1
        self.ended = False

    def more(self, size: int | None = None) -> None:
        """Read on. Raises `UnicodeDecodeError`."""
        data = self._file.read(size or CHUNK)
        self.ended = not data
        self.buffer = self.buffer[self.at :] + self._utf8.decode(data, final=not data)
        self.at = 0

    def peek(self) -> str:
        """The next character that isn't blank, empty at the end."""
        while True:
            self.step(BLANKS.match(self.buffer, self.at).end())  # type: ignore[union-attr]
            if self.at < len(self.buffer):
                return self.buffer[self.at]
            if self.ended:
                return ""
            self.more()

    def step(self, to: int) -> None:
        self.line += self.buffer.count("\n", self.at, to)
        self.at = to


def _values(text: _Text) -> Iterator[Record]:
    try:
        array = text.peek() == "["
        if array:
            text.step(text.at + 1)
        while (char := text.peek()) and not (array and char == "]"):
            record = _value(text)
            yield record
            if record.problem:
                return
            if array and (char := text.peek()) == ",":
                text.step(text.at + 1)
            elif array and char != "]":
                what = f"got {char!r}" if char else "the file ends"
                yield Record(text.line, None, f"{what} after a record, expected a comma or the end of the array")
                return
        if array and not char:
            yield Record(text.line, None, "the file ends, expected the end of the array; is the file cut off?")
        elif array:
            text.step(text.at + 1)
            if rest := text.peek():
                yield Record(text.line, None, f"got {rest!r} after the end of the array, expected nothing")
    except UnicodeDecodeError:
        yield Record(text.line, None, "got bytes that are not UTF-8, expected JSON in UTF-8")


def _value(text: _Text) -> Record:
    """The value that begins here. Read on while it isn't whole: what is wrong and what is cut off look alike."""
    line, size = text.line, CHUNK
    while True:
        try:
            value, end = _decoder.raw_decode(text.buffer, text.at)
            if end < len(text.buffer) or text.ended:  # a number could go on in what is still to be read
                text.step(end)
                return Record(line, value)
        except (ValueError, RecursionError) as error:
            if text.ended or isinstance(error, RecursionError):
                return Record(_line_of(text, error), None, complaint(error))
        if len(text.buffer) - text.at > LARGEST:
            return Record(line, None, f"got a record of more than {LARGEST:,} characters, expected at most that many")
        text.more(size)
        size *= 2


def _line_of(text: _Text, error: Exception) -> int:
    at = error.pos if isinstance(error, json.JSONDecodeError) else text.at
    return text.line + text.buffer.count("\n", text.at, at)
