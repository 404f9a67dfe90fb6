from dataclasses import replace

import pytest

from bench import runs
from bench.options import Options


def test_the_bench_of_the_log_reads_every_tree_it_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "TREES", 2_000)
    (sheet,) = runs.run(replace(Options(), quick=True))
    assert [row[:2] for row in sheet.rows] == [["folder", 200], ["one file", 200], ["folder that lost its index", 200]]
    assert len([note for note in sheet.notes if note.startswith("Bar: ")]) == 3
