"""What the plot of a curve shows, in words and numbers: lines, labels, baselines, ticks, and what it rests on."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10
from pathlib import PurePath
from typing import Any

import pandas as pd

from engine.figures.labels import Label, placed, right_end
from engine.figures.style import GREY, Look, Looks, looks
from engine.measure.curves import SETTING, X

FILES = (".jsonl", ".json", ".csv", ".parquet")
UNITS: dict[X, str] = {
    "completions": "completions",
    "policy_tokens": "policy tokens",
    "tokens": "policy + PRM tokens",
    "flops": "FLOPs",
    "seconds": "seconds",
    "money": "money",
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

FAINT_NOTE = "Thin grey lines: the strategies that were not chosen"
COVERAGE_NOTE = "Dashed: coverage, some finished solution is right"
ANYTIME_NOTE = "Thin stairs: what a strategy's largest run would have answered, stopped there"
FRONT_NOTE = "Grey staircase: the Pareto front, where nothing gets as much for less"


@dataclass(frozen=True, slots=True)
class Line:
    """One strategy's points, in the order of n or of budgets, and how they look."""

    name: str
    look: Look
    n: list[int]
    x: list[float]
    y: list[float]
    low: list[float]
    high: list[float]
    hover: list[str]
    coverage: bool = False
    faint: bool = False
    """Not chosen: in the background, that one sees among what the others are."""
    anytime: bool = False
    """What one run would have answered at any budget: steps, not points."""


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
    labels: list[Label] = field(default_factory=list)
    front: list[tuple[float, float]] = field(default_factory=list)
    """The points of the Pareto front, by growing compute."""
    x_range: tuple[float, float] = (1.0, 10.0)
    title: str = ""


def info(
    accuracy: pd.DataFrame,
    coverage: pd.DataFrame | None = None,
    *,
    x: X = "policy_tokens",
    baselines: Sequence[Baseline] = (),
    notes: Sequence[str] = (),
    shown: Collection[str] | None = None,
    anytime: pd.DataFrame | None = None,
    front: pd.DataFrame | None = None,
    title: str = "",
    look: Looks | None = None,
) -> Info:
    """What `plot_curves` draws. `look`: that of a figure which this one stands beside; by default its own."""
    x_title = f"{UNITS[x]} per problem"
    points = _known(accuracy)
    if points.empty:
        return Info(x_title, [], [], [], [], _why_nothing(accuracy, x), title=title)
    look = looks(points) if look is None else look
    chosen = [name for name in look if (shown is None or name in shown) and name in set(points["line"])]
    points = points.assign(share=_front_shares(points, front))
    lines = _lines(points[~points["line"].isin(chosen)], look, x, faint=True)
    if coverage is not None:
        covered = _known(coverage)
        lines += _lines(covered[covered["line"].isin(chosen)], look, x, coverage=True)
    lines += _anytime(anytime, points, look, x) + _lines(points[points["line"].isin(chosen)], look, x)
    staircase = _front(front, points)
    basis = points[points["line"].isin(chosen)] if chosen else points
    named = {baseline.label for baseline in baselines}  # a level line has its name already
    ends = [line for line in lines if not (line.coverage or line.faint or line.anytime or line.name in named)]
    faint = [FAINT_NOTE] if any(line.faint for line in lines) else []
    dashed = [COVERAGE_NOTE] if any(line.coverage for line in lines) else []
    stairs = [ANYTIME_NOTE] if any(line.anytime for line in lines) else []
    low, high = min(min(line.x) for line in lines), max(max(line.x) for line in lines)
    return Info(
        x_title=x_title,
        lines=lines,
        baselines=list(baselines),
        notes=[
            *_basis(basis),
            *faint,
            *dashed,
            *([FRONT_NOTE] if staircase else []),
            *stairs,
            *_not_drawn(accuracy, points, x),
            *notes,
        ],
        ticks=log_ticks(low, high, doubling=x == "completions"),
        failures=int(basis["failures"].sum()),
        labels=placed(
            [(line.name, line.look.colour, line.x[-1], line.y[-1]) for line in ends],
            low,
            high,
            [(line.x, line.y) for line in ends],
        ),
        front=staircase,
        x_range=(low, right_end([(line.name, line.x[-1]) for line in ends], low, high)),
        title=title,
    )


def _known(points: pd.DataFrame) -> pd.DataFrame:
    """The points with a place on the plot: its x-axis is logarithmic."""
    known = points.dropna(subset=["x", "y"])
    return known[known["x"] > 0]


def everything_drawn(accuracy: pd.DataFrame, **others: pd.DataFrame | None) -> pd.DataFrame:
    """All points of a plot as one table; `drawn` says of what: accuracy, coverage, anytime, front."""
    tables = {"accuracy": accuracy, **others}
    parts = [table.assign(drawn=what) for what, table in tables.items() if table is not None]
    joined = pd.concat(parts, ignore_index=True)
    return joined[["drawn", *(column for column in joined if column != "drawn")]]


def _front_shares(points: pd.DataFrame, front: pd.DataFrame | None) -> pd.Series:
    """Of each point the share of resamples in which it is on the front; missing without a front."""
    if front is None:
        return pd.Series(float("nan"), index=points.index)
    shares = front.set_index(["problem_set", "line", "n"])["share"]
    return pd.Series(shares.reindex(pd.MultiIndex.from_frame(points[["problem_set", "line", "n"]])).array, points.index)


def _front(front: pd.DataFrame | None, points: pd.DataFrame) -> list[tuple[float, float]]:
    """Of one problem set only: points of two are not to be compared."""
    if front is None or points["problem_set"].nunique() != 1:
        return []
    on = front[front["front"] & (front["problem_set"] == points["problem_set"].iloc[0])].sort_values("x")
    return list(zip(on["x"].astype(float), on["y"].astype(float), strict=True))


def _anytime(anytime: pd.DataFrame | None, points: pd.DataFrame, look: Looks, x: X) -> list[Line]:
    """The anytime curves, each in the colour of the line whose run it is of."""
    if anytime is None or anytime.empty:
        return []
    known = _known(anytime)
    names = points.drop_duplicates("line").set_index(SETTING)["line"]
    owner = {line: names.get(tuple(rows[SETTING].iloc[0])) for line, rows in known.groupby("line")}
    own = {line: look.get(str(name), Look(GREY, "circle")) for line, name in owner.items()}
    return _lines(known.assign(share=float("nan")), {str(k): v for k, v in own.items()}, x, anytime=True)


def _why_nothing(points: pd.DataFrame, x: X) -> str:
    if points.empty:
        return "No run to draw yet"
    if points["y"].isna().all():
        return "No answer of these runs can be graded"
    if x == "money":
        return "Nothing has a price yet: say what a million tokens cost"
    return f"These runs spent no {UNITS[x]} that were recorded"


def _lines(points: pd.DataFrame, look: Looks, x: X, **kind: bool) -> list[Line]:
    groups = dict(list(points.sort_values(["n", "x"]).groupby("line")))
    return [
        Line(
            name=name,
            look=look[name],
            n=rows["n"].astype(int).tolist(),
            x=rows["x"].astype(float).tolist(),
            y=rows["y"].astype(float).tolist(),
            low=rows["low"].astype(float).tolist(),
            high=rows["high"].astype(float).tolist(),
            hover=[_hover(row, x, **kind) for row in rows.to_dict("records")],
            **kind,
        )
        for name, rows in ((name, groups[name]) for name in look if name in groups)
    ]


def _hover(
    row: dict[Hashable, Any], x: X, *, coverage: bool = False, anytime: bool = False, faint: bool = False
) -> str:
    what = "hold a right answer" if coverage else "solved"
    failures = f", {plural(row['failures'], 'failure')}" if row["failures"] else ""
    spent = f"{amount(float(row['x']))} {UNITS[x]}"
    estimator = "" if row["estimator"] == "measured" else f"<br>{row['estimator']}"
    drawn = f" (± {row['draw_error']:.1%} by the draws)" if row["draw_error"] else ""
    share = row.get("share", float("nan"))
    front = f"<br>on the Pareto front in {share:.0%} of resamples" if share > 0 else ""
    name = f"<b>{row['line']}</b>" if anytime else f"<b>{row['line']}</b>, n = {row['n']}"
    return (
        f"{name}<br>"
        f"{row['y']:.1%} {what} ({row['low']:.1%} to {row['high']:.1%})<br>"
        f"{f'stopped at {spent} a problem' if anytime else f'{spent} per problem'}<br>"
        f"{plural(row['problems'], 'problem')}, {plural(row['seeds'], 'seed')}{failures}{estimator}{drawn}{front}"
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
