"""The command that turns runs into curves: a table, a page, a picture, and the numbers in words."""

import json
from collections.abc import Mapping
from os.path import commonpath
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from engine.commands.terminal import AsJson, err
from engine.protocol import ArbutusError

FORMATS = (".csv", ".html", ".png", ".svg")


def curves(
    paths: Annotated[list[Path], typer.Argument(help="Runs, or folders of runs", metavar="DIR…")],
    file: Annotated[
        Path | None, typer.Option("--out", help="*.csv, *.html, *.png or *.svg; without it, print only")
    ] = None,
    x: Annotated[
        str, typer.Option(help="Compute: completions, policy_tokens, tokens (PRM's too), flops, seconds, money")
    ] = "policy_tokens",
    estimate: Annotated[
        str, typer.Option(help="Sampling strategies at every n from their largest pools: own; all strategies; none")
    ] = "own",
    aggregate: Annotated[
        str | None, typer.Option(help="How rewards become one number in these estimates; default: as the run did")
    ] = None,
    seeds: Annotated[str, typer.Option(help="mean: averaged inside a problem; each: a line a seed")] = "mean",
    lines: Annotated[
        list[str] | None, typer.Option(help="In colour in the figure; default: the eight that are most on the front")
    ] = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Draw coverage too, dashed")] = False,
    anytime: Annotated[
        bool, typer.Option("--anytime", help="What each strategy's largest run would have answered at any budget")
    ] = False,
    by: Annotated[
        str | None, typer.Option(help="Curves for each: pass-rate (the policy's own pass@1), level, steps, subject")
    ] = None,
    pools: Annotated[
        Path | None, typer.Option("--pools", help="Where --by pass-rate takes its pools from; best another seed's")
    ] = None,
    parts: Annotated[int, typer.Option(min=2, help="Parts of --by pass-rate")] = 5,
    reach: Annotated[list[float] | None, typer.Option(help="Accuracy to be reached, 0 to 1. Repeatable.")] = None,
    against: Annotated[str | None, typer.Option(help="The line that all others are compared with")] = None,
    price: Annotated[
        list[str] | None, typer.Option(help="Money for a million tokens: policy=0.6, prompt=0.1, prm=0.2. Repeatable.")
    ] = None,
    draws: Annotated[int, typer.Option(min=100, help="Bootstrap resamples")] = 4000,
    seed: Annotated[int, typer.Option(help="Of the resamples")] = 0,
    as_json: AsJson = False,
) -> None:
    """Accuracy against compute, with intervals: what strategies are worth. docs/measures.md has what numbers mean."""
    from engine.commands import curve_report
    from engine.measure.collection import Estimate
    from engine.measure.curves import X
    from engine.measure.table import table

    _one_of("--x", x, get_args(X))
    _one_of("--estimate", estimate, get_args(Estimate))
    _one_of("--seeds", seeds, ("mean", "each"))
    if file is not None and file.suffix not in FORMATS:
        raise ArbutusError(f"got --out {file}, expected a name that ends in one of: {', '.join(FORMATS)}")
    runs = named_runs(paths)
    asked = curve_report.Asked(
        x=x, estimate=estimate, aggregate=aggregate, each_seed=seeds == "each", anytime=anytime, by=by,
        pools=named_runs([pools]) if pools else None, parts=parts, targets=tuple(reach or ()), against=against,
        prices=price or [], draws=draws, seed=seed,
    )  # fmt: skip
    found = curve_report.report(runs, asked)
    if as_json:
        rows = json.loads(table(found, asked.unit).to_json(orient="records"))
        print(json.dumps(rows, indent=1))
    else:
        curve_report.show(found, asked)
    if file is not None:
        curve_report.write(found, asked, file, lines=lines, coverage=coverage)
        err.print(f"wrote {file}", markup=False, highlight=False, soft_wrap=True)


def _one_of(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ArbutusError(f"got {option} {value!r}, expected one of: {', '.join(known)}")


def named_runs(paths: list[Path]) -> Mapping[str, Any]:
    """All runs at or below the paths, by their place below what they have in common. Raises `ArbutusError` for none."""
    from engine.runs import Run, find_runs

    found: dict[Path, None] = {}
    for path in paths:
        if not (below := find_runs(path)):
            raise ArbutusError(f"{path}: got no run there, expected folders with run.json, or packed runs (*.arbutus)")
        found |= dict.fromkeys(below)
    root = Path(commonpath([path.resolve().parent for path in found]))
    return {path.resolve().relative_to(root).as_posix(): Run.open(path) for path in found}
