"""From LaTeX to MathML, as a tree of plain lists that holds allowed elements, allowed attributes and text only.

The commands are allowed one by one before anything is converted, so there is no macro to expand; the elements after.
`MathML Core <https://www.w3.org/TR/mathml-core/>`_ is what browsers draw; a box and a strike, which it lacks, become
classes. What can't be converted whole isn't converted at all: the page shows what the log says.
"""

import re
from functools import lru_cache
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element

from latex2mathml.converter import Converter
from latex2mathml.symbols_parser import convert_symbol

from app.maths.spans import LONGEST

DEEPEST = 24
"""Braces within each other at most, and twice as many elements."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KNOWN = _words(
    """
    frac dfrac tfrac cfrac binom dbinom tbinom choose over sqrt boxed fbox cancel bcancel xcancel left right
    middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr begin end hline cr limits nolimits not
    substack text textbf textit textrm textnormal textsf texttt mbox hbox emph operatorname mathbf mathrm mathit
    mathbb mathcal mathsf mathtt mathfrak mathscr mathop boldsymbol bold bm pmb displaystyle textstyle quad
    qquad enspace thinspace negthinspace overline underline overbrace underbrace overrightarrow overleftarrow
    overset underset stackrel vec hat widehat tilde widetilde bar dot ddot acute grave check breve mathring
    phantom hphantom vphantom pmod bmod mod pod lim sup inf max min sin cos tan cot sec csc arcsin arccos arctan
    sinh cosh tanh coth log ln lg exp gcd det dim ker deg arg hom Pr xrightarrow xleftarrow
    """
)
"""Commands of structure; those of symbols are known to the library."""
ENVIRONMENTS = _words(
    """
    matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix cases array align* split
    """
)
_ALSO = {
    "align": "align*", "aligned": "align*", "eqnarray": "align*", "eqnarray*": "align*", "equation": "split",
    "equation*": "split", "gather": "matrix", "gather*": "matrix", "gathered": "matrix", "dcases": "cases",
}  # fmt: skip
"""Environments drawn as another is, without numbers."""

ELEMENTS = _words(
    """
    math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd
    mstyle mphantom mpadded
    """
)
ATTRIBUTES = {
    "display": r"block|inline", "displaystyle": r"true|false", "scriptlevel": r"[0-2]", "stretchy": r"true|false",
    "fence": r"true|false", "form": r"prefix|infix|postfix", "accent": r"true|false", "movablelimits": r"true|false",
    "minsize": r"[0-3](\.\d{1,3})?em", "maxsize": r"[0-3](\.\d{1,3})?em", "linethickness": r"0",
    "mathvariant": "normal", "width": r"-?[0-3]?(\.\d{1,3})?em",
    "class": r"boxed|struck|bold|sans|mono|to-(left|right)",
}  # fmt: skip
"""By name, what its value must match."""
CHILDREN = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
_CLASSES = {
    "box": "boxed", "updiagonalstrike": "struck", "downdiagonalstrike": "struck", "bold": "bold", "left": "to-left",
    "bold-italic": "bold", "sans-serif": "sans", "monospace": "mono", "right": "to-right",
}  # fmt: skip
_SPACES = {"negativethinmathspace": "-.167em", "thinmathspace": ".167em", "mediummathspace": ".222em"}

Drawn = list[Any]
"""A name, its attributes, then children or one text."""


@lru_cache(maxsize=4096)
def mathml(latex: str, display: bool = False) -> Drawn | None:
    """`latex` as a ``math`` element, None where it can't be drawn or may not be."""
    latex = re.sub(r"\\(begin|end)\{(\w+\*?)\}", lambda m: rf"\{m[1]}{{{_ALSO.get(m[2], m[2])}}}", latex)
    if len(latex) > LONGEST or not _is_flat(latex) or not _is_known(latex):
        return None
    try:
        root = Converter(display="block" if display else "inline").convert_to_element(latex)
    except Exception:  # whatever a log holds: the library has an error of its own for much, not for all
        return None
    return _rebuilt(root, 2 * DEEPEST)


def _is_flat(latex: str) -> bool:
    depth = 0
    for brace in re.findall(r"\\.|[{}]", latex, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if not 0 <= depth <= DEEPEST:
            return False
    return depth == 0


def _is_known(latex: str) -> bool:
    commands = {name for name in re.findall(r"\\(?:([A-Za-z]+)|.)", latex, re.DOTALL) if name}
    known = all(name in KNOWN or convert_symbol(f"\\{name}") for name in commands)
    return known and set(re.findall(r"\\begin\s*\{([^}]*)\}", latex)) <= ENVIRONMENTS


def _rebuilt(element: Element, depth: int) -> Drawn | None:
    """The element anew, from what is allowed; None if anything in it isn't or it is too deep."""
    name = "mrow" if element.tag == "menclose" else element.tag
    if not depth or name not in ELEMENTS:
        return None
    built: Drawn = [name, _attributes(element)]
    if not len(element) and name not in CHILDREN:
        text = unescape(element.text or "")
        return None if re.search(r"\\[A-Za-z]", text) else [*built, *([text] if text else [])]
    if len(element) != CHILDREN.get(name, len(element)) or (element.text or "").strip():
        return None
    for child in element:
        drawn = _rebuilt(child, depth - 1)
        if drawn is None:
            return None
        if _is_sign(drawn, built[-1]):
            drawn[1]["form"] = "prefix"
        built.append(drawn)
    return built


def _is_sign(drawn: Drawn, before: Any) -> bool:
    """A minus after an operator is a sign of what follows, and stands close to it."""
    after_operator = isinstance(before, list) and before[0] == "mo" and before[-1] not in (")", "]", "}", "|", "!")
    return drawn[0] == "mo" and drawn[-1] in ("−", "-", "+") and after_operator


def _attributes(element: Element) -> dict[str, str]:
    given = dict(element.attrib)
    kind = next((given[k] for k in ("notation", "columnalign", "mathvariant") if given.get(k) in _CLASSES), None)
    given |= {"class": _CLASSES[kind]} if kind else {}
    given |= {"width": _SPACES[given["width"]]} if given.get("width") in _SPACES else {}
    return {n: v for n, v in given.items() if n in ATTRIBUTES and re.fullmatch(ATTRIBUTES[n], v)}
