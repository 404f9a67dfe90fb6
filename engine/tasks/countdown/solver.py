"""The exact solver: can this state still reach the target?

Rationals are pairs of integer arrays (numerator, denominator) that are never reduced, so a whole
batch of states is enumerated at once: 3,888 plays for each state of four numbers. Integers that
could overflow 64 bits are computed with Python's unbounded ones instead: slower, as exact.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.tasks.countdown.rules import State

Ints = NDArray[Any]
"""int64, or object (Python integers) where 64 bits could overflow."""

PLAYS_AT_ONCE = 400_000
"""Bounds the memory of one enumeration to a few tens of megabytes."""


def expand(num: Ints, den: Ints) -> tuple[Ints, Ints]:
    """Every state one move away.

    `num`, `den`: (batch, k). Returns (batch, k*(k-1)/2 * 6, k-1); the new number comes last. The
    six moves of a pair are a+b, a-b, b-a, a*b, a/b, b/a. A denominator of 0 marks what divides by
    zero, and stays 0 in all that is made from it.
    """
    batch, k = num.shape
    pairs = list(combinations(range(k), 2))
    out_num = np.empty((batch, len(pairs), 6, k - 1), dtype=num.dtype)
    out_den = np.empty_like(out_num)
    for p, (i, j) in enumerate(pairs):
        rest = [m for m in range(k) if m not in (i, j)]
        out_num[:, p, :, :-1] = num[:, None, rest]
        out_den[:, p, :, :-1] = den[:, None, rest]
        a, b, c, d = num[:, i], den[:, i], num[:, j], den[:, j]
        ad, cb, bd = a * d, c * b, b * d
        valid = bd != 0
        for m, (top, bottom) in enumerate(
            [(ad + cb, bd), (ad - cb, bd), (cb - ad, bd), (a * c, bd), (ad, cb * valid), (cb, ad * valid)]
        ):
            out_num[:, p, m, -1] = top
            out_den[:, p, m, -1] = bottom
    return out_num.reshape(batch, -1, k - 1), out_den.reshape(batch, -1, k - 1)


def chances(num: Ints, den: Ints, target_num: Ints, target_den: Ints) -> NDArray[np.float64]:
    """For each state the share of all plays (uniform pairs and moves) that end in the target.

    Shapes (batch, k), (batch, k), (batch,), (batch,); returns (batch,), 0.0 where hopeless.
    """
    batch, k = num.shape
    plays = int(np.prod([m * (m - 1) // 2 * 6 for m in range(2, k + 1)])) if k > 1 else 1
    out = np.empty(batch)
    chunk = max(1, PLAYS_AT_ONCE // plays)
    for start in range(0, batch, chunk):
        part = slice(start, start + chunk)
        out[part] = _chances(num[part], den[part], target_num[part], target_den[part])
    return out


def _chances(num: Ints, den: Ints, target_num: Ints, target_den: Ints) -> NDArray[np.float64]:
    batch, k = num.shape
    if k == 1:
        hit = (num[:, 0] * target_den == target_num * den[:, 0]) & (den[:, 0] != 0)
        return np.asarray(hit, dtype=np.float64)
    next_num, next_den = expand(num, den)
    moves = next_num.shape[1]
    after = chances(
        next_num.reshape(-1, k - 1),
        next_den.reshape(-1, k - 1),
        np.repeat(target_num, moves),
        np.repeat(target_den, moves),
    )
    return np.asarray(after.reshape(batch, moves).mean(axis=1))


def to_arrays(states: Sequence[State]) -> tuple[Ints, Ints]:
    """Pack states of one size into numerators and denominators, (batch, k) each."""
    num = np.array([[n.numerator for n in s] for s in states], dtype=object)
    den = np.array([[n.denominator for n in s] for s in states], dtype=object)
    if _fits(num, den):
        return num.astype(np.int64), den.astype(np.int64)
    return num, den


def _fits(num: Ints, den: Ints) -> bool:
    k = num.shape[1]
    sizes = np.maximum(np.abs(num), den).max(axis=0)
    bound: int = 2 ** (k - 1)
    for size in sizes:
        bound *= max(2, int(size))
    return bound < 2**40


def chance(state: State, target: Fraction) -> float:
    """The share of uniformly random plays from `state` that end in `target`; 0.0 if none can."""
    num, den = to_arrays([state])
    small = num.dtype == np.int64 and max(abs(target.numerator), target.denominator) < 2**20
    dtype: Any = np.int64 if small else object
    num, den = num.astype(dtype), den.astype(dtype)
    top, bottom = np.array([target.numerator], dtype=dtype), np.array([target.denominator], dtype=dtype)
    return float(chances(num, den, top, bottom)[0])


def solvable(state: State, target: Fraction) -> bool:
    """True if `target` can be reached from `state` using every number once."""
    return chance(state, target) > 0.0
