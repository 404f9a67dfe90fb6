"""The command line. The only module that prints: results to standard output, progress to standard error.

Exit codes: 0 done; 1 something was missing or failed, and the message says what; 2 wrong usage;
3 the run ended, but some of its searches failed.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from engine.protocol import ArbutusError, Budget

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Search over reasoning steps with a process reward model, and log every tree.",
)
train_app = typer.Typer(no_args_is_help=True, help="Train the built-in models again.")
app.add_typer(train_app, name="train")
err = Console(stderr=True)
out = Console(soft_wrap=True)
TABLE_WIDTH = 160
"""Room for a row of numbers, also in a pipe: a number cut short is no number."""

Parameters = Annotated[list[str] | None, typer.Option("--set", help="A parameter: width=4. Repeatable.")]
Device = Annotated[str, typer.Option(help="auto, cuda, mps or cpu")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON to standard output")]
PolicyName = Annotated[str, typer.Option(help="A built-in policy, or a folder")]
PrmName = Annotated[str, typer.Option(help="A built-in PRM, or a folder")]


@contextmanager
def _one_thread() -> Iterator[None]:
    """The built-in models are small: a second thread costs more than it gives, ruinously so on a busy machine."""
    import torch

    if torch.get_num_threads() > 1 and not torch.cuda.is_available():
        torch.set_num_threads(1)
    yield


@app.command()
def run(
    out_dir: Annotated[Path, typer.Option("--out", help="The folder of the run")],
    strategy: Annotated[str, typer.Option(help="See `list`")] = "beam",
    problems: Annotated[str, typer.Option(help="A problem set, or a .jsonl file")] = "tot-100",
    questions: Annotated[
        list[str] | None, typer.Option("--question", help="Only this question, in place of a set. Repeatable.")
    ] = None,
    task: str = "countdown",
    n: Annotated[int | None, typer.Option(help="The parameter n of the strategy")] = None,
    parameters: Parameters = None,
    policy: PolicyName = "countdown-policy",
    prm: PrmName = "countdown-prm",
    seed: int = 0,
    temperature: Annotated[float | None, typer.Option(min=0.0, help="Default: the task's own")] = None,
    completions: Annotated[int | None, typer.Option(min=1, help="Stop after so many finished solutions")] = None,
    tokens: Annotated[int | None, typer.Option(min=1, help="Stop after so many tokens, sampled and scored")] = None,
    seconds: Annotated[float | None, typer.Option(min=0.0, help="Stop after so many seconds of model time")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many problems")] = None,
    window: Annotated[int, typer.Option(min=1, help="Problems searched at the same time")] = 128,
    device: Device = "auto",
    title: str = "",
    note: str = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out")] = False,
) -> None:
    """Search a set of problems and log every tree."""
    from engine.runner import command_line, describe_run, execute, make_setting

    given = _parameters(n, parameters)
    with _one_thread():
        setting = make_setting(
            task,
            strategy,
            given,
            policy=policy,
            prm=prm,
            seed=seed,
            temperature=temperature,
            device=device,
            budget=Budget(completions, tokens, seconds),
        )
        if questions:
            chosen = [setting.task.read(question) for question in questions][:limit]
            problems = ", ".join(problem.id for problem in chosen)
        else:
            chosen = setting.task.problems(problems)[:limit]
        info = describe_run(setting, problems, chosen, command=command_line(sys.argv[1:]), title=title, note=note)
        with _progress() as bar:
            bar_id = bar.add_task(f"{strategy} on {Path(problems).name}", total=len(chosen), note="")
            solved = 0

            def on_tree(tree: Any) -> None:
                nonlocal solved
                solved += bool(tree.chosen and tree.chosen.correct)
                bar.update(bar_id, advance=1, note=f"{solved} solved")

            finished = execute(out_dir, setting, chosen, info, resume=resume, window=window, on_tree=on_tree)
    _print_summary([finished])
    if any(s.error for s in finished.summaries):
        raise typer.Exit(3)


def _parameters(n: int | None, pairs: list[str] | None) -> dict[str, float]:
    given: dict[str, float] = {} if n is None else {"n": n}
    for pair in pairs or []:
        name, _, value = pair.partition("=")
        try:
            given[name] = float(value)
        except ValueError:
            raise ArbutusError(f"got --set {pair!r}, expected a name and a number such as width=4") from None
    return given


@app.command()
def sweep(
    config: Annotated[Path, typer.Argument(help="A TOML file: see sample_runs/tot-100-sweep.toml")],
    out_dir: Annotated[Path, typer.Option("--out", help="The folder that gets a run for each combination")],
    device: Device = "auto",
    packed: Annotated[bool, typer.Option("--pack", help="Pack each run into one file when it is done")] = False,
) -> None:
    """Run strategies × n × seeds. What is finished already is skipped; what was interrupted goes on."""
    from engine.sweep import read_sweep, run_sweep

    plan = read_sweep(config)
    with _one_thread(), _progress() as bar:
        bar_id = bar.add_task(plan.name, total=len(plan.runs), note="")
        for label in run_sweep(plan, out_dir, device=device, packed=packed):
            bar.update(bar_id, advance=1, note=label)


@app.command()
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
        _print_summary(runs)


def _print_summary(runs: list[Any]) -> None:
    from engine.measure.summary import summarize_run

    table = Table(box=None, header_style="bold")
    table.add_column("run")
    for column in ("accuracy", "95 %", "coverage", "policy tok", "PRM tok", "MFLOP", "seconds", "problems", "failed"):
        table.add_column(column, justify="right")
    for run_ in runs:
        row = summarize_run(run_)
        knobs = " ".join(f"{k}={v}" for k, v in row["parameters"].items())
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


@app.command()
def tree(
    path: Annotated[Path, typer.Argument(help="A run")],
    problem: Annotated[str, typer.Argument(help="A problem's id, its number in the run, or its question")],
    all_nodes: Annotated[bool, typer.Option("--all", help="Show dropped branches too")] = False,
) -> None:
    """Print one tree."""
    from engine.render import show

    out.print(show(_tree(path, problem), all_nodes=all_nodes), markup=False, highlight=False)


def _tree(path: Path, problem: str) -> Any:
    from engine.runs import Run

    opened = Run.open(path)
    by_question = {s.question: s.id for s in opened.summaries}
    return opened.tree(by_question.get(problem, int(problem) if problem.isdecimal() else problem))


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="A run")],
    problem: Annotated[str, typer.Argument(help="A problem's id, its number in the run, or its question")],
    file: Annotated[Path, typer.Option("--out", help="*.graphml or *.json (node-link)")],
) -> None:
    """Write one tree as a graph for networkx, Gephi, Cytoscape or yEd."""
    from engine.graph import write_graph

    write_graph(_tree(path, problem), file)
    err.print(f"wrote {file}", markup=False, highlight=False)


@app.command()
def solve(
    question: Annotated[str, typer.Argument(help="For example: Make 24 from 4 5 6 10")],
    strategy: str = "beam",
    n: int | None = None,
    parameters: Parameters = None,
    task: str = "countdown",
    policy: PolicyName = "countdown-policy",
    prm: PrmName = "countdown-prm",
    seed: int = 0,
    temperature: Annotated[float | None, typer.Option(min=0.0)] = None,
    all_nodes: Annotated[bool, typer.Option("--all", help="Show dropped branches too")] = False,
) -> None:
    """Search one question and print its tree, without a log."""
    from engine.render import show
    from engine.runner import solve as solve_one

    given = _parameters(n, parameters)
    with _one_thread():
        found = solve_one(
            question,
            task=task,
            strategy=strategy,
            policy=policy,
            prm=prm,
            seed=seed,
            temperature=temperature,
            budget=None,
            **given,
        )
    out.print(show(found, all_nodes=all_nodes), markup=False, highlight=False)


@app.command()
def score(
    file: Annotated[Path, typer.Option("--input", help='JSONL: {"question": "…", "steps": ["…", …]}')],
    task: str = "countdown",
    prm: PrmName = "countdown-prm",
    device: Device = "auto",
) -> None:
    """Reward each step of given solutions; prints each line with its rewards."""
    from engine.score import score_file

    with _one_thread():
        for line in score_file(file, task=task, prm=prm, device=device):
            print(json.dumps(line, ensure_ascii=False))


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """The strategies, tasks and models there are."""
    from engine.models.registry import POLICIES, PRMS
    from engine.search import STRATEGIES
    from engine.tasks import TASKS

    strategies = [
        {
            "name": s.name,
            "summary": s.summary,
            "paper": s.paper,
            "parameters": {k: asdict(p) for k, p in s.parameters.items()},
        }
        for s in STRATEGIES.values()
    ]
    tasks = [{"name": t.name, "problem_sets": list(t.problem_sets())} for t in TASKS.values()]
    everything = {"strategies": strategies, "tasks": tasks, "policies": list(POLICIES), "prms": list(PRMS)}
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
        out.print(f"task {t['name']}: {', '.join(t['problem_sets'])}")
    out.print(f"policies: {', '.join(POLICIES)}\nPRMs: {', '.join(PRMS)}")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """What is here and what would run where. Exits with 1 if something needed is missing."""
    from engine.doctor import examine

    report = examine()
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


@app.command()
def pack(run_dir: Path, file: Path) -> None:
    """Pack a run into one file (*.arbutus) to send or to upload."""
    from engine.runs import pack as pack_run

    pack_run(run_dir, file)


@app.command()
def unpack(file: Path, run_dir: Path) -> None:
    """Unpack a packed run into a folder."""
    from engine.runs import unpack as unpack_run

    unpack_run(file, run_dir)


@train_app.command("countdown-policy")
def train_policy(
    out_dir: Annotated[Path, typer.Option("--out", help="Where the model and its checkpoint go")],
    seed: int = 1,
) -> None:
    """Train the built-in policy. Interrupted, the same command goes on."""
    from engine.train.card import finish_policy
    from engine.train.countdown_policy import PHASES

    _train(lambda progress: finish_policy(out_dir, seed=seed, phases=PHASES, on_progress=progress))


@train_app.command("countdown-prm")
def train_prm(
    out_dir: Annotated[Path, typer.Option("--out", help="Where the model and its checkpoint go")],
    policy: PolicyName = "countdown-policy",
    naive: Annotated[bool, typer.Option("--naive", help="Only legal steps: the PRM that search fools")] = False,
    seed: int = 1,
) -> None:
    """Train the built-in PRM, from the policy's weights. Interrupted, the same command goes on."""
    from engine.models.registry import POLICIES, find_model
    from engine.train.card import finish_prm

    folder = find_model(policy, POLICIES)
    _train(lambda progress: finish_prm(out_dir, policy=folder, naive=naive, seed=seed, on_progress=progress))


def _train(work: Any) -> None:
    with _one_thread(), _progress() as bar:
        bar_id = bar.add_task("training", total=None, note="")

        def progress(now: Any) -> None:
            bar.update(bar_id, completed=now.step, total=now.steps, note=f"loss {now.loss:.4f}")

        work(progress)


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=err) as bar:
        yield bar


def main() -> None:
    """Run the command line; an `ArbutusError` ends it with its message and exit code 1."""
    try:
        app()
    except ArbutusError as error:
        err.print(f"[red]error[/red] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(1)
