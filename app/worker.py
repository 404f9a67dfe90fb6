"""The process that runs live searches: ``python -m app.worker``. The only part of the app with torch in it.

Jobs come as JSON lines on standard input, a word on each job goes out as JSON lines on standard
output; the tree itself goes to the log, which the page reads like any other run. The process ends
when its input does, so it never outlives the app.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.models.registry import Asked, Kept, load_judge
from engine.prices import Prices
from engine.protocol import ArbutusError, Budget
from engine.runner import command_line, describe_run, execute, make_setting
from engine.runs import Run
from engine.scheduler import Setting
from engine.solution import judge
from engine.tasks import find_task
from engine.tree import Problem, Tree
from engine.whatif.changes import Change
from engine.whatif.growing import change_run
from engine.whatif.resuming import resume_change

AfterRound = Callable[[Mapping[int, Tree]], None]
CANCEL = "cancel"
"""The file in a run's folder that asks for its end."""


WARM = {
    "countdown": "Make 24 from 4 6",
    "word-problems": "Mia has 2 books. She buys 3 more books. How many books does Mia have now?",
}
"""By task: a question to run its models on once."""


class Cancelled(Exception):  # noqa: N818 - not an error
    """The person who started the search wants it to end."""


def main() -> None:
    import torch

    if not torch.cuda.is_available():
        torch.set_num_threads(1)
    models: Kept = {}
    warm_up(models)
    say(state="ready")
    for line in sys.stdin:
        job = json.loads(line)
        try:
            found = work(job, models)
            say(job=job["id"], state="done", found=found)
        except Cancelled:
            say(job=job["id"], state="cancelled")
        except ArbutusError as error:
            say(job=job["id"], state="failed", error=str(error))
        except Exception as error:  # a bug must reach the page as words, and the next job must still run
            say(job=job["id"], state="failed", error=f"{type(error).__name__}: {error}")


def say(**message: Any) -> None:
    print(json.dumps(message), flush=True)


def warm_up(models: Kept) -> None:
    """Load the built-in models of every task and run them once, so that the first search begins at once."""
    from engine.scheduler import Job, run_searches

    for task, question in WARM.items():
        try:
            setting = _setting({"task": task, "strategy": "beam", "parameters": {"n": 2}}, models)
            list(run_searches([Job(0, setting.task.read(question))], setting))
        except ArbutusError:
            continue  # the first job will say what is missing


def work(job: Mapping[str, Any], models: Kept) -> dict[str, Any] | None:
    """Run one job: judge a solution and tell what was found, or log to its folder a search or a change to a tree."""
    if "steps" in job:
        return _judge(job, models)
    folder = Path(job["folder"])

    def after_round(_: Mapping[int, Tree]) -> None:
        if (folder / CANCEL).exists():
            raise Cancelled
        time.sleep(job.get("pause", 0.0))

    if "resume" in job:
        (folder / CANCEL).unlink(missing_ok=True)
        resume_change(folder, Run.open(Path(job["resume"])), kept=models, after_round=after_round)
    elif "change" in job:
        _change(job, folder, models, after_round)
    else:
        _search(job, folder, models, after_round)
    return None


def _judge(job: Mapping[str, Any], models: Kept) -> dict[str, Any]:
    """A `Judgement` as JSON."""
    task = find_task(job["task"])
    found = judge(Problem(**job["problem"]), job["steps"], task, load_judge(Asked(prm=job["prm"]), task, models))
    return {**found._asdict(), "steps": [step._asdict() for step in found.steps]}


def _search(job: Mapping[str, Any], folder: Path, models: Kept, after_round: AfterRound) -> None:
    setting = _setting(job, models)
    problem = Problem(**job["problem"])
    of = job.get("problems") or problem.id
    info = describe_run(setting, of, [problem], command=job.get("command", ""), title=job.get("title", ""))
    execute(folder, setting, [problem], info, after_round=after_round)


def _change(job: Mapping[str, Any], folder: Path, models: Kept, after_round: AfterRound) -> None:
    """The old run is only read."""
    change_run(
        Run.open(Path(job["path"])),
        job["problem"],
        Change(**job["change"]),
        folder,
        name=job["run"],
        kept=models,
        parameters=job.get("parameters", {}),
        seed=job.get("seed"),
        temperature=job.get("temperature"),
        budget=Budget(**job.get("budget", {})),
        prices=Prices(**job["prices"]) if job.get("prices") else None,
        command=job.get("command", ""),
        after_round=after_round,
    )


def change_command(folder: Path, job: Mapping[str, Any]) -> str:
    """The command that makes the same change; the old run by its key, as the explorer names it."""
    given = [(f"--{name}", job.get(name)) for name in ("seed", "temperature")]
    given += [(f"--{name.replace('_', '-')}", value) for name, value in job["budget"].items()]
    given += [("--price", f"{name}={price}") for name, price in job.get("prices", {}).items()]
    given += [("--set", f"{name}={_plain(value)}") for name, value in job["parameters"].items()]
    options = [str(word) for name, value in given if value is not None for word in (name, value)]
    return command_line(
        ["whatif", job["run"], job["problem"], *Change(**job["change"]).options(), *options, "--out", folder.name]
    )


def command(folder: Path, job: Mapping[str, Any]) -> str:
    """The command that makes the same tree."""
    problem = job["problem"]
    asked = (
        ["--problems", job["problems"], "--problem", problem["id"]]
        if job.get("problems")
        else (["--question", problem["question"]])
    )
    given = {
        f"--{name}": value
        for name in ("strategy", "prm", "seed", "temperature")
        if (value := job.get(name)) is not None
    }
    limits = {f"--{name.replace('_', '-')}": value for name, value in job["budget"].items()}
    options = [str(word) for pair in {**given, **limits}.items() for word in pair]
    options += [word for name, price in job.get("prices", {}).items() for word in ("--price", f"{name}={price}")]
    knobs = [word for name, value in job["parameters"].items() for word in ("--set", f"{name}={_plain(value)}")]
    return command_line(["run", "--task", job["task"], *asked, *options, *knobs, "--out", folder.name])


def _plain(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _setting(job: Mapping[str, Any], models: Kept) -> Setting:
    return make_setting(
        job["task"],
        job["strategy"],
        job.get("parameters", {}),
        asked=Asked(job.get("policy"), job.get("prm")),
        kept=models,
        seed=job.get("seed", 0),
        temperature=job.get("temperature"),
        budget=Budget(**job.get("budget", {})),
        prices=Prices(**job.get("prices", {})),
    )


if __name__ == "__main__":
    main()
