"""Reward the steps of solutions that someone else wrote."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.models.registry import Asked, load_judge
from engine.protocol import PRM, ArbutusError, Chain, Task
from engine.rewards import AGGREGATES, aggregate
from engine.tasks import find_task

BATCH = 256
QUESTION = ("question", "problem", "prompt", "input")
SOLUTION = ("solution", "response", "completion", "output")
"""Fields that hold a solution as one text, where there is no list of steps."""


def score_file(
    path: Path, *, task: str, asked: "Asked | None" = None, separator: str | None = None
) -> Iterator[dict[str, Any]]:
    """Each line of `path` with its ``rewards``, one a step, and their ``aggregates``, one for each way.

    A line is ``{"question": "…", "steps": ["…", …]}``, or has a whole ``solution``, whose steps `separator`
    parts (None: the task's own) and which get added as ``steps``. The question may also be called problem,
    prompt or input, the solution response, completion or output; whatever else is in a line is kept. A reward
    that is missing is null, and ``errors`` says why; so is an aggregate for which it counts. All lines
    are checked before any is scored.
    """
    found = find_task(task)
    between = separator or found.writing.separator
    lines = [_checked(path, number, line, found, between) for number, line in enumerate(_read(path), 1) if line.strip()]
    if not lines:
        raise ArbutusError(f"{path}: got no lines, expected one solution a line")
    model = load_judge(asked or Asked(), found)
    for start in range(0, len(lines), BATCH):
        yield from _score(lines[start : start + BATCH], found, model)


def _read(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ArbutusError(f"{path}: can't be read: {error}") from None


def _checked(path: Path, number: int, line: str, task: Task, separator: str) -> dict[str, Any]:
    expected = 'expected {"question": "…", "steps": ["…", …]} or {"question": "…", "solution": "…"}'
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ArbutusError(f"{path}:{number}: not JSON ({error}); {expected}") from None
    if not isinstance(value, dict):
        raise ArbutusError(f"{path}:{number}: got no object; {expected}")
    steps = value.get("steps")
    if steps is None and isinstance(whole := _first(value, SOLUTION), str):
        steps = [part.strip() for part in whole.split(separator) if part.strip()]
    if not isinstance(steps, list) or not steps or not all(isinstance(s, str) and s.strip() for s in steps):
        raise ArbutusError(f"{path}:{number}: got no list of non-empty steps; {expected}")
    question = _first(value, QUESTION)
    if not isinstance(question, str):
        raise ArbutusError(f"{path}:{number}: got no question; {expected}")
    try:
        checked: dict[str, Any] = {**value, "steps": steps, "_problem": task.read(question)}
    except ArbutusError as error:
        raise ArbutusError(f"{path}:{number}: {error}") from None
    return checked


def _first(value: dict[str, Any], names: Sequence[str]) -> Any:
    return next((value[name] for name in names if name in value), None)


def _score(lines: list[dict[str, Any]], task: Task, prm: PRM) -> Iterator[dict[str, Any]]:
    chains = []
    for line in lines:
        steps = tuple(line["steps"])
        chains.append(Chain(task.prompt(line["_problem"]), steps, 0, task.ends(line["_problem"], steps)))
    for line, rewards in zip(lines, prm.score(chains), strict=True):
        del line["_problem"]
        line["rewards"] = values = [r.value for r in rewards]
        line["aggregates"] = {how: aggregate(values, how) for how in AGGREGATES}
        if any(r.error for r in rewards):
            line["errors"] = [r.error for r in rewards]
        yield line
