"""The command that finds out what is worth searching for: a plan for `compute-optimal`, and what it would give."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from rich.console import Console
from rich.table import Table

from engine.commands.curving import named_runs
from engine.commands.terminal import AsJson, err, out
from engine.protocol import ArbutusError

if TYPE_CHECKING:
    from engine.measure.arms import Arms
    from engine.measure.optimal import Point

PICTURES = (".html", ".png", ".svg", ".csv")
WIDTH = 150
"""Room for a row of numbers, also in a pipe."""


def optimal(
    paths: Annotated[list[Path], typer.Argument(help="Runs of several strategies and sizes", metavar="DIR…")],
    files: Annotated[
        list[Path] | None, typer.Option("--out", help="*.toml: the plans; *.csv, *.html, *.png, *.svg: the curve.")
    ] = None,
    by: Annotated[
        str, typer.Option(help="Difficulty: reward or agreement of samples, pass@1, or what problems say: level, steps")
    ] = "reward",
    samples: Annotated[int, typer.Option(min=1, help="Samples that tell the difficulty")] = 4,
    parts: Annotated[int, typer.Option(min=1, help="Parts that problems are sorted into")] = 3,
    x: Annotated[
        str, typer.Option(help="Compute: completions, policy_tokens, tokens (PRM's too), flops, seconds, money")
    ] = "tokens",
    budget: Annotated[
        list[float] | None, typer.Option(help="Mean spent per problem at most. Repeatable; default: eight of them")
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Of the cross-validation")] = 10,
    prior: Annotated[
        float, typer.Option(min=0.0, help="Problems' worth of belief that parts don't differ in which arms are good")
    ] = 10.0,
    price: Annotated[list[str] | None, typer.Option(help="Money for a million tokens: policy=0.6. Repeatable.")] = None,
    draws: Annotated[int, typer.Option(min=100, help="Bootstrap resamples")] = 4000,
    seed: Annotated[int, typer.Option(help="Of the folds and the resamples")] = 0,
    as_json: AsJson = False,
) -> None:
    """The best strategy and n for each difficulty at each budget, against the best fixed one (Snell et al. 2024)."""
    from engine.measure.arms import arms_of
    from engine.measure.curves import X
    from engine.measure.optimal import compute_optimal, table
    from engine.prices import read_prices

    if x not in get_args(X):
        raise ArbutusError(f"got --x {x!r}, expected one of: {', '.join(get_args(X))}")
    for file in files or []:
        if file.suffix not in (".toml", *PICTURES):
            raise ArbutusError(f"got --out {file}, expected a name that ends in one of: .toml, {', '.join(PICTURES)}")
    runs = named_runs(paths)
    prices = read_prices(price) if price else None
    unit: Any = x
    arms = arms_of(runs, by=by, samples=samples, x=unit, prices=prices)
    points = compute_optimal(arms, budget, parts=parts, folds=folds, prior=prior, draws=draws, seed=seed)
    if not points:
        raise ArbutusError(
            f"got {len(arms.problems)} problems and no budget that buys an estimate and the cheapest strategy; "
            "expected more problems than folds, and a larger --budget"
        )
    if as_json:
        print(json.dumps(json.loads(table(arms, points).to_json(orient="records")), indent=1))
    else:
        _show(arms, points, x)
    for file in files or []:
        _write(file, arms, points, x, runs, prices)
        err.print(f"wrote {file}", markup=False, highlight=False, soft_wrap=True)


def _show(arms: "Arms", points: "Sequence[Point]", x: str) -> None:
    from engine.figures.optimal import difficulty

    told = f"{len(arms.problems)} problems, {len(arms.names)} strategies and sizes, difficulty by {difficulty(arms)}"
    out.print(f"{told}; chosen on other problems than shown on.", markup=False, highlight=False)
    rows = Table(box=None, header_style="bold")
    for column in (f"{x} at most", "compute-optimal", "spent", "of it estimating", "best fixed", "spent", "difference"):
        rows.add_column(column, justify="right")
    rows.add_column("fixed")
    for p in points:
        rows.add_row(
            f"{p.budget:,.4g}", _interval(p.accuracy), f"{p.spent:,.4g}", f"{p.estimating:,.4g}", _interval(p.fixed),
            f"{p.fixed_spent:,.4g}", _interval(p.gain, sign="+"), short(p.fixed_arms[0]),
        )  # fmt: skip
    Console(width=max(out.width, WIDTH)).print(rows)
    out.print("\nWhat to use from now on, chosen on all problems:", markup=False)
    for budget, plan in _distinct([(p.budget, _plan(arms, p)) for p in points]):
        out.print(f"  from {budget:,.4g}: {plan}", markup=False, highlight=False)
    if arms.left_out:
        out.print(f"{arms.left_out} problems left out: not in every run, not graded, or not estimated.", markup=False)


def _interval(told: tuple[float, float, float], sign: str = "") -> str:
    mean, low, high = told
    return f"{mean:{sign}.1%} ({low:{sign}.1%} to {high:{sign}.1%})"


def _distinct(plans: list[tuple[float, str]]) -> list[tuple[float, str]]:
    return [plan for i, plan in enumerate(plans) if not i or plans[i - 1][1] != plan[1]]


def short(arm: str) -> str:
    """A strategy without the parameters that are its usual ones."""
    from engine.search.plan import read_strategy

    return read_strategy(arm).words


def _plan(arms: "Arms", point: "Point") -> str:
    """The plan of a budget, without the parameters that are the usual ones."""
    from engine.measure.optimal import words

    return words(arms._replace(names=[short(name) for name in arms.names]), point.chosen)


def _write(file: Path, arms: "Arms", points: "Sequence[Point]", x: str, runs: Mapping[str, Any], prices: Any) -> None:
    from engine.measure.optimal import table

    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".toml":
        file.write_text(plans(arms, points, x), encoding="utf-8")
    elif file.suffix == ".csv":
        table(arms, points).to_csv(file, index=False)
    else:
        from engine.commands.optimal_picture import save

        save(file, arms, points, x, runs, prices)


def plans(arms: "Arms", points: "Sequence[Point]", x: str) -> str:
    """The TOML that `compute-optimal` reads: a plan a budget."""
    from engine.measure.optimal import plan_parts

    if arms.by == "pass@1":
        raise ArbutusError("got --by pass@1, which no search can see; choose another difficulty for a plan")
    lines = [
        "# Which strategy for which difficulty, a plan a budget: mean " + x + " per problem, the estimate included.",
        f"# Chosen on {len(arms.problems)} problems by `python -m engine optimal`; use: --set plan=THIS.toml#BUDGET",
    ]
    for point in points:
        lines += ["", "[[plans]]", f"budget = {point.budget:g}", f'by = "{arms.by}"']
        lines += [f"samples = {arms.samples}"] if arms.samples else []
        for bound, arm in plan_parts(arms, point.chosen):
            name, *pairs = short(arm).split()
            lines += ["[[plans.parts]]", *([f"up_to = {bound:g}"] if bound < float("inf") else [])]
            lines += [f'strategy = "{name}"', *(_pair(pair) for pair in pairs)]
    return "\n".join(lines) + "\n"


def _pair(pair: str) -> str:
    key, _, value = pair.partition("=")
    try:
        return f"{key} = {float(value):g}"
    except ValueError:
        return f'{key} = "{value}"'
