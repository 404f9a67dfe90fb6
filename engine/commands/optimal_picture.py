"""The curve of the compute-optimal policy as a page or a picture, above all that it could choose from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from engine.figures.curves_info import Info, info
from engine.figures.image import save_image
from engine.figures.web import page
from engine.measure.arms import KEY, Arms
from engine.measure.curves import COLUMNS, curve
from engine.measure.frame import frame, priced
from engine.measure.optimal import Point, table

OURS, FIXED = "compute-optimal", "best fixed strategy"


def save(file: Path, arms: Arms, points: Sequence[Point], x: Any, runs: Mapping[str, Any], prices: Any) -> None:
    """Write `file`, whose name ends in .html or .png."""
    drawn = picture(arms, points, x, runs, prices)
    if file.suffix == ".png":
        save_image([drawn], file)
    else:
        rows = table(arms, points).map(lambda value: f"{value:.4g}" if isinstance(value, float) else value)
        file.write_text(page([drawn], [("Each budget", rows)]), encoding="utf-8")


def picture(arms: Arms, points: Sequence[Point], x: Any, runs: Mapping[str, Any], prices: Any) -> Info:
    """Both lines in colour, the strategies to choose from behind them."""
    rows = frame(runs)
    behind = curve(rows if prices is None else priced(rows, prices), x=x)
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
    everything = pd.concat([behind, pd.DataFrame(ours, columns=COLUMNS).astype(behind.dtypes.to_dict())])
    cost = f", which costs {points[0].estimating:,.3g} a problem and is counted" if arms.samples else ""
    note = f"Difficulty by {difficulty(arms)}{cost}. Chosen on other problems than shown on."
    return info(everything.reset_index(drop=True), x=x, shown=(OURS, FIXED), notes=[note])


def difficulty(arms: Arms) -> str:
    """What problems were sorted by, in words."""
    if arms.by == KEY:
        return f"{KEY}, which takes the answer key: a bound, not a strategy"
    return f"the {arms.by} of {arms.samples} samples" if arms.samples else f"what problems say of their {arms.by}"
