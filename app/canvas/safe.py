"""Text from a log as a page may show it: escaped, of bounded length, and in the order in which it is written."""

from html import escape

WHOLE, BRIEF = 20_000, 400
"""Characters of a text that is shown in full, and of one in a list."""
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
"""What changes the direction of the text around it: with it, a step reads as something else than was written."""
_CONTROLS = {*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), ord("\t")}
_NAMED = {code: f"⟨U+{code:04X}⟩" for code in _TURNING | _CONTROLS}


def visible(text: str) -> str:
    """`text` with its control characters written out by their numbers: ``⟨U+202E⟩``."""
    return text if text.isprintable() else text.translate(_NAMED)


def shown(text: str, most: int = BRIEF) -> str:
    """`text` as HTML, at most `most` characters of it; what is left out is said."""
    return escape(visible(text[:most])) + cut(text, most)


def cut(text: str, most: int) -> str:
    """What is said after `most` characters of `text`; nothing where that is all of it."""
    return "" if len(text) <= most else f" <small>… {most:,} of {len(text):,} characters</small>"
