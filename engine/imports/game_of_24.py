"""What the logs of Tree of Thoughts share about their tasks: the game of 24, and what tells one task from another."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from engine.protocol import ArbutusError
from engine.tasks import find_task
from engine.tasks.countdown import rules
from engine.tasks.countdown.expressions import LONGEST, makes
from engine.tasks.countdown.problems import read_question
from engine.tree import Problem

COUNTDOWN = find_task("countdown")
TASK = "tree-of-thoughts"
"""What the problems of its other tasks belong to."""


def puzzle_of(x: str) -> Problem | None:
    """The puzzle of 24 that these numbers are, None if they are no numbers."""
    try:
        return COUNTDOWN.read(f"Make 24 from {x}")
    except ArbutusError:
        return None


def puzzle_at(idx: int | None, outputs: Collection[str]) -> Problem | None:
    """The published puzzle at a place of the log's task file, if some output takes up its numbers."""
    ranked = {problem.meta["rank"] - 1: problem for problem in COUNTDOWN.problems("tot-100")}
    problem = None if idx is None else ranked.get(idx)
    return problem if problem is not None and any(_takes_up(y, problem) for y in outputs) else None


def _takes_up(output: str, problem: Problem) -> bool:
    """Whether an output begins with a legal step from these numbers, or answers with each of them once."""
    numbers, _ = read_question(problem.question)
    steps = steps_of(output)
    if steps and rules.is_legal(numbers, rules.parse(steps[0])):
        return True
    expression = answer_of(output) if is_answer(output) else ""
    return sorted(re.findall(r"\d+", expression[:LONGEST])) == sorted(map(str, numbers))


def steps_of(output: str) -> list[str]:
    """The lines of an output; the heading of a chain of thought is no step."""
    lines = [line.strip() for line in output.split("\n") if line.strip()]
    return lines[1:] if lines[:1] == ["Steps:"] else lines


def is_answer(words: str) -> bool:
    return words.strip().rpartition("\n")[2].lower().startswith("answer:")


def answer_of(words: str) -> str:
    """The expression in a last line “Answer: … = 24”."""
    return words.strip().rpartition("\n")[2][len("answer:") :].partition("=")[0].strip()


def is_right(words: str, puzzle: Problem, graded: float | None) -> bool | None:
    """As the log has it; of an answer that it left ungraded, by exact arithmetic; None of what is no answer."""
    if graded is not None:
        return graded == 1
    return makes(answer_of(words), puzzle.question) if is_answer(words) else None


def label(puzzle: Problem | None, steps: list[str]) -> bool | None:
    """Whether 24 can still be reached, of legal steps in whole numbers: GPT-4 rounds, and adds remarks."""
    if puzzle is None:
        return None
    moves = [rules.parse(step) for step in steps]
    if any(move is None or _fractions(move) for move in moves):
        return None
    return COUNTDOWN.label(puzzle, steps)


def _fractions(move: rules.Move) -> bool:
    return any(number.denominator > 1 for number in (move.a, move.b, move.result, *move.left))


def known_set(ids: Collection[str]) -> str | None:
    ours = {problem.id for problem in COUNTDOWN.problems("tot-100")}
    return "tot-100" if ids and ours.issuperset(ids) else None


def samples_id(idx: int | None, infos: Collection[Mapping[str, Any]]) -> str:
    """The id of a problem whose words aren't in its log: by its place, and by how outputs of its task are graded."""
    names = {name for info in infos for name in info}
    task = "crosswords" if "r_game" in names else "text" if "rs" in names else "outputs"
    return "" if idx is None else f"{task}-{idx}"
