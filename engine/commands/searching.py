"""The commands that ask models: run, sweep, solve, score."""

import json
import logging
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.commands.options import BudgetOptions, ModelOptions, WritingOptions, flags, with_options
from engine.commands.progress import Watch, watching
from engine.commands.showing import print_summary
from engine.commands.terminal import Parameters, one_thread, out
from engine.models.registry import Asked
from engine.protocol import ArbutusError, Task
from engine.tree import Problem


@with_options(ModelOptions, WritingOptions, BudgetOptions)
def run(
    models: ModelOptions,
    writing: WritingOptions,
    limits: BudgetOptions,
    out_dir: Annotated[Path, typer.Option("--out", help="The folder of the run")],
    strategy: Annotated[str, typer.Option(help="See `list`")] = "beam",
    problems: Annotated[
        str | None, typer.Option(help="A problem set, a file, or a dataset's id; default: the task's first set")
    ] = None,
    questions: Annotated[
        list[str] | None, typer.Option("--question", help="Only this question, in place of a set. Repeatable.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--problem", help="Only the problem with this id. Repeatable.")
    ] = None,
    task: str = "countdown",
    n: Annotated[int | None, typer.Option(help="The parameter n of the strategy")] = None,
    parameters: Parameters = None,
    seed: int = 0,
    temperature: Annotated[float | None, typer.Option(min=0.0, help="Default: the task's own")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many problems")] = None,
    window: Annotated[int, typer.Option(min=1, help="Problems searched at the same time")] = 128,
    title: str = "",
    note: str = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out")] = False,
) -> None:
    """Search a set of problems and log every tree."""
    from engine.runner import command_line, describe_run, execute, make_setting
    from engine.tasks import find_task

    given = read_parameters(n, parameters)
    with threads(models):
        found = find_task(task)
        problems, chosen = _chosen(found, problems, questions, only)
        chosen = chosen[:limit]
        fitting(models.asked(), found, [strategy])
        setting = make_setting(
            task,
            strategy,
            given,
            asked=models.asked(),
            seed=seed,
            temperature=temperature,
            budget=limits.budget(),
            prices=limits.prices(),
            writing=writing.given(),
        )
        info = describe_run(setting, problems, chosen, command=command_line(sys.argv[1:]), title=title, note=note)
        with watching() as watch:
            watch.begin(f"{strategy} on {Path(problems).name}", len(chosen), out_dir if resume else None)
            finished = execute(
                out_dir,
                setting,
                chosen,
                info,
                resume=resume,
                window=window,
                on_tree=watch.on_tree,
                after_round=watch.after_round,
            )
    print_summary([finished])
    _tell(watch)
    if any(s.error for s in finished.summaries):
        raise typer.Exit(3)


def _tell(watch: Watch) -> None:
    """What went wrong in a run, if anything did: a run whose steps all failed must not pass for a bad policy."""
    if told := watch.failures():
        logging.getLogger("arbutus").warning(told)


def _chosen(
    task: Task, name: str | None, questions: list[str] | None, ids: list[str] | None
) -> tuple[str, list[Problem]]:
    """The problems of a run after their name: typed questions, a set, or those of it with `ids`."""
    if questions and ids:
        raise ArbutusError("got --question and --problem, expected one of them: a typed question is in no problem set")
    if questions:
        typed = [task.read(question) for question in questions]
        return ", ".join(problem.id for problem in typed), typed
    name = name or _first_set(task)
    problems = task.problems(name)
    by_id = {problem.id: problem for problem in problems}
    if missing := [id for id in ids or [] if id not in by_id]:
        raise ArbutusError(f"got --problem {missing[0]!r}, expected an id of {name} such as {next(iter(by_id))!r}")
    return name, [by_id[id] for id in ids] if ids else problems


def _first_set(task: Any) -> str:
    sets = task.problem_sets()
    if not sets:
        raise ArbutusError(
            f"task {task.name!r} comes without problems; name a file or a data set's id: --problems FILE"
        )
    return str(sets[0])


def fitting(asked: Asked, task: Any, strategies: list[str]) -> None:
    """Say that models don't fit here before they are loaded, or fetched. The built-in ones always do."""
    from engine.fit import check_fit
    from engine.models.registry import policy_name, prm_name
    from engine.search import find_strategy

    if asked.policy or asked.prm:
        prm = prm_name(asked, task) if any(find_strategy(name).needs_prm for name in strategies) else None
        check_fit(policy_name(asked, task), prm, asked.loading, asked.prm_loading)


def threads(models: ModelOptions) -> AbstractContextManager[None]:
    """One thread where all models are built in, which are small; torch's own choice elsewhere."""
    from engine.models.registry import POLICIES, PRMS

    own = all(name in (None, *POLICIES, *PRMS) for name in (models.policy, models.prm))
    return one_thread() if own else nullcontext()


def read_parameters(n: int | None, pairs: list[str] | None) -> dict[str, Any]:
    """The parameters of a strategy as a command line gives them. Raises `ArbutusError` for what is none."""
    given: dict[str, Any] = {} if n is None else {"n": n}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise ArbutusError(f"got --set {pair!r}, expected a name and a value such as width=4 or aggregate=min")
        try:
            given[name] = float(value)
        except ValueError:
            given[name] = value
    return given


@with_options(ModelOptions, WritingOptions, BudgetOptions)
def sweep(
    models: ModelOptions,
    writing: WritingOptions,
    limits: BudgetOptions,
    config: Annotated[Path, typer.Argument(help="A TOML file: see sample_runs/tot-100-sweep.toml")],
    out_dir: Annotated[Path, typer.Option("--out", help="The folder that gets a run for each combination")],
    packed: Annotated[bool, typer.Option("--pack", help="Pack each run into one file when it is done")] = False,
) -> None:
    """Run strategies × n × seeds. What is finished already is skipped; what was interrupted goes on."""
    from engine.sweep import read_sweep, run_sweep
    from engine.tasks import find_task

    plan = read_sweep(config)
    for policy, prm in dict.fromkeys((run.policy, run.prm) for run in plan.runs):
        asked = models.asked()
        named = replace(asked, policy=policy or asked.policy, prm=prm or asked.prm)
        fitting(named, find_task(plan.task), [r.strategy for r in plan.runs if (r.policy, r.prm) == (policy, prm)])
    with threads(models), watching(plan.name, len(plan.runs)) as watch:
        for _ in run_sweep(
            plan,
            out_dir,
            asked=models.asked(),
            writing=writing.given(),
            budget=limits.budget(),
            prices=limits.prices(),
            words=flags(models, writing),
            packed=packed,
            begin=watch.begin,
            on_tree=watch.on_tree,
            after_round=watch.after_round,
        ):
            watch.runs_done += 1
            _tell(watch)


@with_options(ModelOptions, WritingOptions, BudgetOptions)
def solve(
    models: ModelOptions,
    writing: WritingOptions,
    limits: BudgetOptions,
    question: Annotated[str, typer.Argument(help="For example: Make 24 from 4 5 6 10")],
    strategy: str = "beam",
    n: int | None = None,
    parameters: Parameters = None,
    task: str = "countdown",
    seed: int = 0,
    temperature: Annotated[float | None, typer.Option(min=0.0)] = None,
    all_nodes: Annotated[bool, typer.Option("--all", help="Show dropped branches too")] = False,
) -> None:
    """Search one question and print its tree, without a log."""
    from engine.render import show
    from engine.runner import make_setting, solve_with

    with threads(models):
        setting = make_setting(
            task,
            strategy,
            read_parameters(n, parameters),
            asked=models.asked(),
            seed=seed,
            temperature=temperature,
            budget=limits.budget(),
            prices=limits.prices(),
            writing=writing.given(),
        )
        found = solve_with(setting, question)
    out.print(show(found, all_nodes=all_nodes, width=out.width), markup=False, highlight=False)


@with_options(ModelOptions)
def score(
    models: ModelOptions,
    file: Annotated[
        Path, typer.Option("--input", help='JSONL: {"question": "…", "steps": ["…", …]} or {…, "solution": "…"}')
    ],
    task: str = "countdown",
    separator: Annotated[
        str | None,
        typer.Option(help=r"What parts the steps of a whole solution; \n is a new line; default: the task's"),
    ] = None,
) -> None:
    """Reward each step of given solutions; prints each line with its rewards."""
    from engine.score import score_file

    with threads(models):
        for line in score_file(file, task=task, asked=models.asked(), separator=(separator or "").replace("\\n", "\n")):
            print(json.dumps(line, ensure_ascii=False))
