"""Records that are one tree together: some formats write a tree as several records, one after another."""

from collections.abc import Iterable, Iterator
from typing import Any

from engine.imports.formats import Format
from engine.imports.stream import LARGEST, Record

MOST = 5_000
"""Records of one tree at most."""


def gathered(records: Iterable[Record], format: Format) -> Iterator[Record]:
    """The records, each a tree: those that the format joins as a list, in the place of the first."""
    if format.joins is None:
        yield from records
        return
    first: Record | None = None
    values: list[Any] = []
    size = 0
    for record in records:
        if first is not None and (record.problem or not format.joins(values[0], record.value)):
            yield first._replace(value=values)
            first, values, size = None, [], 0
        if record.problem:
            yield record
            continue
        first = first or record
        values.append(record.value)
        size += _size(record.value)
        if len(values) > MOST or size > LARGEST:
            yield first._replace(problem=f"got a tree of more than {MOST:,} records or {LARGEST:,} characters")
            return
    if first is not None:
        yield first._replace(value=values)


def _size(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else [value]
    return sum(len(text) for text in inner if isinstance(text, str))
