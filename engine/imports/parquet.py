"""A Parquet file as a stream of records, a row each: how data sets on the hub are kept."""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from engine.imports.stream import Record

TOGETHER = 16
"""Rows in memory at a time: one may hold hundreds of completions."""


def rows(file: BinaryIO) -> Iterator[Record]:
    """The rows; what JSON has no word for as text. A file that can't be read on ends the stream with a problem."""
    number = 0
    try:
        for batch in pq.ParquetFile(file).iter_batches(batch_size=TOGETHER):
            for row in batch.to_pylist():
                number += 1
                yield Record(number, msgspec.to_builtins(row), place="row")
    except (pa.ArrowException, OSError, TypeError, ValueError) as error:
        yield Record(number + 1, None, f"expected Parquet, but: {str(error)[:200]}", "row")
