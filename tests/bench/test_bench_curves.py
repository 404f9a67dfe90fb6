from dataclasses import replace

import pytest

from bench import curves
from bench.options import Options


def test_the_bench_of_the_curves_draws_each_kind_and_states_its_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "apart", lambda _, options, **given: curves.measure(options, **given))
    monkeypatch.setattr(curves, "TIMES", 1)
    monkeypatch.setattr(curves, "STRATEGIES", 2)
    (sheet,) = curves.run(replace(Options(), quick=True))
    assert [row[0] for row in sheet.rows] == [*curves.CURVES, curves.ALL]
    exact = {row[0] for row in sheet.rows if row[3] == 0}
    assert exact == {"pass@k", "best-of-k"}, "votes in pools this large are drawn, and say how well"
    assert all(0 < row[4] < 0.2 for row in sheet.rows)
    assert sheet.notes[0].startswith("Bar: all in at most 1 s")
