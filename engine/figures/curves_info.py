"""What the plot of a curve shows, in words and numbers: lines, baselines, ticks, and what it all rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10
from pathlib import PurePath

import pandas as pd

from engine.figures.style import Looks, looks
from engine.measure.curves import X

FILES = (".jsonl", ".json", ".csv", ".parquet")
UNITS: dict[X, str] = {
    "completions": "completions",
    "policy_tokens": "policy tokens",
    "tokens": "policy + PRM tokens",
    "flops": "FLOPs",
    "seconds": "seconds",
}


@dataclass(frozen=True, slots=True)
class Baseline:
    """A figure that others are measured against, with no place on the x-axis. `y` in [0, 1]."""

    label: str
    y: float


GPT4 = [
    Baseline("GPT-4 CoT-SC(100)", 0.09),
    Baseline("IO", 0.073),
    Baseline("CoT", 0.04),
    Baseline("GPT-4 ToT b=5", 0.74),
]
"""On tot-100, as published: Yao et al. 2023, arXiv:2305.10601, table 2 (IO: plain prompting)."""
GPT4_NOTE = "GPT-4 as published (arXiv:2305.10601). Our policy was trained on this kind of puzzle; GPT-4 was not."


@dataclass(frozen=True, slots=True)
class Line:
    """One strategy's points, in the order of n, and how they look."""

    name: str
    colour: str
    symbol: str
    coverage: bool
    n: list[int]
    x: list[float]
    y: list[float]
    low: list[float]
    high: list[float]
    hover: list[str]


@dataclass(frozen=True, slots=True)
class Info:
    """All that is drawn."""

    x_title: str
    lines: list[Line]
    baselines: list[Baseline]
    notes: list[str]
    """What the numbers rest on; stated on the plot."""
    ticks: list[float]
    message: str = ""
    """Why there is nothing to see, if there isn't."""
    failures: int = field(default=0)


def info(
    accuracy: pd.DataFrame,
    coverage: pd.DataFrame | None = None,
    *,
    x: X = "policy_tokens",
    baselines: Sequence[Baseline] = (),
    notes: Sequence[str] = (),
) -> Info:
    """What `plot_curves` draws."""
    title = f"{UNITS[x]} per problem"
    points = accuracy.dropna(subset=["x", "y"]).query("x > 0")
    if points.empty:
        return Info(title, [], [], [], [], _why_nothing(accuracy, x))
    look = looks(points)
    lines = _lines(points, look, x, coverage=False)
    if coverage is not None:
        found = coverage.dropna(subset=["x", "y"]).query("x > 0 and line in @look")
        lines = _lines(found, look, x, coverage=True) + lines
    return Info(
        x_title=title,
        lines=lines,
        baselines=list(baselines),
        notes=[*_basis(points), *_not_drawn(accuracy, points, x), *notes],
        ticks=log_ticks(points["x"].min(), points["x"].max(), doubling=x == "completions"),
        failures=int(points["failures"].sum()),
    )


def _why_nothing(points: pd.DataFrame, x: X) -> str:
    if points.empty:
        return "No run to draw yet"
    if points["y"].isna().all():
        return "No answer of these runs can be graded"
    return f"These runs spent no {UNITS[x]} that were recorded"


def _lines(points: pd.DataFrame, look: Looks, x: X, *, coverage: bool) -> list[Line]:
    return [
        Line(
            name=name,
            colour=look[name][0],
            symbol=look[name][1] + ("-open" if coverage else ""),
            coverage=coverage,
            n=rows["n"].astype(int).tolist(),
            x=rows["x"].astype(float).tolist(),
            y=rows["y"].astype(float).tolist(),
            low=rows["low"].astype(float).tolist(),
            high=rows["high"].astype(float).tolist(),
            hover=[_hover(row, x, coverage=coverage) for row in rows.to_dict("records")],
        )
        for name, rows in _by_line(points, look)
    ]


def _by_line(points: pd.DataFrame, look: Looks) -> list[tuple[str, pd.DataFrame]]:
    groups = dict(list(points.sort_values("n").groupby("line")))
    return [(name, groups[name]) for name in look if name in groups]


def _hover(row: dict[str, object], x: X, *, coverage: bool) -> str:
    what = "hold a right answer" if coverage else "solved"
    failures = f", {plural(row['failures'], 'failure')}" if row["failures"] else ""
    return (
        f"<b>{row['line']}</b>, n = {row['n']}<br>"
        f"{row['y']:.1%} {what} ({row['low']:.1%} to {row['high']:.1%})<br>"
        f"{amount(float(str(row['x'])))} {UNITS[x]} per problem<br>"
        f"{plural(row['problems'], 'problem')}, {plural(row['seeds'], 'seed')}{failures}"
    )


def _basis(points: pd.DataFrame) -> list[str]:
    sets = ", ".join(map(set_name, points["problem_set"].unique()))
    failures, ungraded = int(points["failures"].sum()), int(points["ungraded"].sum())
    return [
        f"{_span(points['problems'], 'problem')} of {sets}, {_span(points['seeds'], 'seed')} a point",
        "Bands: 95 % paired bootstrap over problems",
        *([f"{plural(failures, 'tree')} failed, counted as not solved"] if failures else []),
        *(
            [f"{plural(ungraded, 'tree')} left out: nobody can grade {'it' if ungraded == 1 else 'them'}"]
            if ungraded
            else []
        ),
    ]


def _not_drawn(accuracy: pd.DataFrame, points: pd.DataFrame, x: X) -> list[str]:
    """Lines of which not one point has a place on the axis."""
    without = [line for line in accuracy["line"].unique() if line not in set(points["line"])]
    return [f"Not drawn, for want of recorded {UNITS[x]}: {', '.join(without)}"] if without else []


def _span(counts: pd.Series, noun: str) -> str:
    low, high = int(counts.min()), int(counts.max())
    return plural(high, noun) if low == high else f"{low} to {high} {noun}s"


def set_name(problem_set: str) -> str:
    """A problem set by its name; a file without its folder."""
    return PurePath(problem_set).name if problem_set.endswith(FILES) else problem_set


def plural(count: object, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def amount(value: float) -> str:
    """A number with three digits and an SI suffix: 1.71k, 2.4G."""
    if value == 0:
        return "0"
    power = min(max(floor(log10(abs(value)) / 3 + 1e-9), -3), 5)
    scaled = value / 1000**power
    if scaled >= 999.5 and power < 5:
        power, scaled = power + 1, scaled / 1000
    digits = f"{scaled:.0f}" if scaled >= 99.95 else f"{scaled:.3g}"
    return digits + ["", "k", "M", "G", "T", "P", "n", "µ", "m"][power]


def log_ticks(low: float, high: float, *, doubling: bool = False) -> list[float]:
    """Round numbers for a log axis from `low` to `high`: powers of 2, or the denser the narrower it is."""
    if doubling:
        return [2.0**i for i in range(floor(log10(low) / log10(2)), ceil(log10(high) / log10(2)) + 1)]
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    width = log10(high / low)
    steps = (1, 1.5, 2, 3, 4, 5, 7) if width < 0.7 else (1, 2, 5) if width < 3 else (1,)
    return [m * 10.0**d for d in decades for m in steps]
