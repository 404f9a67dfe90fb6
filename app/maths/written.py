"""A text of a log as HTML, with its mathematics.

A formula stands there as its source, with what is to be drawn beside it in an attribute, as JSON. The browser puts the
drawing in its place (`drawing.js`); where no script runs, the source is read.
"""

import json
import re
from html import escape

from app.canvas.safe import BRIEF, cut, visible
from app.maths.mathml import Drawn, mathml
from app.maths.spans import LONGEST, Span, spans

MOST = 8_000
"""Characters of formulas that are drawn in one text; those after are left as they are written."""
WIDE = 30
"""Letters from which a formula that can't be broken may be wider than a narrow page, and is scrolled."""
_RELATIONS = frozenset("=<>≤≥≠≈≡⇒⟹→⟺∼≅")
"""Before these a long formula may be broken into lines."""


def written(text: str, most: int = BRIEF) -> str:
    """`text` as HTML, its formulas ready to be drawn: `most` characters at most, and a formula they end in whole."""
    left, parts, most = MOST, [], _to_the_end_of_a_formula(text, most)
    for span in spans(visible(text[:most])):
        left -= len(span.text) if span.latex else 0
        parts.append(_formula(span) if span.latex and left >= 0 else escape(span.text))
    return "".join(parts) + cut(text, most)


def _to_the_end_of_a_formula(text: str, most: int) -> int:
    at = 0
    for span in spans(text[: most + LONGEST]) if len(text) > most else ():
        at += len(span.text)
        if at >= most:
            return at if span.latex else most
    return most


def answered(answer: str, most: int = BRIEF) -> str:
    """An answer as HTML. What has a command of LaTeX in it is a formula, though nothing says so."""
    bare = re.search(r"\\[A-Za-z]", answer) and not any(span.latex for span in spans(answer[:most]))
    if bare and len(answer) <= most:
        source = visible(answer)
        return _formula(Span(source, source))
    return written(answer, most)


def has_formulas(text: str, most: int) -> bool:
    return any(span.latex and mathml(span.latex, span.display) for span in spans(visible(text[:most])))


def _formula(span: Span) -> str:
    drawn = mathml(span.latex or "", span.display)
    source = escape(span.text)
    if drawn is None:
        return source
    pieces = [drawn] if span.display else _in_lines(drawn)
    kind = "maths display" if span.display else "maths wide" if any(map(_is_wide, pieces)) else "maths"
    return f'<span class="{kind}" title="{source}" data-maths="{_attribute(pieces)}">{source}</span>'


def _attribute(pieces: list[Drawn]) -> str:
    told = json.dumps(pieces, ensure_ascii=False, separators=(",", ":"))
    return escape(told.replace("<", "\\u003c").replace(">", "\\u003e"))


def _in_lines(drawn: Drawn) -> list[Drawn]:
    """A formula in pieces that each begin with a relation, for a line to end between them; one piece if it is short."""
    name, attributes, *children = drawn
    if len(children) != 1 or not isinstance(children[0], list) or children[0][0] != "mrow" or children[0][1]:
        return [drawn]
    pieces: list[list[Drawn]] = [[]]
    for child in children[0][2:]:
        assert isinstance(child, list)
        if child[0] == "mo" and _text(child) in _RELATIONS and pieces[-1]:
            pieces.append([])
        pieces[-1].append(child)
    return [[name, attributes, ["mrow", {}, *piece]] for piece in pieces]


def _text(drawn: Drawn) -> str:
    """What an element says itself; some say nothing."""
    return drawn[2] if len(drawn) == 3 and isinstance(drawn[2], str) else ""


def _is_wide(drawn: Drawn) -> bool:
    return drawn[0] == "mtable" or _letters(drawn) > WIDE or any(_is_wide(d) for d in drawn[2:] if isinstance(d, list))


def _letters(drawn: Drawn) -> int:
    return sum(_letters(part) if isinstance(part, list) else len(part) for part in drawn[2:])
