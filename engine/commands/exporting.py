"""The command that takes trees out of runs: for graph tools, for tables, for training, as a page of its own."""

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.commands.terminal import err
from engine.protocol import ArbutusError

WHAT = "nodes, trees, plain, sft, preferences or steps; default: nodes for *.parquet and *.csv"


def export(
    path: Annotated[Path, typer.Argument(help="A run, or a folder of runs")],
    file: Annotated[Path, typer.Option("--out", help="*.graphml, *.json, *.html; *.parquet, *.csv; *.jsonl")],
    problem: Annotated[
        str | None, typer.Argument(help="One tree: a problem's id, its number in the run, or its question")
    ] = None,
    what: Annotated[str | None, typer.Option("--as", help=WHAT)] = None,
    by: Annotated[str, typer.Option(help="What is good by: truth (what is known) or reward")] = "truth",
    least: Annotated[float, typer.Option(help="By reward: good from this reward on")] = 0.5,
    gap: Annotated[float, typer.Option(min=0.0, help="By reward: how far apart two siblings are at least")] = 0.2,
    labels: Annotated[Path | None, typer.Option(help="The truth of steps from a file of `label`")] = None,
    per_step: Annotated[int, typer.Option(min=1, help="Pairs of one group of siblings at most")] = 1,
    per_problem: Annotated[int | None, typer.Option(min=1, help="Examples of one question at most")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Pairs go on to the end of a solution")] = False,
    to_first_error: Annotated[
        bool, typer.Option("--to-first-error", help="Step labels end with the first wrong step")
    ] = False,
    chat: Annotated[bool, typer.Option("--chat", help="Prompts and completions as turns of a conversation")] = False,
    source: Annotated[
        bool, typer.Option("--source", help="Say where each example comes from, and its rewards")
    ] = False,
) -> None:
    """Write one tree for other tools, the nodes or trees of runs as a table, or a set to train models with.

    Whole runs: nodes and trees as Parquet or CSV; sft, preferences and steps as JSONL for datasets and TRL; plain
    JSONL, a tree a line, which `import` reads.
    """
    if problem is not None:
        _one(path, problem, file, what)
        return
    what = what or ("nodes" if file.suffix in (".parquet", ".csv") else "")
    if by not in ("truth", "reward"):
        raise ArbutusError(f"got --by {by!r}, expected truth or reward")
    from engine.exports import SETS, TABLES, Filters, shares, write_plain, write_set, write_table
    from engine.measure.prm.labels import read_labels

    if what in TABLES:
        _said(file, f"{write_table(what, _runs(path), file):,} {what}")
    elif what == "plain":
        _said(file, f"{write_plain(_runs(path), file):,} trees")
    elif what in SETS:
        known = shares(read_labels(labels)) if labels else None
        filters = Filters(
            by="reward" if by == "reward" else "truth", least=least, gap=gap, per_step=per_step,
            per_problem=per_problem, whole=whole, to_first_error=to_first_error, chat=chat, source=source, labels=known,
        )  # fmt: skip
        _said(file, write_set(what, _runs(path), file, filters).words())
    else:
        raise ArbutusError(
            f"got {what or 'nothing'} to export as {file.name!r}, expected a problem of the run for one tree, or --as "
            f"with one of: {', '.join([*TABLES, 'plain', *SETS])}"
        )


def _one(path: Path, problem: str, file: Path, what: str | None) -> None:
    from engine.commands.showing import tree_of
    from engine.graph import write_graph

    if what is not None:
        raise ArbutusError(f"got a problem and --as {what}, expected one of them: --as is for all trees of a run")
    if file.suffix == ".html":
        _page(path, problem, file)
    else:
        write_graph(tree_of(path, problem), file)
    _said(file, "one tree")


def _page(path: Path, problem: str, file: Path) -> None:
    """A page is the explorer's own canvas. The command line alone reaches into the explorer, and only for this."""
    from engine.commands.showing import tree_of
    from engine.exports.files import whole_file
    from engine.runs import Run

    try:
        from app.standalone import page_of
    except ModuleNotFoundError as error:
        raise ArbutusError(
            f"{file.name}: a page is drawn by the explorer, and {error.name} isn't here; run this where app/ is"
        ) from None
    written = page_of(tree_of(path, problem), Run.open(path).info, path.name.removesuffix(".arbutus"))
    with whole_file(file) as part:
        part.write_text(written, encoding="utf-8")


def _runs(path: Path) -> dict[str, Any]:
    """The runs at or below a path, by their place below it."""
    from engine.runs import Run, find_runs

    found = find_runs(path)
    if not found:
        raise ArbutusError(f"{path}: got no run there, expected a folder with run.json, or a packed run (*.arbutus)")
    names = {str(one.relative_to(path)) if one != path else path.name: one for one in found}
    return {name.removesuffix(".arbutus"): Run.open(one) for name, one in names.items()}


def _said(file: Path, what: str) -> None:
    err.print(f"wrote {file}: {what}", markup=False, highlight=False, soft_wrap=True)
