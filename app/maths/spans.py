"""Where in a text there is LaTeX: `$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]`, and outside of them `\\boxed{…}` and equations
from `\\begin{align}` to their end.

An amount of dollars is no formula: a formula neither begins nor ends with a space (unless it has a command), doesn't
end with what wants to go on, no digit follows it, and there is no sentence in it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 2_000
"""Characters of a formula at most; a longer one is left as it is written."""
UNCLOSED = 100
"""Openings that open nothing, after which no more are looked for: each is looked at as far as a formula may reach."""
_OPENING = re.compile(r"\$\$|\$|\\\(|\\\[|\\boxed\s*\{|\\begin\{(?:align|equation|gather)\*?\}|\\.", re.DOTALL)
_CLOSING = {"$$": r"\$\$", "$": r"\$", r"\(": r"\\\)", r"\[": r"\\\]"}
_ENDS = {opening: re.compile(rf"{closing}|\\.", re.DOTALL) for opening, closing in _CLOSING.items()}
_BRACE = re.compile(r"[{}]|\\.", re.DOTALL)
_OF_WORDS = re.compile(r"\\(?:text\w{0,6}|[mh]box|operatorname|mathrm)\s*\{[^{}]*\}|\\[A-Za-z]+")
_SENTENCE = re.compile(r"[A-Za-z]{2,}[,;:.]?\s+[A-Za-z]{2,}|\d\s+[A-Za-z]{3,}")


class Span(NamedTuple):
    """A piece of a text as it is written. `latex` is what is in the delimiters; None for what is no formula."""

    text: str
    latex: str | None = None
    display: bool = False


def spans(text: str) -> Iterator[Span]:
    """The pieces of `text` in order; put together they are `text`. It takes time in proportion to its length."""
    plain = at = unclosed = 0
    while unclosed < UNCLOSED and (found := _OPENING.search(text, at)):
        start, opening = found.start(), found[0]
        inside = _inside(text, found)
        if inside is None:
            at, unclosed = found.end(), unclosed + (opening in _CLOSING or "{" in opening)
            continue
        end, latex = inside
        if plain < start:
            yield Span(text[plain:start])
        yield Span(text[start:end], latex, opening in ("$$", r"\[") or opening.startswith(r"\begin"))
        plain = at = end
    if plain < len(text):
        yield Span(text[plain:])


def _inside(text: str, opening: re.Match[str]) -> tuple[int, str] | None:
    """Where a formula ends, and its LaTeX; None if there is none."""
    if opening[0].startswith(r"\begin"):
        return _equations(text, opening)
    return _boxed(text, opening) if opening[0].startswith(r"\boxed") else _delimited(text, opening)


def _delimited(text: str, opening: re.Match[str]) -> tuple[int, str] | None:
    kind, start = opening[0], opening.end()
    if kind not in _ENDS:
        return None
    for found in _ENDS[kind].finditer(text, start, start + LONGEST + 2):
        latex = text[start : found.start()]
        if re.fullmatch(_CLOSING[kind], found[0]):
            return (found.end(), latex) if _is_formula(kind, latex, text[found.end() : found.end() + 1]) else None
    return None


def _is_formula(kind: str, latex: str, after: str) -> bool:
    if not latex.strip() or "\n\n" in latex:
        return False
    if kind != "$":
        return True
    tight = latex == latex.strip() or "\\" in latex
    return tight and latex.rstrip()[-1] not in "=+*/" and not after.isdigit() and not _is_prose(latex)


def _is_prose(latex: str) -> bool:
    return _SENTENCE.search(_OF_WORDS.sub("\N{BULLET}", latex)) is not None


def _boxed(text: str, opening: re.Match[str]) -> tuple[int, str] | None:
    """An answer in a box: up to the brace that closes it."""
    depth = 1
    for found in _BRACE.finditer(text, opening.end(), opening.start() + LONGEST):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if not depth:
            return found.end(), text[opening.start() : found.end()]
    return None


def _equations(text: str, opening: re.Match[str]) -> tuple[int, str] | None:
    ending = opening[0].replace("begin", "end", 1)
    end = text.find(ending, opening.end(), opening.start() + LONGEST)
    return None if end < 0 else (end + len(ending), text[opening.start() : end + len(ending)])
