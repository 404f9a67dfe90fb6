"""Two steps word by word."""

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from app.canvas.difference import difference

STEPS = st.lists(st.sampled_from(["10", "-", "6", "=", "4", "<b>", "(left:", "&"]), max_size=12).map(" ".join)


@given(STEPS, STEPS)
def test_without_what_is_struck_it_is_the_step_and_without_what_is_new_the_other(step: str, other: str) -> None:
    html = difference(step, other)
    assert _text(re.sub(r"<del>.*?</del>", "", html)) == step
    assert _text(re.sub(r"<ins>.*?</ins>", "", html)) == other


def _text(html: str) -> str:
    return " ".join(unescape(re.sub(r"</?(ins|del)>", "", html)).split())


def test_what_differs_is_marked_and_what_is_alike_is_not() -> None:
    assert difference("10 - 6 = 4", "10 - 5 = 5") == "10 - <del>5</del> <ins>6</ins> = <del>5</del> <ins>4</ins>"


def test_steps_with_little_in_common_stand_beside_each_other_whole() -> None:
    assert difference("4 + 10 = 14", "10 - 6 - 4") == "<del>10 - 6 - 4</del> <ins>4 + 10 = 14</ins>"


def test_an_endless_step_is_compared_as_far_as_its_first_words() -> None:
    html = difference("a b " * 500_000, "b a " * 500_000)
    assert len(html) < 20_000 and html.endswith("…")


def test_a_formula_is_one_word_and_is_drawn_and_what_touches_it_still_does() -> None:
    html = difference(r"So \(x = \frac12\), then $y$.", r"So \(x = 3\), then $y$.")
    struck, new = re.findall(r"<(?:del|ins)>(.*?)</(?:del|ins)>", html)
    assert 'class="maths"' in struck and 'class="maths"' in new
    assert re.sub(r"<[^>]*>", "", html) == r"So \(x = 3\) \(x = \frac12\), then $y$."


def test_a_formula_that_can_not_be_drawn_is_shown_as_it_is_written() -> None:
    assert difference(r"$\evil{<b>}$", "one") == r"<del>one</del> <ins>$\evil{&lt;b&gt;}$</ins>"
