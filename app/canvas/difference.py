"""Two steps word by word: what one says that the other doesn't. A formula is one word, and is drawn."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import islice
from typing import NamedTuple

from app.canvas.safe import shown
from app.maths.spans import spans
from app.maths.written import written

WORDS = 200
"""Words of each step that are compared: the time it takes grows with their square."""
ALIKE = 0.4
"""Share of their words that two steps must have in common to be compared word by word."""
LONGEST = 20_000
"""Characters of each step in which words are looked for."""


class _Word(NamedTuple):
    text: str
    formula: bool
    apart: bool
    """Whether there is a space before it."""


def difference(step: str, other: str) -> str:
    """HTML of `step` after `other`: what only `other` has in ``<del>``, what only `step` has in ``<ins>``."""
    before, after = (list(islice(_words(text[:LONGEST]), WORDS)) for text in (other, step))
    parts = []
    one, two = ([word.text for word in words] for words in (before, after))
    for kind, a, b, c, d in _changes(one, two):
        if kind == "equal":
            both = zip(before[a:b], after[c:d], strict=True)
            parts.append(_said([word._replace(apart=word.apart or was.apart) for was, word in both]))
            continue
        parts += [f"{' ' if before[a].apart else ''}<del>{_said(before[a:b]).strip()}</del>"] if b > a else []
        parts += [f"{' ' if b > a or after[c].apart else ''}<ins>{_said(after[c:d]).strip()}</ins>"] if d > c else []
    cut = " …" if len(before) == WORDS or len(after) == WORDS else ""
    return "".join(parts).strip() + cut


def _changes(one: list[str], two: list[str]) -> list[tuple[str, int, int, int, int]]:
    """Of steps with few words in common all is changed: what they share by chance would only be hard to read."""
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    changes: list[tuple[str, int, int, int, int]] = [*matcher.get_opcodes()]
    return changes if matcher.ratio() >= ALIKE else [("replace", 0, len(one), 0, len(two))]


def _words(text: str) -> Iterator[_Word]:
    """The words of a text, and its formulas whole."""
    apart = False
    for span in spans(text):
        if span.latex:
            yield _Word(span.text, True, apart)
        else:
            yield from (_Word(found[0], False, apart or found.start() > 0) for found in re.finditer(r"\S+", span.text))
        apart = not span.latex and span.text[-1:].isspace()


def _said(words: list[_Word]) -> str:
    return "".join((" " if word.apart else "") + _html(word) for word in words)


def _html(word: _Word) -> str:
    return written(word.text, len(word.text)) if word.formula else shown(word.text)
