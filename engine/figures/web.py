"""A page of curves that works anywhere: one file, with plotly in it, no server, nothing fetched."""

from collections.abc import Sequence
from html import escape

import pandas as pd

from engine.figures.curves import draw
from engine.figures.curves_info import Info

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #22271f; max-width: 1100px; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 0 0 2rem; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .9rem .2rem 0; text-align: right; border-bottom: 1px solid #e4e4de }
th:first-child, td:first-child { text-align: left }
h1 { font-size: 1.5rem } h2 { font-size: 1rem; margin: 1.6rem 0 .4rem }
p { max-width: 46rem }
"""
READING = (
    "Solid: accuracy of the chosen answer; dashed: coverage, an oracle that always chooses right. A tree that failed "
    "or answered nothing counts as not solved. Hover over a point for its interval and what it rests on. Two bands "
    "that overlap may still differ: the comparison is paired. How each number is computed, and what not to conclude: "
    "docs/measures.md."
)


def page(panels: Sequence[Info], tables: Sequence[tuple[str, pd.DataFrame]]) -> str:
    """The figures, the first with all problems, and tables of words (title, rows)."""
    figures = []
    for i, info in enumerate(panels):
        figure = draw(info, small=i > 0).update_layout(template="plotly_white")
        config = {"displayModeBar": False, "responsive": True}
        figures.append(figure.to_html(full_html=False, include_plotlyjs=i == 0, config=config))
    told = "".join(f"<h2>{escape(title)}</h2>{_table(rows)}" for title, rows in tables)
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Curves</title><style>{STYLE}</style>'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    return f"{head}{view}<h1>What more compute buys</h1>{''.join(figures)}<p>{escape(READING)}</p>{told}</html>\n"


def _table(rows: pd.DataFrame) -> str:
    head = "".join(f"<th>{escape(str(name))}</th>" for name in rows.columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows.itertuples(index=False)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
