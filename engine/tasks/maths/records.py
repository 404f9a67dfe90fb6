"""From a row of a data set to a problem: which fields hold the question, the answer, and what else is known."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.protocol import ArbutusError
from engine.tasks.maths.answers import answer_of, boxed, tidy
from engine.tree import Problem

QUESTION = ("question", "problem", "prompt", "input")
ANSWER = ("answer", "final_answer", "expected", "target", "ground_truth", "solution")
ID = ("unique_id", "id", "ID", "problem_id")
LONGEST_META = 200
LEVEL = re.compile(r"(?:level\s*)?(\d+)", re.IGNORECASE)


def problem_of(row: Mapping[str, Any], where: str, name: str) -> Problem:
    """The problem in a row. `name`: its id if the row has none. Raises `ArbutusError` that names the place."""
    question = _field(row, QUESTION, "question", where)
    answer = _field(row, ANSWER, "answer", where)
    key = key_of(str(row[answer]))
    if not str(row[question]).strip() or not key:
        raise ArbutusError(f"{where}: got an empty {question if not str(row[question]).strip() else answer}")
    given = next((str(row[field]) for field in ID if row.get(field) not in (None, "")), name)
    return Problem(given, str(row[question]).strip(), key, _meta(row, {question, answer, *ID, "solution"}))


def _field(row: Mapping[str, Any], names: Sequence[str], kind: str, where: str) -> str:
    found = next((name for name in names if name in row), None)
    if found is None:
        raise ArbutusError(f"{where}: got the fields {', '.join(row)}, expected a {kind}: one of {', '.join(names)}")
    if not isinstance(row[found], str | int | float):
        raise ArbutusError(f"{where}: got a {type(row[found]).__name__} for {found}, expected text or a number")
    return found


def key_of(answer: str) -> str:
    """The bare answer of a key, which may be a whole solution (GSM8K's ends with ``#### 18``)."""
    if "####" in answer:
        return tidy(answer.rpartition("####")[2]).replace(",", "")
    inside = boxed(answer)
    if inside is not None:
        return tidy(inside)
    return tidy(answer) if "\n" not in answer.strip() else tidy(answer_of(answer) or "")


def _meta(row: Mapping[str, Any], without: set[str]) -> dict[str, Any]:
    """What is small and plain of the other fields; ``Level 3`` as the number 3."""
    known: dict[str, Any] = {}
    for field, value in row.items():
        if field in without or not isinstance(value, str | int | float | bool) or value == "":
            continue
        if field == "level" and (level := LEVEL.fullmatch(str(value).strip())):
            known[field] = int(level[1])
        elif not isinstance(value, str) or len(value) <= LONGEST_META:
            known[field] = value
    return known
