"""Solved puzzles to learn from, made in batches by the exact solver; none of them held out.

A demonstration picks, at every state, one of the moves after which the target can still be
reached, uniformly: whole non-negative results where there is one, fractions where there is none.
A puzzle is dropped as soon as any state on its way is a held-out puzzle.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.tasks.countdown.problems import GENERAL_NUMBERS, GENERAL_TARGETS, held_out, training_24
from engine.tasks.countdown.rules import Move, State, render
from engine.tasks.countdown.solver import chances, expand
from engine.train.demonstrations import Demonstration

Ints = NDArray[np.int64]
Mix = tuple[tuple[str, float], ...]
"""Kinds of puzzle and their shares. ``24-cards``: the 1,112 puzzles of 24 that aren't held out, again and
again; ``24``: any four numbers to 20 that make 24; ``general-k``: k numbers to 20, target 10 to 100."""


@dataclass
class _Batch:
    """Puzzles in mid-play. `num`, `den`: (batch, k), ascending by value; `target`: (batch,)."""

    num: Ints
    den: Ints
    target: Ints


def demonstrations(mix: Mix, seed: int, batch: int = 512) -> Iterator[Demonstration]:
    """An endless, reproducible stream of demonstrations in the proportions of `mix`."""
    rng = np.random.default_rng(seed)
    pool = np.array([[int(n) for n in s] for s in training_24()])
    while True:
        made: list[Demonstration] = []
        for kind, share in mix:
            made += _demonstrate(_sample(kind, round(batch * share), pool, rng), rng)
        rng.shuffle(made)
        yield from made


def _sample(kind: str, count: int, pool: Ints, rng: np.random.Generator) -> _Batch:
    if kind == "24-cards":
        num = pool[rng.integers(len(pool), size=count)]
        return _Batch(num, np.ones_like(num), np.full(count, 24))
    size = 4 if kind == "24" else int(kind[-1])
    num = np.sort(rng.integers(GENERAL_NUMBERS.start, GENERAL_NUMBERS.stop, size=(count, size)), axis=1)
    target = rng.integers(GENERAL_TARGETS.start, GENERAL_TARGETS.stop, size=count)
    if kind == "24":
        target[:] = 24
    return _Batch(num, np.ones_like(num), target)


def _demonstrate(batch: _Batch, rng: np.random.Generator) -> list[Demonstration]:
    size = batch.num.shape[1]
    start, goals = batch.num.copy(), batch.target
    texts: list[list[str]] = [[] for _ in start]
    alive = np.ones(len(start), dtype=bool)
    for k in range(size, 1, -1):
        alive &= ~_is_held_out(batch)
        if k == 5:
            move, ok = _random_move(batch, rng), np.ones(len(alive), dtype=bool)
        else:
            move, ok = solving_move(batch, rng)
        alive &= ok
        after = _play(batch, move, texts, alive)
        batch = after
    return [
        Demonstration(f"Make {goals[i]} from {' '.join(map(str, start[i]))}", tuple(texts[i]))
        for i in np.flatnonzero(alive)
    ]


def _is_held_out(batch: _Batch) -> NDArray[np.bool_]:
    held = _held_keys()
    return np.array(
        [
            (tuple(zip(n, d, strict=True)), t) in held
            for n, d, t in zip(batch.num.tolist(), batch.den.tolist(), batch.target.tolist(), strict=True)
        ],
        dtype=bool,
    )


_HELD: set[Any] = set()


def _held_keys() -> set[Any]:
    if not _HELD:
        _HELD.update((tuple((n.numerator, n.denominator) for n in s), int(t)) for s, t in held_out())
    return _HELD


def _random_move(batch: _Batch, rng: np.random.Generator) -> Ints:
    num, den = expand(batch.num, batch.den)
    weight = _nice(num[..., -1], den[..., -1]) + 1e-9
    return _choose(weight, rng)


def solving_move(batch: _Batch, rng: np.random.Generator) -> tuple[Ints, NDArray[np.bool_]]:
    """One move a row that keeps the target in reach, and whether there is any. (batch,) each."""
    num, den = expand(batch.num, batch.den)
    rows, moves, k = num.shape
    good = (
        chances(
            num.reshape(-1, k),
            den.reshape(-1, k),
            np.repeat(batch.target, moves),
            np.ones(rows * moves, dtype=np.int64),
        ).reshape(rows, moves)
        > 0
    )
    weight = good * (_nice(num[..., -1], den[..., -1]) + 1e-6)
    return _choose(weight + 1e-30, rng), np.asarray(good.any(axis=1))


def _nice(num: Ints, den: Ints) -> NDArray[np.float64]:
    safe = np.where(den == 0, 1, den)
    return np.asarray((den != 0) & (num % safe == 0) & (num // safe >= 0), dtype=np.float64)


def _choose(weight: NDArray[np.float64], rng: np.random.Generator) -> Ints:
    cumulative = weight.cumsum(axis=1)
    draw = rng.random(len(weight))[:, None] * cumulative[:, -1:]
    return np.asarray((cumulative < draw).sum(axis=1).clip(max=weight.shape[1] - 1))


def _play(batch: _Batch, move: Ints, texts: list[list[str]], alive: NDArray[np.bool_]) -> _Batch:
    """Make one move a row and write its step. Rows that are no longer alive keep any state."""
    k = batch.num.shape[1]
    pairs = [(i, j) for i in range(k) for j in range(i + 1, k)]
    num, den = np.ones((len(move), k - 1), dtype=np.int64), np.ones((len(move), k - 1), dtype=np.int64)
    for row in np.flatnonzero(alive):
        state: State = tuple(
            Fraction(a, b) for a, b in zip(batch.num[row].tolist(), batch.den[row].tolist(), strict=True)
        )
        pair, kind = divmod(int(move[row]), 6)
        i, j = pairs[pair]
        made = make_move(state, i, j, kind)
        if made is None:
            alive[row] = False
            continue
        texts[row].append(render(made))
        num[row] = [n.numerator for n in made.left]
        den[row] = [n.denominator for n in made.left]
    return _Batch(num, den, batch.target)


def make_move(state: State, i: int, j: int, kind: int) -> Move | None:
    """Move `kind` (0 to 5, the order of `solver.expand`) of the numbers at `i` and `j`."""
    a, b = state[i], state[j]
    rest = [n for m, n in enumerate(state) if m not in (i, j)]
    first, op, second = [(a, "+", b), (a, "-", b), (b, "-", a), (a, "*", b), (a, "/", b), (b, "/", a)][kind]
    if op == "/" and second == 0:
        return None
    result = {"+": first + second, "-": first - second, "*": first * second}.get(op)
    if result is None:
        result = first / second
    return Move(first, op, second, result, tuple(sorted([*rest, result])))
