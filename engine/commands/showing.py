"""The commands that show what there is: runs, trees, and what is installed."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engine.commands.options import ModelOptions, with_options
from engine.commands.terminal import AsJson, err, out
from engine.protocol import ArbutusError

TABLE_WIDTH = 160
"""Room for a row of numbers, also in a pipe: a number cut short is no number."""


def summary(path: Annotated[Path, typer.Argument(help="A run, or a folder of runs")], as_json: AsJson = False) -> None:
    """Accuracy of the chosen answer, coverage, and what was spent."""
    from engine.runs import Run, find_runs

    found = find_runs(path)
    if not found:
        raise ArbutusError(f"{path}: got no run there, expected a folder with run.json, or a packed run (*.arbutus)")
    runs = [Run.open(p) for p in found]
    if as_json:
        from engine.measure.summary import summarize_run

        rows = [{"run": str(r.path), **summarize_run(r)} for r in runs]
        print(json.dumps(rows[0] if len(rows) == 1 else rows, indent=2))
    else:
        print_summary(runs)


def print_summary(runs: list[Any]) -> None:
    from engine.measure.summary import summarize_run

    table = Table(box=None, header_style="bold")
    table.add_column("run")
    for column in ("accuracy", "95 %", "coverage", "policy tok", "PRM tok", "MFLOP", "seconds", "problems", "failed"):
        table.add_column(column, justify="right")
    for run_ in runs:
        row = summarize_run(run_)
        knobs = " ".join(f"{k}={v}" for k, v in row["parameters"].items() if (k, v) != ("aggregate", "last"))
        name = f"{row['strategy']} {knobs} seed={row['seed']}"
        interval = "–" if row["accuracy"] is None else f"{row['accuracy_low']:.0%}–{row['accuracy_high']:.0%}"
        table.add_row(
            name,
            _percent(row["accuracy"]),
            interval,
            _percent(row["coverage"]),
            *(
                _number(row[f"mean_{k}"], scale, digits)
                for k, scale, digits in (
                    ("policy_tokens", 1, 0),
                    ("prm_tokens", 1, 0),
                    ("flops", 1e6, 0),
                    ("seconds", 1, 3),
                )
            ),
            str(row["problems"]),
            str(row["failures"]),
        )
    Console(width=max(out.width, TABLE_WIDTH)).print(table)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _number(value: float | None, scale: float, digits: int) -> str:
    return "–" if value is None else f"{value / scale:,.{digits}f}"


def tree(
    path: Annotated[Path, typer.Argument(help="A run")],
    problem: Annotated[str, typer.Argument(help="A problem's id, its number in the run, or its question")],
    all_nodes: Annotated[bool, typer.Option("--all", help="Show dropped branches too")] = False,
) -> None:
    """Print one tree."""
    from engine.render import show

    out.print(show(tree_of(path, problem), all_nodes=all_nodes, width=out.width), markup=False, highlight=False)


def tree_of(path: Path, problem: str) -> Any:
    """The tree of a problem, by its id, its number or its question."""
    from engine.runs import Run

    opened = Run.open(path)
    by_question = {s.question: s.id for s in opened.summaries}
    return opened.tree(by_question.get(problem, int(problem) if problem.isdecimal() else problem))


def list_(as_json: AsJson = False) -> None:
    """The strategies, tasks and models there are."""
    from engine.models.prms.kinds import KINDS, listed
    from engine.models.registry import POLICIES, PRMS
    from engine.search import STRATEGIES
    from engine.tasks import TASKS

    strategies = [
        {
            "name": s.name,
            "summary": s.summary,
            "paper": s.paper,
            "parameters": {k: asdict(replace(p, read=None)) for k, p in s.parameters.items()},
        }
        for s in STRATEGIES.values()
    ]
    tasks = [{"name": t.name, "problem_sets": list(t.problem_sets())} for t in TASKS.values()]
    everything = {"strategies": strategies, "tasks": tasks, "policies": list(POLICIES), "prms": list(PRMS)}
    everything |= {"prm_kinds": KINDS}
    if as_json:
        print(json.dumps(everything, indent=2))
        return
    table = Table("strategy", "what it does", "parameters", "paper", box=None, header_style="bold")
    for s in STRATEGIES.values():
        knobs = ", ".join(f"{k}={p.default}" for k, p in s.parameters.items())
        table.add_row(s.name, s.summary, knobs or "–", s.paper)
    out.print(table)
    out.print()
    for t in tasks:
        out.print(f"task {t['name']}: {', '.join(t['problem_sets']) or 'any file with questions and answers'}")
    out.print(f"\npolicies: {', '.join(POLICIES)}; a folder, a Hugging Face id, openai:URL#MODEL", markup=False)
    out.print(f"PRMs: {', '.join(PRMS)}; a folder or an id, with :KIND where it can't be told, pooling:URL#MODEL, self")
    out.print(f"kinds of PRM:\n{listed()}", markup=False)


@with_options(ModelOptions)
def doctor(models: ModelOptions, as_json: AsJson = False) -> None:
    """What is here and what would run where; with --policy or --prm, whether they fit. Exits with 1 if not.

    Nothing is downloaded but the config.json of models that are named by an id.
    """
    from engine.doctor import examine

    report = examine(models.asked())
    if as_json:
        print(json.dumps(report.as_dict(), indent=2))
    else:
        for section, rows in report.sections.items():
            out.print(f"[bold]{section}[/bold]")
            for name, value in rows.items():
                out.print(f"  {name:<24} {value}", highlight=False)
    for problem in report.problems:
        err.print(f"[red]missing[/red] {escape(problem)}", highlight=False, soft_wrap=True)
    if report.problems:
        raise typer.Exit(1)


def pack(run_dir: Path, file: Path) -> None:
    """Pack a run into one file (*.arbutus) to send or to upload."""
    from engine.runs import pack as pack_run

    pack_run(run_dir, file)


def unpack(file: Path, run_dir: Path) -> None:
    """Unpack a packed run into a folder."""
    from engine.runs import unpack as unpack_run

    unpack_run(file, run_dir)
