"""The nodes and the trees of runs as tables: Parquet, with the types of its columns, or CSV. What is missing is empty.

Nodes are written some at a time, however many there are; trees are the rows of `measure.frame`.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engine.exports.files import whole_file
from engine.measure.frame import frame
from engine.protocol import ArbutusError
from engine.runs import Run
from engine.tree import Node, known_flops

TOGETHER = 20_000
"""Rows of nodes written at a time."""

NODES: Mapping[str, pa.DataType] = {
    "run": pa.string(),
    "problem": pa.string(),
    "node": pa.int32(),  # 0 is the question
    "parent": pa.int32(),
    "depth": pa.int32(),
    "place": pa.string(),  # child indices from the root: "0.3.1"
    "text": pa.string(),
    "finish": pa.string(),
    "answer": pa.string(),
    "mark": pa.string(),
    "reason": pa.string(),
    "reward": pa.float64(),
    "raw": pa.float64(),
    "logprob": pa.float64(),
    "visits": pa.int32(),
    "value": pa.float64(),
    "correct": pa.bool_(),
    "label": pa.bool_(),
    "chosen": pa.bool_(),  # on the path to the answer
    "error": pa.string(),
    "policy_tokens": pa.int64(),
    "prompt_tokens": pa.int64(),
    "prm_tokens": pa.int64(),
    "policy_flops": pa.float64(),
    "prm_flops": pa.float64(),
    "seconds": pa.float64(),
}
"""The columns of the table of nodes. Tokens are counts, seconds a share of the batch's time."""


def write_table(what: str, runs: Mapping[str, Run], file: Path) -> int:
    """Write the table `what` of some runs, named by their keys, and give the number of its rows.

    The name of `file` says the format. Raises `ArbutusError` for another than those there are.
    """
    write = FORMATS.get(file.suffix)
    if write is None:
        raise ArbutusError(f"got {file.name!r}, expected a name that ends in one of: {', '.join(FORMATS)}")
    with whole_file(file) as part:
        return write(TABLES[what](runs), part)


Batch = tuple[pa.Schema, Iterator[pa.RecordBatch]]


def _nodes(runs: Mapping[str, Run]) -> Batch:
    schema = pa.schema(list(NODES.items()))
    rows = chain.from_iterable(_rows(name, run) for name, run in runs.items())
    return schema, _batches(rows, schema)


def _rows(name: str, run: Run) -> Iterator[tuple[Any, ...]]:
    imported = bool(run.info.source)
    for summary in run.summaries:
        tree = run.tree(summary.index)
        chosen = {node.id for node in (tree.chosen.path() if tree.chosen else ())}
        for node in tree:
            yield (name, tree.problem.id, *_facts(node, node.id in chosen), *_spent(node, imported=imported))


def _facts(node: Node, chosen: bool) -> tuple[Any, ...]:
    return (
        node.id, node.parent.id if node.parent else None, node.depth, ".".join(map(str, node.place)), node.text,
        node.finish, node.answer, node.mark, node.reason or None, node.reward, node.raw, node.logprob, node.visits,
        node.value, node.correct, node.label, chosen, node.error,
    )  # fmt: skip


def _spent(node: Node, *, imported: bool) -> tuple[Any, ...]:
    """What a node took; missing where nobody said, as in a file of another system."""
    cost = node.cost
    flops = known_flops(cost.policy_tokens, cost.policy_flops), known_flops(cost.prm_tokens, cost.prm_flops)
    spent = (cost.policy_tokens, cost.prompt_tokens, cost.prm_tokens, *flops, cost.seconds)
    return tuple(value or None for value in spent) if imported else spent


def _batches(rows: Iterable[Sequence[Any]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    waiting: list[Sequence[Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == TOGETHER:
            yield _batch(waiting, schema)
            waiting = []
    if waiting:
        yield _batch(waiting, schema)


def _batch(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _trees(runs: Mapping[str, Run]) -> Batch:
    table = pa.Table.from_pandas(frame(runs), preserve_index=False).replace_schema_metadata(None)
    return table.schema, iter(table.to_batches())


TABLES: Mapping[str, Callable[[Mapping[str, Run]], Batch]] = {"nodes": _nodes, "trees": _trees}


def _parquet(table: Batch, file: Path) -> int:
    schema, batches = table
    rows = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += len(batch)
    return rows


def _csv(table: Batch, file: Path) -> int:
    schema, batches = table
    rows = 0
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(schema.names)
        for batch in batches:
            writer.writerows(zip(*(map(_cell, column.to_pylist()) for column in batch.columns), strict=True))
            rows += len(batch)
    return rows


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, bool) else value


FORMATS: Mapping[str, Callable[[Batch, Path], int]] = {".parquet": _parquet, ".csv": _csv}
