"""The rules of Countdown: a state is a multiset of rationals, a step combines two of them.

A step is one line of text in the notation of Tree of Thoughts (Yao et al. 2023,
arXiv:2305.10601): ``10 - 4 = 6 (left: 5 6 6)``. Everything is exact; no float is ever compared.
This module knows nothing of models, prompts or searches.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from engine.protocol import ArbutusError

MAX_NUMBERS = 6
MAX_VALUE = 9_999
OPERATORS = "+-*/"

State = tuple[Fraction, ...]
"""The numbers still to be used, in ascending order."""

_NUMBER = r"\(?\s*(-?\d+(?:/\d+|\.\d+)?)\s*\)?"
_STEP = re.compile(
    rf"^\s*{_NUMBER}\s*([-+*/])\s*{_NUMBER}\s*=\s*{_NUMBER}\s*\(left:\s*([^()]*(?:\([^()]*\)[^()]*)*)\)\s*$"
)
_TYPOGRAPHY = str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "⁄": "/"})


class CountdownError(ArbutusError, ValueError):
    """A puzzle or a step that breaks the rules. The message says what was got and expected."""


@dataclass(frozen=True, slots=True)
class Move:
    """``a op b = result``, leaving ``left``. As stated by whoever wrote it: it may be illegal."""

    a: Fraction
    op: str
    b: Fraction
    result: Fraction
    left: State


def parse_number(text: str) -> Fraction:
    """Read an integer, a fraction ``2/3`` or a decimal. Raises `CountdownError` otherwise."""
    cleaned = text.strip().translate(_TYPOGRAPHY)
    if not re.fullmatch(r"-?\d{1,60}(/\d{1,60}|\.\d{1,60})?", cleaned):
        raise CountdownError(f"got {_shorten(text)}, expected a number such as 7, 2/3 or 1.5")
    try:
        return Fraction(cleaned)
    except ZeroDivisionError:
        raise CountdownError(f"got {_shorten(text)}, which divides by zero") from None


def make_state(numbers: Sequence[int | str | Fraction], target: int | str | Fraction) -> tuple[State, Fraction]:
    """Check a puzzle given by a person and return its state and target.

    Raises `CountdownError` if there are not 2 to 6 numbers, or one of them or the target isn't a
    rational number of magnitude and denominator at most 9,999. A float isn't exact, so it is refused.
    """
    if isinstance(numbers, str):
        raise CountdownError(f"got one text {_shorten(numbers)}, expected a list of numbers")
    if not 2 <= len(numbers) <= MAX_NUMBERS:
        raise CountdownError(
            f"got {len(numbers)} numbers, expected 2 to {MAX_NUMBERS}; for example 4 5 6 10 with target 24"
        )
    state = tuple(sorted(_checked(n, "number") for n in numbers))
    return state, _checked(target, "target")


def _checked(value: int | str | Fraction, what: str) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | str | Fraction):
        raise CountdownError(f"bad {what}: got {_shorten(repr(value))}, expected a number such as 7, '2/3' or '1.5'")
    try:
        number = parse_number(value) if isinstance(value, str) else Fraction(value)
    except CountdownError as error:
        raise CountdownError(f"bad {what}: {error}") from None
    if abs(number) > MAX_VALUE or number.denominator > MAX_VALUE:
        raise CountdownError(
            f"bad {what}: got {_shorten(format_number(number))}, "
            f"expected a magnitude and a denominator of at most {MAX_VALUE}"
        )
    return number


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def format_number(number: Fraction) -> str:
    return str(number)


def combine(a: Fraction, op: str, b: Fraction) -> Fraction | None:
    """``a op b``, or None for a division by zero."""
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return a / b if b else None
    raise CountdownError(f"got operator {op!r}, expected one of + - * /")


def apply(state: State, a: Fraction, op: str, b: Fraction) -> Move | None:
    """The legal move ``a op b`` from ``state``, or None if there is none."""
    rest = list(state)
    for operand in (a, b):
        if operand not in rest:
            return None
        rest.remove(operand)
    result = combine(a, op, b)
    return None if result is None else Move(a, op, b, result, tuple(sorted([*rest, result])))


def legal_moves(state: State) -> list[Move]:
    """Every legal move, without repeats of a commuted sum or product."""
    moves: dict[tuple[Fraction, str, Fraction], Move] = {}
    for i, a in enumerate(state):
        for j, b in enumerate(state):
            if i == j:
                continue
            for op in OPERATORS:
                if op in "+*" and a > b:
                    continue
                move = apply(state, a, op, b)
                if move is not None:
                    moves[a, op, b] = move
    return list(moves.values())


def render(move: Move) -> str:
    """The step as text, for example ``4 + 5 = 9 (left: 6 9 10)``."""
    left = " ".join(format_number(n) for n in move.left)
    a, b, result = (format_number(n) for n in (move.a, move.b, move.result))
    return f"{a} {move.op} {b} = {result} (left: {left})"


def parse(step: str) -> Move | None:
    """Read one step as stated, legal or not. None if it isn't a step at all."""
    return _parse(step) if len(step) <= 400 else None


@lru_cache(maxsize=100_000)
def _parse(step: str) -> Move | None:
    match = _STEP.match(" ".join(step.translate(_TYPOGRAPHY).split()))  # long gaps would cost the pattern dearly
    if not match:
        return None
    a, op, b, result, left = match.groups()
    try:
        remaining = [parse_number(n.strip("()")) for n in left.split()]
        return Move(parse_number(a), op, parse_number(b), parse_number(result), tuple(sorted(remaining)))
    except CountdownError:
        return None


def is_legal(state: State, move: Move | None) -> bool:
    """True if the stated move may be made from ``state``, and its result and remainder are right."""
    if move is None:
        return False
    true = apply(state, move.a, move.op, move.b)
    return true is not None and true.result == move.result and true.left == move.left


def play(state: State, steps: Sequence[str]) -> State | None:
    """The state after ``steps``, or None as soon as one of them is illegal."""
    for step in steps:
        move = parse(step)
        if move is None or not is_legal(state, move):
            return None
        state = move.left
    return state


def expression(state: State, steps: Sequence[str]) -> str | None:
    """The solution as one expression in which equal solutions read the same, or None if illegal.

    Sums and products are flattened and sorted, so ``(4 + 5) + 6`` and ``6 + (5 + 4)`` agree.
    """
    pool: list[tuple[Fraction, _Term]] = [(n, _Term(format_number(n), "atom")) for n in state]
    left: State = state
    for step in steps:
        move = parse(step)
        if move is None or not is_legal(left, move):
            return None
        first, second = _take(pool, move.a), _take(pool, move.b)
        pool.append((move.result, _join(first, move.op, second)))
        left = move.left
    return pool[0][1].text if len(pool) == 1 else None


@dataclass(frozen=True, slots=True)
class _Term:
    text: str
    kind: str
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()


def _take(pool: list[tuple[Fraction, _Term]], value: Fraction) -> _Term:
    index = next(i for i, (number, _) in enumerate(pool) if number == value)
    return pool.pop(index)[1]


def _join(a: _Term, op: str, b: _Term) -> _Term:
    kind = "sum" if op in "+-" else "product"
    sides = []
    for term in (a, b):
        if term.kind == kind:
            sides.append((term.plus, term.minus))
        else:
            text = term.text if term.text.isdigit() else f"({term.text})"
            sides.append(((text,), ()))
    (ap, am), (bp, bm) = sides
    if op in "-/":
        bp, bm = bm, bp
    plus, minus = tuple(sorted([*ap, *bp], key=_key)), tuple(sorted([*am, *bm], key=_key))
    add, remove = (" + ", " - ") if kind == "sum" else (" * ", " / ")
    head = add.join(plus) if plus else ("0" if kind == "sum" else "1")
    return _Term(head + "".join(remove + m for m in minus), kind, plus, minus)


def _key(text: str) -> tuple[int, str]:
    return len(text), text
