"""A run: searches over a set of problems, written to the log as they go, and resumed from it."""

import platform
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.budgets import check_budget
from engine.prices import Prices
from engine.protocol import PRM, ArbutusError, Budget, Policy
from engine.runs import Run, RunInfo, RunWriter
from engine.scheduler import Job, Setting, run_searches
from engine.tree import Problem, Tree

if TYPE_CHECKING:
    from engine.models.registry import Asked, Kept

RECORDED = ("torch", "transformers", "numpy", "msgspec")


def command_line(arguments: Sequence[str]) -> str:
    """The command that made a run, as it can be typed again."""
    return "python -m engine " + shlex.join(arguments)


def describe_run(
    setting: Setting,
    problem_set: str,
    problems: Sequence[Problem],
    *,
    command: str = "",
    title: str = "",
    note: str = "",
) -> RunInfo:
    """What run.json says of a run with this setting over these problems."""
    policy = dict(setting.policy.describe())
    return RunInfo(
        task=setting.task.name,
        problem_set=problem_set,
        problems=len(problems),
        strategy=setting.strategy.name,
        parameters=dict(setting.parameters),
        budget={k: v for k, v in asdict(setting.budget).items() if v is not None},
        prices=asdict(setting.prices) if setting.prices else {},
        seed=setting.seed,
        policy=policy,
        prm=dict(setting.prm.describe()) if setting.prm and setting.strategy.needs_prm else None,
        device=str(policy.get("device", "cpu")),
        dtype=str(policy.get("dtype", "float32")),
        versions={"python": platform.python_version(), **{name: version(name) for name in RECORDED}},
        command=command,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        temperature=setting.temperature,
        writing=asdict(setting.written),
        title=title,
        note=note,
    )


def execute(
    out: Path,
    setting: Setting,
    problems: Sequence[Problem],
    info: RunInfo,
    *,
    resume: bool = False,
    window: int = 128,
    on_tree: Callable[[Tree], None] = lambda _: None,
    after_round: Callable[[Mapping[int, Tree]], None] = lambda _: None,
) -> Run:
    """Search every problem, write the log to the folder `out`, and open it.

    `after_round` is called with the trees that changed once they are in the log; `on_tree` with each
    that ended.

    With `resume`, trees that are finished there are kept and unfinished ones go on; raises
    `ArbutusError` if what is there was run with another setting.
    """
    if resume and (out / "run.json").exists():
        _same_run(Run.open(out).info, info, out)
        writer, before = RunWriter.resume(out)
        done, past = {s.index for s in before.summaries}, before.open_trees()
    else:
        writer, done, past = RunWriter.create(out, info), set[int](), dict[int, Tree]()
    jobs = (Job(i, p, past.get(i)) for i, p in enumerate(problems) if i not in done)

    def on_round(trees: Mapping[int, Tree]) -> None:
        writer.write(trees)
        after_round(trees)

    with writer:
        for _, tree in run_searches(jobs, setting, window=window, on_round=on_round):
            on_tree(tree)
    return Run.open(out)


def _same_run(before: RunInfo, now: RunInfo, out: Path) -> None:
    def essence(info: RunInfo) -> dict[str, Any]:
        return {
            "task": info.task,
            "problem set": info.problem_set,
            "number of problems": info.problems,
            "strategy": info.strategy,
            "parameters": info.parameters,
            "budget": info.budget,
            "prices": info.prices if "money" in info.budget else {},
            "seed": info.seed,
            "temperature": info.temperature,
            "writing": info.writing,
            "policy": info.policy.get("sha256", info.policy.get("id")),
            "system prompt": info.policy.get("system"),
            "chat template's variables": info.policy.get("template") or {},
            "PRM": info.prm and info.prm.get("sha256", info.prm.get("id")),
            "kind of PRM": info.prm and info.prm.get("kind"),
        }

    old, new = essence(before), essence(now)
    if not old["writing"]:
        new["writing"] = old["writing"]  # from before it was recorded
    if not old["kind of PRM"]:
        new["kind of PRM"] = old["kind of PRM"]  # likewise
    if "aggregate" in now.parameters:
        aggregate = before.parameters.get("aggregate", "last")  # it is missing from before there was a choice
        old["parameters"] = {**before.parameters, "aggregate": aggregate}
    for name, value in new.items():
        if old[name] != value:
            raise ArbutusError(
                f"{out}: the run there has {name} {old[name]!r}, this one {value!r}; "
                "resume with the same setting, or choose another --out"
            )


def solve(
    question: str,
    *,
    task: str = "countdown",
    strategy: str = "beam",
    policy: str | None = None,
    prm: str | None = None,
    seed: int = 0,
    temperature: float | None = None,
    budget: Budget | None = None,
    prices: Prices | None = None,
    **parameters: float | str,
) -> Tree:
    """Search one question with the built-in models (or others, by name) and return its tree.

    `prices`: what a million tokens cost, for a budget of money.

    Raises `ArbutusError` if the question, the strategy, a parameter or a model is not what it should be.
    """
    from engine.models.registry import Asked

    asked = Asked(policy, prm)
    setting = make_setting(
        task,
        strategy,
        parameters,
        asked=asked,
        seed=seed,
        temperature=temperature,
        budget=budget,
        prices=prices,
    )
    return solve_with(setting, question)


def solve_with(setting: Setting, question: str) -> Tree:
    """Search one question and return its tree."""
    ((_, tree),) = run_searches([Job(0, setting.task.read(question))], setting)
    return tree


def make_setting(
    task: str,
    strategy: str,
    parameters: Mapping[str, float | str],
    *,
    asked: "Asked | None" = None,
    loaded: tuple[Policy, PRM | None] | None = None,
    kept: "Kept | None" = None,
    seed: int = 0,
    temperature: float | None = None,
    budget: Budget | None = None,
    prices: Prices | None = None,
    writing: Mapping[str, Any] | None = None,
) -> Setting:
    """Everything a run needs, found by name and checked. Loads the models, unless they are `loaded`.

    What is loaded is put into `kept`, and taken from there the next time.

    `writing`: what is to be other than the task's own `protocol.Writing`.
    """
    from engine.models.registry import Asked, load_models
    from engine.search import check_parameters, find_strategy
    from engine.tasks import find_task

    found_task, found = find_task(task), find_strategy(strategy)
    checked = check_parameters(found, parameters)
    policy, prm = loaded or load_models(asked or Asked(), found_task, needs_prm=found.needs_prm, kept=kept)
    setting = Setting(
        task=found_task,
        strategy=found,
        policy=policy,
        prm=prm if found.needs_prm else None,
        parameters=checked,
        budget=budget or Budget(),
        prices=prices or Prices(),
        seed=seed,
        temperature=found_task.temperature if temperature is None else temperature,
        writing=replace(found_task.writing, **writing) if writing else None,
    )
    check_budget(setting.budget, setting.prices, setting.policy, setting.prm)
    return setting
