"""Countdown as a task: how its puzzles are put to a policy, and how solutions are read and checked."""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from engine.protocol import ArbutusError, Writing
from engine.tasks.countdown import rules
from engine.tasks.countdown.problems import PROBLEM_SETS, Puzzle, read_question, to_problem
from engine.tasks.countdown.rules import State, format_number
from engine.tasks.countdown.solver import solvable
from engine.tasks.files import problems_in
from engine.tree import Problem


class Countdown:
    """Make a target from some numbers, each used once. See `protocol.Task`."""

    name = "countdown"
    writing = Writing(separator="\n", step_tokens=48, steps=8)
    temperature = 1.0
    system = ""
    models: tuple[str, str] | None = ("countdown-policy", "countdown-prm")

    def problem_sets(self) -> Sequence[str]:
        return list(PROBLEM_SETS)

    def problems(self, name: str) -> list[Problem]:
        """A set by name, or a JSONL file of ``{"question": "Make 24 from 4 5 6 10"}`` lines."""
        if name in PROBLEM_SETS:
            return PROBLEM_SETS[name]()
        if not name.endswith(".jsonl"):
            raise ArbutusError(f"got problems {name!r}, expected one of {', '.join(PROBLEM_SETS)}, or a .jsonl file")
        return problems_in(
            Path(name),
            '{"question": "Make 24 from 4 5 6 10"}',
            lambda row, _: to_problem(*read_question(row["question"])),
        )

    def read(self, question: str) -> Problem:
        return to_problem(*read_question(question))

    def prompt(self, problem: Problem) -> str:
        return _normal(problem.question) + self.writing.separator

    def answer(self, problem: Problem, steps: Sequence[str], known: Sequence[str] = ()) -> str | None:
        """The solution as one expression; of an illegal solution its own words, so that it may still vote.

        Equal expressions read the same whatever is `known`.
        """
        if not steps:
            return None
        legal = rules.expression(_puzzle(problem.question)[0], steps)
        return legal if legal is not None else f"not legal: {'; '.join(steps)}"

    def correct(self, problem: Problem, steps: Sequence[str]) -> bool:
        """Every step legal, one number left, and it is the target. No answer key is needed."""
        state, target = _puzzle(problem.question)
        left = _play(state, tuple(steps))
        return left is not None and left == (target,)

    def label(self, problem: Problem, steps: Sequence[str]) -> bool:
        """Every step legal so far, and the target can still be reached."""
        state, target = _puzzle(problem.question)
        left = _play(state, tuple(steps))
        return left is not None and _solvable(left, target)

    def ends(self, problem: Problem, steps: Sequence[str]) -> bool:
        """True if the last step states that one number is left."""
        move = rules.parse(steps[-1])
        return move is not None and len(move.left) == 1

    def describe_step(self, problem: Problem, steps: Sequence[str]) -> str:
        state, target = _puzzle(problem.question)
        before, left = _play(state, tuple(steps[:-1])), _play(state, tuple(steps))
        if before is None:
            return "An earlier step was illegal."
        if left is None:
            return why_illegal(before, steps[-1])
        goal = format_number(target)
        if left == (target,):
            return f"Legal, and it makes {goal}."
        return f"Legal; {goal} {'can still' if _solvable(left, target) else 'can no longer'} be reached."


def why_illegal(state: State, step: str) -> str:
    """What is wrong with a step that may not be made from `state`."""
    move = rules.parse(step)
    if move is None:
        return "Illegal: this isn't a step such as “4 + 5 = 9 (left: 6 9)”."
    true = rules.apply(state, move.a, move.op, move.b)
    there = " ".join(map(format_number, state))
    if true is None:
        return f"Illegal: it uses {move.a} and {move.b}, but the numbers are {there} (and none is divided by 0)."
    if true.result != move.result:
        return f"Illegal: {move.a} {move.op} {move.b} is {true.result}, not {move.result}."
    return f"Illegal: what is left is {' '.join(map(format_number, true.left))}."


@lru_cache(maxsize=4096)
def _puzzle(question: str) -> Puzzle:
    return read_question(question)


@lru_cache(maxsize=4096)
def _normal(question: str) -> str:
    return to_problem(*_puzzle(question)).question


@lru_cache(maxsize=100_000)
def _play(state: State, steps: tuple[str, ...]) -> State | None:
    """`rules.play`, remembering every beginning: siblings share theirs."""
    if not steps:
        return state
    before = _play(state, steps[:-1])
    move = rules.parse(steps[-1])
    return move.left if before is not None and move is not None and rules.is_legal(before, move) else None


@lru_cache(maxsize=100_000)
def _solvable(state: State, target: Fraction) -> bool:
    return solvable(state, target)
