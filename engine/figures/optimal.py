"""The curve of the compute-optimal policy, above all that it could choose from."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from engine.figures.curves_info import UNITS, Info, amount, info, plural
from engine.measure.arms import KEY, Arms
from engine.measure.curves import COLUMNS, X
from engine.measure.optimal import Point

OURS, FIXED = "compute-optimal plan", "best fixed strategy"
"""Not the name of a strategy: runs of `compute-optimal` are among those behind."""


def optimal_info(behind: pd.DataFrame, arms: Arms, points: Sequence[Point], x: X) -> Info:
    """Both lines in colour, the strategies to choose from behind them.

    `behind`: their points, of `measure.curve`. `points`: of `measure.optimal.compute_optimal`, at least one.
    """
    usual = behind.iloc[0].to_dict() | {"problems": len(arms.problems), "trees": len(arms.problems), "params": ""}
    usual |= {"failures": 0, "ungraded": 0}
    ours = [
        usual | {"line": line, "strategy": line, "n": i, "x": spent, "y": mean, "low": low, "high": high}
        for line, values in (
            (OURS, [(p.spent, p.accuracy) for p in points]),
            (FIXED, [(p.fixed_spent, p.fixed) for p in points]),
        )
        for i, (spent, (mean, low, high)) in enumerate(values, 1)
    ]
    everything = pd.concat([behind[COLUMNS], pd.DataFrame(ours, columns=COLUMNS).astype(behind[COLUMNS].dtypes)])
    cost = f", which costs {amount(points[0].estimating)} a problem and is counted" if arms.samples else ""
    note = f"Difficulty by {difficulty(arms)}{cost}. Chosen on other problems than shown on."
    drawn = info(everything.reset_index(drop=True), x=x, shown=(OURS, FIXED), notes=[note])
    ours_told = [replace(line, hover=_hovers(line.name, line.n, points, x)) for line in drawn.lines if not line.faint]
    return replace(drawn, lines=[line for line in drawn.lines if line.faint] + ours_told)


def _hovers(name: str, places: Sequence[int], points: Sequence[Point], x: X) -> list[str]:
    """What is told of each point: these lines have a budget where others have an n. `places`: in `points`, from 1."""
    return [_hover(name, points[place - 1], x) for place in places]


def _hover(name: str, point: Point, x: X) -> str:
    (mean, low, high), spent = (point.accuracy, point.spent) if name == OURS else (point.fixed, point.fixed_spent)
    return (
        f"<b>{name}</b>, at most {amount(point.budget)} {UNITS[x]}<br>{mean:.1%} solved ({low:.1%} to {high:.1%})<br>"
        f"{amount(spent)} {UNITS[x]} per problem<br>{plural(point.problems, 'problem')}, cross-validated"
    )


def difficulty(arms: Arms) -> str:
    """What problems were sorted by, in words."""
    if arms.by == KEY:
        return f"{KEY}, which takes the answer key: a bound, not a strategy"
    return f"the {arms.by} of {arms.samples} samples" if arms.samples else f"what problems say of their {arms.by}"
