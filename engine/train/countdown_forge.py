"""Moves told wrong, and where a step goes wrong: what the PRM learns from beside the policy's own steps."""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import permutations, takewhile
from typing import Any

import numpy as np

from engine.tasks.countdown.rules import Move, State, apply, render
from engine.tasks.countdown.solver import chances, to_arrays


def random_move(state: State, rng: np.random.Generator) -> Move | None:
    i, j = rng.choice(len(state), size=2, replace=False)
    return apply(state, state[i], str(rng.choice(list("+-*/"))), state[j])


def forge(move: Move, state: State, target: Fraction, rng: np.random.Generator) -> Move:
    """The move told wrong: in its result, its remainder or its operand. Often by what would please."""
    kind = rng.random()
    rest = list(move.left)
    rest.remove(move.result)
    if kind < 0.5:
        wrong = move.result + int(rng.choice([-10, -3, -2, -1, 1, 2, 3, 10]))
        if len(state) == 2 and rng.random() < 0.6:
            wrong = target
        return Move(move.a, move.op, move.b, wrong, tuple(sorted([*rest, wrong])))
    if kind < 0.85:
        left = list(move.left)
        spot = int(rng.integers(len(left)))
        left[spot] += int(rng.choice([-2, -1, 1, 2]))
        if rng.random() < 0.3 and len(left) > 1:
            left.pop(spot)
        return Move(move.a, move.op, move.b, move.result, tuple(sorted(left)))
    a = move.a + int(rng.choice([-2, -1, 1, 2]))
    other = apply(tuple(sorted([*rest, a, move.b])), a, move.op, move.b)
    return other or move


def wish(move: Move, state: State, target: Fraction, rng: np.random.Generator) -> Move | None:
    """A step that would save the day: a result that leads to the target, had by a number that is not there."""
    rest = list(move.left)
    rest.remove(move.result)
    results = [r for r in wishes(tuple(rest), target) if r != move.result]
    if not results:
        return None
    result = results[rng.integers(len(results))]
    left = tuple(sorted([*rest, result]))
    if rng.random() < 0.3:
        return Move(move.a, move.op, move.b, result, left)
    a = (move.a, move.b)[rng.integers(2)]
    sums = [(a, "+", result - a), (a, "*", result / a) if a else None, (a, "-", a - result), (result + a, "-", a)]
    sums += [(result * a, "/", a), (a, "/", a / result)] if a else []
    most = max(Fraction(30), *state)
    told = [s for s in sums if s and all(0 < x <= most and x.denominator == 1 for x in (s[0], s[2]))]
    absent = [s for s in told if not {s[0], s[2]} <= set(state)]
    if not absent:
        return None
    first, op, second = absent[rng.integers(len(absent))]
    return Move(first, op, second, result, left)


@lru_cache(maxsize=100_000)
def wishes(rest: State, target: Fraction) -> tuple[Fraction, ...]:
    """The whole numbers from 1 to 30 with which, beside `rest`, the target can be reached."""
    if not rest:
        return (target,)
    states = [tuple(sorted([*rest, Fraction(r)])) for r in range(1, 31)]
    num, den = to_arrays(states)
    goals = np.full(len(states), int(target), dtype=num.dtype)
    share = chances(num, den, goals, np.ones_like(goals))
    return tuple(Fraction(r) for r, s in zip(range(1, 31), share, strict=True) if s > 0)


def right_tokens(writer: Any, step: Sequence[int], state: State) -> int:
    """How many of the step's tokens, its end left out, begin some legal move."""
    return max(
        (
            sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(step[:-1], move, strict=False)))
            for move in _legal(writer, state, len(state) == 2)
        ),
        default=0,
    )


@lru_cache(maxsize=5_000)
def _legal(writer: Any, state: State, ended: bool) -> list[tuple[int, ...]]:
    """The tokens of every legal move, each operation in both orders."""
    moves = [apply(state, a, op, b) for a, b in permutations(state, 2) for op in "+-*/"]
    return [writer.step(text, "\n", ended=ended) for text in {render(m) for m in moves if m is not None}]
