"""Soups of LaTeX, and what a drawn formula must be made of."""

import re
from typing import Any

from hypothesis import strategies as st

from app.maths.mathml import ATTRIBUTES, CHILDREN, DEEPEST, ELEMENTS, KNOWN

COMMANDS = [rf"\{name}" for name in sorted(KNOWN)] + [r"\\", r"\alpha", r"\def", r"\href", r"\style", r"\unicode"]
PIECES = [*COMMANDS, *"{}^_&[]()x1 <'\"", r"\begin{cases}", r"\end{cases}", "<script>", "&lt;b&gt;", "&#60;"]
soups = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def check(drawn: Any, depth: int = 0) -> None:
    """Nothing but allowed elements and attributes, no deeper than allowed."""
    name, attributes, *children = drawn
    assert name in ELEMENTS and depth <= 2 * DEEPEST
    assert all(re.fullmatch(ATTRIBUTES[key], value) for key, value in attributes.items())
    assert len(children) == CHILDREN.get(name, len(children))
    for child in children:
        assert isinstance(child, str | list)
        if isinstance(child, list):
            check(child, depth + 1)
