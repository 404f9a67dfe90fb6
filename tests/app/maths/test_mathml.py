"""LaTeX as MathML: what is drawn, what isn't, and that nothing else comes out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.maths.mathml import DEEPEST, mathml
from app.maths.spans import LONGEST
from tests.app.maths.formulas import check, soups


@given(st.one_of(soups, st.text(max_size=80)))
def test_whatever_the_latex_only_allowed_elements_and_attributes_come_out(latex: str) -> None:
    drawn = mathml(latex)
    if drawn is not None:
        assert drawn[0] == "math"
        check(drawn)


def words(drawn: Any) -> str:
    return "".join(part if isinstance(part, str) else words(part) for part in drawn[2:])


@pytest.mark.parametrize(
    ("latex", "read"),
    [
        (r"\frac{1}{2}", "12"),
        (r"\sqrt[3]{x}", "x3"),
        (r"\begin{pmatrix}x\\y\end{pmatrix}", "(xy)"),
        (r"\begin{align} a &= b \\ c &\le d \end{align}", "a=bc≤d"),
        (r"\boxed{\alpha < 5}", "α<5"),
        (r"\text{<img src=x>}", "<img\u00a0src=x>"),
        (r"x = -4", "x=−4"),
    ],
)
def test_formulas_of_mathematics_are_drawn(latex: str, read: str) -> None:
    drawn = mathml(latex)
    assert drawn is not None and words(drawn) == read


def test_a_box_and_a_sign_are_what_they_look_like() -> None:
    assert ["mrow", {"class": "boxed"}, ["mrow", {}, ["mn", {}, "5"]]] in mathml(r"\boxed{5}")[2]  # type: ignore[index]
    assert ["mo", {"form": "prefix"}, "−"] in mathml("x=-4")[2]  # type: ignore[index]


@pytest.mark.parametrize(
    "latex",
    [
        r"\def\a{\a\a}\a",
        r"\newcommand{\a}{xx}\a",
        r"\DeclareMathOperator{\a}{x}",
        r"\href{javascript:alert(1)}{x}",
        r"\includegraphics{/etc/passwd}",
        r"\style{position:fixed}{x}",
        r"\class{evil}{x}",
        r"\color{red}{x}",
        r"\rule{99em}{99em}",
        r"\hspace{99999em}x",
        r"\unicode{x3c}",
        r"\nosuchcommand",
        r"\begin{verbatim}x\end{verbatim}",
        r"\frac{1}",
        r"\frac{1}{2",
        r"x}",
        r"\left(x",
        "{" * (DEEPEST + 1) + "x" + "}" * (DEEPEST + 1),
        r"\sqrt" * 300 + "x",
        "x" * (LONGEST + 1),
    ],
)
def test_macros_links_styles_bombs_and_broken_latex_are_not_drawn(latex: str) -> None:
    assert mathml(latex) is None
