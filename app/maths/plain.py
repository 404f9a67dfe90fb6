"""A formula read as one line of plain text, ``\\frac{1}{2}x^2`` as ``1/2 x²``: for cards and names, which draw none.

A small reader of its own, fast enough for every step of a large tree. What it can't read is left as it is written.
"""

import re
from collections.abc import Callable, Iterator

from latex2mathml.symbols_parser import convert_symbol

from app.maths.mathml import DEEPEST
from app.maths.spans import LONGEST, Span, spans

MOST = 4_000
"""Characters of a text in which formulas are read; those after are left as they are written."""
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_RAISED = dict(zip("0123456789+-=()ni'∘′", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ′°′", strict=True))
_LOWERED = dict(zip("0123456789+-=()aeijknx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₖₙₓ", strict=True))
_SPACES = {r"\,", r"\;", r"\:", r"\ ", r"\quad", r"\qquad", r"\enspace", "~"}
_NOTHING = {r"\!", r"\displaystyle", r"\textstyle", r"\limits", r"\nolimits", "$"}
_FENCES = {
    rf"\{size}{side}" for size in ("left", "right", "middle", "big", "Big", "bigg", "Bigg") for side in ("", "l", "r")
}
_AS_THEY_ARE = re.compile(r"\\(?:text\w{0,6}|[mh]box|operatorname|math\w{2,4}|bold|boldsymbol|bm|boxed|fbox|emph)")
_NAMED = re.compile(
    r"\\(?:(?:arc)?(?:sin|cos|tan)h?|cot|sec|csc|log|ln|lg|exp|lim|sup|inf|max|min|gcd|lcm|det|dim|ker|deg|arg|Pr|mod)"
)
_MARKS = {r"\overline": "\u0305", r"\bar": "\u0304", r"\hat": "\u0302", r"\vec": "\u20d7", r"\underline": "\u0332"}
_COLUMN, _LINE = "\x1f", "\x1e"
"""Where a table or a row of equations is parted, until it is known which of them it is."""
_EQUATIONS = frozenset(
    f"{name}{star}" for name in ["align", "aligned", "split", "equation", "gather", "gathered"] for star in ("", "*")
)
_TABLES = {"matrix": "()", "pmatrix": "()", "bmatrix": "[]", "vmatrix": "||", "cases": "{ "}
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}


class _UnreadError(Exception):
    """Something that has no plain reading here."""


def plain(text: str) -> str:
    """`text` with its formulas read, without their delimiters."""
    if "\\" not in text and "$" not in text:
        return text
    return "".join(map(_read, spans(text[:MOST]))) + text[MOST:]


def _read(span: Span) -> str:
    read = text_of(span.latex) if span.latex else None
    if read is None:
        return span.text
    return f" {read} " if span.display else read


def text_of(latex: str) -> str | None:
    """A formula in one line; None where it has no plain reading."""
    try:
        read = _row(iter(_TOKEN.findall(latex[:LONGEST])), 0) if len(latex) <= LONGEST else ""
    except (_UnreadError, StopIteration, RuntimeError):  # an argument that is missing ends an iterator too early
        return None
    return " ".join(_lines(read).split()) or None


def _row(tokens: Iterator[str], depth: int, end: str = "") -> str:
    """What stands before `end`, which is taken too."""
    if depth > DEEPEST:
        raise _UnreadError
    parts: list[str] = []
    for token in tokens:
        if token == end:
            return "".join(parts)
        if token in ("^", "_"):
            base, gap = _without_gap(parts)
            parts.append(f"{base}{_moved(_argument(tokens, depth), token)}{gap}")
        else:
            said = _said(token, tokens, depth)
            # 1/2 x is no half of an x, and sin x no word.
            parts.append(f" {said}" if parts and _runs_on(parts[-1], said) else said)
    if end:
        raise _UnreadError
    return "".join(parts)


def _without_gap(parts: list[str]) -> tuple[str, str]:
    """The end of the row up to here, which is taken from it: what an index belongs to, and the gap after a name."""
    base = ""
    while parts and not base:
        base = parts.pop()
        base = base if base.strip() else ""
    return base.rstrip(), " " if base.endswith(" ") else ""


def _lines(read: str) -> str:
    return re.sub(rf"\s*{_LINE}\s*", "; ", read.replace(_COLUMN, "")).strip("; ")


def _said(token: str, tokens: Iterator[str], depth: int) -> str:
    if token == "{":
        return _row(tokens, depth + 1, "}")
    if token in ("&", r"\\"):
        return _COLUMN if token == "&" else _LINE
    if token in ("}", r"\end"):
        raise _UnreadError
    if token in _SPACES or token.isspace():
        return " "
    if token in _NOTHING:
        return ""
    if token in _FENCES:
        return _fence(tokens)
    if not token.startswith("\\"):
        return "−" if token == "-" else token
    if _AS_THEY_ARE.fullmatch(token):
        return _argument(tokens, depth)
    if _NAMED.fullmatch(token):
        return f"{token[1:]} "
    if token in _COMMANDS:
        return _COMMANDS[token](tokens, depth)
    symbol = convert_symbol(token)
    if not symbol:
        raise _UnreadError
    return chr(int(symbol, 16))


def _argument(tokens: Iterator[str], depth: int) -> str:
    return _said(_next(tokens), tokens, depth + 1).strip()


def _next(tokens: Iterator[str]) -> str:
    return next(token for token in tokens if not token.isspace())


def _fence(tokens: Iterator[str]) -> str:
    token = _next(tokens)
    return "" if token == "." else _said(token, tokens, 0)


def _environment(tokens: Iterator[str], depth: int) -> str:
    name = _name(tokens)
    if name not in _EQUATIONS and name not in _TABLES:
        raise _UnreadError
    inside = _row(tokens, depth + 1, r"\end")
    if _name(tokens) != name:
        raise _UnreadError
    if name in _EQUATIONS:
        return inside
    sides = _TABLES[name]
    return sides[0] + _lines(re.sub(rf"\s*{_COLUMN}\s*", ", ", inside)) + sides[1]


def _name(tokens: Iterator[str]) -> str:
    if _next(tokens) != "{":
        raise _UnreadError
    return "".join(iter(tokens.__next__, "}"))


def _moved(argument: str, to: str) -> str:
    """Above or below the line, where there are letters for it."""
    table = _RAISED if to == "^" else _LOWERED
    letters = argument.replace("−", "-")
    if letters and all(letter in table for letter in letters):
        return "".join(table[letter] for letter in letters)
    return f"{to}{_grouped(argument)}"


def _grouped(said: str, more: str = "") -> str:
    """In brackets, unless it is one number, letter or bracket, or `more`."""
    alone = rf"[\d.]+|[^\W\d][²³⁴-⁹₀-₉]*|\([^()]*\){more}"
    return said if re.fullmatch(alone, said) else f"({said})"


def _runs_on(before: str, after: str) -> bool:
    return bool(re.search(r"/\S*[\w)]$", before)) and bool(re.match(r"[\w√(]", after))


def _fraction(tokens: Iterator[str], depth: int) -> str:
    above, below = _argument(tokens, depth), _argument(tokens, depth)
    root = r"|√\d+"
    over = _grouped(above, rf"|[\w.²³⁴-⁹₀-₉]+{root}")
    return f"{over}/{_grouped(below, root)}"


def _root(tokens: Iterator[str], depth: int) -> str:
    degree, first = "", _next(tokens)
    if first == "[":
        degree, first = _row(tokens, depth + 1, "]"), _next(tokens)
    under = _said(first, tokens, depth + 1).strip()
    sign = _ROOTS.get(degree) or f"{_moved(degree, '^')}√"
    return f"{sign}{_grouped(under)}"


def _choose(tokens: Iterator[str], depth: int) -> str:
    return f"C({_argument(tokens, depth)}, {_argument(tokens, depth)})"


def _modulo(tokens: Iterator[str], depth: int) -> str:
    return f" (mod {_argument(tokens, depth)})"


def _marked(mark: str) -> Callable[[Iterator[str], int], str]:
    """Each letter with a mark above or below it, of which a line has room for a few."""

    def said(tokens: Iterator[str], depth: int) -> str:
        letters = _argument(tokens, depth)
        if len(letters) > 4:
            raise _UnreadError
        return "".join(letter + mark for letter in letters)

    return said


_COMMANDS: dict[str, Callable[[Iterator[str], int], str]] = {
    **{rf"\{kind}frac": _fraction for kind in ("", "d", "t", "c")},
    **{rf"\{kind}binom": _choose for kind in ("", "d", "t")},
    **{command: _marked(mark) for command, mark in _MARKS.items()},
    r"\begin": _environment,
    r"\sqrt": _root,
    r"\pmod": _modulo,
}
