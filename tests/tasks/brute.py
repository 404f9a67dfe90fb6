"""Countdown by brute force over fractions, and an evaluator of expressions: written apart from the engine."""

import re
from collections.abc import Iterator
from fractions import Fraction

Numbers = tuple[Fraction, ...]


def plays(numbers: Numbers) -> Iterator[Fraction | None]:
    """The result of every play: any pair, any of its six moves, to the end. None: it divided by zero."""
    if len(numbers) == 1:
        yield numbers[0]
        return
    for i in range(len(numbers)):
        for j in range(i + 1, len(numbers)):
            rest = tuple(n for m, n in enumerate(numbers) if m not in (i, j))
            for result in results(numbers[i], numbers[j]):
                if result is None:
                    yield from [None] * count(len(numbers) - 1)
                else:
                    yield from plays((*rest, result))


def results(a: Fraction, b: Fraction) -> list[Fraction | None]:
    return [a + b, a - b, b - a, a * b, a / b if b else None, b / a if a else None]


def count(size: int) -> int:
    """How many plays there are with `size` numbers."""
    return 1 if size < 2 else 6 * size * (size - 1) // 2 * count(size - 1)


def reachable(numbers: Numbers, memo: dict[Numbers, frozenset[Fraction]]) -> frozenset[Fraction]:
    """Every value that some play ends in."""
    numbers = tuple(sorted(numbers))
    if len(numbers) == 1:
        return frozenset(numbers)
    if numbers not in memo:
        found: set[Fraction] = set()
        for i in range(len(numbers)):
            for j in range(i + 1, len(numbers)):
                rest = tuple(n for m, n in enumerate(numbers) if m not in (i, j))
                for result in results(numbers[i], numbers[j]):
                    if result is not None:
                        found |= reachable((*rest, result), memo)
        memo[numbers] = frozenset(found)
    return memo[numbers]


def whole_numbers_reach(numbers: tuple[int, ...], target: int, memo: dict[tuple[int, ...], bool]) -> bool:
    """Whether some play makes `target` without a fraction on the way."""
    numbers = tuple(sorted(numbers))
    if len(numbers) == 1:
        return numbers[0] == target
    if numbers not in memo:
        memo[numbers] = any(whole_numbers_reach(after, target, memo) for after in _whole_moves(numbers))
    return memo[numbers]


def _whole_moves(numbers: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for i in range(len(numbers)):
        for j in range(len(numbers)):
            rest = tuple(n for m, n in enumerate(numbers) if m not in (i, j))
            a, b = numbers[i], numbers[j]
            if i < j:
                yield (*rest, a + b)
                yield (*rest, a * b)
            if i != j:
                yield (*rest, a - b)
                if b and a % b == 0:
                    yield (*rest, a // b)


def evaluate(text: str) -> Fraction:
    """What an expression of numbers, + - * / and brackets is worth: precedence and order as at school."""
    tokens = re.findall(r"\d+|[-+*/()]", text)
    value, rest = _sum(tokens)
    assert not rest, f"{rest} left of {text!r}"
    return value


def numbers_in(text: str) -> list[int]:
    return sorted(map(int, re.findall(r"\d+", text)))


def _sum(tokens: list[str]) -> tuple[Fraction, list[str]]:
    value, tokens = _product(tokens)
    while tokens and tokens[0] in "+-":
        other, rest = _product(tokens[1:])
        value, tokens = value + other if tokens[0] == "+" else value - other, rest
    return value, tokens


def _product(tokens: list[str]) -> tuple[Fraction, list[str]]:
    value, tokens = _atom(tokens)
    while tokens and tokens[0] in "*/":
        other, rest = _atom(tokens[1:])
        value, tokens = value * other if tokens[0] == "*" else value / other, rest
    return value, tokens


def _atom(tokens: list[str]) -> tuple[Fraction, list[str]]:
    if tokens[0] == "-":
        value, rest = _atom(tokens[1:])
        return -value, rest
    if tokens[0] == "(":
        value, rest = _sum(tokens[1:])
        assert rest[0] == ")"
        return value, rest[1:]
    return Fraction(tokens[0]), tokens[1:]
