"""Formulas read as one line of text, and nothing lost of what can't be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.maths.plain import plain, text_of
from tests.app.maths.formulas import soups


@pytest.mark.parametrize(
    ("latex", "read"),
    [
        (r"\frac{1}{2}x^2", "1/2 x²"),
        (r"\frac{2x+1}{3y} \le 0", "(2x+1)/(3y) ≤ 0"),
        (r"\sqrt{x+1}", "√(x+1)"),
        (r"\sqrt[3]{8} \cdot \sqrt 2", "∛8 · √2"),
        (r"a_{n+1} = a_n^{10}", "aₙ₊₁ = aₙ¹⁰"),
        (r"e^{i\pi}", "e^(iπ)"),
        (r"\sin^2\theta + \log_2 8", "sin² θ + log₂ 8"),
        (r"90^\circ", "90°"),
        (r"\left(\frac12\right)^{n}", "(1/2)ⁿ"),
        (r"\binom{5}{2} \equiv 1 \pmod{3}", "C(5, 2) ≡ 1 (mod 3)"),
        (r"\boxed{\text{so } 10\%}", "so 10%"),
        (r"\begin{pmatrix}1 & 2\\ 3 & 4\end{pmatrix}", "(1, 2; 3, 4)"),
        (r"\begin{align*} x &= 3\\ y &= -4 \end{align*}", "x = 3; y = −4"),
    ],
)
def test_a_formula_is_read_as_one_would_type_it(latex: str, read: str) -> None:
    assert text_of(latex) == read


@pytest.mark.parametrize(
    "latex", ["{", r"\frac{1}", "x^", r"\left", r"\def\a{\a\a}\a", r"\end{x}", "{" * 99 + "}" * 99]
)
def test_what_can_not_be_read_is_left_as_it_is_written(latex: str) -> None:
    assert text_of(latex) is None
    assert plain(f"so ${latex}$ holds") == f"so ${latex}$ holds"


def test_around_formulas_nothing_changes_and_amounts_of_dollars_are_none() -> None:
    assert plain(r"So \( x^2 \) is $9$, for $5 and $7.") == "So x² is 9, for $5 and $7."


@given(st.text(max_size=300) | soups.map("${}$".format))
def test_any_text_is_read_in_one_way_without_a_failure(text: str) -> None:
    assert plain(text) == text or "$" in text or "\\" in text
    assert "\x1e" not in plain(text.replace("\x1e", "")) and "\x1f" not in plain(text.replace("\x1f", ""))


def test_an_endless_text_is_read_as_far_as_its_first_formulas() -> None:
    text = plain("$x^2$ " * 200_000)
    assert text.startswith("x² x²") and text.endswith("$x^2$ ")
