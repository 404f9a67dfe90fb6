"""Reward the steps of solutions that someone else wrote."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.models.registry import Asked, load_prm, prm_name
from engine.protocol import PRM, ArbutusError, Chain, Task
from engine.search.ranking import AGGREGATES, aggregate
from engine.tasks import find_task

BATCH = 256


def score_file(path: Path, *, task: str, asked: "Asked | None" = None) -> Iterator[dict[str, Any]]:
    """Each line of `path` with its ``rewards``, one a step, and their ``aggregates``, one for each way.

    A line is ``{"question": "…", "steps": ["…", …]}``; whatever else is in it is kept. A reward that
    is missing is null, and ``errors`` says why; so is an aggregate for which it counts. All lines are
    checked before any is scored.
    """
    found = find_task(task)
    lines = [_checked(path, number, line, found) for number, line in enumerate(_read(path), 1) if line.strip()]
    if not lines:
        raise ArbutusError(f"{path}: got no lines, expected one solution a line")
    asked = asked or Asked()
    model = load_prm(prm_name(asked, found), asked.prm_loading or asked.loading)
    for start in range(0, len(lines), BATCH):
        yield from _score(lines[start : start + BATCH], found, model)


def _read(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ArbutusError(f"{path}: can't be read: {error}") from None


def _checked(path: Path, number: int, line: str, task: Task) -> dict[str, Any]:
    expected = 'expected {"question": "…", "steps": ["…", …]}'
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ArbutusError(f"{path}:{number}: not JSON ({error}); {expected}") from None
    steps = value.get("steps") if isinstance(value, dict) else None
    if not isinstance(steps, list) or not steps or not all(isinstance(s, str) and s.strip() for s in steps):
        raise ArbutusError(f"{path}:{number}: got no list of non-empty steps; {expected}")
    if not isinstance(value.get("question"), str):
        raise ArbutusError(f"{path}:{number}: got no question; {expected}")
    try:
        checked: dict[str, Any] = {**value, "_problem": task.read(value["question"])}
    except ArbutusError as error:
        raise ArbutusError(f"{path}:{number}: {error}") from None
    return checked


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
