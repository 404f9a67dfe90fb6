"""Where answers stand and where solutions end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tasks.maths.answers import after_thinking, answer_of, boxed, ends, tidy


@given(
    inner=st.recursive(
        st.text("ab 1+\\^_", max_size=5), lambda s: st.lists(s, max_size=3).map(lambda x: f"{{{''.join(x)}}}")
    )
)
def test_what_is_boxed_is_found_whatever_braces_it_has(inner: str) -> None:
    inner = inner.replace("\\", "")
    assert boxed(f"so \\boxed{{1}} or \\boxed{{{inner}}}. Done") == inner


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("It is $\\boxed{\\frac{1}{2}}$.", "\\frac{1}{2}"),
        ("\\boxed{1}, no, \\boxed{2}", "2"),
        ("\\boxed{1} and \\boxed{2", "1"),
        ("She sells 9 * 2 = 18.\n#### 18", "18"),
        ("The answer is: 13520", "13520"),
        ("Therefore, the final answer is $\\dfrac{3}{4}$.", "\\frac{3}{4}"),
        ("so she has 112 * 2 = 224\nA: 224", "224"),
        ("<think>maybe \\boxed{1}</think>\n\nIt is \\boxed{2}", "2"),
        ("maybe \\boxed{1}</think> It is 3", None),
        ("<think> \\boxed{1} and so on", None),
        ("no idea", None),
        ("", None),
        ("\\boxed{}", None),
    ],
)
def test_the_answer_is_read_from_where_it_is_said(text: str, answer: str | None) -> None:
    assert answer_of(text) == answer


def test_the_last_number_is_an_answer_only_where_that_is_wanted() -> None:
    assert answer_of("She has 3 apples and $1,200.", last_number=True) == "$1,200"
    assert answer_of("She has 3 apples and $1,200.") is None


@pytest.mark.parametrize(
    ("steps", "ended"),
    [
        (["We add.", "It is \\boxed{4}."], True),
        (["It is \\boxed{4}.", "Let me check."], False),
        (["<think>", "maybe \\boxed{4}"], False),
        (["maybe \\boxed{4}", "OK.</think>"], False),
        (["OK.</think>\nIt is \\boxed{4}"], True),
        (["It is \\boxed{4"], False),
        (["9 * 2 = 18\n#### 18"], True),
        (["The answer is: 4"], True),
        (["The answer is not: clear"], False),
        (["A: 18"], True),
        (["If the answer is 4, then x = 2"], False),
        ([""], False),
    ],
)
def test_a_solution_ends_where_its_answer_is_said_for_good(steps: list[str], ended: bool) -> None:
    assert ends(steps, "\n\n") is ended


@pytest.mark.parametrize(
    ("written", "read"),
    [("$4$", "4"), (" 4. ", "4"), ("\\( x \\)", "x"), ("**18**", "18"), ("$18", "$18"), ("\\dfrac12", "\\frac12")],
)
def test_an_answer_is_tidied_but_not_changed(written: str, read: str) -> None:
    assert tidy(written) == read


@given(st.text(max_size=40))
def test_nothing_that_is_written_breaks_the_reading(text: str) -> None:
    answer_of(text, last_number=True)
    ends([text], "\n\n")
    assert after_thinking(text) in text
