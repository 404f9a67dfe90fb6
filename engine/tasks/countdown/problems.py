"""Problem sets of Countdown, and the generator of new problems with their difficulty.

What is held out is held out for good: `held_out` names every puzzle that no model may be trained
on, and the training data drop a puzzle as soon as any state on its way is one of them.
"""

import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from hashlib import blake2b
from itertools import combinations_with_replacement

import numpy as np

from engine.tasks.countdown.rules import CountdownError, State, format_number, make_state
from engine.tasks.countdown.solver import chance, chances, to_arrays
from engine.tree import Problem

# Ranks 901 to 1000 by human solve rate on 4nums.com: the test set of Yao et al. 2023
# (Tree of Thoughts, arXiv:2305.10601), easiest first.
_TOT_100 = """
4 5 6 10;1 2 4 7;2 5 8 11;3 4 4 13;6 7 8 9;1 11 11 13;1 8 10 11;2 3 6 9;1 3 5 9;3 3 7 12;4 5 7 9;1 2 8 13;4 6 6 9
1 4 4 8;1 5 10 11;3 4 6 11;2 4 8 9;1 4 5 13;2 2 7 12;3 3 6 7;1 5 9 13;5 6 7 13;5 5 8 10;2 4 6 12;6 7 8 11;7 9 9 13
3 6 9 12;6 9 12 13;4 7 9 13;5 6 8 12;2 4 6 7;2 5 10 10;6 6 7 12;6 9 9 11;5 8 11 12;5 6 8 10;6 11 12 13;2 2 8 8
2 7 12 13;2 6 8 12;3 4 9 13;4 5 10 12;1 2 7 11;4 5 6 8;6 10 12 13;1 3 9 9;1 4 4 11;2 3 9 10;1 2 3 13;1 6 6 6
1 2 2 9;1 3 6 11;5 10 12 13;2 3 6 6;6 7 10 12;7 8 8 12;3 4 6 8;1 7 9 11;2 3 6 13;2 2 5 12;2 6 8 13;8 8 10 12
1 3 8 13;4 4 7 10;1 7 10 13;1 9 10 13;3 3 4 11;2 5 7 7;3 9 10 13;2 3 4 7;4 4 8 12;1 2 6 10;1 5 12 12;5 6 6 8
7 7 8 11;1 3 7 10;3 3 9 12;3 5 7 10;4 10 12 13;2 3 10 12;3 4 6 6;5 8 8 8;6 8 8 12;2 3 4 9;2 6 7 11;5 9 12 12
1 2 7 12;2 4 5 6;5 5 8 13;2 3 3 10;3 4 8 12;2 4 6 11;2 2 8 9;1 5 6 7;5 8 10 11;4 4 9 12;2 5 6 6;2 4 9 12
4 8 11 13;4 9 10 13
"""
GENERAL_NUMBERS = range(1, 21)
GENERAL_TARGETS = range(10, 101)

Puzzle = tuple[State, Fraction]
"""The numbers in ascending order, and the target."""


def make_problem(numbers: list[int | str], target: int | str, **meta: object) -> Problem:
    """A problem from what a person typed. Raises `CountdownError` with what is wrong."""
    state, goal = make_state(numbers, target)
    return to_problem(state, goal, **meta)


def to_problem(state: State, target: Fraction, **meta: object) -> Problem:
    names = [format_number(n) for n in state]
    goal = format_number(target)
    return Problem(
        id=f"{goal}-from-{'-'.join(names)}".replace("/", "over"),
        question=f"Make {goal} from {' '.join(names)}",
        meta=meta,
    )


def read_question(question: str) -> Puzzle:
    """The puzzle behind ``Make 24 from 4 5 6 10``. Raises `CountdownError` for anything else."""
    words = question.replace(",", " ").split()
    if len(words) < 3 or words[0].lower() != "make" or words[2].lower() != "from":
        raise CountdownError(f"got {question[:60]!r}, expected a question such as 'Make 24 from 4 5 6 10'")
    return make_state(words[3:], words[1])


def difficulty(state: State, target: Fraction) -> float:
    """Bits of luck a uniformly random player needs; infinite if the puzzle can't be solved."""
    share = chance(state, target)
    return -math.log2(share) if share else math.inf


def generate(count: int, *, size: int, seed: int, avoid: frozenset[Puzzle] = frozenset()) -> list[Problem]:
    """`count` distinct solvable puzzles of `size` numbers (1 to 20, target 10 to 100)."""
    return [
        to_problem(state, target, difficulty=round(difficulty(state, target), 2), size=size)
        for state, target in _generate(count, size, seed, avoid)
    ]


def _generate(count: int, size: int, seed: int, avoid: frozenset[Puzzle]) -> list[Puzzle]:
    rng = random.Random(f"{seed}:{size}")
    found: dict[Puzzle, None] = {}
    while len(found) < count:
        state = tuple(sorted(Fraction(_pick(rng, GENERAL_NUMBERS)) for _ in range(size)))
        puzzle = state, Fraction(_pick(rng, GENERAL_TARGETS))
        if puzzle not in found and puzzle not in avoid and chance(*puzzle) > 0:
            found[puzzle] = None
    return list(found)


def _pick(rng: random.Random, values: range) -> int:
    return values[int(rng.random() * len(values))]


@cache
def all_24() -> tuple[State, ...]:
    """The 1,362 multisets of four numbers from 1 to 13 that can make 24."""
    states = [tuple(map(Fraction, c)) for c in combinations_with_replacement(range(1, 14), 4)]
    num, den = to_arrays(states)
    goal = np.full(len(states), 24, dtype=np.int64)
    solved = chances(num, den, goal, np.ones_like(goal)) > 0
    return tuple(s for s, ok in zip(states, solved, strict=True) if ok)


@cache
def _tot_100() -> tuple[Puzzle, ...]:
    texts = [t for line in _TOT_100.strip().splitlines() for t in line.split(";")]
    return tuple((tuple(map(Fraction, t.split())), Fraction(24)) for t in texts)


@cache
def _held_150() -> tuple[Puzzle, ...]:
    taken = {state for state, _ in _tot_100()}
    rest = [s for s in all_24() if s not in taken]
    rest.sort(key=lambda s: blake2b(f"held-150 {s}".encode()).digest())
    return tuple((s, Fraction(24)) for s in sorted(rest[:150]))


@cache
def _countdown_200() -> tuple[Puzzle, ...]:
    return tuple(p for size in (4, 5) for p in _generate(100, size, seed=200, avoid=frozenset()))


@cache
def held_out() -> frozenset[Puzzle]:
    """Every puzzle that no model may have seen."""
    return frozenset([*_tot_100(), *_held_150(), *_countdown_200()])


@cache
def training_24() -> tuple[State, ...]:
    """The multisets that make 24 and may be trained on."""
    return tuple(s for s in all_24() if (s, Fraction(24)) not in held_out())


def _load(puzzles: tuple[Puzzle, ...], first_rank: int | None = None) -> Iterator[Problem]:
    for i, (state, target) in enumerate(puzzles):
        rank = {} if first_rank is None else {"rank": first_rank + i}
        yield to_problem(state, target, difficulty=round(difficulty(state, target), 2), size=len(state), **rank)


PROBLEM_SETS: dict[str, Callable[[], list[Problem]]] = {
    "tot-100": lambda: list(_load(_tot_100(), first_rank=901)),
    "held-150": lambda: list(_load(_held_150())),
    "countdown-200": lambda: list(_load(_countdown_200())),
}
