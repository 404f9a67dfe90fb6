"""Tables of results, for people and for build/bench.json."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(slots=True)
class Sheet:
    """One table. Cells are numbers or text; `notes` say how to read it and what it doesn't show."""

    title: str
    columns: Sequence[str]
    rows: list[list[Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: Any) -> None:
        if len(cells) != len(self.columns):
            raise ValueError(f"got {len(cells)} cells, expected one for each of {list(self.columns)}")
        self.rows.append(list(cells))


def show(console: Console, sheet: Sheet) -> None:
    table = Table(title=sheet.title, title_justify="left", title_style="bold", box=None, header_style="bold")
    for i, name in enumerate(sheet.columns):
        table.add_column(name, justify="right" if i and _numeric(sheet, i) else "left", overflow="fold")
    for row in sheet.rows:
        table.add_row(*map(cell, row))
    console.print(table)
    for note in sheet.notes:
        console.print(f"  {note}", style="dim", highlight=False)
    console.print()


def _numeric(sheet: Sheet, column: int) -> bool:
    return all(isinstance(row[column], int | float | None) for row in sheet.rows)


def cell(value: Any) -> str:
    """A number with as many digits as it deserves."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 0.1 else f"{value:,.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def percent(share: float | None, digits: int = 0) -> str:
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def verdict(ok: bool) -> str:
    return "pass" if ok else "FAIL"
