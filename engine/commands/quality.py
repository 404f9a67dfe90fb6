"""The quality of PRMs as text, as JSON, and as a file of tables or figures."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from engine.commands.terminal import out
from engine.measure.prm.quality import Quality, as_table, truth_of
from engine.measure.prm.reading import Reading
from engine.protocol import ArbutusError

Found = Mapping[str, Quality]
WIDTH = 140
"""Room for a row of numbers, also in a pipe."""


def plain(found: Found, readings: Sequence[Reading], about: Mapping[str, Any] | None) -> dict[str, Any]:
    """Everything, for JSON; what is missing is null."""
    return {
        "truth": truth_of(about),
        "runs": [one.name for one in readings if one.prm is not None],
        "runs_without_prm": [one.name for one in readings if one.prm is None],
        "prms": {
            name: {
                **{key: _finite(value) for key, value in quality.numbers.items()},
                **{key: _records(table) for key, table in quality.tables.items()},
            }
            for name, quality in found.items()
        },
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): _finite(v) for k, v in row.items()} for row in table.to_dict("records")]


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    return None if value is pd.NA else value


def show(found: Found, readings: Sequence[Reading], about: Mapping[str, Any] | None) -> None:
    """Print it: numbers, the reliability diagram, and what search did to the reward."""
    without = sum(one.prm is None for one in readings)
    left_out = f"; {without} without a PRM left out" if without else ""
    count = len(readings) - without
    runs = f"{count} run{'' if count == 1 else 's'}{left_out}"
    out.print(f"{runs}. Truth: {truth_of(about)}. A step counts once a problem and prefix.", highlight=False)
    for name, quality in found.items():
        out.print(f"\n[bold]{name}[/bold]", highlight=False)
        for line in sentences(quality.numbers):
            out.print(f"  {line}", highlight=False, markup=False)
        for title, table in _shown(quality):
            if len(table):
                out.print()
                Console(width=max(out.width, WIDTH)).print(_drawn(title, table))


def sentences(n: Mapping[str, Any]) -> list[str]:
    """What was measured, in words."""
    lines = [
        f"{n['counted']:,} steps of {n['problems']:,} problems ({n['drawn']:,} were drawn), {_p(n['good'])} good",
        f"AUC {_f(n['auc'])}; ECE {_f(n['ece'])} in bins of equal width; Brier score {_f(n['brier'])}, "
        f"always saying {_p(n['good'])} has {_f(n['brier_of_the_share'])}",
        f"first error (ProcessBench): F1 {_p(n['f1'])} ({_p(n['f1_low'])} to {_p(n['f1_high'])}); "
        f"located in {_p(n['accuracy_erroneous'])} of {n['erroneous']:,} erroneous solutions, "
        f"none seen in {_p(n['accuracy_correct'])} of {n['correct']:,} correct ones; {_thresholds(n['thresholds'])}",
    ]
    missing = [
        f"{n[key]:,} {what}"
        for key, what in (
            ("without_truth", "steps without a known truth"),
            ("without_reward", "steps without a reward"),
            ("solutions_left_out", "solutions that could not be judged"),
        )
        if n[key]
    ]
    if missing:
        lines.append(f"left out: {', '.join(missing)}")
    if "agreement" in n:
        lines.append(
            f"rollouts and exact labels agree on {_p(n['agreement'])} of {n['labelled_twice']:,} unfinished steps; "
            f"rollouts call {_p(n['good_called_bad'])} of the good ones bad, "
            f"{_p(n['bad_called_good'])} of the bad ones good"
        )
    return lines


def _thresholds(values: Sequence[float]) -> str:
    if not values:
        return "too few problems to choose a threshold on others"
    span = f"{values[0]:.3g}" if len(values) == 1 else f"{values[0]:.3g} to {values[-1]:.3g}"
    return f"threshold {span}, chosen on other problems"


def _shown(quality: Quality) -> list[tuple[str, pd.DataFrame]]:
    tables = quality.tables
    filled = tables["reliability"][tables["reliability"]["count"] > 0]
    return [
        ("reliability: of the steps with such a reward, how many are good?", filled),
        ("best of k from one pool: reward and accuracy", tables["pool"].drop(columns="missing")),
        ("by the budget of the search: reward and accuracy", tables["budget"].drop(columns="missing")),
    ]


def _drawn(title: str, table: pd.DataFrame) -> Table:
    drawn = Table(title=title, title_justify="left", title_style="", box=None, header_style="dim", padding=(0, 2))
    for column in table.columns:
        drawn.add_column(str(column).replace("_", " "), justify="left" if column == "line" else "right")
    for row in table.itertuples(index=False):
        drawn.add_row(
            *(f"{v:.3f}" if isinstance(v, float) else f"{v:,}" if isinstance(v, int) else str(v) for v in row)
        )
    return drawn


def _p(share: float) -> str:
    return f"{share:.1%}" if isfinite(share) else "–"


def _f(value: float) -> str:
    return f"{value:.3f}" if isfinite(value) else "–"


def write_csv(file: Path, found: Found, said: str) -> None:
    """All tables below each other, see `quality.as_table`."""
    _put(file, as_table(found, said).to_csv(index=False))


def write_html(file: Path, found: Found, said: str) -> None:
    """The figures, as a page that stands alone."""
    from engine.figures.prm_page import prm_page

    lines = {name: sentences(quality.numbers) for name, quality in found.items()}
    _put(file, prm_page(found, lines, said))


def _put(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ArbutusError(f"{file}: can't be written: {error.strerror or error}") from None


WRITERS: dict[str, Callable[[Path, Found, str], None]] = {".csv": write_csv, ".html": write_html}
"""How to write it, by what the name of the file ends in."""
