"""An answer in one expression, such as ``(4 * 5) + (10 - 6)``, checked by exact arithmetic."""

import ast
import operator
from fractions import Fraction

from engine.protocol import ArbutusError
from engine.tasks.countdown.problems import read_question

LONGEST = 200
OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def makes(expression: str, question: str) -> bool:
    """Whether `expression` makes the target of a puzzle and uses each of its numbers once. False if it is none."""
    if len(expression) > LONGEST:
        return False
    try:
        numbers, target = read_question(question)
        used: list[Fraction] = []
        value = _value(ast.parse(expression.strip(), mode="eval").body, used)
    except (ArbutusError, SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return False
    return value == target and sorted(used) == sorted(numbers)


def _value(node: ast.expr, used: list[Fraction]) -> Fraction:
    match node:
        case ast.Constant(value=int(n)):
            used.append(Fraction(n))
            return used[-1]
        case ast.BinOp(left, op, right) if type(op) in OPERATORS:
            value: Fraction = OPERATORS[type(op)](_value(left, used), _value(right, used))
            return value
    raise ValueError(f"got {ast.dump(node)[:60]}, expected whole numbers and + - * /")
