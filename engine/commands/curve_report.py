"""Curves of runs, as they are asked for on the command line: put together, printed, written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pandas as pd
from rich.console import Console
from rich.table import Table

from engine.commands.terminal import out
from engine.figures.curves_info import UNITS, Info, amount, info, plural, set_name
from engine.figures.style import Looks, looks
from engine.measure import bootstrap
from engine.measure.anytime import timelines
from engine.measure.collection import Estimate, collected, largest_runs
from engine.measure.curves import X
from engine.measure.difficulty import BUILT, PARTS, bins, built, ordered, pass_rates
from engine.measure.frame import priced
from engine.measure.lines import telling
from engine.measure.pool import CHANCES, pooled_frame
from engine.measure.table import Curves, curves, table
from engine.prices import read_prices
from engine.protocol import ArbutusError
from engine.rewards import AGGREGATES
from engine.runs import Run
from engine.search import find_strategy

PASS_RATE = "pass-rate"
WIDTH = 150
"""Room for a row of numbers, also in a pipe."""


@dataclass(frozen=True)
class Asked:
    """What is wanted, in the words of the command line."""

    x: str = "policy_tokens"
    estimate: str = "own"
    aggregate: str | None = None
    each_seed: bool = False
    anytime: bool = False
    by: str | None = None
    pools: Mapping[str, Run] | None = None
    parts: int = PARTS
    targets: Sequence[float] = ()
    against: str | None = None
    prices: Sequence[str] = ()
    draws: int = bootstrap.DRAWS
    seed: int = 0

    @property
    def unit(self) -> X:
        return cast(X, self.x)


def report(runs: Mapping[str, Run], asked: Asked) -> Curves:
    """All curves of the runs. Raises `ArbutusError` for what can't be had."""
    _check(asked)
    rows = _prepared(collected(runs, estimate=cast(Estimate, asked.estimate), aggregate=asked.aggregate), asked)
    if rows.empty:
        raise ArbutusError("got runs of which no tree has ended yet, expected a finished one; come back later")
    if rows[asked.x].isna().all():
        hint = "; give prices: --price policy=0.6 --price prm=0.2" if asked.x == "money" else "; choose another --x"
        raise ArbutusError(f"got runs that recorded no {UNITS[asked.unit]}{hint}")
    found = curves(
        rows,
        x=asked.unit,
        targets=asked.targets,
        against=asked.against,
        timelines=_timelines(runs, asked) if asked.anytime else None,
        kinds=_kinds(rows, runs, asked),
        draws=asked.draws,
        seed=asked.seed,
    )
    names = list(dict.fromkeys(found.accuracy["line"]))
    if asked.against is not None and asked.against not in names:
        raise ArbutusError(f"got --against {asked.against!r}, expected one of: {', '.join(names)}")
    return found


def _check(asked: Asked) -> None:
    if asked.aggregate is not None and asked.aggregate not in AGGREGATES:
        raise ArbutusError(f"got --aggregate {asked.aggregate!r}, expected one of: {', '.join(AGGREGATES)}")
    if asked.by is not None and asked.by not in (PASS_RATE, *BUILT):
        raise ArbutusError(f"got --by {asked.by!r}, expected one of: {', '.join((PASS_RATE, *BUILT))}")
    for target in asked.targets:
        if not 0 < target <= 1:
            raise ArbutusError(f"got --reach {target}, expected a share above 0 and at most 1, such as 0.8")


def _prepared(rows: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """With prices, and with seeds as parameters if each is to be a line of its own."""
    rows = priced(rows, read_prices(asked.prices))
    if not asked.each_seed:
        return rows
    told = "seed=" + rows["seed"].astype("str")
    return rows.assign(params=told.where(rows["params"] == "", rows["params"].astype("object") + ", " + told))


def _timelines(runs: Mapping[str, Run], asked: Asked) -> pd.DataFrame:
    """Of the largest run of each strategy and setting; a strategy that isn't known here has no rule to replay."""
    parts = []
    for name in largest_runs(runs):
        about = runs[name].info
        parts.append(timelines(name, runs[name], find_strategy(about.strategy).rule(about.parameters)))
    return _prepared(pd.concat(parts, ignore_index=True), asked)


def _kinds(rows: pd.DataFrame, runs: Mapping[str, Run], asked: Asked) -> pd.Series | None:
    if asked.by is None:
        return None
    if asked.by != PASS_RATE:
        kinds = built(rows, asked.by)
        if kinds.empty:
            raise ArbutusError(f"got --by {asked.by}, but these problems don't say theirs; try --by {PASS_RATE}")
        return kinds
    sampled = {name: run for name, run in (asked.pools or runs).items() if run.info.strategy in CHANCES}
    if not sampled:
        raise ArbutusError(f"got --by {PASS_RATE} without a run of {', '.join(CHANCES)}; name one with --pools")
    pools = pd.concat([pooled_frame(name, run, [1]) for name, run in sampled.items()], ignore_index=True)
    return bins(pass_rates(pools), asked.parts)


# What is printed.


def show(found: Curves, asked: Asked) -> None:
    """The lines, the front, and what was asked of them."""
    console = Console(width=max(out.width, WIDTH))
    unit = UNITS[asked.unit]
    points = Table(title=f"Accuracy of the chosen answer, {unit} per problem", title_justify="left", box=None)
    for name, right in (("line", False), ("n", True), (unit, True), ("accuracy", True), ("95 %", True),
                        ("coverage", True), ("front", True), ("problems", True), ("seeds", True), ("failed", True),
                        ("estimator", False)):  # fmt: skip
        points.add_column(name, justify="right" if right else "left", no_wrap=name == "line")
    keys = ["problem_set", "line", "n"]
    whole = found.accuracy.merge(found.front[[*keys, "front", "share"]], how="left", on=keys)
    whole["covered"] = found.coverage.set_index(keys)["y"].reindex(pd.MultiIndex.from_frame(whole[keys])).array
    for row in whole.to_dict("records"):
        on = "" if pd.isna(row["share"]) else f"{'●' if row['front'] else ''} {row['share']:.0%}"
        points.add_row(
            row["line"], str(row["n"]), _amount(row["x"]), _percent(row["y"]), _span(row["low"], row["high"]),
            _percent(row["covered"]), on, str(row["problems"]), str(row["seeds"]), str(row["failures"]),
            row["estimator"],
        )  # fmt: skip
    console.print(points)
    out.print("front: ● no other point gets as much for as little; and the share of resamples in which it is so\n")
    for title, rows in _tables(found, asked):
        _print(console, title, rows)


def _tables(found: Curves, asked: Asked) -> list[tuple[str, pd.DataFrame]]:
    """The further tables, of words: title and rows."""
    unit, tables = UNITS[asked.unit], []
    for target, rows in found.reach.groupby("accuracy"):
        words = pd.DataFrame(
            {
                "line": rows["line"],
                unit: [_reached(row) for row in rows.to_dict("records")],
                "95 %": [_amounts(row) for row in rows.to_dict("records")],
                "resamples that reach it": rows["reached"].map(_percent),
            }
        )
        tables.append((f"Compute to reach {100 * float(target):g} %, {unit} per problem", words))
    if len(found.area) and found.area["area"].notna().any():
        a, b = (_amount(found.area[end].iloc[0]) for end in ("from_x", "to_x"))
        rows = found.area.dropna(subset=["area"]).sort_values("area", ascending=False)
        spans = [_span(low, high) for low, high in zip(rows["low"], rows["high"], strict=True)]
        words = pd.DataFrame({"line": rows["line"], "mean accuracy": rows["area"].map(_percent), "95 %": spans})
        where = f", {a} to {b} {unit}" if found.area["problem_set"].nunique() == 1 else ""
        tables.append((f"Area under the curve over log compute{where}", words))
    if len(found.differences):
        rows = found.differences
        words = pd.DataFrame(
            {
                str(asked.against): "n = " + rows["n"].astype("str"),
                "against": rows["target"],
                "points": (100 * rows["difference"].astype(float)).map("{:+.1f}".format),
                "95 %": [f"{100 * a:+.1f} to {100 * b:+.1f}" for a, b in zip(rows["low"], rows["high"], strict=True)],
                "p": rows["p"].map("{:.4f}".format),
                "p (Holm)": rows["p_holm"].map("{:.4f}".format),
                "problems": rows["problems"].astype("str"),
            }
        )
        tables.append((f"{asked.against} against the others, each where it spent most nearly as much", words))
    return tables


def _print(console: Console, title: str, rows: pd.DataFrame) -> None:
    printed = Table(title=title, title_justify="left", box=None)
    for i, name in enumerate(rows.columns):
        printed.add_column(str(name), justify="right" if i else "left")
    for row in rows.itertuples(index=False):
        printed.add_row(*map(str, row))
    console.print(printed)
    console.print()


def _reached(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["x"]):
        return "not reached"
    return f"at most {_amount(row['x'])}" if row["at_first"] else _amount(row["x"])


def _amounts(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["low"]):
        return "–"
    return f"{_amount(row['low'])} to {'not reached' if pd.isna(row['high']) else _amount(row['high'])}"


def _amount(value: float) -> str:
    return "–" if pd.isna(value) else amount(float(value))


def _percent(share: float) -> str:
    return "–" if pd.isna(share) else f"{share:.1%}"


def _span(low: float, high: float) -> str:
    return "–" if pd.isna(low) else f"{low:.0%}–{high:.0%}"


# What is written.


def write(
    found: Curves, asked: Asked, file: Path, *, lines: Sequence[str] | None = None, coverage: bool = False
) -> None:
    """The table, the page or the picture, by the file's suffix. Raises `ArbutusError` if it can't be written."""
    drawn = [] if file.suffix == ".csv" else panels(found, asked, lines=lines, coverage=coverage)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".csv":
            table(found, asked.unit).to_csv(file, index=False)
        elif file.suffix == ".html":
            from engine.figures.web import page

            file.write_text(page(drawn, _tables(found, asked)), encoding="utf-8")
        else:
            from engine.figures.image import save_image

            save_image(drawn, file)
    except OSError as error:
        raise ArbutusError(f"{file}: can't be written: {error.strerror or error}") from error


def panels(found: Curves, asked: Asked, *, lines: Sequence[str] | None, coverage: bool) -> list[Info]:
    """The figures: all problems, then each part of them. Raises `ArbutusError` for a line that there isn't."""
    look = looks(found.accuracy)
    if unknown := [name for name in lines or () if name not in look]:
        raise ArbutusError(f"got --lines {unknown[0]!r}, expected one of: {', '.join(look)}")
    shown = lines or telling(found.front, list(look))
    sets = sorted(found.accuracy["problem_set"].unique())
    drawn = [
        _panel(_of(found.accuracy, one), _of(found.coverage, one) if coverage else None, found, asked, shown, look)
        for one in sets
    ]
    if len(sets) > 1:
        drawn = [replace(panel, title=set_name(one)) for panel, one in zip(drawn, sets, strict=True)]
    return drawn + (_parts(found, asked, shown, look, coverage) if found.parts else [])


def _of(rows: pd.DataFrame, problem_set: str) -> pd.DataFrame:
    """What two sets of problems give is never drawn in one plot."""
    return rows[rows["problem_set"] == problem_set]


def _panel(
    rows: pd.DataFrame, covered: pd.DataFrame | None, found: Curves, asked: Asked, shown: Sequence[str], look: Looks
) -> Info:
    replayed = found.anytime.get("accuracy")
    if replayed is not None:
        replayed = _of(replayed, rows["problem_set"].iloc[0])
    return info(rows, covered, x=asked.unit, anytime=replayed, front=found.front, shown=shown, look=look)


def _parts(found: Curves, asked: Asked, shown: Sequence[str], look: Looks, coverage: bool) -> list[Info]:
    """A figure for each part of each set of problems."""
    drawn = []
    parts, covered = found.parts["accuracy"], found.parts["coverage"]
    for one in sorted(parts["problem_set"].unique()):
        rows, told = _of(parts, one), _of(covered, one)
        for kind in ordered(rows["difficulty"]):
            part = rows[rows["difficulty"] == kind]
            named = f"{set_name(one)}, {kind}" if parts["problem_set"].nunique() > 1 else kind
            title, over = f"{named}: {_count(part)}", told[told["difficulty"] == kind] if coverage else None
            panel = info(part, over, x=asked.unit, title=title, shown=shown, look=look)
            drawn.append(replace(panel, notes=[]))
    return drawn


def _count(rows: pd.DataFrame) -> str:
    return plural(int(rows["problems"].max()), "problem")
