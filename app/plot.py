"""A plot on a page, and below it a quiet row to take it along: as CSV, PNG, SVG or HTML."""

from collections.abc import Callable
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app import places
from app.figures.worn import worn
from app.marked import FIGURES
from engine.figures.saving import as_html, as_png, as_svg

FIGURE = {"displayModeBar": False, "scrollZoom": False}


def plot(
    figure: go.Figure,
    table: Callable[[], pd.DataFrame],
    *,
    key: str,
    title: str,
    alt: str = "",
    paper: go.Figure | None = None,
    waits: bool = False,
    **chart: Any,
) -> None:
    """Show `figure`, and offer it as files, each of them made when somebody asks for it.

    `table`: the numbers that are drawn. `title`: what files are called, and what they say they show. `paper`: the
    figure for a light ground, where the page's own is for a dark one. `waits`: keep its place and draw it another time
    (`app/below.py`). `chart`: more for `st.plotly_chart`.
    """
    if waits:
        st.html(f'<div class="arbutus-waits" style="height:{figure.layout.height}px"></div>')
    else:
        _draw(figure, key=key, alt=alt or title, **chart)
    light = figure if paper is None else paper
    files: dict[str, tuple[Callable[[], str | bytes], str]] = {
        "CSV": (lambda: table().to_csv(index=False), "text/csv"),
        "PNG": (lambda: as_png(light, title), "image/png"),
        "SVG": (lambda: as_svg(light, title), "image/svg+xml"),
        "HTML": (lambda: as_html(light, title), "text/html"),
    }
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"save-{places.slug(key)}"):
        st.html(f'<span class="arbutus-quiet">Save<span class="arbutus-unseen"> {escape(title)}</span> as</span>')
        for kind, (made, mime) in files.items():
            st.download_button(
                kind,
                made,
                f"{places.slug(title)}.{kind.lower()}",
                mime,
                key=f"{key}-{kind}",
                on_click="ignore",
                type="tertiary",
            )


def _draw(figure: go.Figure, **chart: Any) -> None:
    dark = st.context.theme.type == "dark"
    revision = figure.layout.datarevision
    drawn = FIGURES.take(("worn", revision, dark), None, lambda: worn(figure, dark=dark)) if revision else None
    st.plotly_chart(drawn or worn(figure, dark=dark), config=FIGURE, theme=None, **chart)
