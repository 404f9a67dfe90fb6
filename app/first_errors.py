"""The solutions behind a cell of the first-error matrix: each step with its reward and the way to its node."""

from collections.abc import Hashable
from html import escape
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from app.marked import figure
from app.parting import swatch
from app.plot import plot
from app.prm_data import Judged
from engine.figures.prm_first_error import first_error_matrix, position
from engine.measure.prm.first_error import NONE, matrix, steps_of

KEY = "prm-first-error"
READING = "✗: the first wrong step in truth. ⚑: the first reward below the threshold. Each step leads to its node."
MARKS = ("✗", "first wrong step, in truth"), ("⚑", "first wrong step, says the PRM")
SHOWN = 10
"""Solutions on a page."""


def first_errors(told: Judged, mark: Hashable, *, waits: bool = False) -> None:
    """The matrix, a choice among its cells by a click or by name, and the solutions of the cell that is chosen."""
    st.markdown("**The first wrong step, in truth and as the PRM has it**")
    table = matrix(told.judged)
    plot(
        figure("first errors", mark, lambda: first_error_matrix(table)), lambda: table, key=KEY,
        title="First wrong step, in truth and as the PRM has it",
        on_select=_clicked, selection_mode="points",
        alt="How many solutions have their first wrong step here, and where the PRM says it is", waits=waits,
    )  # fmt: skip
    cells = {label(cell["true"], cell["predicted"]): cell for cell in _cells(table)}
    if not cells:
        return
    chosen = st.selectbox(
        "Solutions of a cell", list(cells), index=None, key="cell", bind="query-params", width=320,
        placeholder="Click a cell above, or choose one", on_change=_from_the_first,
    )  # fmt: skip
    if chosen is not None:
        rows = told.judged.dropna(subset=["predicted"])
        true, said = cells[chosen]["true"], cells[chosen]["predicted"]
        _solutions(told.steps, rows[(rows["true"] == true) & (rows["predicted"] == said)])


def label(true: object, said: object) -> str:
    """What a cell is called, on the page and in the URL."""
    return f"true {position(int(str(true)))}, said {position(int(str(said)))}"


def _cells(table: pd.DataFrame) -> list[dict[Hashable, object]]:
    """The cells with solutions: where the PRM is wrong first, those with most solutions first."""
    there = table[table["count"] > 0].assign(right=lambda cells: cells["true"] == cells["predicted"])
    ordered = there.sort_values(["right", "count"], ascending=[True, False])
    return [dict(cell) for cell in ordered.to_dict("records")]


def _clicked() -> None:
    for point in st.session_state[KEY].selection.points[:1]:
        if "customdata" in point:
            st.session_state["cell"] = label(*point["customdata"])
            _from_the_first()


def _from_the_first() -> None:
    st.session_state["cell-page"] = 1  # not forgotten: the address would tell it the old one again


def _solutions(steps: pd.DataFrame, rows: pd.DataFrame) -> None:
    pages = -(-len(rows) // SHOWN)
    first = 0
    if pages > 1:
        page = st.number_input(f"Page, of {pages:,}", 1, pages, key="cell-page", bind="query-params", width=160)
        first = SHOWN * (page - 1)
    shown = rows.iloc[first : first + SHOWN]
    of = f"{first + 1:,} to {first + len(shown):,} of {len(rows):,} distinct solutions." if pages > 1 else ""
    solutions = "".join(_solution(steps, row) for row in shown.to_dict("records"))
    st.html(f'<div class="arbutus-solutions">{solutions}</div>')
    st.caption(f"{of} {READING}")


def _solution(steps: pd.DataFrame, row: dict[Hashable, object]) -> str:
    true, said = int(str(row["true"])), int(str(row["predicted"]))
    parts = steps_of(steps, int(str(row["end"]))).to_dict("records")
    items = "".join(_step(step, place, true, said) for place, step in enumerate(parts, 1))
    head = f"<p>{escape(str(row['question']))} <small>threshold {float(str(row['threshold'])):.3f}</small></p>"
    return f"<section>{head}<ol>{items}</ol></section>"


def _step(step: dict[Hashable, object], place: int, true: int, said: int) -> str:
    query = escape(urlencode({"run": step["run"], "problem": step["problem"], "node": step["node"]}))
    marks = "".join(
        f'<i title="{words}" aria-label="{words}" role="img">{sign}</i>'
        for (sign, words), at in zip(MARKS, (true, said), strict=True)
        if at == place != NONE
    )
    reward = None if pd.isna(step["reward"]) else float(str(step["reward"]))
    words = f"<code>{escape(str(step['text']))}</code>"
    return f'<li><a href="tree?{query}" target="_self">{swatch(reward)}{words}{marks}</a></li>'
