"""A sweep: strategies × n × seeds over one problem set, a run each, from a small TOML file.

name = "tot-100 sweep"
task = "countdown"
problems = "tot-100"
seeds = [0, 1]
prices = {policy = 0.4, prm = 0.1}  # optional: of a million tokens

[[strategies]]
name = "beam"
n = [1, 4, 16]
aggregate = "min"               # the strategy's parameters, by name
prm = "countdown-prm-naive"     # optional; so are policy, temperature, seeds, budget and label

[[strategies]]
name = "mcts"
n = 256
budget = {policy_tokens = [250, 1000], seconds = 60}  # a run for each limit in a list
"""

import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

from engine.budgets import UNITS, check_amounts, limits_of
from engine.models.registry import Asked, Kept
from engine.prices import Prices, read_prices
from engine.protocol import ArbutusError, Budget
from engine.runner import command_line, describe_run, execute, make_setting
from engine.runs import Run, pack
from engine.scheduler import Setting
from engine.search import check_parameters, find_strategy
from engine.tasks import find_task
from engine.tree import Tree

EACH = ("policy", "prm", "temperature")
"""What an entry may say for itself, or the sweep for all."""
COMMON = {"name", "task", "problems", "seeds", "budget", "prices", "note", "strategies", *EACH}


@dataclass(frozen=True, slots=True)
class Planned:
    """One run of a sweep."""

    label: str
    strategy: str
    parameters: dict[str, Any]
    seed: int
    policy: str | None
    prm: str | None
    temperature: float | None
    title: str
    budget: Budget | None = None
    """None: that of the whole sweep."""
    prices: Prices | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    name: str
    task: str
    problems: str
    note: str = ""
    runs: list[Planned] = field(default_factory=list)


def read_sweep(path: Path) -> Sweep:
    """The plan in a TOML file, every strategy and parameter checked. Raises `ArbutusError` naming the file."""
    try:
        config = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ArbutusError(f"{path}: can't be read as TOML: {error}") from None
    try:
        return _plan(config)
    except ArbutusError as error:
        raise ArbutusError(f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArbutusError(
            f"{path}: a value is missing or of the wrong kind ({type(error).__name__}: {error})"
        ) from None


def _plan(config: dict[str, Any]) -> Sweep:
    unknown = sorted(set(config) - COMMON)
    if unknown:
        raise ArbutusError(f"got the key {unknown[0]!r}, expected some of: {', '.join(sorted(COMMON))}")
    task, problems = config.get("task", "countdown"), config.get("problems", "tot-100")
    find_task(task).problems(problems)
    runs = [run for entry in config["strategies"] for run in _runs_of(entry, config)]
    if not runs:
        raise ArbutusError("got no strategies, expected at least one [[strategies]] entry with a name")
    labels = [run.label for run in runs]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice:
        raise ArbutusError(f"two runs would both be called {twice!r}; give one entry a label of its own")
    return Sweep(config.get("name", "sweep"), task, problems, config.get("note", ""), runs)


def _runs_of(entry: dict[str, Any], config: dict[str, Any]) -> Iterator[Planned]:
    own = dict(entry)
    name, label = own.pop("name"), own.pop("label", None) or entry["name"]
    strategy = find_strategy(name)
    seeds = own.pop("seeds", config.get("seeds", [0]))
    models = {k: own.pop(k, config.get(k)) for k in EACH}
    budgets = list(_budgets(own.pop("budget", config.get("budget"))))
    prices = _prices(own.pop("prices", config.get("prices")))
    sizes = own.pop("n", [None])
    for n in sizes if isinstance(sizes, list) else [sizes]:
        given = own if n is None else {**own, "n": n}
        parameters = check_parameters(strategy, given)
        size = "" if n is None else f"-n{n}"
        for (limits, budget), seed in product(budgets, seeds):
            yield Planned(
                f"{label}{size}{limits}-s{seed}",
                name,
                dict(parameters),
                int(seed),
                title=f"{label}{size.replace('-', ' ')}{limits.replace('-', ' ')}",
                budget=budget,
                prices=prices,
                **models,
            )


def _budgets(given: Mapping[str, Any] | None) -> Iterator[tuple[str, Budget | None]]:
    """Each combination of the limits in lists, with what the lists' part of it adds to a label."""
    if given is None:
        yield "", None
        return
    unknown = next((unit for unit in given if unit not in UNITS), None)
    if unknown:
        raise ArbutusError(f"got a budget of {unknown!r}, expected some of: {', '.join(UNITS)}")
    listed = {unit: limit if isinstance(limit, list) else [limit] for unit, limit in given.items()}
    for limits in product(*listed.values()):
        pairs = dict(zip(listed, limits, strict=True))
        told = (f"-{unit}{limit:g}" for unit, limit in pairs.items() if isinstance(given[unit], list))
        budget = Budget(**pairs)
        check_amounts(budget)
        yield "".join(told), budget


def _prices(given: Mapping[str, float] | None) -> Prices | None:
    return None if given is None else read_prices(f"{name}={price}" for name, price in given.items())


def run_sweep(
    plan: Sweep,
    out: Path,
    *,
    asked: Asked | None = None,
    writing: Mapping[str, Any] | None = None,
    budget: Budget | None = None,
    prices: Prices | None = None,
    words: Sequence[str] = (),
    packed: bool = False,
    begin: Callable[[str, int, Path], None] = lambda *_: None,
    on_tree: Callable[[Tree], None] = lambda _: None,
    after_round: Callable[[Mapping[int, Tree]], None] = lambda _: None,
) -> Iterator[str]:
    """Make the runs of `plan` in folders below `out`; yields each label when it is done.

    `asked`, `budget`, `prices`: for runs that name none. `words`: what gives `asked` and `writing` on a command line.

    Finished runs are left alone, an interrupted one is resumed. With `packed` each becomes one file.

    `begin` is called with the label, the number of problems and the folder of each run that is made now,
    `on_tree` and `after_round` as by `runner.execute`.
    """
    problems = find_task(plan.task).problems(plan.problems)
    asked, kept = asked or Asked(), Kept()
    for planned in plan.runs:
        folder, file = out / planned.label, out / f"{planned.label}.arbutus"
        if not file.exists() and not (not packed and _complete(folder, len(problems))):
            setting = make_setting(
                plan.task,
                planned.strategy,
                planned.parameters,
                asked=replace(asked, policy=planned.policy or asked.policy, prm=planned.prm or asked.prm),
                kept=kept,
                seed=planned.seed,
                temperature=planned.temperature,
                budget=planned.budget or budget,
                prices=planned.prices or prices,
                writing=writing,
            )
            command = command_line([*_arguments(plan, planned, setting), *words])
            info = describe_run(setting, plan.problems, problems, command=command, title=planned.title, note=plan.note)
            begin(planned.label, len(problems), folder)
            execute(folder, setting, problems, info, resume=True, on_tree=on_tree, after_round=after_round)
            if packed:
                _pack_whole(folder, file, len(problems))
        yield planned.label


def _pack_whole(folder: Path, file: Path, problems: int) -> None:
    """Pack a run and take its folder away. Raises `ArbutusError` if it isn't whole: no packed run is gone on with."""
    if not _complete(folder, problems):
        raise ArbutusError(
            f"{folder}: got {Run.open(folder).finished} finished trees, expected {problems}, so it isn't packed; "
            "run the sweep again to go on"
        )
    pack(folder, file)
    shutil.rmtree(folder)


def _complete(folder: Path, problems: int) -> bool:
    return (folder / "run.json").exists() and len(Run.open(folder).summaries) == problems


def _arguments(plan: Sweep, planned: Planned, setting: Setting) -> list[str]:
    """The arguments of the single command that makes the same run."""
    arguments = ["run", "--task", plan.task, "--problems", plan.problems, "--strategy", planned.strategy]
    for name, value in setting.parameters.items():
        arguments += ["--n", str(value)] if name == "n" else ["--set", f"{name}={value}"]
    if planned.policy:
        arguments += ["--policy", planned.policy]
    if planned.prm:
        arguments += ["--prm", planned.prm]
    if planned.temperature is not None:
        arguments += ["--temperature", str(planned.temperature)]
    for unit, limit in limits_of(setting.budget).items():
        arguments += [f"--{unit.replace('_', '-')}", str(limit)]
    for name, price in asdict(setting.prices).items():
        arguments += ["--price", f"{name}={price}"] if price else []
    return [*arguments, "--seed", str(planned.seed), "--out", f"runs/{planned.label}"]
