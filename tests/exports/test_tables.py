"""Nodes and trees as Parquet and CSV."""

import csv
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from engine.exports import TABLES, tables, write_table
from engine.measure.frame import COLUMNS, frame
from engine.protocol import ArbutusError
from engine.runs import Run
from tests.app import trees


@pytest.fixture
def runs(tmp_path: Path) -> dict[str, Run]:
    beam = [trees.beam(numbers=(4, 5, 6, 10), failures=0.1, missing=0.2), trees.beam(numbers=(1, 3, 4, 6), seed=2)]
    paths = [trees.write_run(tmp_path / "beam", beam), trees.write_run(tmp_path / "mcts", [trees.mcts()], "mcts")]
    return {path.name: Run.open(path) for path in paths}


def test_every_node_is_a_row_and_reads_back_as_it_was(
    runs: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "TOGETHER", 50)
    count = write_table("nodes", runs, tmp_path / "nodes.parquet")
    table = pq.read_table(tmp_path / "nodes.parquet")
    assert pq.ParquetFile(tmp_path / "nodes.parquet").num_row_groups > 1
    rows = {(row["run"], row["problem"], row["node"]): row for row in table.to_pylist()}
    assert len(rows) == count == len(table)
    for name, run in runs.items():
        for summary in run.summaries:
            tree = run.tree(summary.index)
            chosen = set(tree.chosen.path()) if tree.chosen else set()
            for node in tree:
                row = rows.pop((name, tree.problem.id, node.id))
                assert row["parent"] == (node.parent.id if node.parent else None) and row["text"] == node.text
                for known in ("depth", "finish", "answer", "reward", "raw", "logprob", "correct", "label", "error"):
                    assert row[known] == getattr(node, known), known
                assert (row["mark"], row["visits"], row["value"]) == (node.mark, node.visits, node.value)
                assert row["policy_tokens"] == node.cost.policy_tokens and row["prm_flops"] == node.cost.prm_flops
                assert row["chosen"] == (node in chosen)
                assert row["place"] == ".".join(map(str, node.place))
    assert not rows


def test_trees_are_the_table_that_curves_are_counted_from(runs: dict[str, Run], tmp_path: Path) -> None:
    assert write_table("trees", runs, tmp_path / "trees.parquet") == 3
    read = pd.read_parquet(tmp_path / "trees.parquet").astype(dict(COLUMNS))
    pd.testing.assert_frame_equal(read, frame(runs))


@pytest.mark.parametrize("what", TABLES)
def test_csv_has_the_same_rows_and_nothing_for_what_is_missing(what: str, runs: dict[str, Run], tmp_path: Path) -> None:
    count = write_table(what, runs, tmp_path / "t.csv")
    write_table(what, runs, tmp_path / "t.parquet")
    rows = pq.read_table(tmp_path / "t.parquet").to_pylist()
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    assert len(told) == len(rows) == count
    for row, cells in zip(rows, told, strict=True):
        for name, value in row.items():
            wanted = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            assert cells[name] == wanted, name


def test_another_format_is_refused_and_leaves_nothing(runs: dict[str, Run], tmp_path: Path) -> None:
    with pytest.raises(ArbutusError, match=r"expected a name that ends in one of: \.parquet, \.csv"):
        write_table("nodes", runs, tmp_path / "nodes.xlsx")
    assert not list(tmp_path.glob("*.xlsx*"))
