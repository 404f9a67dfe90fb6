"""Two steps word by word: what one says that the other doesn't."""

import re
from difflib import SequenceMatcher

from app.canvas.safe import shown

WORDS = 200
"""Words of each step that are compared: the time it takes grows with their square."""


def difference(step: str, other: str) -> str:
    """HTML of `step` after `other`: what only `other` has in ``<del>``, what only `step` has in ``<ins>``."""
    before, after = _words(other), _words(step)
    parts = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(_said(after[c:d]))
            continue
        parts += [f"<del>{_said(before[a:b])}</del>"] if b > a else []
        parts += [f"<ins>{_said(after[c:d])}</ins>"] if d > c else []
    cut = " …" if len(before) == WORDS or len(after) == WORDS else ""
    return " ".join(parts) + cut


def _words(text: str) -> list[str]:
    return [found[0] for found, _ in zip(re.finditer(r"\S+", text), range(WORDS), strict=False)]


def _said(words: list[str]) -> str:
    return " ".join(map(shown, words))
