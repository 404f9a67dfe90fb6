"""Where there is LaTeX in a text, and where there is money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.maths.spans import UNCLOSED, spans

PIECES = ["$", "$$", r"\(", r"\)", r"\[", r"\]", r"\boxed{", "{", "}", r"\$", "\\", "5", " ", "x", " and ", "\n\n", "="]
texts = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


def formulas(text: str) -> list[str]:
    return [span.latex for span in spans(text) if span.latex is not None]


@given(texts)
def test_the_pieces_of_a_text_put_together_are_the_text(text: str) -> None:
    assert "".join(span.text for span in spans(text)) == text


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("so $x = 5$.", ["x = 5"]),
        (r"\(a\) and \[b\] and $$c$$", ["a", "b", "c"]),
        (r"it costs $\$5$ in all", [r"\$5"]),
        (r"$ \frac{1}{2} $", [r" \frac{1}{2} "]),
        (r"thus \boxed{\frac{3}{4}}, {done}", [r"\boxed{\frac{3}{4}}"]),
        (r"$\boxed{5}$", [r"\boxed{5}"]),
        ("\\begin{align*} a &= b \\end{align*}", ["\\begin{align*} a &= b \\end{align*}"]),
        (r"$x \text{ is the number of apples}$", [r"x \text{ is the number of apples}"]),
        ("between $0$ and $1$", ["0", "1"]),
    ],
)
def test_latex_is_found_in_its_delimiters(text: str, latex: list[str]) -> None:
    assert formulas(text) == latex


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and then $7.",
        "$5, $7 and $9",
        "from $5-$7",
        "He pays $40/hour for 3 hours and $28/hour for 5.",
        "He made $12 x 5 =$<<12*5=60>>60.",
        "$20.Then he had 5$ left",
        r"It costs \$5 or \$7.",
        "a dollar sign: $",
        "$$",
        "$a\n\nb$",
        r"\(never closed",
        r"\boxed{never closed",
    ],
)
def test_amounts_of_dollars_and_what_is_not_closed_are_text(text: str) -> None:
    assert formulas(text) == []


def test_a_text_that_opens_and_never_closes_is_not_searched_for_ever() -> None:
    assert formulas(r"\(" * UNCLOSED + "$x$") == []
    assert formulas(r"\(" * (UNCLOSED - 1) + "$x$") == ["x"]
