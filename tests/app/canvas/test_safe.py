"""What a page shows of a text from a log: nothing that runs, nothing that turns other text around, nothing endless."""

import re
import unicodedata
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from app.canvas.safe import BRIEF, shown, visible


@given(st.text(max_size=600))
def test_what_is_shown_has_no_markup_of_the_text_and_no_control_characters(text: str) -> None:
    html = shown(text)
    assert not re.search(r"<(?!small>|/small>)", html)
    assert not [c for c in html if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert not set(html) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs"]), max_size=BRIEF))
def test_a_short_text_without_controls_is_shown_as_it_is(text: str) -> None:
    assert unescape(shown(text)) == text and visible(text) == text


def test_text_that_turns_around_is_shown_in_the_order_in_which_it_was_written() -> None:
    assert visible("a\u202eevil\u202c") == "a⟨U+202E⟩evil⟨U+202C⟩"
    assert shown("\x00<b>") == "⟨U+0000⟩&lt;b&gt;"


def test_letters_of_any_script_and_joined_emoji_stay_whole() -> None:
    for text in ("שלום", "مرحبا", "第一步", "👩‍👩‍👧 🧮", "e\u0301"):
        assert shown(text) == text


def test_of_an_endless_text_the_beginning_is_shown_and_how_much_there_is() -> None:
    html = shown("x" * 1_000_000)
    assert len(html) < 500 and html.endswith("… 400 of 1,000,000 characters</small>")
