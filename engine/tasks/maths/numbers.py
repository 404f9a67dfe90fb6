"""Plain numbers, compared exactly and at once: most answers are."""

import re
from fractions import Fraction

PLAIN = re.compile(
    r"(?P<sign>[-+]?)\s*(?:\\?\$)?\s*(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d+)?\s*(?P<percent>\\?%)?"
)
RATIO = re.compile(r"(?P<sign>[-+]?)\s*(?:\\frac\s*\{(-?\d+)\}\s*\{(-?\d+)\}|\\frac(\d)(\d)|(\d+)\s*/\s*(\d+))")
LONGEST = 200


def number(text: str) -> tuple[Fraction, bool] | None:
    r"""The value of ``1,234.5``, ``50\%``, ``3/4`` or ``\frac{3}{4}``, and whether it may have been rounded.

    None if it is something else.
    """
    text = text.strip()
    if len(text) > LONGEST:
        return None
    if plain := PLAIN.fullmatch(text):
        part = plain["part"] or ""
        value = Fraction(plain["digits"].replace(",", "") + part)
        value = value / 100 if plain["percent"] else value
        return (-value if plain["sign"] == "-" else value), bool(part)
    if ratio := RATIO.fullmatch(text):
        above, below = (int(group) for group in ratio.groups()[1:] if group is not None)
        if below:
            return Fraction(above, below) * (-1 if ratio["sign"] == "-" else 1), False
    return None


def equal_numbers(a: str, b: str) -> bool | None:
    """Whether two numbers are equal; None if they are not both plain numbers, or one may have been rounded."""
    one, other = number(a), number(b)
    if one is None or other is None:
        return None
    if one[0] == other[0]:
        return True
    return None if one[1] or other[1] else False
