"""By what problems were lost as the budget grows, on the Curves page: the policy, a cut, or the choice."""

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

import pandas as pd
import streamlit as st

from app import data, places
from app.losses import losses
from engine.figures.style import GREY, Looks
from engine.measure.curves import line_names
from engine.protocol import ArbutusError

HELP = (
    "Of each problem that wasn't solved the last good step is looked for, and what became of it. It takes the labels "
    "of the steps."
)
READING = (
    "Percent of the problems. **No good step drawn**: after the last good step, so the policy lost it. **Good one "
    "dropped**: the search dropped the last good step, or a tree search never visited it. **Right one not chosen**: a "
    "right solution was found, and not chosen. What the labels can't tell is blank in the bar. One loss is told a "
    "problem, the last."
)
PARTS = {
    "none drawn": ("No good step drawn", "#868E96"),
    "left": ("Left", "#4BA6DD"),
    "dropped": ("Good one dropped", "#E09600"),
    "found": ("Right one not chosen", "#C46D9E"),
}
"""In the order in which a search may lose a problem."""


class Losses(NamedTuple):
    line: str
    n: int
    unsolved: float
    """Share of the problems."""
    parts: dict[str, float]
    """The shares of the problems that were lost by each, which may be less together: the labels can't always tell."""
    unread: bool
    """Some of its trees are too large to be read here."""


def lost_part(name: str, trees: pd.DataFrame, shown: Sequence[str], look: Looks) -> None:
    """The toggle, and if it is on the table of the lines that are shown. `trees`: as they were made."""
    if not st.toggle("By what problems were lost", key="lost", bind="query-params", help=HELP):
        return
    st.header("The policy, a cut, or the choice", anchor=False)
    try:
        with st.spinner("Reading the trees that weren't solved"):
            rows = list(_counted(trees.assign(line=line_names(trees)), shown))
    except ArbutusError as error:
        st.info(data.brief(error))
        return
    if unread := [f"{row.line}, n = {row.n}" for row in rows if row.unread]:
        st.info(f"Too much to read here: {'; '.join(unread)}. `python -m engine lost` reads runs of any size.")
    told = [part for part in PARTS if any(row.parts[part] for row in rows)]  # nobody reads an empty column
    if not told:
        st.info("Nothing was lost here, or the steps have no labels that could tell.")
        return
    heads = "".join(f'<th><i style="background:{PARTS[part][1]}"></i>{PARTS[part][0]}</th>' for part in told)
    body = "".join(_row(row, told, look) for row in rows)
    st.html(
        '<div class="arbutus-scroll"><table class="arbutus-lines arbutus-lost"><thead><tr><th>Line</th><th>n</th>'
        f"<th>Not solved</th><th></th>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    st.caption(READING)
    st.download_button(
        "Losses as CSV",
        lambda: pd.DataFrame([(row.line, row.n, row.unsolved, *row.parts.values()) for row in rows],
                             columns=["line", "n", "not solved", *PARTS]).to_csv(index=False),
        f"{places.slug(name)}-losses.csv", "text/csv", on_click="ignore", type="tertiary", icon=":material/download:",
    )  # fmt: skip


def _counted(trees: pd.DataFrame, shown: Sequence[str]) -> Iterator[Losses]:
    """Of each line and n, seeds together. Raises as `losses`."""
    order = {line: place for place, line in enumerate(shown)}
    graded = trees[trees["line"].isin(order) & trees["correct"].notna()]
    for (line, n), here in sorted(graded.groupby(["line", "n"]), key=lambda of: (order[of[0][0]], of[0][1])):
        unsolved = here[~here["correct"].astype(bool)]
        runs = unsolved[~unsolved["failed"]].groupby("run")
        told = [losses(of_run) for _, of_run in runs]
        fates = Counter(fate for of_run in told if of_run is not None for fate in of_run["fate"])
        parts = {part: fates[part] / len(here) for part in PARTS}
        yield Losses(str(line), int(n), len(unsolved) / len(here), parts, any(of_run is None for of_run in told))


def _row(row: Losses, told: Sequence[str], look: Looks) -> str:
    colour = look[row.line].colour if row.line in look else GREY
    bar = "".join(f'<i style="width:{100 * row.parts[part]:.2f}%;background:{PARTS[part][1]}"></i>' for part in told)
    shares = "".join(f"<td>{_percent(row.parts[part])}</td>" for part in told)
    line = f'<i style="background: {colour}"></i>{escape(row.line)}'
    drawn = f'<span class="bar" aria-hidden="true">{bar}</span>'
    return f"<tr><td>{line}</td><td>{row.n}</td><td><b>{_percent(row.unsolved)}</b></td><td>{drawn}</td>{shares}</tr>"


def _percent(share: float) -> str:
    return "–" if not share else f"{share:.1%}" if share < 0.01 else f"{share:.0%}"
