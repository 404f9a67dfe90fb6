"""The commands that ask models: run, sweep, solve, score."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.commands.showing import print_summary
from engine.commands.terminal import Device, Parameters, PolicyName, PrmName, one_thread, out, progress_bar
from engine.protocol import ArbutusError, Budget


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
    with one_thread():
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
        with progress_bar() as bar:
            bar_id = bar.add_task(f"{strategy} on {Path(problems).name}", total=len(chosen), note="")
            solved = 0

            def on_tree(tree: Any) -> None:
                nonlocal solved
                solved += bool(tree.chosen and tree.chosen.correct)
                bar.update(bar_id, advance=1, note=f"{solved} solved")

            finished = execute(out_dir, setting, chosen, info, resume=resume, window=window, on_tree=on_tree)
    print_summary([finished])
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


def sweep(
    config: Annotated[Path, typer.Argument(help="A TOML file: see sample_runs/tot-100-sweep.toml")],
    out_dir: Annotated[Path, typer.Option("--out", help="The folder that gets a run for each combination")],
    device: Device = "auto",
    packed: Annotated[bool, typer.Option("--pack", help="Pack each run into one file when it is done")] = False,
) -> None:
    """Run strategies × n × seeds. What is finished already is skipped; what was interrupted goes on."""
    from engine.sweep import read_sweep, run_sweep

    plan = read_sweep(config)
    with one_thread(), progress_bar() as bar:
        bar_id = bar.add_task(plan.name, total=len(plan.runs), note="")
        for label in run_sweep(plan, out_dir, device=device, packed=packed):
            bar.update(bar_id, advance=1, note=label)


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
    with one_thread():
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


def score(
    file: Annotated[Path, typer.Option("--input", help='JSONL: {"question": "…", "steps": ["…", …]}')],
    task: str = "countdown",
    prm: PrmName = "countdown-prm",
    device: Device = "auto",
) -> None:
    """Reward each step of given solutions; prints each line with its rewards."""
    from engine.score import score_file

    with one_thread():
        for line in score_file(file, task=task, prm=prm, device=device):
            print(json.dumps(line, ensure_ascii=False))
