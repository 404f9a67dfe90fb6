"""Two runs over all their common problems, as HTML: who won where, by how much, for what."""

from collections.abc import Callable
from html import escape

import pandas as pd

from app.comparison import ALPHA, p_words, points_words
from app.parting import side
from app.problems import LONG, without_common_start
from engine.figures.curves_info import amount
from engine.measure.pair import Against, By, Won

TITLES: dict[Won, str] = {
    "first": "Only {a} solved",
    "second": "Only {b} solved",
    "neither": "Neither solved",
    "both": "Both solved",
    "not graded": "Not graded",
}
SIGNS: dict[Won, tuple[str, str]] = {
    "first": ("✓", "✗"), "second": ("✗", "✓"), "neither": ("✗", "✗"), "both": ("✓", "✓"), "not graded": ("?", "?"),
}  # fmt: skip
VERBS: dict[By, tuple[str, str]] = {
    "correct": ("solves", "solve"),
    "covered": ("finds a right solution for", "find a right solution for"),
}
ORACLE = (
    "One of these runs chooses no answer, so a problem counts as solved here if any of its solutions is right, "
    "whichever would have been chosen."
)
SPENT = {"policy_tokens": "Sampled tokens", "prm_tokens": "PRM tokens", "flops": "FLOPs"}


def verdict(told: Against) -> str:
    """The difference and what it allows to say, in a sentence of HTML."""
    mean, low, high = told.difference
    if pd.isna(mean):
        return "None of their common problems is graded in both, so nobody can say which is better."
    graded = sum(told.counts().values()) - told.counts()["not graded"]
    solves, solve = VERBS[told.by]
    better, shown = ("A", mean) if mean >= 0 else ("B", -mean)
    bounds = f"{points_words(low)} to {points_words(high)}"
    if mean == 0:
        lead = f"{side('A')} and {side('B')} {solve} the same number of these {graded} problems."
    elif low <= 0 <= high or told.p > ALPHA:
        lead = f"{side(better)} {solves} {100 * shown:.1f} points more, which {graded} problems can't tell from luck."
    else:
        lead = f"{side(better)} {solves} {100 * shown:.1f} points more; on {graded} problems that is more than luck."
    note = f" {ORACLE}" if told.by == "covered" else ""
    return (
        f"{lead} <small>A − B: {points_words(mean)} points, 95 % interval {bounds}; p {p_words(told.p)}.{note}</small>"
    )


def counts_table(told: Against) -> str:
    """The 2×2 table of who solved what."""
    n = told.counts()
    cells = [
        ["", f"{side('B')} solved", f"{side('B')} did not", "all"],
        [f"{side('A')} solved", f"{n['both']:,}", f"<b>{n['first']:,}</b>", f"{n['both'] + n['first']:,}"],
        [f"{side('A')} did not", f"<b>{n['second']:,}</b>", f"{n['neither']:,}", f"{n['second'] + n['neither']:,}"],
        [
            "all",
            f"{n['both'] + n['second']:,}",
            f"{n['first'] + n['neither']:,}",
            f"{sum(n.values()) - n['not graded']:,}",
        ],
    ]
    head, *rows = ["".join(_cell(cell, bool(cell) and not (i and j)) for j, cell in enumerate(row))
                   for i, row in enumerate(cells)]  # fmt: skip
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    caption = "<caption>Problems by who solved them</caption>"
    return f'<table class="arbutus-fourfold">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _cell(html: str, heads: bool) -> str:
    return f"<th>{html}</th>" if heads else f"<td>{html}</td>"


def spent_table(told: Against) -> str:
    """What either spent per problem; nothing where nobody knows."""
    rows = []
    for unit, words in SPENT.items():
        a, b = told.spent(unit)
        if a is None and b is None:
            continue
        ratio = f"{a / b:.2f} times" if a and b else "–"
        rows.append(f"<tr><th>{words}</th><td>{_amount(a)}</td><td>{_amount(b)}</td><td>{ratio}</td></tr>")
    head = f"<tr><td></td><th>{side('A')}</th><th>{side('B')}</th><th>A / B</th></tr>"
    caption = "<caption>Spent per problem</caption>"
    if not rows:
        return ""
    return f'<table class="arbutus-fourfold">{caption}<thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'


def _amount(value: float | None) -> str:
    return "–" if value is None else amount(value)


def problem_lists(told: Against, address: Callable[[str], str]) -> dict[str, str]:
    """By a title the problems of each kind as chips, those that tell the runs apart first; each leads to its trees."""
    rows = told.problems
    rows = rows.assign(said=without_common_start(rows["question"].tolist()))
    found = {}
    for won, title in TITLES.items():
        of_kind = rows[rows["won"] == won]
        if len(of_kind):
            chips = "".join(
                _chip(SIGNS[won], row.problem, row.question, row.said, address) for row in of_kind.itertuples()
            )
            wide = " arbutus-long" if of_kind["said"].str.len().max() > LONG else ""
            found[f"{title.format(a='A', b='B')} · {len(of_kind):,}"] = (
                f'<div class="arbutus-chips{wide}">{chips}</div>'
            )
    return found


def _chip(
    signs: tuple[str, str], problem: object, question: object, said: object, address: Callable[[str], str]
) -> str:
    told = f"A {signs[0]}, B {signs[1]}: {question}"
    return (
        f'<a href="{escape(address(str(problem)))}" target="_self" title="{escape(told)}">'
        f'<span class="arbutus-signs">{signs[0]}{signs[1]}</span><span>{escape(str(said))}</span></a>'
    )
