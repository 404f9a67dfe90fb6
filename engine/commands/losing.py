"""The command that tells by what the searches of runs lost their problems."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from engine.commands.terminal import AsJson, out
from engine.protocol import ArbutusError

WIDTH = 150
"""Room for a row of numbers, also in a pipe."""
TITLES = {"found": "right one not chosen", "dropped": "good one dropped", "unknown": "not known"}
"""Of the columns that are called otherwise here."""


def lost(
    paths: Annotated[list[Path], typer.Argument(help="Runs, or folders of runs", metavar="RUN...")],
    labels: Annotated[
        Path | None, typer.Option(help="A file of labels made by `label`: the truth, in place of those in the logs")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """By what the searches that didn't solve their problems lost them: the choice, the cut, or the policy.

    Of each such tree the last good step is looked for: a right solution that wasn't chosen, a step that was dropped,
    one after which no good step was drawn, or one that was never gone on from. It takes the labels of the steps.
    """
    from engine.measure.lost import losses
    from engine.measure.prm.labels import read_labels
    from engine.runs import Run, find_runs

    found = {str(place): Run.open(place) for path in paths for place in find_runs(path)}
    if not found:
        named = ", ".join(map(str, paths))
        raise ArbutusError(f"{named}: got no run there, expected folders with run.json, or packed runs (*.arbutus)")
    rows = losses(found, read_labels(labels) if labels else None)
    if as_json:
        print(json.dumps(json.loads(rows.to_json(orient="records")), indent=1))
        return
    table = Table(box=None, header_style="bold")
    for column in rows.columns:
        table.add_column(TITLES.get(column, column), justify="left" if column == "run" else "right", no_wrap=True)
    for name, *numbers in rows.itertuples(index=False):
        table.add_row("/".join(Path(name.removesuffix(".arbutus")).parts[-2:]), *map(str, numbers))
    Console(width=max(out.width, WIDTH)).print(table)
